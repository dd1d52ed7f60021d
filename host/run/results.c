/* SPDX-License-Identifier: MIT
 * See results.h. */
#include "run/results.h"

#include <stdio.h>
#include <stdlib.h>

#include "checkpoint/directory.h"
#include "core/clock.h"
#include "core/error.h"
#include "core/file.h"
#include "core/memory.h"
#include "core/scratch.h"
#include "core/temporary.h"
#include "html/report.h"
#include "html/run_page.h"
#include "report/loss_graph.h"
#include "run/checkpoints.h"
#include "run/cross_validation.h"
#include "run/evaluation.h"
#include "run/note.h"
#include "run/out.h"
#include "run/stats.h"

/* Of all files that runs leave. The first is the last to appear. */
static const char *const result_names[] = {
    GM_STATS_NAME,
    GM_MODEL_NAME,
    GM_LAST_MODEL_NAME,
    GM_HISTORY_CSV_NAME,
    GM_LOSS_GRAPH_SCRIPT,
    GM_LOSS_GRAPH_PICTURE,
    GM_LOSS_GRAPH_NAME ".svg",
    GM_LAYER_HISTORY_DATA,
    GM_LAYER_HISTORY_NAME ".gp",
    GM_LAYER_HISTORY_NAME ".png",
    GM_LAYER_HISTORY_NAME ".svg",
    GM_EVALUATION_NAME,
    GM_REPORT_NAME,
};

/* Whose files are no run's. */
static gemlet_status check_no_folds(const char *out)
{
    char *folds;
    GEMLET_TRY(gm_path_join(&folds, out, GM_FOLDS_NAME));
    const int is_there = gm_file_exists(folds);
    free(folds);
    return is_there
               ? gm_error(GEMLET_E_IO, "%s: holds a cross-validation; use another directory", out)
               : GEMLET_OK;
}

gemlet_status gm_run_results_open(gm_run *r)
{
    GEMLET_TRY(gm_run_open_out(&r->out, &r->results, &r->setup.settings, result_names,
                               sizeof result_names / sizeof result_names[0]));
    r->results.kept = GM_CHECKPOINT_DIRECTORY;
    GEMLET_TRY(check_no_folds(r->out));
    r->place = (gm_run_place){r->results.stage, ""};
    return GEMLET_OK;
}

gemlet_status gm_run_results_path(char **path, const gm_run *r, const char *name)
{
    return gm_format_string(path, "%s/%s%s", r->place.directory, r->place.prefix, name);
}

/* ---- files ---------------------------------------------------------------------------------- */

static gemlet_status save_model(const gm_run *r, const gemlet_model *model, const char *name)
{
    char *path;
    GEMLET_TRY(gm_run_results_path(&path, r, name));
    const gemlet_status status = gemlet_model_save(model, path);
    free(path);
    return status;
}

static gemlet_status save_models(const gm_run *r)
{
    GEMLET_TRY(save_model(r, r->setup.model, GM_MODEL_NAME));
    return r->last_model != NULL ? save_model(r, r->last_model, GM_LAST_MODEL_NAME) : GEMLET_OK;
}

static gemlet_status save_metrics(const gm_run *r)
{
    char *path;
    GEMLET_TRY(gm_run_results_path(&path, r, GM_HISTORY_CSV_NAME));
    const gemlet_status status = gm_history_write_csv(&r->history, path);
    free(path);
    return status;
}

static gemlet_status save_layers(const gm_run *r)
{
    if (r->layers.count == 0)
        return GEMLET_OK;
    char *path;
    GEMLET_TRY(gm_run_results_path(&path, r, GM_LAYER_HISTORY_DATA));
    const gemlet_status status = gm_layer_history_write_csv(&r->layers, path);
    free(path);
    return status;
}

/* ---- putting them in place ------------------------------------------------------------------ */

gemlet_status gm_run_results_take_room(gm_run *r)
{
    char message[512];
    const gemlet_status status = save_models(r);
    if (status == GEMLET_OK)
        return status;
    gm_result_directory_name(message, sizeof message, &r->results, gemlet_last_error());
    return gm_error(status, "%s", message);
}

/* The room goes to the models that are saved. */
static void give_room_back(const gm_run *r)
{
    static const char *const names[] = {GM_MODEL_NAME, GM_LAST_MODEL_NAME};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; ++i) {
        char *path;
        if (gm_run_results_path(&path, r, names[i]) == GEMLET_OK)
            remove(path);
        free(path);
    }
}

static gemlet_status put_in_place(gm_run *r)
{
    gm_run_tell(&r->setup.events, GM_RUN_PLACING, r);
    const gemlet_status status = gm_result_directory_commit(&r->results);
    gm_run_tell(&r->setup.events, GM_RUN_PLACED, r);
    return status;
}

/* Returns 1 if the model is saved in this place; the other files are welcome, not needed. */
static int save_elsewhere(gm_run *r, const char *directory, const char *prefix)
{
    r->place = (gm_run_place){directory, prefix};
    if (save_model(r, r->setup.model, GM_MODEL_NAME) != GEMLET_OK)
        return 0;
    if (r->last_model != NULL)
        (void)save_model(r, r->last_model, GM_LAST_MODEL_NAME);
    (void)save_metrics(r);
    (void)gm_run_save_stats(r);
    return 1;
}

