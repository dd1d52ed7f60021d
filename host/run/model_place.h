/* SPDX-License-Identifier: MIT
 * Where a model is that a command line names: a model file, or the directory of a run. */
#ifndef GM_RUN_MODEL_PLACE_H
#define GM_RUN_MODEL_PLACE_H

#include "gemlet/model.h"

/* *path = the model file. Release with free(). */
gemlet_status gm_model_find(char **path, const char *place);

/* As gemlet_model_load() of the file, or of the model in the directory. */
gemlet_status gm_model_load_from(gemlet_model **out, const char *place);

#endif
