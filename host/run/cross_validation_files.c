/* SPDX-License-Identifier: MIT
 * See cross_validation_files.h. */
#include "run/cross_validation_files.h"

#include <math.h>
#include <stdlib.h>

#include "core/file.h"
#include "data/csv_field.h"
#include "table/date.h"

#define VALUE_TEXT_SIZE 64u

/* ---- predictions ---------------------------------------------------------------------------- */

static int compare_answers(const void *a, const void *b)
{
    const gm_fold_answer *x = a;
    const gm_fold_answer *y = b;
    return (x->row > y->row) - (x->row < y->row);
}

static void write_class(FILE *stream, const gm_cross_validation *v, gemlet_dim class_)
{
    if (v->schema != NULL)
        gm_csv_write_field(stream, v->schema->classes[class_]);
    else
        fprintf(stream, "%u", class_);
}

static void write_number(FILE *stream, const gm_cross_validation *v, double value)
{
    char text[VALUE_TEXT_SIZE];
    if (v->schema != NULL && v->schema->target_kind == GM_COLUMN_DATES)
        gm_date_show(text, sizeof text, value);
    else
        snprintf(text, sizeof text, "%.9g", value);
    fputs(text, stream);
}

static gemlet_dim best_class(const double *probabilities, gemlet_dim n)
{
    gemlet_dim best = 0;
    for (gemlet_dim c = 1; c < n; ++c)
        best = probabilities[c] > probabilities[best] ? c : best;
    return best;
}

static void write_header(FILE *stream, const gm_cross_validation *v)
{
    fputs("row,fold,known,answer", stream);
    for (gemlet_dim c = 0; !v->is_regression && c < v->n_outputs; ++c) {
        fputs(v->schema != NULL ? "," : ",p", stream);
        write_class(stream, v, c);
    }
    fputc('\n', stream);
}

static void write_answer(FILE *stream, const gm_cross_validation *v, const gm_fold_answer *a)
{
    const double *outputs = v->outputs + a->position * v->n_outputs;
    fprintf(stream, "%u,%u,", a->row, a->fold);
    if (v->is_regression) {
        write_number(stream, v, a->known);
        fputc(',', stream);
        write_number(stream, v, outputs[0]);
    } else {
        write_class(stream, v, (gemlet_dim)a->known);
        fputc(',', stream);
        write_class(stream, v, best_class(outputs, v->n_outputs));
        for (gemlet_dim c = 0; c < v->n_outputs; ++c)
            fprintf(stream, ",%.9g", outputs[c]);
    }
    fputc('\n', stream);
}

static void write_predictions(FILE *stream, gm_cross_validation *v)
{
    qsort(v->answers, v->n_answers, sizeof *v->answers, compare_answers);
    write_header(stream, v);
    for (size_t i = 0; i < v->n_answers; ++i)
        write_answer(stream, v, &v->answers[i]);
}

/* ---- folds ---------------------------------------------------------------------------------- */

/* Empty for NAN. */
static void write_figure(FILE *stream, double value)
{
    if (isnan(value))
        fputc(',', stream);
    else
        fprintf(stream, ",%.9g", value);
}

/* A name of a figure without blanks, as CSV columns have it elsewhere. */
static void write_name(FILE *stream, const char *name)
{
    fputc(',', stream);
    for (; *name != '\0'; ++name)
        fputc(*name == ' '                   ? '_'
              : *name >= 'A' && *name <= 'Z' ? *name - 'A' + 'a'
                                             : *name,
              stream);
}

static void write_summary(FILE *stream, const gm_cross_validation *v, const char *name,
                          double (*of)(const gm_cross_validation *, unsigned))
{
    fprintf(stream, "%s,", name);
    for (unsigned f = 0; f < gm_fold_n_figures(v->is_regression); ++f)
        write_figure(stream, of(v, f));
    fputc('\n', stream);
}

static void write_folds(FILE *stream, gm_cross_validation *v)
{
    const unsigned n_figures = gm_fold_n_figures(v->is_regression);
    fputs("fold,test_rows", stream);
    for (unsigned f = 0; f < n_figures; ++f)
        write_name(stream, gm_fold_figure_name(v->is_regression, f));
    fputc('\n', stream);
    for (gemlet_dim i = 0; i < v->n_done; ++i) {
        fprintf(stream, "%u,%ju", i + 1, (uintmax_t)v->folds[i].test_rows);
        for (unsigned f = 0; f < n_figures; ++f)
            write_figure(stream, v->folds[i].figures[f]);
        fputc('\n', stream);
    }
    write_summary(stream, v, "mean", gm_fold_mean);
    write_summary(stream, v, "deviation", gm_fold_deviation);
    write_summary(stream, v, "all", gm_fold_pooled);
}

/* ---- files ---------------------------------------------------------------------------------- */

static gemlet_status write_file(gm_cross_validation *v, const char *name,
                                void (*write)(FILE *, gm_cross_validation *))
{
    char *path;
    gm_atomic_file file;
    GEMLET_TRY(gm_path_join(&path, v->results.stage, name));
    gemlet_status status = gm_atomic_file_open(&file, path);
    if (status == GEMLET_OK) {
        write(file.stream, v);
        status = gm_atomic_file_commit(&file);
    }
    free(path);
    return status;
}

gemlet_status gm_cross_validation_write(gm_cross_validation *v)
{
    GEMLET_TRY(write_file(v, GM_FOLD_PREDICTIONS_NAME, write_predictions));
    return write_file(v, GM_FOLDS_NAME, write_folds);
}
