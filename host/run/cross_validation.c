/* SPDX-License-Identifier: MIT
 * See cross_validation.h; its files are written by cross_validation_files.c. */
#include "run/cross_validation.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "checkpoint/directory.h"
#include "core/file.h"
#include "core/memory.h"
#include "html/report.h"
#include "model/model.h"
#include "model/spec.h"
#include "run/cross_validation_files.h"
#include "run/note.h"
#include "run/out.h"
#include "run/results.h"
#include "table/answers.h"

/* ---- figures -------------------------------------------------------------------------------- */

typedef enum pooling {
    BY_MEANS, /* of all rows it is the mean, weighted with the rows of the folds */
    BY_SQUARES,
    NOT
} pooling;

static const struct {
    const char *name;
    pooling pooled;
} figures_of[2][GM_MAX_FOLD_FIGURES] = {
    {{"accuracy", BY_MEANS},
     {"loss", BY_MEANS},
     {"balanced accuracy", NOT},
     {"macro F1", NOT},
     {"AUC", NOT}},
    {{"RMSE", BY_SQUARES}, {"MAE", BY_MEANS}, {"R2", NOT}, {"loss", NOT}, {NULL, NOT}},
};

unsigned gm_fold_n_figures(int is_regression)
{
    return is_regression ? 4 : 5;
}

const char *gm_fold_figure_name(int is_regression, unsigned figure)
{
    return figures_of[is_regression != 0][figure].name;
}

double gm_fold_mean(const gm_cross_validation *v, unsigned figure)
{
    double sum = 0;
    for (gemlet_dim i = 0; i < v->n_done; ++i)
        sum += v->folds[i].figures[figure];
    return sum / v->n_done;
}

double gm_fold_deviation(const gm_cross_validation *v, unsigned figure)
{
    const double mean = gm_fold_mean(v, figure);
    double squares = 0;
    for (gemlet_dim i = 0; i < v->n_done; ++i)
        squares += (v->folds[i].figures[figure] - mean) * (v->folds[i].figures[figure] - mean);
    return v->n_done > 1 ? sqrt(squares / (v->n_done - 1)) : (double)NAN;
}

double gm_fold_pooled(const gm_cross_validation *v, unsigned figure)
{
    const pooling pooled = figures_of[v->is_regression != 0][figure].pooled;
    double sum = 0;
    double n = 0;
    if (pooled == NOT)
        return (double)NAN;
    for (gemlet_dim i = 0; i < v->n_done; ++i) {
        const double rows = (double)v->folds[i].test_rows;
        const double value = v->folds[i].figures[figure];
        sum += rows * (pooled == BY_SQUARES ? value * value : value);
        n += rows;
    }
    return pooled == BY_SQUARES ? sqrt(sum / n) : sum / n;
}

static void take_figures(gm_fold *fold, const gm_run *r)
{
    const gm_metrics *m = &r->metrics;
    const double of_classes[] = {r->tested.accuracy, r->tested.loss, m->balanced_accuracy,
                                 m->macro_f1, m->auc};
    const double of_numbers[] = {m->rmse, m->mae, m->r2, r->tested.loss};
    fold->test_rows = r->tested.rows;
    if (m->n_classes == 0)
        memcpy(fold->figures, of_numbers, sizeof of_numbers);
    else
        memcpy(fold->figures, of_classes, sizeof of_classes);
}

/* ---- answers -------------------------------------------------------------------------------- */

/* Room for the rows of another fold. */
static gemlet_status take_room(gm_cross_validation *v, gemlet_dim n)
{
    const size_t wanted = v->n_answers + n;
    gm_fold_answer *answers;
    double *outputs;
    if (wanted <= v->capacity)
        return GEMLET_OK;
    GEMLET_TRY(GM_ALLOC(answers, 2 * wanted, "answers of a cross-validation"));
    const gemlet_status status =
        GM_ALLOC(outputs, 2 * wanted * v->n_outputs, "answers of a cross-validation");
    if (status != GEMLET_OK) {
        free(answers);
        return status;
    }
    if (v->n_answers > 0) {
        memcpy(answers, v->answers, v->n_answers * sizeof *answers);
        memcpy(outputs, v->outputs, v->n_answers * v->n_outputs * sizeof *outputs);
    }
    free(v->answers);
    free(v->outputs);
    v->answers = answers;
    v->outputs = outputs;
    v->capacity = 2 * wanted;
    return GEMLET_OK;
}

typedef struct taking {
    gm_cross_validation *validation;
    const gm_rows *rows;
    gemlet_dim fold;
} taking;

/* In the unit of the target, which each fold scales by its own rows. */
static double value_of(const taking *t, float output)
{
    return t->rows->schema != NULL ? gm_answer_value(t->rows->schema, output) : (double)output;
}

static double known(const taking *t, gemlet_dim place)
{
    const gemlet_dataset *test = t->rows->test;
    return t->validation->is_regression ? value_of(t, gemlet_dataset_targets(test)[place])
                                        : (double)gemlet_dataset_labels(test)[place];
}

static gemlet_status take_answers(gemlet_dim first, gemlet_dim n, const float *outputs, void *user)
{
    const taking *t = user;
    gm_cross_validation *v = t->validation;
    for (gemlet_dim i = 0; i < n; ++i) {
        v->answers[v->n_answers] = (gm_fold_answer){t->rows->test_rows[first + i], t->fold,
                                                    known(t, first + i), v->n_answers};
        double *to = v->outputs + v->n_answers * v->n_outputs;
        for (gemlet_dim c = 0; c < v->n_outputs; ++c) {
            const float output = outputs[(size_t)i * v->n_outputs + c];
            to[c] = v->is_regression ? value_of(t, output) : (double)output;
        }
        ++v->n_answers;
    }
    return GEMLET_OK;
}

