/* SPDX-License-Identifier: MIT
 * Text from outside (paths, names that drivers give) made fit for the files of a report. */
#ifndef GM_REPORT_CLEAN_TEXT_H
#define GM_REPORT_CLEAN_TEXT_H

#include "core/error.h"

/* *out = text with each control character replaced by a space and each byte that is not part of
 * valid UTF-8 by '?'. On failure *out = NULL. Release with free(). */
gemlet_status gm_clean_text(char **out, const char *text);

#endif
