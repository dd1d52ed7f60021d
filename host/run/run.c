/* SPDX-License-Identifier: MIT
 * The order of a run; see run.h. */
#include "run/run.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "backend/device.h"
#include "core/clock.h"
#include "core/error.h"
#include "model/model.h"
#include "run/checkpoints.h"
#include "run/kernel_times.h"
#include "run/note.h"
#include "run/out.h"
#include "run/parts.h"
#include "run/products.h"
#include "run/results.h"
#include "run/test.h"
#include "run/train.h"
#include "train/evaluate.h"

/* ---- preparation ---------------------------------------------------------------------------- */

/* Unless they are another run's. */
static gemlet_status load_rows(gm_run *r)
{
    const double started = gm_clock_seconds();
    const gm_rows *rows = &r->setup.rows;
    if (!r->setup.is_shared)
        GEMLET_TRY(gm_setup_load(&r->setup));
    r->checksums.train = gemlet_dataset_crc32(rows->train);
    r->checksums.test = gemlet_dataset_crc32(rows->test);
    if (rows->validation != NULL)
        r->checksums.validation = gemlet_dataset_crc32(rows->validation);
    r->load_seconds = gm_clock_seconds() - started;
    return GEMLET_OK;
}

gemlet_status gm_run_take_device(gm_run *r)
{
    const double started = gm_clock_seconds();
    if (!r->setup.is_shared)
        GEMLET_TRY(gm_setup_open_device(&r->setup));
    r->device_seconds = gm_clock_seconds() - started;
    return GEMLET_OK;
}

static void note_one_class(const gm_setup *s)
{
    if (gm_rows_are_of_one_class(&s->rows))
        gm_note(s->events.on_note, s->events.user,
                "all %u training rows are of class %u: there is nothing to tell apart",
                gemlet_dataset_rows(s->rows.train), gemlet_dataset_labels(s->rows.train)[0]);
}

gemlet_status gm_run_load(gm_run *r)
{
    gm_setup *s = &r->setup;
    GEMLET_TRY(load_rows(r));
    r->n_steps = gm_run_settings_count_steps(&s->settings, gemlet_dataset_rows(s->rows.train));
    GEMLET_TRY(gm_run_settings_check_batch(&s->settings, &s->spec));
    if (!s->is_shared)
        note_one_class(s);
    return GEMLET_OK;
}

static gemlet_status prepare(gm_run *r)
{
    gm_setup *s = &r->setup;
    GEMLET_TRY(gm_run_results_open(r));
    gm_run_checkpoints_begin(r);
    GEMLET_TRY(gm_run_load(r));
    if (r->resumed != NULL)
        GEMLET_TRY(gm_run_resume_check(r));
    GEMLET_TRY(gm_run_take_device(r));
    GEMLET_TRY(r->resumed != NULL ? gm_run_resume_take(r) : gm_setup_create_model(s));
    if (gm_run_validates(r))
        GEMLET_TRY(gm_model_allocate(&r->last_model, &s->spec));
    GEMLET_TRY(gm_run_results_take_room(r));
    GEMLET_TRY(gm_run_use_tuned(r));
    gm_run_note_out(r->out, &s->settings, &s->events);
    return GEMLET_OK;
}

/* ---- training ------------------------------------------------------------------------------- */

static void on_note(const char *note, void *user)
{
    const gm_run *r = user;
    gm_note(r->setup.events.on_note, r->setup.events.user, "%s", note);
}

static void on_plan(const char *summary, const char *plan, void *user)
{
    const gm_run *r = user;
    r->setup.events.on_plan(summary, plan, r->setup.events.user);
}

static void on_progress(const gemlet_progress *progress, void *user)
{
    gm_run *r = user;
    const gm_run_events *events = &r->setup.events;
    if (r->history_status == GEMLET_OK)
        r->history_status = gm_history_append(&r->history, progress);
    if (events->on_progress != NULL)
        events->on_progress(progress, events->user);
}

static void on_watch(uint64_t step, const gemlet_layer_report *layers, unsigned n_layers,
                     void *user)
{
    gm_run *r = user;
    if (r->history_status == GEMLET_OK)
        r->history_status = gm_layer_history_append(&r->layers, step, layers, n_layers);
}

static void tell_gemm(const gm_run *r)
{
    const gm_run_events *events = &r->setup.events;
    if (events->on_gemm != NULL)
        events->on_gemm(gemlet_device_gemm_name(r->setup.device), events->user);
}

/* Fused steps multiply for themselves. */
static int multiplies_at_end_only(const gm_run *r, int is_fused)
{
    return is_fused && !gm_run_validates(r);
}

static void on_begin(int is_fused, const void *run)
{
    const gm_run *r = run;
    if (!multiplies_at_end_only(r, is_fused))
        tell_gemm(r);
    if (r->resumed != NULL)
        gm_run_resume_note(r);
}

static gemlet_status choose_products(const void *run)
{
    return gm_run_choose_products(run);
}

/* What the test would fail for is refused before the training. */
static gemlet_status check_memory_of_test(const gm_setup *s)
{
    gm_backend *backend = gm_device_backend(s->device);
    GEMLET_TRY(gm_evaluation_check(backend, s->rows.test));
    return s->rows.validation != NULL ? gm_evaluation_check(backend, s->rows.validation)
                                      : GEMLET_OK;
}

