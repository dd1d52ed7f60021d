/* SPDX-License-Identifier: MIT
 * See test.h. */
#include "run/test.h"

#include <math.h>
#include <stdio.h>

#include "core/clock.h"
#include "core/error.h"
#include "run/gate.h"
#include "run/note.h"

void gm_run_count_test_rows(gemlet_dim rows[GM_QUALIFY_MAX_TESTS], const gm_run *r)
{
    const gm_rows *of = &r->setup.rows;
    rows[0] = gemlet_dataset_rows(of->test);
    rows[1] = of->validation != NULL ? gemlet_dataset_rows(of->validation) : 0;
}

gemlet_status gm_run_qualify_test(gm_run *r)
{
    const gm_setup *s = &r->setup;
    gm_gate gate = {
        .device = s->device,
        .cache_directory = s->cache_directory,
        .on_note = s->events.on_note,
        .user = s->events.user,
    };
    const double started = gm_clock_seconds();
    gm_run_count_test_rows(gate.test_rows, r);
    if (!s->settings.train.no_qualify)
        GEMLET_TRY(gm_gate_evaluation(&gate, s->model, s->rows.test));
    r->trained.qualify_seconds += gm_clock_seconds() - started;
    return GEMLET_OK;
}

/* Of the rows that all steps of the training passed through the network, back and forth counted as
 * three, the part that may be passed for the importance of columns; and what takes no time. */
#define IMPORTANCE_PART       0.01
#define MIN_IMPORTANCE_PASSES 10000.0
#define MAX_IMPORTANCE_ROWS   2000u

void gm_run_measure_importance(gm_run *r)
{
    const gm_setup *s = &r->setup;
    const double n_passed = 3.0 * (double)r->trained.steps * s->settings.train.batch;
    const gm_importance_limits limits = {fmax(IMPORTANCE_PART * n_passed, MIN_IMPORTANCE_PASSES),
                                         MAX_IMPORTANCE_ROWS};
    if (s->rows.schema == NULL)
        return;
    if (gm_importance_measure(&r->importance, s->model, s->device, s->rows.test, &limits,
                              s->settings.train.seed) != GEMLET_OK)
        gm_note(s->events.on_note, s->events.user, "the importance of columns is not known: %s",
                gemlet_last_error());
}

/* Names the rows in the message of a failure. */
static gemlet_status name_rows(const gm_setup *s, const char *which, gemlet_status status)
{
    if (status != GEMLET_E_RANGE)
        return status;
    char message[1024];
    snprintf(message, sizeof message, "%s", gemlet_last_error());
    return gm_error(status, "%s rows of %s: %s", which, s->settings.data, message);
}

gemlet_status gm_run_test(gm_run *r)
{
    const gm_setup *s = &r->setup;
    const double started = gm_clock_seconds();
    const int is_ensemble = gemlet_model_networks(s->model) > 0;
    if (s->rows.validation != NULL && (!gm_run_validates(r) || is_ensemble))
        GEMLET_TRY(
            name_rows(s, "held-out",
                      gemlet_evaluate(s->model, s->device, s->rows.validation, &r->validated)));
    GEMLET_TRY(
        name_rows(s, "test",
                  gm_metrics_evaluate(&r->metrics, &r->outcomes, &r->tested, s->model, s->device,
                                      s->rows.test, gm_schema_target_unit(s->rows.schema))));
    r->test_seconds = gm_clock_seconds() - started;
    return GEMLET_OK;
}
