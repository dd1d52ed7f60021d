/* SPDX-License-Identifier: MIT
 * A model as a safetensors file (huggingface.co/docs/safetensors): the layers as trained, under the
 * names and in the shapes of PyTorch's Linear and BatchNorm1d. docs/export.md has the list. */
#ifndef GM_EXPORT_SAFETENSORS_H
#define GM_EXPORT_SAFETENSORS_H

#include "export/contents.h"

/* Writes contents->path. GEMLET_E_RANGE for a schema beyond what readers take. */
gemlet_status gm_export_safetensors(const gm_export_contents *contents);

#endif
