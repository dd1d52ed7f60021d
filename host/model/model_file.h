/* SPDX-License-Identifier: MIT
 * The arrays of a model in an archive that may hold others, too. */
#ifndef GM_MODEL_MODEL_FILE_H
#define GM_MODEL_MODEL_FILE_H

#include "gemlet/model.h"
#include "npz/npz.h"

/* Adds the arrays that gemlet_model_save() documents. */
gemlet_status gm_model_add_arrays(gm_npz_writer *writer, const gemlet_model *model);

/* As gemlet_model_load(). `path` names the archive in messages. */
gemlet_status gm_model_read_arrays(gemlet_model **out, gm_npz_reader *reader, const char *path);

#endif
