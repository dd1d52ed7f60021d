/* SPDX-License-Identifier: MIT
 * The study of initial weights: networks of all activations and schemes, measured layer by layer
 * before training, then trained for some steps. What the figures mean: docs/initialisation.md. */
#ifndef GM_STUDY_STUDY_H
#define GM_STUDY_STUDY_H

#include <signal.h>

#include <limits.h>

#include "gemlet/gemlet.h"
#include "train/tensor_statistics.h"

#define GM_STUDY_BINS 40u

/* No choice: all that there are. */
#define GM_STUDY_ALL UINT_MAX

typedef struct gm_study_options {
    unsigned activation; /* gemlet_activation, or GM_STUDY_ALL: ReLU, tanh and sigmoid */
    unsigned scheme;     /* gemlet_init_scheme, or GM_STUDY_ALL as the following */
    unsigned batch_norm; /* 0: without, 1: with */
    gemlet_dim depth;    /* hidden layers */
    gemlet_dim width;    /* of each */
    gemlet_dim rows;     /* of the batch that is measured */
    uint64_t steps;      /* of training; 0: none */
    gemlet_dim batch;    /* of training */
    double learning_rate;
    uint64_t seed;
    const volatile sig_atomic_t *stop; /* may be NULL; non-zero: no case is begun or finished */
} gm_study_options;

/* One hidden layer. */
typedef struct gm_study_layer {
    gm_tensor_statistics z;  /* input of the activation, as the following with GM_STUDY_BINS bins */
    gm_tensor_statistics y;  /* output of the activation */
    gm_tensor_statistics dz; /* gradient of the loss by x W (+ b) */
    double passed; /* norm of the gradient behind the activation over that in front of it, in units
                      of the activation's steepest slope: 0..1 */
    double z_range[2]; /* of the bins */
    double y_range[2];
    double dz_range[2];
} gm_study_layer;

/* What is wrong, by the criteria of verdict.h. */
typedef struct gm_study_verdict {
    int saturates; /* sigmoid, tanh, ELU and SELU */
    int loses;     /* saturated activations hold the gradient back */
    int vanishes;  /* the gradient, from the last hidden layer to the first */
    int explodes;
    int fades; /* the signal, from the first hidden layer to the last */
    int grows;
    int loss_is_wrong;
    unsigned worst_layer;  /* from 1: the one most saturated */
    unsigned tight_layer;  /* from 1: the one that passes the least */
    double gradient_ratio; /* norm in the first hidden layer over that in the last */
    double signal_ratio;   /* std of z in the last hidden layer over that in the first */
    char text[320];
} gm_study_verdict;

typedef struct gm_study_loss {
    uint64_t step;
    double loss; /* mean since the one before */
} gm_study_loss;

typedef struct gm_study_case {
    gemlet_activation activation;
    gemlet_init_scheme scheme;
    int batch_norm;
    gemlet_dim depth;
    char name[64];          /* of its files: "rand_weights_tanh" */
    char title[64];         /* "tanh, N(0, 1)" */
    gm_study_layer *layers; /* (depth) */
    double loss;            /* untrained, of the batch that is measured */
    double expected_loss;   /* ln(classes) */
    gm_study_verdict verdict;
    gm_study_loss *losses; /* (n_losses) */
    size_t n_losses;
    uint64_t diverged_step; /* 0: it did not */
    double final_accuracy;  /* of the last steps, in training */
} gm_study_case;

typedef struct gm_study {
    gm_study_options options;
    gm_study_case *cases;
    size_t n_cases;
} gm_study;

/* A note on each case that is done. May be NULL. */
typedef void (*gm_study_callback)(const gm_study_case *done, void *user);

/* Runs all cases that the options choose, until it is stopped or fails: then n_cases are done. And
 * ReLU under Kaiming once more with 8 hidden layers. Release with gm_study_free(), also after a
 * failure. Training that diverges is a result, no failure. */
gemlet_status gm_study_run(gm_study *study, gemlet_device *device, const gemlet_dataset *dataset,
                           const gm_study_options *options, gm_study_callback callback, void *user);

/* Lists every case that a study can have, without running any. Release with gm_study_free(). */
gemlet_status gm_study_list_all(gm_study *study);

/* "N(0, 1)", "Xavier" etc. Static text. */
const char *gm_study_scheme_title(gemlet_init_scheme scheme);

/* The schemes in the order in which they are shown. */
#define GM_STUDY_N_SCHEMES 5
extern const gemlet_init_scheme gm_study_schemes[GM_STUDY_N_SCHEMES];

/* The activations in the order in which they are shown. */
#define GM_STUDY_N_ACTIVATIONS 9
extern const gemlet_activation gm_study_activations[GM_STUDY_N_ACTIVATIONS];

/* Whether they are among those of a study: the chosen one, or the classic three. */
int gm_study_has_activation(const gm_study_options *options, gemlet_activation activation);

void gm_study_free(gm_study *study);

#endif
