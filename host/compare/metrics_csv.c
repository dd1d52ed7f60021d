/* SPDX-License-Identifier: MIT
 * Reads metrics.csv; see metrics_csv.h. */
#include "compare/metrics_csv.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "core/memory.h"
#include "data/number.h"

/* A report has about 60 bytes: a million of them. */
#define MAX_FILE_BYTES ((size_t)1 << 26)

/* Cuts the text at `end_mark`: returns what is before it, and *rest is what follows, NULL at the
 * end. */
static char *cut(char **rest, char end_mark)
{
    char *start = *rest;
    char *end = strchr(start, end_mark);
    *rest = end != NULL ? end + 1 : NULL;
    if (end != NULL)
        *end = '\0';
    return start;
}

#define NO_COLUMN SIZE_MAX

static const char *const names[GM_N_METRICS] = {
    [GM_METRIC_TRAIN_LOSS] = "train_loss",
    [GM_METRIC_TRAIN_ACCURACY] = "train_accuracy",
    [GM_METRIC_VALIDATION_LOSS] = "validation_loss",
    [GM_METRIC_VALIDATION_ACCURACY] = "validation_accuracy",
    [GM_METRIC_LEARNING_RATE] = "learning_rate",
};

typedef struct columns {
    size_t step;
    size_t metrics[GM_N_METRICS]; /* NO_COLUMN: there is none */
} columns;

/* *column = the place of the only column of this name, NO_COLUMN if there is none. Returns their
 * number. */
static size_t find_column(size_t *column, const char *header, const char *name)
{
    const size_t length = strlen(name);
    size_t n = 0;
    *column = NO_COLUMN;
    for (size_t i = 0; header != NULL; ++i) {
        if (strncmp(header, name, length) == 0 &&
            (header[length] == ',' || header[length] == '\0')) {
            *column = i;
            ++n;
        }
        header = strchr(header, ',');
        header = header != NULL ? header + 1 : NULL;
    }
    return n;
}

static gemlet_status find_columns(columns *found, const char *header, const char *path)
{
    if (find_column(&found->step, header, "step") != 1 ||
        find_column(&found->metrics[GM_METRIC_TRAIN_LOSS], header, "train_loss") != 1)
        return gm_error(GEMLET_E_FORMAT,
                        "%s: line 1: found no header with step and train_loss once each, expected "
                        "it as gemlet train writes it",
                        path);
    for (size_t m = 0; m < GM_N_METRICS; ++m) {
        if (find_column(&found->metrics[m], header, names[m]) > 1)
            return gm_error(GEMLET_E_FORMAT, "%s: line 1: found %s twice, expected it once or not",
                            path, names[m]);
    }
    return GEMLET_OK;
}

static gemlet_status refuse_field(const char *path, size_t line, const char *column,
                                  const char *text, const char *expected)
{
    char shown[32];
    gm_number_show(shown, sizeof shown, text, strlen(text));
    return gm_error(GEMLET_E_FORMAT, "%s: line %zu: %s: found '%s', expected %s", path, line,
                    column, shown, expected);
}

/* Appends a point to the curve, which has room for it. */
static gemlet_status append_value(gm_loss_curve *curve, double step, const char *text,
                                  const char *column, const char *path, size_t line)
{
    double value;
    switch (gm_number_parse(&value, text, strlen(text))) {
    case GM_NUMBER_FINITE:
        break;
    case GM_NUMBER_NOT_FINITE:
        value = (double)NAN;
        break;
    case GM_NUMBER_NONE:
        return refuse_field(path, line, column, text, "a number");
    }
    curve->points[curve->n++] = (gm_loss_point){step, value, value, value};
    return GEMLET_OK;
}

/* One line of the file, whose step must be above *last_step, which it becomes. */
static gemlet_status read_line(gm_loss_curve curves[GM_N_METRICS], const columns *where, char *text,
                               double *last_step, const char *path, size_t line)
{
    const char *step = "";
    const char *values[GM_N_METRICS] = {"", "", "", "", ""};
    double number;
    char *rest = text;
    for (size_t i = 0; rest != NULL; ++i) {
        const char *field = cut(&rest, ',');
        step = i == where->step ? field : step;
        for (size_t m = 0; m < GM_N_METRICS; ++m)
            values[m] = i == where->metrics[m] ? field : values[m];
    }
    if (gm_number_parse(&number, step, strlen(step)) != GM_NUMBER_FINITE || !(number > *last_step))
        return refuse_field(path, line, "step", step, "a number above that of the line before");
    *last_step = number;
    for (size_t m = 0; m < GM_N_METRICS; ++m) {
        if (values[m][0] != '\0' || m == GM_METRIC_TRAIN_LOSS)
            GEMLET_TRY(append_value(&curves[m], number, values[m], names[m], path, line));
    }
    return GEMLET_OK;
}

static size_t count_lines(const char *text)
{
    size_t n = 1;
    for (; *text != '\0'; ++text)
        n += *text == '\n';
    return n;
}

static gemlet_status read_lines(gm_loss_curve curves[GM_N_METRICS], char *text, const char *path)
{
    const size_t n_lines = count_lines(text);
    columns where;
    char *rest = text;
    GEMLET_TRY(find_columns(&where, cut(&rest, '\n'), path));
    for (size_t m = 0; m < GM_N_METRICS; ++m) {
        if (where.metrics[m] != NO_COLUMN)
            GEMLET_TRY(GM_ALLOC(curves[m].points, n_lines, path));
    }
    double last_step = 0.0;
    for (size_t line = 2; rest != NULL && *rest != '\0'; ++line)
        GEMLET_TRY(read_line(curves, &where, cut(&rest, '\n'), &last_step, path, line));
    return GEMLET_OK;
}

void gm_metrics_curves_free(gm_loss_curve curves[GM_N_METRICS])
{
    for (size_t m = 0; m < GM_N_METRICS; ++m)
        gm_loss_curve_free(&curves[m]);
}

gemlet_status gm_metrics_csv_parse(gm_loss_curve curves[GM_N_METRICS], char *text, size_t n_bytes,
                                   const char *path)
{
    memset(curves, 0, GM_N_METRICS * sizeof *curves);
    if (strlen(text) != n_bytes)
        return gm_error(GEMLET_E_FORMAT, "%s: line %zu: found a zero byte, expected text", path,
                        count_lines(text));
    gm_number_locale locale;
    GEMLET_TRY(gm_number_enter(&locale));
    const gemlet_status status = read_lines(curves, text, path);
    gm_number_leave(&locale);
    if (status != GEMLET_OK)
        gm_metrics_curves_free(curves);
    return status;
}

gemlet_status gm_metrics_csv_read(gm_loss_curve curves[GM_N_METRICS], const char *directory)
{
    memset(curves, 0, GM_N_METRICS * sizeof *curves);
    char *path;
    char *text = NULL;
    size_t n_bytes = 0;
    GEMLET_TRY(gm_path_join(&path, directory, "metrics.csv"));
    gemlet_status status = gm_file_read(&text, &n_bytes, path, MAX_FILE_BYTES);
    if (status == GEMLET_OK)
        status = gm_metrics_csv_parse(curves, text, n_bytes, path);
    free(text);
    free(path);
    return status;
}
