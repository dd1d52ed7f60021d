/* SPDX-License-Identifier: MIT
 * See layer.h. */
#include "backend/layer.h"

#include <stdio.h>
#include <string.h>

#include "backend/activation.h"

#define INFO(type, name_, shape_, storage_, condition_, place_)                                    \
    [GM_TENSOR_##name_] = {                                                                        \
        .name = #name_,                                                                            \
        .shape = (shape_),                                                                         \
        .storage = GM_STORAGE_##storage_,                                                          \
        .condition = GM_##condition_,                                                              \
        .place = GM_TENSOR_##place_,                                                               \
        .position = offsetof(gm_layer, name_),                                                     \
    },
const gm_tensor_info gm_tensors[GM_N_TENSORS] = {GM_LAYER_TENSORS(INFO)};

#define STATE_NAME(name) #name,
const char *const gm_state_names[GM_N_STATES] = {GM_OPTIMIZER_STATES(STATE_NAME)};

/* What the order of the table promises. */
#define CHECK_LINE(type, name, shape, storage, condition, place)                                   \
    _Static_assert((GM_STORAGE_##storage == GM_STORAGE_PARAMETER) ==                               \
                       ((int)GM_TENSOR_##name < (int)GM_N_PARAMETERS),                             \
                   #name ": parameters come first");                                               \
    _Static_assert((GM_STORAGE_##storage <= GM_STORAGE_RUNNING) ==                                 \
                       ((int)GM_TENSOR_##name < (int)GM_N_MODEL_TENSORS),                          \
                   #name ": what belongs to a model comes first");                                 \
    _Static_assert((GM_STORAGE_##storage == GM_STORAGE_GRADIENT) ==                                \
                       (GM_TENSOR_##place != GM_TENSOR_##name),                                    \
                   #name ": gradients lie as their parameters do");                                \
    _Static_assert(sizeof(gm_##type) ==                                                            \
                       (sizeof(shape) == 2 ? sizeof(gm_vector) : sizeof(gm_matrix)),               \
                   #name ": a vector has one letter, a matrix two");
GM_LAYER_TENSORS(CHECK_LINE)

/* As long as the longest name of a tensor. */
#define NAME_MEMBER(type, name, shape, storage, condition, place) char name[sizeof #name];
typedef union longest_name {
    GM_LAYER_TENSORS(NAME_MEMBER)
} longest_name;
#define CHECK_STATE(name)                                                                          \
    _Static_assert(sizeof(longest_name) + sizeof #name <= GM_TENSOR_NAME_SIZE,                     \
                   #name ": too long for GM_TENSOR_NAME_SIZE");
GM_OPTIMIZER_STATES(CHECK_STATE)
_Static_assert(GM_STATE_average + 1 == GM_N_STATES, "the average comes behind those of the rules");

#define CHECK_PUBLIC(public, own)                                                                  \
    _Static_assert((int)GEMLET_TENSOR_##public == (int)GM_TENSOR_##own,                            \
                   #own " differs from gemlet_tensor");
CHECK_PUBLIC(WEIGHT, weight)
CHECK_PUBLIC(BIAS, bias)
CHECK_PUBLIC(GAMMA, gamma)
CHECK_PUBLIC(BETA, beta)
CHECK_PUBLIC(RUNNING_MEAN, running_mean)
CHECK_PUBLIC(RUNNING_VAR, running_var)

unsigned gm_count_states(gm_state_set states)
{
    unsigned n = 0;
    for (unsigned s = 0; s < GM_N_STATES; ++s)
        n += (unsigned)gm_has_state(states, s);
    return n;
}

int gm_layer_has(const gemlet_layer_spec *spec, gm_tensor tensor)
{
    return gm_layer_has_with(spec, gm_activation_is_separate(spec->activation), tensor);
}

int gm_layer_has_with(const gemlet_layer_spec *spec, int is_separate, gm_tensor tensor)
{
    switch (gm_tensors[tensor].condition) {
    case GM_BATCH_NORM:
        return spec->batch_norm != 0;
    case GM_NO_BATCH_NORM:
        return !spec->batch_norm;
    case GM_SEPARATE:
        return is_separate;
    case GM_SEPARATE_BEHIND_BATCH_NORM:
        return is_separate && spec->batch_norm;
    case GM_ALWAYS:
        break;
    }
    return 1;
}

void gm_tensor_extents(gm_tensor tensor, gemlet_dim k, gemlet_dim n, gemlet_dim b,
                       gemlet_dim extents[2])
{
    const char *shape = gm_tensors[tensor].shape;
    extents[0] = gm_tensor_is_vector(tensor) ? 1 : shape[0] == 'K' ? k : b;
    extents[1] = n;
}

gm_matrix gm_layer_view(const gm_layer *layer, gm_tensor tensor)
{
    const char *member = (const char *)layer + gm_tensors[tensor].position;
    gm_matrix matrix;
    gm_vector vector;
    if (!gm_tensor_is_vector(tensor)) {
        memcpy(&matrix, member, sizeof matrix);
        return matrix;
    }
    memcpy(&vector, member, sizeof vector);
    return (gm_matrix){vector.buffer, vector.offset, vector.length, vector.length > 0,
                       (gemlet_dim)vector.length};
}

gm_matrix gm_layer_twin(const gm_layer *layer, gm_tensor tensor, gm_buffer *arena)
{
    gm_matrix view = gm_layer_view(layer, tensor);
    if (view.buffer != NULL)
        view.buffer = arena;
    return view;
}

void gm_layer_set_view(gm_layer *layer, gm_tensor tensor, gm_matrix view)
{
    char *member = (char *)layer + gm_tensors[tensor].position;
    const gm_vector vector = {view.buffer, view.offset, view.cols};
    if (gm_tensor_is_vector(tensor))
        memcpy(member, &vector, sizeof vector);
    else
        memcpy(member, &view, sizeof view);
}

void gm_state_tensor_name(char name[GM_TENSOR_NAME_SIZE], gm_tensor parameter, unsigned state)
{
    snprintf(name, GM_TENSOR_NAME_SIZE, "%s.%s", gm_tensors[parameter].name, gm_state_names[state]);
}
