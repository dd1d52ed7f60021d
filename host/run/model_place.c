/* SPDX-License-Identifier: MIT
 * See model_place.h. */
#include "run/model_place.h"

#include <stdlib.h>

#include "core/error.h"
#include "core/file.h"
#include "run/results.h"

gemlet_status gm_model_load_from(gemlet_model **out, const char *place)
{
    char *path = NULL;
    *out = NULL;
    if (gm_directory_exists(place))
        GEMLET_TRY(gm_path_join(&path, place, GM_MODEL_NAME));
    const gemlet_status status = gemlet_model_load(out, path != NULL ? path : place);
    free(path);
    return status;
}
