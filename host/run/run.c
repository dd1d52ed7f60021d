/* SPDX-License-Identifier: MIT
 * See run.h. */
#include "run/run.h"

#include <stdio.h>

#include "core/clock.h"
#include "core/error.h"
#include "run/gate.h"
#include "run/train.h"

static void tell_gemm(const gm_run *r)
{
    if (r->on_gemm != NULL)
        r->on_gemm(gemlet_device_gemm_name(r->device), r->options.user);
}

static void on_begin(int is_fused, const void *run)
{
    if (!is_fused)
        tell_gemm(run);
}

static void count_test_rows(gemlet_dim rows[GM_QUALIFY_MAX_TESTS], const gm_run *r)
{
    rows[0] = gemlet_dataset_rows(r->test);
    rows[1] = r->held_out != NULL ? gemlet_dataset_rows(r->held_out) : 0;
}

gemlet_status gm_run_train(gm_run *r)
{
    gm_gated_options gated = {.on_begin = on_begin, .begin_user = r};
    count_test_rows(gated.test_rows, r);
    return gm_gated_train(r->model, r->device, r->train, &r->options, &gated, &r->result);
}

/* The training need not wait for it. */
static gemlet_status qualify_test(gm_run *r)
{
    gm_gate gate = {
        .device = r->device,
        .cache_directory = r->options.cache_directory,
        .on_note = r->options.on_note,
        .user = r->options.user,
    };
    const double started = gm_clock_seconds();
    count_test_rows(gate.test_rows, r);
    if (!r->options.no_qualify)
        GEMLET_TRY(gm_gate_products(&gate, gemlet_model_spec(r->model), 0));
    r->result.qualify_seconds += gm_clock_seconds() - started;
    return GEMLET_OK;
}

static gemlet_status evaluate(const gm_run *r, const char *which, const gemlet_dataset *rows,
                              gemlet_evaluation *evaluation)
{
    const gemlet_status status = gemlet_evaluate(r->model, r->device, rows, evaluation);
    if (status != GEMLET_E_RANGE)
        return status;
    char message[1024];
    snprintf(message, sizeof message, "%s", gemlet_last_error());
    return gm_error(status, "%s rows of %s: %s", which, r->data, message);
}

gemlet_status gm_run_test(gm_run *r)
{
    if (r->result.fused) {
        GEMLET_TRY(qualify_test(r));
        tell_gemm(r);
    }
    const double started = gm_clock_seconds();
    if (r->held_out != NULL)
        GEMLET_TRY(evaluate(r, "held-out", r->held_out, &r->validation));
    GEMLET_TRY(evaluate(r, "test", r->test, &r->tested));
    r->test_seconds = gm_clock_seconds() - started;
    return GEMLET_OK;
}
