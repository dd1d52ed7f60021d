/* SPDX-License-Identifier: MIT
 * The model object: a spec and its tensors in host memory. */
#ifndef GM_MODEL_MODEL_H
#define GM_MODEL_MODEL_H

#include "backend/layer.h"
#include "gemlet/model.h"
#include "table/schema.h"

struct gemlet_model {
    gemlet_spec spec;
    float input_scale;
    float *values; /* all tensors, one after the other */
    size_t n_values;
    float *tensors[GEMLET_MAX_LAYERS][GM_N_MODEL_TENSORS]; /* into values; NULL: no such tensor */
    /* What an optimizer left, of each parameter; tensors as above, into state_values. Where there
     * is the state `average` the model's own values are the average, and this holds the values as
     * they were trained, from which a training goes on. */
    gm_state_set states;
    float *state_values;
    size_t n_state_values;
    float *state_tensors[GM_N_STATES][GEMLET_MAX_LAYERS][GM_N_MODEL_TENSORS];
    gm_schema *schema; /* of the table it was trained on; NULL: of none */
    /* An ensemble: its networks (n_networks), and neither values nor states; else 0. */
    gemlet_dim n_networks;
    gemlet_model **networks;
};

/* Gives the model, and the networks of an ensemble, a schema, which it takes over in every case;
 * NULL takes away the one it has.
 * GEMLET_E_SHAPE unless the inputs and classes of the two are the same in number. */
gemlet_status gm_model_take_schema(gemlet_model *model, gm_schema *schema, const char *path);

/* A model whose tensors are all zero, to be filled by init or from a file. On failure *out = NULL.
 * Release with gemlet_model_destroy(). */
gemlet_status gm_model_allocate(gemlet_model **out, const gemlet_spec *spec);

/* An ensemble of n networks that are NULL, to be filled by creation or from a file. On failure
 * *out = NULL. Release with gemlet_model_destroy(). */
gemlet_status gm_model_allocate_ensemble(gemlet_model **out, const gemlet_spec *spec, gemlet_dim n);

/* The networks of the model, whether it is an ensemble or one network. */
gemlet_dim gm_model_n_networks(const gemlet_model *model);
const gemlet_model *gm_model_network(const gemlet_model *model, gemlet_dim place);

/* GEMLET_E_ARGUMENT for an ensemble, where `what` ("training") needs a single network. */
gemlet_status gm_model_check_single(const gemlet_model *model, const char *what);

/* NULL if it has none. */
const gm_schema *gm_model_schema(const gemlet_model *model);

/* Fills the tensors as gemlet_init_options describes. */
gemlet_status gm_model_init(gemlet_model *model, const gemlet_init_options *options);

/* Standard deviation that the weights of layer `layer` (0-based) are drawn with. */
double gm_model_weight_std(const gemlet_spec *spec, unsigned layer,
                           const gemlet_init_options *options);

/* 1 if no value is NaN or infinite. */
int gm_model_is_finite(const gemlet_model *model);

/* Gives the model these states of each parameter. Those that it had stay, new ones are 0. */
gemlet_status gm_model_set_states(gemlet_model *model, gm_state_set states);

/* name = "weight.momentum", as the state of a tensor is called in a model: "weight.trained" of what
 * a network calls "weight.average". */
void gm_model_state_name(char name[GM_TENSOR_NAME_SIZE], gm_tensor tensor, unsigned state);

/* *out = a copy of the model, with its states. On failure *out = NULL. Release with
 * gemlet_model_destroy(). */
gemlet_status gm_model_clone(gemlet_model **out, const gemlet_model *model);

/* Copies the values of all tensors between models of the same spec, and the states. */
gemlet_status gm_model_copy_values(gemlet_model *to, const gemlet_model *from);

#endif
