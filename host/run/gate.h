/* SPDX-License-Identifier: MIT
 * The gate in front of every training: no run starts on a device that does its steps wrongly. What
 * is wrong is replaced where there is something else, of which a note tells, else the gate fails
 * with GEMLET_E_DEVICE. host/verify tries; here is decided what follows from it. */
#ifndef GM_RUN_GATE_H
#define GM_RUN_GATE_H

#include "verify/qualify.h"
#include "verify/qualify_steps.h"

/* In front of which device, and who is told. */
typedef struct gm_gate {
    gemlet_device *device;
    const char *cache_directory;                /* of verdicts; NULL: none are kept */
    gemlet_dim test_rows[GM_QUALIFY_MAX_TESTS]; /* of the data sets evaluated afterwards; 0: none */
    gemlet_note_callback on_note;               /* may be NULL */
    void *user;                                 /* handed to on_note */
} gm_gate;

typedef enum gm_gate_fused {
    GM_GATE_NOT_FUSED,
    GM_GATE_FUSED_RIGHT,
    GM_GATE_FUSED_WRONG
} gm_gate_fused;

/* Leaves a GEMM in use that is right for the network, for steps of `batch` rows (0: none) and the
 * tests, see gm_qualify(). */
gemlet_status gm_gate_products(const gm_gate *gate, const gemlet_spec *spec, gemlet_dim batch);

/* Tries the fused steps of the job, see gm_qualify_fused(). Wrong ones are a failure if the options
 * demand fused steps. */
gemlet_status gm_gate_fused_steps(gm_gate_fused *verdict, const gm_gate *gate,
                                  const gm_step_job *job);

/* Tries steps operation by operation, with the products in them, see gm_qualify_composed(). */
gemlet_status gm_gate_composed_steps(const gm_gate *gate, const gm_step_job *job);

/* Tries what an evaluation or, without labels, a prediction of these rows does, with the products
 * in it, see gm_qualify_evaluation(). */
gemlet_status gm_gate_evaluation(const gm_gate *gate, const gemlet_model *model,
                                 const gemlet_dataset *dataset);

#endif
