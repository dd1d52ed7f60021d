/* SPDX-License-Identifier: MIT
 * The fused training step of a backend. */
#ifndef GM_BACKEND_FUSED_H
#define GM_BACKEND_FUSED_H

#include "backend/policies.h"
#include "backend/view.h"
#include "core/error.h"

/* What elastic_noise and augment work with, at the beginnings of their buffers. */
typedef struct gm_fused_images {
    size_t height;
    gm_matrix plain;    /* (B,F) out: the batch as it was gathered; none: nothing is augmented */
    gm_matrix noise[2]; /* (B,N) out; none without taps */
    gm_vector taps;
} gm_fused_images;

/* Whole training steps at once: optional, and equal to the composition of the operations in
 * host/train/step.c but for the order of sums. What it works on, as views of the caller's buffers,
 * which must outlive it. */
typedef struct gm_fused_network {
    unsigned n_layers;
    const struct gm_layer *layers; /* (n_layers), of layer.h; their buffers may be missing where
                                      nothing is created */
    unsigned states;               /* of the optimizer: gm_state_set of layer.h */
    gm_buffer *const
        *state_arenas; /* (GM_N_STATES) laid out as the parameters; those of `states` */
    gemlet_dim batch;
    float eps;
    float momentum;
    gm_policies policies;
    gm_matrix features; /* as in gather_batch, or the columns of encode_batch */
    gm_matrix codes;    /* as in encode_batch; none: gather_batch */
    gm_vector labels;
    gm_vector order;
    gm_fused_images images; /* of a batch that the step augments */
    double density;         /* share of the inputs that is not 0 */
    int is_demanded;        /* 1: also where operation by operation is likely to be faster */
} gm_fused_network;

typedef struct gm_fused_step_args {
    size_t first; /* place in the order where the batch begins */
    /* (GM_RECORD_SIZE) in, of one buffer in all steps. What is put off reads it later: it must stay
     * until the next call but one, or until store(). */
    gm_vector record;
    gm_vector loss;    /* (1) REAL out */
    gm_vector correct; /* (1) U32 out */
} gm_fused_step_args;

/* A value other than 0 where a tensor is padded with zeros, which steps rely on. */
typedef struct gm_fused_stray {
    int is_found;
    size_t row;
    size_t col;
    float value;
} gm_fused_stray;

typedef struct gm_fused gm_fused;

typedef struct gm_fused_ops {
    /* Enqueues one step. Part of it, the loss included, may be put off until a later call. The
     * order may change between two calls. */
    gemlet_status (*step)(gm_fused *fused, const gm_fused_step_args *args);
    /* Enqueues what is missing of the loss and count of the last step. */
    gemlet_status (*complete)(gm_fused *fused);
    /* Completes the last step, and puts parameters and running statistics, which live elsewhere
     * meanwhile, back into the views of the network. Steps may follow. */
    gemlet_status (*store)(gm_fused *fused);
    /* Takes parameters and running statistics from the views of the network, as at creation; a step
     * that is under way is forgotten. */
    gemlet_status (*load)(gm_fused *fused);
    /* values (rows, cols) = a tensor of the last step, without gaps, in host memory: floats, or
     * U32. tensor: a gm_tensor that gm_fused_shows(), or a gm_fused_tensor. *stray = the first
     * value in its padding that is finite and not 0. Behind store() only. */
    gemlet_status (*inspect)(gm_fused *fused, unsigned tensor, unsigned layer, void *values,
                             gm_fused_stray *stray);
    void (*destroy)(gm_fused *fused);
} gm_fused_ops;

/* First member of every backend's own structure. Release with ops->destroy(). */
struct gm_fused {
    const gm_fused_ops *ops;
    const char *plan; /* text of several lines: what is launched */
    unsigned n_launches;
    int augments; /* 1: by itself, what it gathers */
};

#define GM_FUSED_REASON_SIZE 80u

#endif
