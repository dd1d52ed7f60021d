/* SPDX-License-Identifier: MIT
 * The tensors of a dense layer as data: how they are called, their shapes, where they lie, and
 * which layers have them. Layouts, copies, names in files and reports, and the lists of what a step
 * writes follow from this table. A new tensor is a line here and the operation that uses it. */
#ifndef GM_BACKEND_LAYER_H
#define GM_BACKEND_LAYER_H

#include "backend/backend.h"

/* T(type, name, shape, storage, condition, place): letters of shapes as in ops.h, K inputs, N
 * outputs, B rows of the batch. place: the tensor whose place in its arena it has in its own, or
 * itself. Those of a model come first, in the order of gemlet_tensor; parameters before their
 * gradients; else in the order in which a step writes them. */
#define GM_LAYER_TENSORS(T)                                                                        \
    T(matrix, weight, "KN", PARAMETER, ALWAYS, weight)                                             \
    T(vector, bias, "N", PARAMETER, NO_BATCH_NORM, bias)                                           \
    T(vector, gamma, "N", PARAMETER, BATCH_NORM, gamma)                                            \
    T(vector, beta, "N", PARAMETER, BATCH_NORM, beta)                                              \
    T(vector, running_mean, "N", RUNNING, BATCH_NORM, running_mean)                                \
    T(vector, running_var, "N", RUNNING, BATCH_NORM, running_var)                                  \
    T(matrix, z, "BN", ACTIVATION, BATCH_NORM, z) /* before batch-norm */                          \
    T(vector, mean, "N", SAVED, BATCH_NORM, mean)                                                  \
    T(vector, var, "N", SAVED, BATCH_NORM, var)                                                    \
    T(matrix, a, "BN", SAVED, SEPARATE, a)    /* input of a separate activation */                 \
    T(matrix, y, "BN", ACTIVATION, ALWAYS, y) /* output, behind dropout where there is some */     \
    T(matrix, dy, "BN", ACTIVATION_GRADIENT, ALWAYS, dy) /* in the end dz, in its place */         \
    T(matrix, da, "BN", ACTIVATION_GRADIENT, SEPARATE_BEHIND_BATCH_NORM, da)                       \
    T(vector, dgamma, "N", GRADIENT, BATCH_NORM, gamma)                                            \
    T(vector, dbeta, "N", GRADIENT, BATCH_NORM, beta)                                              \
    T(matrix, dweight, "KN", GRADIENT, ALWAYS, weight)                                             \
    T(vector, dbias, "N", GRADIENT, NO_BATCH_NORM, bias)

/* What an optimizer keeps for every parameter: twins of the parameters, each state in an arena of
 * the same layout. An update rule has some of them; plain SGD has none. The last is the moving
 * average, a twin of all that belongs to a model. */
#define GM_OPTIMIZER_STATES(S) S(momentum) S(first_moment) S(second_moment) S(average)

/* GM_STATE_momentum and so on. */
#define GM_STATE_INDEX(name) GM_STATE_##name,
typedef enum gm_state {
    GM_OPTIMIZER_STATES(GM_STATE_INDEX) GM_N_STATES
} gm_state;
#undef GM_STATE_INDEX

/* Some of the states: the bits 1 << gm_state. */
typedef unsigned gm_state_set;
#define GM_ALL_STATES ((1u << GM_N_STATES) - 1u)

static inline int gm_has_state(gm_state_set states, unsigned state)
{
    return (states >> state & 1u) != 0;
}

unsigned gm_count_states(gm_state_set states);

#define GM_AVERAGE_STATE (1u << GM_STATE_average)

/* What a tensor is for. In a network each has an arena of its own, but for running statistics,
 * which lie behind the parameters. */
typedef enum gm_storage {
    GM_STORAGE_PARAMETER,
    GM_STORAGE_RUNNING, /* statistics of many batches; part of the model */
    GM_STORAGE_ACTIVATION,
    GM_STORAGE_SAVED, /* for the way back of one batch; for training only, as the following */
    GM_STORAGE_ACTIVATION_GRADIENT,
    GM_STORAGE_GRADIENT, /* of parameters */
    GM_N_STORAGES
} gm_storage;

typedef enum gm_condition {
    GM_ALWAYS,
    GM_BATCH_NORM,
    GM_NO_BATCH_NORM,
    GM_SEPARATE, /* activation, as the following; see gm_layer */
    GM_SEPARATE_BEHIND_BATCH_NORM
} gm_condition;

/* GM_TENSOR_weight and so on. */
#define GM_TENSOR_INDEX(type, name, shape, storage, condition, place) GM_TENSOR_##name,
typedef enum gm_tensor {
    GM_LAYER_TENSORS(GM_TENSOR_INDEX) GM_N_TENSORS
} gm_tensor;
#undef GM_TENSOR_INDEX

