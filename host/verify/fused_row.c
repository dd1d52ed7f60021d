/* SPDX-License-Identifier: MIT
 * See fused_row.h. */
#include "verify/fused_row.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "model/spec.h"

/* Steps between two readings of losses: the reports of a training run cut the steps into other
 * launches. */
#define COMPLETE_EVERY 10u

/* What a number of steps led to. */
typedef struct outcome {
    float *losses;
    uint32_t *corrects;
    gemlet_model *state;
} outcome;

static gemlet_status take_outcome(outcome *out, const gm_fused_run *run, const gemlet_model *model)
{
    const uint64_t n = run->n_steps;
    GEMLET_TRY(GM_ALLOC(out->losses, n, "losses"));
    GEMLET_TRY(GM_ALLOC(out->corrects, n, "counts"));
    GEMLET_TRY(gm_session_read(run->session, 0, n, out->losses, out->corrects));
    GEMLET_TRY(gm_model_allocate(&out->state, gemlet_model_spec(model)));
    return gm_network_download(run->session->network, out->state);
}

static void free_outcome(outcome *out)
{
    gemlet_model_destroy(out->state);
    free(out->corrects);
    free(out->losses);
}

static gemlet_status run_in_a_row(gm_fused_run *run, const gemlet_model *model)
{
    gm_stepper *stepper = run->session->stepper;
    GEMLET_TRY(gm_session_load(run->session, model));
    for (uint64_t step = 0; step < run->n_steps; ++step) {
        GEMLET_TRY(gm_session_enqueue(run->session, step, step));
        if ((step + 1) % COMPLETE_EVERY == 0)
            GEMLET_TRY(stepper->ops->complete(stepper));
    }
    return stepper->ops->store(stepper);
}

/* ---- comparison ----------------------------------------------------------------------------- */

/* values (rows, cols), in a row and one by one; `which` of two outcomes. */
typedef double (*value_at)(const void *values, size_t i);

static double float_at(const void *values, size_t i)
{
    return (double)((const float *)values)[i];
}

static double count_at(const void *values, size_t i)
{
    return (double)((const uint32_t *)values)[i];
}

/* got, ref (rows, cols). */
static gemlet_status compare(gm_tally *tally, const char *tensor, gemlet_dim rows, gemlet_dim cols,
                             const void *got, const void *ref, value_at at)
{
    const size_t n = (size_t)rows * cols;
    uint64_t n_not_finite;
    double *values; /* got, ref, bounds */
    GEMLET_TRY(GM_ALLOC(values, 3 * n, "values to be compared"));
    for (size_t i = 0; i < n; ++i) {
        values[i] = at(got, i);
        values[n + i] = at(ref, i);
    }
    const gemlet_status status = gm_statistics_add(
        &tally->result->statistics, GM_FUSED_ROW_LABEL, tensor, GM_FAMILY_ROW,
        &(gm_compared){rows, cols, cols, n, values, values + n, values + n, values + 2 * n},
        tally->step, &n_not_finite);
    free(values);
    return status;
}

/* got, ref: of layer l, or of a state of it. NULL: it has no such tensor. */
static gemlet_status compare_tensor(gm_tally *tally, const gemlet_spec *spec, unsigned l,
                                    gm_tensor t, const char *name, const float *got,
                                    const float *ref)
{
    gemlet_dim extents[2];
    char label[GM_STATISTICS_LABEL];
    if (ref == NULL)
        return GEMLET_OK;
    gm_spec_tensor_extents(spec, l, t, extents);
    snprintf(label, sizeof label, "layer %u %s", l + 1, name);
    return compare(tally, label, extents[0], extents[1], got, ref, float_at);
}

static gemlet_status compare_state(gm_tally *tally, const gemlet_model *got,
                                   const gemlet_model *ref)
{
    for (unsigned l = 0; l < ref->spec.n_layers; ++l) {
        for (unsigned t = 0; t < GM_N_MODEL_TENSORS; ++t)
            GEMLET_TRY(compare_tensor(tally, &ref->spec, l, t, gm_tensors[t].name,
                                      got->tensors[l][t], ref->tensors[l][t]));
        for (unsigned s = 0; s < GM_N_STATES; ++s) {
            for (unsigned t = 0; t < gm_state_n_tensors(s); ++t) {
                char name[GM_TENSOR_NAME_SIZE];
                gm_model_state_name(name, t, s);
                GEMLET_TRY(compare_tensor(tally, &ref->spec, l, t, name,
                                          got->state_tensors[s][l][t],
                                          ref->state_tensors[s][l][t]));
            }
        }
    }
    return GEMLET_OK;
}

static gemlet_status compare_outcomes(gm_tally *tally, const outcome *got, const outcome *ref,
                                      uint64_t n_steps)
{
    const gemlet_dim n = (gemlet_dim)n_steps;
    GEMLET_TRY(compare(tally, "losses", n, 1, got->losses, ref->losses, float_at));
    GEMLET_TRY(compare(tally, "counts", n, 1, got->corrects, ref->corrects, count_at));
    GEMLET_TRY(compare_state(tally, got->state, ref->state));
    ++tally->result->n_ops;
    return GEMLET_OK;
}

gemlet_status gm_fused_row_run(gm_fused_run *run, gm_tally *tally, const gemlet_model *model)
{
    outcome one_by_one = {0};
    outcome in_a_row = {0};
    gemlet_status status = GEMLET_OK;
    if (run->n_steps == 0 || (tally->op != NULL && strstr(GM_FUSED_ROW_LABEL, tally->op) == NULL))
        return GEMLET_OK;
    GEMLET_TRY_CLEANUP(status, take_outcome(&one_by_one, run, model));
    GEMLET_TRY_CLEANUP(status, run_in_a_row(run, model));
    GEMLET_TRY_CLEANUP(status, take_outcome(&in_a_row, run, model));
    GEMLET_TRY_CLEANUP(status, compare_outcomes(tally, &in_a_row, &one_by_one, run->n_steps));
cleanup:
    free_outcome(&in_a_row);
    free_outcome(&one_by_one);
    return status;
}
