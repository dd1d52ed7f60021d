/* SPDX-License-Identifier: MIT
 * A random search for the settings of a training, with successive halving (Jamieson and Talwalkar
 * 2016): many trials of few steps, the better third of them with three times as many, and so on to
 * all steps. What is compared is the loss on the validation rows; test rows take no part. */
#ifndef GM_RUN_SEARCH_H
#define GM_RUN_SEARCH_H

#include <signal.h>

#include "run/setup.h"

/* What is searched. Others keep the value of the settings. */
typedef enum gm_searched {
    GM_SEARCH_LEARNING_RATE = 1, /* times 0.1 to 10, evenly in its logarithm */
    GM_SEARCH_WEIGHT_DECAY = 2,  /* 1e-5 to 0.1, evenly in its logarithm; for one of four none */
    GM_SEARCH_DROPOUT = 4,       /* 0, 0.1, ... 0.5 */
    GM_SEARCH_HIDDEN = 8         /* 1 to 4 layers of 64, 128, 256 or 512 units */
} gm_searched;

typedef struct gm_trial {
    unsigned number; /* from 1; the first has the settings as they are */
    double learning_rate;
    double weight_decay;
    double dropout;
    gm_dim_list hidden;
    uint64_t n_steps; /* of the last training of it */
    double loss;      /* on the validation rows: lowest of that training; infinite if it diverged */
    double accuracy;  /* NAN of a regression */
    double seconds;   /* of that training */
} gm_trial;

typedef struct gm_search {
    gm_setup *setup;                   /* loaded, with validation rows, its device open */
    unsigned searched;                 /* gm_searched, or-ed */
    unsigned n_trials;                 /* >= 1 */
    uint64_t n_steps;                  /* of a whole training */
    double budget_seconds;             /* after which no training is begun */
    const volatile sig_atomic_t *stop; /* non-zero: as if the budget were spent. May be NULL */
    void (*on_trial)(const gm_trial *trial, void *user); /* of each training. May be NULL */
    void *user;
} gm_search;

/* Trial `number` (from 1): the same for the same seed. */
gm_trial gm_search_draw(const gm_search *search, unsigned number);

/* *best out: of the trials with most steps the one with the lowest loss. *is_complete out: 0 if the
 * budget ended the search. GEMLET_E_DIVERGED if every trial did; GEMLET_E_RANGE without validation
 * rows; else what the first training fails with. */
gemlet_status gm_search_run(gm_trial *best, int *is_complete, const gm_search *search);

#endif
