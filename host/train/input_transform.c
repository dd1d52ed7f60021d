/* SPDX-License-Identifier: MIT
 * See input_transform.h. */
#include "train/input_transform.h"

gm_input_transform gm_input_transform_of(const gemlet_model *model)
{
    return (gm_input_transform){
        .kind = GM_INPUT_SCALED,
        .scale = gemlet_model_input_scale(model),
    };
}
