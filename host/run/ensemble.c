/* SPDX-License-Identifier: MIT
 * See ensemble.h. */
#include "run/ensemble.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "checkpoint/directory.h"
#include "core/clock.h"
#include "core/memory.h"
#include "model/model.h"
#include "run/checkpoints.h"
#include "run/note.h"
#include "run/out.h"
#include "run/results.h"
#include "run/test.h"

/* Of the job of a checkpoint: how many networks the ensemble has. */
#define SIZE "networks of the ensemble"

gemlet_status gm_ensemble_recall(gm_checkpoint *checkpoint, gemlet_dim *n, const char *directory,
                                 gemlet_note_callback on_note, void *user)
{
    char *first;
    GEMLET_TRY(gm_run_part_path(&first, directory, GM_RUN_NETWORKS, 1));
    gemlet_status status = gm_checkpoints_load(checkpoint, first, on_note, user);
    const char *size = status == GEMLET_OK ? gm_pairs_get(&checkpoint->job, SIZE) : NULL;
    const unsigned long found = size != NULL ? strtoul(size, NULL, 10) : 0;
    *n = (gemlet_dim)found;
    if (status == GEMLET_OK && (found < 2 || found > GEMLET_MAX_ENSEMBLE))
        status = gm_error(
            GEMLET_E_FORMAT,
            "%s: found a checkpoint of no ensemble, expected that of its first network", first);
    free(first);
    return status;
}

/* ---- its networks --------------------------------------------------------------------------- */

static gemlet_status make_part(gm_ensemble_run *e, gemlet_dim place, gm_pairs *changes)
{
    const gm_run *r = &e->whole;
    const gm_run_whole whole = {
        .out = r->out,
        .argc = r->argc,
        .argv = r->argv,
        .argument = "--ensemble=1",
        .options = r->options,
        .stop = r->stop,
        .each = e->each,
        .is_resumed = e->is_resumed,
        .is_resume = e->is_resumed,
    };
    gm_run_settings settings = r->setup.settings;
    char *directory;
    gm_run_settings_take_seed(&settings, r->setup.settings.train.seed + place);
    settings.ensemble = 1;
    GEMLET_TRY(gm_pairs_set(changes, "seed", "%" PRIu64, settings.train.seed));
    GEMLET_TRY(gm_pairs_set(changes, "split-seed", "%" PRIu64, settings.split_seed));
    GEMLET_TRY(gm_run_part_path(&directory, r->out, GM_RUN_NETWORKS, place + 1));
    return gm_run_part_make(&e->networks[place], &whole, directory, &settings, changes);
}

static gemlet_status begin(gm_ensemble_run *e, gemlet_dim place)
{
    gm_run *run = &e->networks[place].run;
    gm_pairs changes = {0};
    const gemlet_status made = make_part(e, place, &changes);
    gm_pairs_free(&changes);
    GEMLET_TRY(made);
    const gm_run_settings settings = run->setup.settings;
    gm_setup_share(&run->setup, &e->whole.setup, &settings);
    GEMLET_TRY(gm_pairs_set(&run->job, SIZE, "%u", e->n));
    GEMLET_TRY(gm_run_begin(run));
    return gm_run_make_network(&e->set[place], run);
}

static gemlet_status begin_all(gm_ensemble_run *e)
{
    e->n = e->whole.setup.settings.ensemble;
    GEMLET_TRY(GM_ALLOC(e->networks, e->n, "networks of an ensemble"));
    GEMLET_TRY(GM_ALLOC(e->set, e->n, "networks of an ensemble"));
    for (gemlet_dim i = 0; i < e->n; ++i)
        GEMLET_TRY(begin(e, i));
    return GEMLET_OK;
}

static gemlet_status on_trained(gemlet_dim place, gemlet_status status, void *user)
{
    gm_ensemble_run *e = user;
    char message[1024];
    const gemlet_status ended = gm_run_end(&e->networks[place].run, status);
    if (ended == GEMLET_OK)
        return GEMLET_OK;
    snprintf(message, sizeof message, "%s", gemlet_last_error());
    return gm_error(ended, "network %u of %u: %s", place + 1, e->n, message);
}

static gemlet_status train_all(gm_ensemble_run *e)
{
    const gm_network_set set = {
        .device = e->whole.setup.device,
        .rows = e->whole.setup.rows.train,
        .networks = e->set,
        .n = e->n,
        .on_trained = on_trained,
        .user = e,
    };
    return gm_network_set_train(&set);
}

/* ---- the whole ------------------------------------------------------------------------------ */

/* *out = the ensemble of the networks as they are. */
static gemlet_status combine(gemlet_model **out, const gm_ensemble_run *e)
{
    const gemlet_model **models;
    GEMLET_TRY(GM_ALLOC(models, e->n, "networks of an ensemble"));
    for (gemlet_dim i = 0; i < e->n; ++i)
        models[i] = e->networks[i].run.setup.model;
    const gemlet_status status = gemlet_model_create_ensemble(out, models, e->n);
    free(models);
    return status;
}

