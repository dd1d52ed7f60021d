/* SPDX-License-Identifier: MIT
 * See checkpoints.h. */
#define _XOPEN_SOURCE 700 /* realpath */
#include "run/checkpoints.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "checkpoint/directory.h"
#include "core/error.h"
#include "core/names.h"
#include "model/model.h"
#include "run/note.h"
#include "run/products.h"
#include "train/schedule.h"

/* ---- what a checkpoint says of its run --------------------------------------------------------
 */

/* Of the job: what no run that goes on can have otherwise, but for this and the data directory. */
#define STEPS "steps"

static gemlet_status describe_rows(gm_pairs *job, const char *which, const gemlet_dataset *rows,
                                   uint32_t checksum)
{
    char name[64];
    if (rows == NULL)
        return GEMLET_OK;
    snprintf(name, sizeof name, "%s rows", which);
    return gm_pairs_set(job, name, "%u of %u features, checksum %08" PRIx32,
                        gemlet_dataset_rows(rows), gemlet_dataset_features(rows), checksum);
}

static gemlet_status describe_job(gm_pairs *job, const gm_run *r)
{
    const gm_rows *rows = &r->setup.rows;
    char *directory = realpath(r->setup.settings.data, NULL);
    gemlet_status status = gm_pairs_set(job, STEPS, "%" PRIu64, r->n_steps);
    if (status == GEMLET_OK && directory != NULL)
        status = gm_pairs_set(job, GM_RUN_DATA_DIRECTORY, "%s", directory);
    free(directory);
    GEMLET_TRY(status);
    GEMLET_TRY(gm_pairs_set(job, "network", "%s", r->setup.spec_text));
    GEMLET_TRY(gm_pairs_set(job, "rows a step", "%u", r->setup.settings.train.batch));
    GEMLET_TRY(describe_rows(job, "training", rows->train, r->checksums.train));
    GEMLET_TRY(describe_rows(job, "validation", rows->validation, r->checksums.validation));
    return describe_rows(job, "test", rows->test, r->checksums.test);
}

/* The cosine, for one, reaches 0 at the last step: its rates depend on how many there are. */
static gemlet_status describe_schedule(gm_pairs *device, const gm_run *r)
{
    const gemlet_train_options *train = &r->setup.settings.train;
    char name[64];
    if (!gm_schedule_depends_on_length(train))
        return GEMLET_OK;
    snprintf(name, sizeof name, "steps of the %s schedule",
             gm_name_of(gm_schedule_names, train->schedule));
    return gm_pairs_set(device, name, "%" PRIu64, r->n_steps);
}

/* So do those that an average of the last ones takes. */
static gemlet_status describe_average(gm_pairs *device, const gm_run *r)
{
    if (r->setup.settings.train.average_last > 0.0)
        return gm_pairs_set(device, "steps of the average", "%" PRIu64, r->n_steps);
    return GEMLET_OK;
}

static gemlet_status describe_device(gm_pairs *device, const gm_run *r)
{
    const gm_setup *s = &r->setup;
    const gemlet_device_info *info = gemlet_device_get_info(s->device);
    GEMLET_TRY(gm_pairs_set(device, "gemlet", "%s", gemlet_version()));
    GEMLET_TRY(gm_pairs_set(device, "device", "%s", info->name));
    GEMLET_TRY(gm_pairs_set(device, "platform", "%s", info->platform));
    GEMLET_TRY(gm_pairs_set(device, "driver", "%s", info->driver));
    GEMLET_TRY(gm_pairs_set(device, "compute units", "%u", info->compute_units));
    GEMLET_TRY(gm_pairs_set(device, "kernels", "%s",
                            gm_name_of(gm_kernels_names, s->settings.device.kernels)));
    GEMLET_TRY(gm_pairs_set(device, "GEMM", "%s", gemlet_device_gemm_name(s->device)));
    GEMLET_TRY(gm_pairs_set(device, "fused steps", "%s", r->trained.fused ? "yes" : "no"));
    GEMLET_TRY(gm_pairs_set(device, "tuning", "%s", s->tuned[0] != '\0' ? s->tuned : "none"));
    char *choices;
    GEMLET_TRY(gm_tuned_format(&choices, &s->tuning));
    const gemlet_status status = gm_pairs_set(device, GM_RUN_CHOICES, "%s", choices);
    free(choices);
    GEMLET_TRY(status);
    const char *products = gm_run_products(r);
    GEMLET_TRY(gm_pairs_set(device, GM_RUN_PRODUCTS, "%s", products != NULL ? products : "none"));
    GEMLET_TRY(describe_schedule(device, r));
    return describe_average(device, r);
}

