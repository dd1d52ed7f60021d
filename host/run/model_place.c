/* SPDX-License-Identifier: MIT
 * See model_place.h. */
#include "run/model_place.h"

#include <stdlib.h>

#include "core/error.h"
#include "core/file.h"
#include "core/memory.h"
#include "run/results.h"

gemlet_status gm_model_find(char **path, const char *place)
{
    return gm_directory_exists(place) ? gm_path_join(path, place, GM_MODEL_NAME)
                                      : gm_copy_string(path, place);
}

gemlet_status gm_model_load_from(gemlet_model **out, const char *place)
{
    char *path;
    *out = NULL;
    GEMLET_TRY(gm_model_find(&path, place));
    const gemlet_status status = gemlet_model_load(out, path);
    free(path);
    return status;
}