static gemlet_status collect(gm_cross_validation *v, gemlet_dim place)
{
    const gm_run *r = &v->parts[place].run;
    const gm_setup *s = &r->setup;
    taking t = {v, &s->rows, place + 1};
    v->is_regression = s->spec.task == GEMLET_TASK_REGRESSION;
    v->n_outputs = gm_spec_classes(&s->spec);
    if (v->schema == NULL && s->rows.schema != NULL)
        v->schema = gm_schema_share(s->rows.schema);
    GEMLET_TRY(take_room(v, gemlet_dataset_rows(s->rows.test)));
    GEMLET_TRY(gemlet_predict_in_parts(s->model, s->device, s->rows.test, take_answers, &t));
    take_figures(&v->folds[place], r);
    ++v->n_done;
    return GEMLET_OK;
}

/* ---- the folds ------------------------------------------------------------------------------ */

static gemlet_status make_part(gm_cross_validation *v, gemlet_dim place, gm_pairs *changes)
{
    gm_run_settings settings = v->settings;
    char *directory;
    settings.fold = place + 1;
    GEMLET_TRY(gm_pairs_set(changes, "fold", "%u", settings.fold));
    GEMLET_TRY(gm_run_part_path(&directory, v->out, GM_RUN_FOLDS, place + 1));
    return gm_run_part_make(&v->parts[place], &v->whole, directory, &settings, changes);
}

/* With the device of the fold before, whose rows go afterwards. */
static gemlet_status run_fold(gm_cross_validation *v, gemlet_dim place)
{
    gm_run *run = &v->parts[place].run;
    gm_pairs changes = {0};
    const gemlet_status made = make_part(v, place, &changes);
    gm_pairs_free(&changes);
    GEMLET_TRY(made);
    if (place > 0)
        run->setup.before = &v->parts[place - 1].run.setup;
    GEMLET_TRY(gm_run_execute(run));
    v->stopped = run->trained.stopped;
    if (!v->stopped)
        GEMLET_TRY(collect(v, place));
    if (place > 0)
        gm_run_part_close(&v->parts[place - 1]);
    return GEMLET_OK;
}

/* A failure names its fold. */
static gemlet_status run_folds(gm_cross_validation *v)
{
    for (gemlet_dim i = 0; i < v->n && !v->stopped; ++i) {
        char message[1024];
        const gemlet_status status = run_fold(v, i);
        if (status == GEMLET_OK)
            continue;
        snprintf(message, sizeof message, "%s", gemlet_last_error());
        return gm_error(status, "fold %u of %u: %s", i + 1, v->n, message);
    }
    return GEMLET_OK;
}

/* ---- the whole ------------------------------------------------------------------------------ */

static const char *const result_names[] = {GM_FOLDS_NAME, GM_FOLD_PREDICTIONS_NAME, GM_REPORT_NAME};

static gemlet_status open_results(gm_cross_validation *v)
{
    char *stats;
    GEMLET_TRY(gm_run_open_out(&v->out, &v->results, &v->settings, result_names,
                               sizeof result_names / sizeof result_names[0]));
    v->whole.out = v->out;
    GEMLET_TRY(gm_path_join(&stats, v->out, GM_STATS_NAME));
    const int is_taken = gm_file_exists(stats) || gm_checkpoints_exist(v->out);
    free(stats);
    return is_taken ? gm_error(GEMLET_E_IO,
                               "%s: holds a run that is no cross-validation; use another directory",
                               v->out)
                    : GEMLET_OK;
}

static gemlet_status write_report(const gm_cross_validation *v)
{
    char **directories;
    char *path;
    gemlet_status status = GEMLET_OK;
    GEMLET_TRY(GM_ALLOC(directories, v->n, "directories of folds"));
    for (gemlet_dim i = 0; i < v->n && status == GEMLET_OK; ++i)
        status = gm_run_part_path(&directories[i], v->out, GM_RUN_FOLDS, i + 1);
    if (status == GEMLET_OK)
        status = gm_path_join(&path, v->results.stage, GM_REPORT_NAME);
    if (status == GEMLET_OK) {
        status = gm_report_write_several(path, directories, v->n);
        free(path);
    }
    for (gemlet_dim i = 0; i < v->n; ++i)
        free(directories[i]);
    free(directories);
    return status;
}

gemlet_status gm_cross_validation_execute(gm_cross_validation *v)
{
    v->n = v->settings.folds;
    GEMLET_TRY(GM_ALLOC(v->parts, v->n, "folds"));
    GEMLET_TRY(GM_ALLOC(v->folds, v->n, "folds"));
    GEMLET_TRY(open_results(v));
    if (!v->whole.is_resumed)
        gm_run_parts_forget(v->out);
    gm_run_note_out(v->out, &v->settings, &v->events);
    GEMLET_TRY(run_folds(v));
    if (v->stopped)
        return GEMLET_OK;
    GEMLET_TRY(gm_cross_validation_write(v));
    if (write_report(v) != GEMLET_OK)
        gm_note(v->events.on_note, v->events.user, "no report made: %s", gemlet_last_error());
    return gm_result_directory_commit(&v->results);
}

void gm_cross_validation_close(gm_cross_validation *v)
{
    for (gemlet_dim i = 0; i < v->n && v->parts != NULL; ++i)
        gm_run_part_close(&v->parts[i]);
    free(v->parts);
    free(v->folds);
    free(v->answers);
    free(v->outputs);
    gm_schema_destroy(v->schema);
    gm_result_directory_close(&v->results);
    free(v->out);
}