/* ---- writing --------------------------------------------------------------------------------- */

void gm_run_checkpoints_begin(gm_run *r)
{
    const int is_new = r->resumed == NULL;
    r->checkpoints = (gm_checkpoint_writer){
        .run = r->out,
        .keep = r->setup.settings.keep_checkpoints,
        .is_first = is_new,
        .steps = is_new ? 0 : r->resumed->state.n_done,
    };
}

/* What was reported after the state belongs to steps that a run that goes on from it repeats. */
static gemlet_status copy_history(gm_checkpoint *c, const gm_run *r)
{
    const uint64_t last = c->state.n_done;
    const unsigned n_layers = r->layers.n_layers;
    for (size_t i = 0; i < r->history.count && r->history.reports[i].step <= last; ++i)
        GEMLET_TRY(gm_history_append(&c->history, &r->history.reports[i]));
    for (size_t i = 0; i < r->layers.count && r->layers.steps[i] <= last; ++i)
        GEMLET_TRY(gm_layer_history_append(&c->layers, r->layers.steps[i],
                                           r->layers.layers + i * n_layers, n_layers));
    return GEMLET_OK;
}

static gemlet_status fill(gm_checkpoint *c, gm_run *r, const gemlet_model *model,
                          const gemlet_model *best)
{
    if (gm_pairs_get(&r->job, STEPS) == NULL)
        GEMLET_TRY(describe_job(&r->job, r));
    GEMLET_TRY(describe_device(&c->device, r));
    GEMLET_TRY(gm_pairs_copy(&c->job, &r->job));
    GEMLET_TRY(gm_pairs_copy(&c->options, r->options));
    GEMLET_TRY(gm_model_clone(&c->model, model));
    if (best != NULL)
        GEMLET_TRY(gm_model_clone(&c->best, best));
    return copy_history(c, r);
}

/* The first of several failures in a row. */
static void note_failure(gm_run *r, gemlet_status status)
{
    if (status != GEMLET_OK && r->checkpoint_status == GEMLET_OK)
        gm_note(r->setup.events.on_note, r->setup.events.user,
                "no checkpoint: %s; the training goes on", gemlet_last_error());
    r->checkpoint_status = status;
}

void gm_run_checkpoint(const gm_train_state *state, const gemlet_model *model,
                       const gemlet_model *best, void *run)
{
    gm_run *r = run;
    gm_checkpoint checkpoint = {.state = *state};
    gemlet_status status = r->history_status;
    if (status == GEMLET_OK)
        status = fill(&checkpoint, r, model, best);
    if (status == GEMLET_OK)
        status = gm_checkpoint_writer_begin(&r->checkpoints, &checkpoint);
    gm_checkpoint_free(&checkpoint);
    note_failure(r, status);
}

gemlet_status gm_run_checkpoints_end(gm_run *r, gemlet_status status)
{
    char message[1024];
    if (!r->checkpoints.is_writing)
        return status;
    snprintf(message, sizeof message, "%s", gemlet_last_error());
    note_failure(r, gm_checkpoint_writer_wait(&r->checkpoints));
    return status != GEMLET_OK ? gm_error(status, "%s", message) : GEMLET_OK;
}

void gm_run_checkpoints_remove_others(const gm_run *r)
{
    if (r->checkpoints.steps == 0)
        gm_checkpoints_remove(r->out);
}

/* ---- going on ---------------------------------------------------------------------------------
 */

static int is_compared(const char *name)
{
    return strcmp(name, STEPS) != 0 && strcmp(name, GM_RUN_DATA_DIRECTORY) != 0;
}

