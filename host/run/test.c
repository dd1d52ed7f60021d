/* SPDX-License-Identifier: MIT
 * See test.h. */
#include "run/test.h"

#include <stdio.h>

#include "core/clock.h"
#include "core/error.h"
#include "run/gate.h"

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

static gemlet_status evaluate(const gm_setup *s, const char *which, const gemlet_dataset *rows,
                              gemlet_evaluation *evaluation)
{
    const gemlet_status status = gemlet_evaluate(s->model, s->device, rows, evaluation);
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
    if (s->rows.validation != NULL && !gm_run_validates(r))
        GEMLET_TRY(evaluate(s, "held-out", s->rows.validation, &r->validated));
    GEMLET_TRY(evaluate(s, "test", s->rows.test, &r->tested));
    r->test_seconds = gm_clock_seconds() - started;
    return GEMLET_OK;
}