#define GM_COUNT_PARAMETER(type, name, shape, storage, condition, place)                           \
    +(GM_STORAGE_##storage == GM_STORAGE_PARAMETER)
#define GM_COUNT_MODEL(type, name, shape, storage, condition, place)                               \
    +(GM_STORAGE_##storage <= GM_STORAGE_RUNNING)
enum {
    GM_N_PARAMETERS = 0 GM_LAYER_TENSORS(GM_COUNT_PARAMETER),
    GM_N_MODEL_TENSORS = 0 GM_LAYER_TENSORS(GM_COUNT_MODEL) /* values of gemlet_tensor */
};
#undef GM_COUNT_PARAMETER
#undef GM_COUNT_MODEL

/* How many tensors, the first ones, a state has twins of. */
static inline unsigned gm_state_n_tensors(unsigned state)
{
    return state == GM_STATE_average ? (unsigned)GM_N_MODEL_TENSORS : (unsigned)GM_N_PARAMETERS;
}

typedef struct gm_tensor_info {
    const char *name;
    const char *shape;
    gm_storage storage;
    gm_condition condition;
    gm_tensor place;
    size_t position; /* of the gm_matrix, or gm_vector where the shape is one letter, in gm_layer */
} gm_tensor_info;

extern const gm_tensor_info gm_tensors[GM_N_TENSORS];

/* "momentum" and so on. */
extern const char *const gm_state_names[GM_N_STATES];

/* One dense layer in memory. Matrices of B rows have as many as the largest batch. What a layer
 * does not have (bias or batch-norm, what only training needs) has the buffer NULL and no extent.
 */
#define GM_TENSOR_MEMBER(type, name, shape, storage, condition, place) gm_##type name;
typedef struct gm_layer {
    gemlet_layer_spec spec;
    int dropout;     /* 0 or 1: whether the activation does dropout in training */
    int noise;       /* 0 or 1: whether its input gets noise in training */
    int is_separate; /* 0 or 1: whether the activation is an operation of its own, by its kind or
                        for these */
    GM_LAYER_TENSORS(GM_TENSOR_MEMBER)
    /* Which of the records of a step the update of each parameter takes: so many lie before it. */
    unsigned char records[GM_N_PARAMETERS];
} gm_layer;
#undef GM_TENSOR_MEMBER

/* Whether a layer has a tensor, whose activation is as separate as it is by its kind. */
int gm_layer_has(const gemlet_layer_spec *spec, gm_tensor tensor);
/* The same of a layer whose activation is separate, or not, as is_separate says. */
int gm_layer_has_with(const gemlet_layer_spec *spec, int is_separate, gm_tensor tensor);

/* extents = rows and columns of a tensor of a layer of k inputs and n outputs for batches of b; one
 * row for a vector. */
void gm_tensor_extents(gm_tensor tensor, gemlet_dim k, gemlet_dim n, gemlet_dim b,
                       gemlet_dim extents[2]);

static inline int gm_tensor_is_vector(gm_tensor tensor)
{
    return gm_tensors[tensor].shape[1] == '\0';
}

/* A vector is a matrix of one row. */
gm_matrix gm_layer_view(const gm_layer *layer, gm_tensor tensor);
/* The same place in another arena of the same layout. */
gm_matrix gm_layer_twin(const gm_layer *layer, gm_tensor tensor, gm_buffer *arena);
void gm_layer_set_view(gm_layer *layer, gm_tensor tensor, gm_matrix view);

/* What a fused step shows beside tensors of a layer. X and BATCH_LABELS belong to no layer. */
typedef enum gm_fused_tensor {
    GM_FUSED_DZ = GM_N_TENSORS, /* (B,N), elsewhere in place of dy */
    GM_FUSED_X,                 /* (B,F) the batch */
    GM_FUSED_BATCH_LABELS       /* (B) U32 */
} gm_fused_tensor;

/* Gradients of weights need not be in memory at any time; the tensors of the model are stored. */
static inline int gm_fused_shows(gm_tensor tensor)
{
    return (int)tensor >= (int)GM_N_MODEL_TENSORS &&
           (gm_tensors[tensor].storage != GM_STORAGE_GRADIENT || gm_tensor_is_vector(tensor));
}

#define GM_TENSOR_NAME_SIZE 28u

/* name = "weight.momentum": the state `state` of a parameter. */
void gm_state_tensor_name(char name[GM_TENSOR_NAME_SIZE], gm_tensor parameter, unsigned state);

#endif
