/* SPDX-License-Identifier: MIT
 * The table of what a step of step.c launches: recorded while one step is enqueued, not described a
 * second time. */
#ifndef GM_TRAIN_EXPLAIN_H
#define GM_TRAIN_EXPLAIN_H

#include <stdio.h>

#include "backend/observer.h"

typedef struct gm_explanation {
    gm_backend *backend;
    gm_observer observer;
    FILE *stream;
    char *text; /* lines, each ended by a newline; there after gm_explain_end() */
    size_t size;
    char operation[96]; /* name and shape */
    gm_op_cost cost;    /* of the operation */
    int has_operation;  /* 1: not written yet */
    gm_op_cost total;
    unsigned n_launches; /* kernels of our own */
    unsigned n_calls;    /* of CLBlast */
} gm_explanation;

/* Listens to the backend from now on; *e stays where it is. Release with gm_explain_free(), also
 * after a failure. */
gemlet_status gm_explain_begin(gm_explanation *e, gm_backend *backend);

/* Ends the text with its totals. */
gemlet_status gm_explain_end(gm_explanation *e);

void gm_explain_free(gm_explanation *e);

#endif
