/* SPDX-License-Identifier: MIT
 * A network: a model laid out in the memory of one backend, with room for activations and
 * gradients of a batch. forward and backward are the only two things it does. */
#ifndef GM_MODEL_NETWORK_H
#define GM_MODEL_NETWORK_H

#include "backend/layer.h"
#include "model/model.h"

#define GM_BATCH_NORM_EPS      1e-5f
#define GM_BATCH_NORM_MOMENTUM 0.1f

typedef enum gm_network_use {
    GM_NETWORK_TEST, /* forward in test mode only: no gradients */
    GM_NETWORK_TRAIN,
    GM_NETWORK_TRAIN_DROPOUT, /* of the outputs of hidden layers */
    GM_NETWORK_TRAIN_NOISE,   /* on what the activations of hidden layers take */
    GM_NETWORK_TRAIN_NOISE_DROPOUT
} gm_network_use;

/* What passes aside of a step work on, views of B rows. */
typedef struct gm_network_aside {
    gm_matrix x;             /* (B, inputs): another batch */
    gm_matrix dx;            /* (B, inputs): a gradient of the data */
    gm_matrix probabilities; /* (B, classes) */
    gm_vector gradients;     /* as gm_network_gradients(), which they may take the place of */
} gm_network_aside;

typedef struct gm_network {
    gm_backend *backend;
    gm_network_use use;
    gemlet_dim capacity; /* most rows of a batch */
    unsigned n_layers;
    gm_layer layers[GEMLET_MAX_LAYERS];
    /* Learned parameters, their gradients and each optimizer state lie in arenas of the same
     * layout, weights first: one sgd_step updates all, and weight decay takes the first n_decayed
     * elements. Behind the parameters lie the running statistics, in the same arena. Leading
     * dimensions are padded to GM_ALIGNMENT; the padding is 0 and stays so. */
    gm_buffer *arenas[GM_N_STORAGES]; /* NULL: nothing of this kind, or elsewhere */
    gm_state_set states;
    gm_buffer *state_arenas[GM_N_STATES]; /* NULL: not one of `states` */
    size_t n_parameters;                  /* elements of them, padding included, as the following */
    size_t n_values;                      /* with the running statistics */
    size_t n_decayed;
    gm_buffer *square_sums; /* of the gradients, in networks in training */
    gm_network_aside aside; /* as of `capacity` rows, each once it was asked for */
} gm_network;

/* Lays out and allocates a network on `backend` and copies the model's tensors to it. states:
 * of the optimizer, for training only. GEMLET_E_MEMORY if it cannot fit into the
 * device's memory. On failure *out = NULL. Release with gm_network_destroy(). */
gemlet_status gm_network_create(gm_network **out, gm_backend *backend, const gemlet_model *model,
                                gm_network_use use, gemlet_dim capacity, gm_state_set states);

/* Copies the tensors from the model to the device, or back. States that the model lacks become 0 on
 * the device; on the way back the model gets those that the network has. With the state `average`
 * the model's values are the averages, and the trained ones are that state of the model; without it
 * in the model they are the same. */
gemlet_status gm_network_upload(gm_network *network, const gemlet_model *model);
gemlet_status gm_network_download(const gm_network *network, gemlet_model *model);

/* x (B, inputs), B <= capacity. Afterwards the logits are in gm_network_logits(network, B). record:
 * that of the step, for dropout and noise; without, it may be none. */
gemlet_status gm_network_forward_train(gm_network *network, gm_matrix x, gm_vector record);
gemlet_status gm_network_forward_test(gm_network *network, gm_matrix x);

/* gm_network_forward_train() whose running statistics stay as they are. */
gemlet_status gm_network_forward_aside(gm_network *network, gm_matrix x, gm_vector record);

/* x and record as in the forward_train before; the gradient of the logits is in
 * gm_network_dlogits(). Fills the gradients arena. */
gemlet_status gm_network_backward(gm_network *network, gm_matrix x, gm_vector record);

/* *dx out (B, inputs): the gradient of x, after the gm_network_backward() with it. Its memory is
 * taken at the first call. */
gemlet_status gm_network_input_gradient(gm_network *network, gm_matrix x, gm_matrix *dx);

/* gm_network_backward() down to the data: *dx out as of gm_network_input_gradient(); the gradients
 * of weights stay as they are, those of the other parameters are written. */
gemlet_status gm_network_backward_input(gm_network *network, gm_matrix x, gm_vector record,
                                        gm_matrix *dx);

/* Room for network->aside.dx alone, and *aside = room for passes of `rows` rows, <= capacity; dx is
 * that of gm_network_input_gradient(). The memory is taken at the first call. */
gemlet_status gm_network_make_room_for_dx(gm_network *network);
gemlet_status gm_network_make_room_aside(gm_network *network, gemlet_dim rows,
                                         gm_network_aside *aside);

/* Gradients go into another buffer of the same length until the network gets back its own, which is
 * returned. */
gm_buffer *gm_network_use_gradients(gm_network *network, gm_buffer *gradients);

/* (rows, classes) views of the last layer's y and dy. */
gm_matrix gm_network_logits(const gm_network *network, gemlet_dim rows);
gm_matrix gm_network_dlogits(const gm_network *network, gemlet_dim rows);

/* The first `rows` rows of a matrix. */
gm_matrix gm_first_rows(gm_matrix matrix, gemlet_dim rows);

/* The whole parameter (gradient) arena as one vector. */
gm_vector gm_network_parameters(const gm_network *network);
gm_vector gm_network_gradients(const gm_network *network);

/* Room for the square sums of the gradients: one for about 4096 of them, 1024 at most. */
gm_vector gm_network_square_sums(const gm_network *network);

/* The arena of an optimizer state, one of network->states. */
gm_vector gm_network_state(const gm_network *network, gm_state state);

/* Parameters with the running statistics as one vector, and the moving averages of the same; these
 * where network->states has them. */
gm_vector gm_network_values(const gm_network *network);
gm_vector gm_network_averages(const gm_network *network);

/* Where the values lie that a model of the network is evaluated with: the moving averages, or
 * without them the parameters and running statistics. */
gm_buffer *gm_network_evaluated(const gm_network *network);

/* The network calculates with the values in another buffer, gm_network_evaluated() of a network of
 * the same spec and backend, until it gets back its own, which are returned. */
gm_buffer *gm_network_use_values(gm_network *network, gm_buffer *values);

/* The state of one tensor (< gm_state_n_tensors()) of layer `layer` (0-based); its buffer is NULL
 * where there is none. */
gm_matrix gm_network_state_view(const gm_network *network, unsigned layer, gm_tensor tensor,
                                gm_state state);

/* NULL is allowed. */
void gm_network_destroy(gm_network *network);

#endif