gemlet_status gm_run_make_network(gm_set_network *network, gm_run *r)
{
    const gm_setup *s = &r->setup;
    gemlet_train_options *options = &network->options;
    GEMLET_TRY(check_memory_of_test(s));
    *network = (gm_set_network){
        .model = s->model,
        .options = s->settings.train,
        .gated = {.on_begin = on_begin, .choose_products = choose_products, .run = r},
        .result = &r->trained,
    };
    r->states = (gm_train_states){s->settings.checkpoint_every, gm_run_checkpoint, r};
    if (s->settings.keep_checkpoints > 0)
        network->gated.states = &r->states;
    if (r->resumed != NULL) {
        network->gated.start = &r->resumed->state;
        network->gated.start_best = r->resumed->best;
    }
    options->n_steps = r->n_steps;
    options->cache_directory = s->cache_directory;
    options->on_note = on_note;
    options->on_plan = s->events.on_plan != NULL ? on_plan : NULL;
    options->on_progress = on_progress;
    options->on_watch = on_watch;
    options->user = r;
    options->stop = r->stop;
    options->validation = gm_run_validates(r) ? s->rows.validation : NULL;
    options->last_model = r->last_model;
    network->gated.on_end = gm_run_measure_kernels;
    network->gated.end_user = r;
    gm_run_count_test_rows(network->gated.test_rows, r);
    return GEMLET_OK;
}

static gemlet_status test(gm_run *r)
{
    if (multiplies_at_end_only(r, r->trained.fused)) {
        GEMLET_TRY(gm_run_qualify_test(r));
        tell_gemm(r);
    }
    GEMLET_TRY(gm_run_test(r));
    gm_run_measure_importance(r);
    return GEMLET_OK;
}

/* ---- end ------------------------------------------------------------------------------------ */

/* Without a good state there is nothing that would be worth the results of an earlier run. Where
 * there are none, that a run diverged, and how, is a result. */
static int is_worth_saving(const gm_run *r, gemlet_status failure)
{
    return r->trained.good_steps > 0 ||
           (failure == GEMLET_E_DIVERGED && !gm_result_directory_has_results(&r->results));
}

/* After a failure: keeps the last good state, if there is one, and what was measured on the way.
 * The failure and its message stay, and the message tells if saving fails, too. */
static gemlet_status save_untested(gm_run *r, gemlet_status failure)
{
    char message[1024];
    if (!is_worth_saving(r, failure))
        return failure;
    snprintf(message, sizeof message, "%s", gemlet_last_error());
    r->tested.accuracy = r->tested.loss = (double)NAN; /* not tested */
    gm_run_tell(&r->setup.events, GM_RUN_UNTESTED, r);
    if (gm_run_results_conclude(r) != GEMLET_OK)
        return gm_error(failure, "%s; %s", message, gemlet_last_error());
    return gm_error(failure, "%s", message);
}

static int has_begun(const gm_run *r)
{
    return !r->trained.stopped ||
           r->trained.steps > (r->resumed != NULL ? r->resumed->state.n_done : 0);
}

/* A training that diverges does so again. */
static int is_resumable(const gm_run *r, gemlet_status status)
{
    return (status != GEMLET_OK || r->trained.stopped) && r->checkpoints.steps > 0 &&
           r->trained.divergence != GEMLET_DIVERGENCE_TRAINING;
}

gemlet_status gm_run_begin(gm_run *r)
{
    r->started_at = time(NULL);
    r->started_seconds = gm_clock_seconds();
    GEMLET_TRY(prepare(r));
    if (r->resumed == NULL)
        gm_run_parts_forget(r->out);
    gm_run_tell(&r->setup.events, GM_RUN_READY, r);
    return GEMLET_OK;
}

gemlet_status gm_run_end(gm_run *r, gemlet_status trained)
{
    gemlet_status status = trained;
    r->validated = r->trained.validation;
    gm_run_tell(&r->setup.events, GM_RUN_TRAINING_OVER, r);
    if (status == GEMLET_OK)
        status = r->history_status;
    if (status == GEMLET_OK && !has_begun(r)) {
        gm_run_tell(&r->setup.events, GM_RUN_NOT_BEGUN, r);
        return GEMLET_OK;
    }
    if (status == GEMLET_OK)
        status = test(r);
    status = gm_run_checkpoints_end(r, status);
    if (status == GEMLET_OK) {
        gm_run_tell(&r->setup.events, GM_RUN_TESTED, r);
        status = gm_run_results_conclude(r);
    } else {
        status = save_untested(r, status);
    }
    if (is_resumable(r, status))
        gm_run_tell(&r->setup.events, GM_RUN_RESUMABLE, r);
    return status;
}

static gemlet_status end_trained(gemlet_dim place, gemlet_status status, void *user)
{
    (void)place;
    return gm_run_end(user, status);
}

gemlet_status gm_run_execute(gm_run *r)
{
    gm_set_network network;
    GEMLET_TRY(gm_run_begin(r));
    GEMLET_TRY(gm_run_make_network(&network, r));
    const gm_network_set set = {
        .device = r->setup.device,
        .rows = r->setup.rows.train,
        .networks = &network,
        .n = 1,
        .on_trained = end_trained,
        .user = r,
    };
    return gm_network_set_train(&set);
}

void gm_run_close(gm_run *r)
{
    gm_result_directory_close(&r->results);
    gm_layer_history_free(&r->layers);
    gm_history_free(&r->history);
    gm_pairs_free(&r->job);
    gemlet_model_destroy(r->last_model);
    gm_metrics_free(&r->metrics);
    gm_outcomes_free(&r->outcomes);
    gm_importance_free(&r->importance);
    cJSON_Delete(r->profile);
    gm_setup_free(&r->setup);
    free(r->out);
    r->last_model = NULL;
    r->out = NULL;
}