/* After a failure to put the results where they belong: the message also says where they are. */
static gemlet_status rescue(gm_run *r, gemlet_status failure)
{
    char message[512];
    char prefix[GM_TEMPORARY_NAME_SIZE];
    gm_result_directory_name(message, sizeof message, &r->results, gemlet_last_error());
    gm_temporary_name(prefix, "-");
    /* A name of a file that is to be found: without the dot. */
    if (save_elsewhere(r, r->out, prefix + 1) || save_elsewhere(r, gm_scratch_parent(), prefix + 1))
        return gm_error(failure, "%s; the model is saved as %s/%s%s instead", message,
                        r->place.directory, r->place.prefix, GM_MODEL_NAME);
    return gm_error(failure, "%s; nor can the model be saved in %s: %.300s", message,
                    gm_scratch_parent(), gemlet_last_error());
}

/* From the files of the run, as gemlet report does at any later time. A guest, as pictures are. */
static void write_report(gm_run *r)
{
    char text[1024];
    char *path;
    gemlet_status status = gm_run_results_path(&path, r, GM_REPORT_NAME);
    if (status == GEMLET_OK)
        status = gm_report_write(path, r->place.directory, r->out);
    free(path);
    r->has_report = status == GEMLET_OK;
    if (r->has_report)
        return;
    gm_result_directory_name(text, sizeof text, &r->results, gemlet_last_error());
    gm_note(r->setup.events.on_note, r->setup.events.user, "no report made: %s", text);
}

gemlet_status gm_run_results_save(gm_run *r)
{
    give_room_back(r);
    r->total_seconds = gm_clock_seconds() - r->started_seconds;
    gemlet_status status = save_models(r);
    if (status == GEMLET_OK)
        status = save_metrics(r);
    if (status == GEMLET_OK)
        status = save_layers(r);
    if (status == GEMLET_OK)
        status = gm_run_save_evaluation(r);
    if (status == GEMLET_OK)
        status = gm_run_save_stats(r);
    if (status == GEMLET_OK)
        write_report(r);
    if (status == GEMLET_OK)
        status = put_in_place(r);
    if (status == GEMLET_OK)
        return GEMLET_OK;
    return rescue(r, status);
}

/* ---- pictures ------------------------------------------------------------------------------- */

/* Says why there is no picture, if there is none. Returns 1 if there is. */
static int report_picture(const gm_run *r, const char *what, gemlet_status status, char *note)
{
    const char *reason = status != GEMLET_OK ? gemlet_last_error() : note;
    const int is_drawn = reason == NULL;
    if (!is_drawn) {
        char text[1024];
        gm_result_directory_name(text, sizeof text, &r->results, reason);
        gm_note(r->setup.events.on_note, r->setup.events.user, "no %s drawn: %s", what, text);
    }
    free(note);
    return is_drawn;
}

static void draw_layers(const gm_run *r)
{
    char *note = NULL;
    if (r->layers.count == 0)
        return;
    const gemlet_status status =
        gm_layer_history_draw(&note, &r->layers, r->place.directory, r->setup.spec_text);
    report_picture(r, "picture of the layers", status, note);
}

static void draw_graph(gm_run *r)
{
    const gm_loss_graph graph = {
        .directory = r->place.directory,
        .history = &r->history,
        .network = r->setup.spec_text,
        .device = gemlet_device_get_info(r->setup.device)->name,
        .is_regression = r->setup.spec.task == GEMLET_TASK_REGRESSION,
        .test_accuracy = r->tested.accuracy,
        .test_loss = r->tested.loss,
    };
    char *note = NULL;
    if (r->history.count == 0)
        return;
    const gemlet_status status = gm_loss_graph_draw(&note, &graph);
    if (report_picture(r, "graph", status, note))
        r->graph_name = GM_LOSS_GRAPH_PICTURE;
}

void gm_run_results_draw(gm_run *r)
{
    char message[512];
    draw_layers(r);
    draw_graph(r);
    gemlet_status status = r->graph_name != NULL ? gm_run_save_stats(r) : GEMLET_OK;
    if (status == GEMLET_OK)
        status = put_in_place(r);
    if (status == GEMLET_OK)
        return;
    gm_result_directory_name(message, sizeof message, &r->results, gemlet_last_error());
    gm_note(r->setup.events.on_note, r->setup.events.user, "%s has no pictures: %s", r->out,
            message);
    r->graph_name = NULL;
}

gemlet_status gm_run_results_conclude(gm_run *r)
{
    gm_run_checkpoints_remove_others(r);
    GEMLET_TRY(gm_run_results_save(r));
    gm_run_tell(&r->setup.events, GM_RUN_SAVED, r);
    gm_run_results_draw(r);
    if (r->graph_name != NULL)
        gm_run_tell(&r->setup.events, GM_RUN_DRAWN, r);
    return GEMLET_OK;
}