/* Whose room on the disk is taken before the training. */
static gemlet_status take_room(gm_ensemble_run *e)
{
    gm_setup *s = &e->whole.setup;
    GEMLET_TRY(combine(&s->model, e));
    const gemlet_status status = gm_run_results_take_room(&e->whole);
    gemlet_model_destroy(s->model);
    s->model = NULL;
    return status;
}

/* Sums of steps and times, means of losses. */
static void add_up(gm_ensemble_run *e)
{
    gemlet_train_result *sum = &e->whole.trained;
    const double n = e->n;
    *sum = e->networks[0].run.trained;
    sum->initial_loss = sum->train_loss = sum->train_accuracy = 0;
    sum->steps = 0;
    sum->seconds = sum->qualify_seconds = sum->validation_seconds = 0;
    for (gemlet_dim i = 0; i < e->n; ++i) {
        const gemlet_train_result *one = &e->networks[i].run.trained;
        sum->steps += one->steps;
        sum->seconds += one->seconds;
        sum->qualify_seconds += one->qualify_seconds;
        sum->validation_seconds += one->validation_seconds;
        sum->initial_loss += one->initial_loss / n;
        sum->train_loss += one->train_loss / n;
        sum->train_accuracy += one->train_accuracy / n;
        sum->stopped |= one->stopped;
        sum->stopped_early |= one->stopped_early;
    }
}

/* *mean = the means of the reports at one place of all histories: 1, or 0 where there are none, or
 * not of the same step. */
static int find_mean(gemlet_progress *mean, const gm_ensemble_run *e, size_t place)
{
    const double n = e->n;
    *mean = (gemlet_progress){0};
    for (gemlet_dim i = 0; i < e->n; ++i) {
        const gm_history *history = &e->networks[i].run.history;
        if (place >= history->count)
            return 0;
        const gemlet_progress *report = &history->reports[place];
        const gemlet_progress sum = *mean;
        if (i > 0 && report->step != sum.step)
            return 0;
        *mean = *report;
        mean->train_loss = sum.train_loss + report->train_loss / n;
        mean->train_accuracy = sum.train_accuracy + report->train_accuracy / n;
        mean->validation_loss = sum.validation_loss + report->validation_loss / n;
        mean->validation_accuracy = sum.validation_accuracy + report->validation_accuracy / n;
        mean->seconds = sum.seconds + report->seconds;
    }
    return 1;
}

static gemlet_status gather_history(gm_ensemble_run *e)
{
    gemlet_progress mean;
    for (size_t place = 0; find_mean(&mean, e, place); ++place)
        GEMLET_TRY(gm_history_append(&e->whole.history, &mean));
    return GEMLET_OK;
}

static gemlet_status finish(gm_ensemble_run *e)
{
    gm_run *r = &e->whole;
    GEMLET_TRY(combine(&r->setup.model, e));
    GEMLET_TRY(gather_history(e));
    r->setup.settings.train.fused = e->networks[0].run.setup.settings.train.fused;
    memcpy(r->setup.tuned, e->networks[0].run.setup.tuned, sizeof r->setup.tuned);
    GEMLET_TRY(gm_run_test(r));
    gm_run_measure_importance(r);
    gm_run_tell(&r->setup.events, GM_RUN_TESTED, r);
    return gm_run_results_conclude(r);
}

static gemlet_status prepare(gm_ensemble_run *e)
{
    gm_run *r = &e->whole;
    r->started_at = time(NULL);
    r->started_seconds = gm_clock_seconds();
    GEMLET_TRY(gm_run_results_open(r));
    GEMLET_TRY(gm_run_load(r));
    GEMLET_TRY(gm_run_take_device(r));
    if (!e->is_resumed)
        gm_run_parts_forget(r->out);
    GEMLET_TRY(begin_all(e));
    gm_run_note_out(r->out, &r->setup.settings, &r->setup.events);
    return take_room(e);
}

gemlet_status gm_ensemble_run_execute(gm_ensemble_run *e)
{
    gm_run *r = &e->whole;
    GEMLET_TRY(prepare(e));
    const gemlet_status status = train_all(e);
    add_up(e);
    if (status == GEMLET_OK && !r->trained.stopped)
        return finish(e);
    if (gm_run_parts_exist(r->out, GM_RUN_NETWORKS))
        gm_run_tell(&r->setup.events, GM_RUN_RESUMABLE, r);
    return status;
}

void gm_ensemble_run_close(gm_ensemble_run *e)
{
    for (gemlet_dim i = 0; i < e->n && e->networks != NULL; ++i)
        gm_run_part_close(&e->networks[i]);
    free(e->networks);
    free(e->set);
    gm_run_close(&e->whole);
}
