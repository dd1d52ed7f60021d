/* SPDX-License-Identifier: MIT
 * A model as an ONNX file: docs/export.md has what its inputs and outputs are. */
#ifndef GM_EXPORT_ONNX_H
#define GM_EXPORT_ONNX_H

#include "export/contents.h"

/* Writes contents->path. GEMLET_E_RANGE for a model of 2 GiB or more. */
gemlet_status gm_export_onnx(const gm_export_contents *contents);

#endif