static gemlet_status check_job(const gm_run *r)
{
    const gm_pairs *before = &r->resumed->job;
    for (size_t i = 0; i < r->job.count; ++i) {
        const gm_pair *now = &r->job.items[i];
        const char *was = gm_pairs_get(before, now->name);
        if (is_compared(now->name) && (was == NULL || strcmp(was, now->value) != 0))
            return gm_error(GEMLET_E_RANGE,
                            "%s cannot go on with %s: %s: found %s, expected %s as it began with",
                            r->out, r->setup.settings.data, now->name, now->value,
                            was != NULL ? was : "none");
    }
    return GEMLET_OK;
}

static gemlet_status check_steps(const gm_run *r)
{
    const char *text = gm_pairs_get(&r->resumed->job, STEPS);
    const uint64_t before = text != NULL ? strtoull(text, NULL, 10) : 0;
    const uint64_t done = r->resumed->state.n_done;
    if (r->n_steps < before || r->n_steps < done)
        return gm_error(GEMLET_E_RANGE,
                        "%s: found a number of %" PRIu64 " steps, expected at least the %" PRIu64
                        " of the run",
                        r->out, r->n_steps, before > done ? before : done);
    return GEMLET_OK;
}

/* What else was said of the job, as of an ensemble that it is part of. */
static gemlet_status keep_others(gm_run *r)
{
    const gm_pairs *before = &r->resumed->job;
    for (size_t i = 0; i < before->count; ++i) {
        const gm_pair *pair = &before->items[i];
        if (gm_pairs_get(&r->job, pair->name) == NULL)
            GEMLET_TRY(gm_pairs_set(&r->job, pair->name, "%s", pair->value));
    }
    return GEMLET_OK;
}

gemlet_status gm_run_resume_check(gm_run *r)
{
    GEMLET_TRY(describe_job(&r->job, r));
    GEMLET_TRY(check_job(r));
    GEMLET_TRY(check_steps(r));
    return keep_others(r);
}

gemlet_status gm_run_resume_take(gm_run *r)
{
    gm_checkpoint *c = r->resumed;
    char text[GEMLET_SPEC_TEXT_SIZE];
    GEMLET_TRY(gemlet_spec_format(gemlet_model_spec(c->model), text, sizeof text));
    if (strcmp(text, r->setup.spec_text) != 0)
        return gm_error(GEMLET_E_FORMAT, "%s: found the checkpoint of a network %s, expected %s",
                        r->out, text, r->setup.spec_text);
    r->setup.model = c->model;
    r->history = c->history;
    r->layers = c->layers;
    c->model = NULL;
    c->history = (gm_history){0};
    c->layers = (gm_layer_history){0};
    return GEMLET_OK;
}

/* "device: was X, is Y" of all that differs. Of the tuning there are words, too. */
static void describe_changes(char *out, size_t size, const gm_pairs *before, const gm_pairs *now)
{
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < now->count && used < size; ++i) {
        const gm_pair *pair = &now->items[i];
        const char *given = gm_pairs_get(before, pair->name);
        const char *was = given != NULL ? given : "none";
        if (strcmp(was, pair->value) != 0 && strcmp(pair->name, GM_RUN_CHOICES) != 0)
            used += (size_t)snprintf(out + used, size - used, "%s%s was %.100s, is %.100s",
                                     used > 0 ? "; " : "", pair->name, was, pair->value);
    }
}

void gm_run_resume_note(const gm_run *r)
{
    const gm_run_events *events = &r->setup.events;
    gm_pairs now = {0};
    char changes[900] = "";
    if (describe_device(&now, r) == GEMLET_OK)
        describe_changes(changes, sizeof changes, &r->resumed->device, &now);
    gm_pairs_free(&now);
    if (changes[0] != '\0')
        gm_note(events->on_note, events->user,
                "the bits need not be those of a run without interruption: %s", changes);
    if (r->resumed->state.n_done == r->n_steps)
        gm_note(events->on_note, events->user,
                "all %" PRIu64 " steps are done: the model is tested and saved again; a larger "
                "number of steps goes on",
                r->n_steps);
}
