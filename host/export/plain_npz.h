/* SPDX-License-Identifier: MIT
 * A model as arrays for NumPy: what a forward pass needs and nothing else. The file of the model is
 * an npz file, too, which has batch-norm and states of the optimizer in addition. docs/export.md
 * has the list. */
#ifndef GM_EXPORT_PLAIN_NPZ_H
#define GM_EXPORT_PLAIN_NPZ_H

#include "export/contents.h"

/* Writes contents->path. */
gemlet_status gm_export_npz(const gm_export_contents *contents);

#endif
