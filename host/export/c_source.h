/* SPDX-License-Identifier: MIT
 * A model as a C program: a header and a source, C99 and C++, without allocation, state or any
 * library but libm. */
#ifndef GM_EXPORT_C_SOURCE_H
#define GM_EXPORT_C_SOURCE_H

#include "export/contents.h"

/* Writes contents->path, which must end in .c, and the header beside it, both or neither. Contract
 * of the failures in gemlet/export.h. */
gemlet_status gm_export_c(const gm_export_contents *contents);

/* *header = the path of the header that belongs to the source `path`; GEMLET_E_ARGUMENT unless that
 * ends in .c. Release with free(). */
gemlet_status gm_export_c_header(char **header, const char *path);

#endif
