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
/* "1,2" and a line end: no line with fewer has both columns. */
#define MIN_LINE_BYTES 4u

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

typedef struct columns {
    size_t step;
    size_t loss;
    size_t validation; /* NO_COLUMN: there is none */
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
        find_column(&found->loss, header, "train_loss") != 1)
        return gm_error(GEMLET_E_FORMAT,
                        "%s: line 1: found no header with step and train_loss once each, expected "
                        "it as gemlet train writes it",
                        path);
    if (find_column(&found->validation, header, "validation_loss") > 1)
        return gm_error(GEMLET_E_FORMAT,
                        "%s: line 1: found validation_loss twice, expected it once or not", path);
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
static gemlet_status append_loss(gm_loss_curve *curve, double step, const char *text,
                                 const char *column, const char *path, size_t line)
{
    double loss;
    switch (gm_number_parse(&loss, text, strlen(text))) {
    case GM_NUMBER_FINITE:
        break;
    case GM_NUMBER_NOT_FINITE:
        loss = (double)NAN;
        break;
    case GM_NUMBER_NONE:
        return refuse_field(path, line, column, text, "a number");
    }
    curve->points[curve->n++] = (gm_loss_point){step, loss, loss, loss};
    return GEMLET_OK;
}

/* One line of the file, whose step must be above *last_step, which it becomes. */
static gemlet_status read_line(gm_loss_curve *curve, gm_loss_curve *validation,
                               const columns *where, char *text, double *last_step,
                               const char *path, size_t line)
{
    const char *step = "";
    const char *loss = "";
    const char *validation_loss = "";
    double number;
    char *rest = text;
    for (size_t i = 0; rest != NULL; ++i) {
        const char *field = cut(&rest, ',');
        step = i == where->step ? field : step;
        loss = i == where->loss ? field : loss;
        validation_loss = i == where->validation ? field : validation_loss;
    }
    if (gm_number_parse(&number, step, strlen(step)) != GM_NUMBER_FINITE || !(number > *last_step))
        return refuse_field(path, line, "step", step, "a number above that of the line before");
    *last_step = number;
    GEMLET_TRY(append_loss(curve, number, loss, "train_loss", path, line));
    if (validation_loss[0] == '\0')
        return GEMLET_OK;
    return append_loss(validation, number, validation_loss, "validation_loss", path, line);
}

static size_t count_lines(const char *text)
{
    size_t n = 1;
    for (; *text != '\0'; ++text)
        n += *text == '\n';
    return n;
}

/* n_lines: at most. */
static gemlet_status read_lines(gm_loss_curve *curve, gm_loss_curve *validation, char *text,
                                size_t n_lines, const char *path)
{
    columns where = {NO_COLUMN, NO_COLUMN, NO_COLUMN};
    char *rest = text;
    GEMLET_TRY(find_columns(&where, cut(&rest, '\n'), path));
    GEMLET_TRY(GM_ALLOC(curve->points, n_lines, path));
    if (where.validation != NO_COLUMN)
        GEMLET_TRY(GM_ALLOC(validation->points, n_lines, path));
    double last_step = 0.0;
    for (size_t line = 2; rest != NULL && *rest != '\0'; ++line)
        GEMLET_TRY(read_line(curve, validation, &where, cut(&rest, '\n'), &last_step, path, line));
    return GEMLET_OK;
}

gemlet_status gm_metrics_csv_parse(gm_loss_curve *curve, gm_loss_curve *validation, char *text,
                                   size_t n_bytes, const char *path)
{
    *curve = *validation = (gm_loss_curve){0};
    if (strlen(text) != n_bytes)
        return gm_error(GEMLET_E_FORMAT, "%s: line %zu: found a zero byte, expected text", path,
                        count_lines(text));
    gm_number_locale locale;
    GEMLET_TRY(gm_number_enter(&locale));
    const gemlet_status status =
        read_lines(curve, validation, text, n_bytes / MIN_LINE_BYTES + 1, path);
    gm_number_leave(&locale);
    if (status != GEMLET_OK) {
        gm_loss_curve_free(curve);
        gm_loss_curve_free(validation);
    }
    return status;
}

gemlet_status gm_metrics_csv_read(gm_loss_curve *curve, gm_loss_curve *validation,
                                  const char *directory)
{
    *curve = *validation = (gm_loss_curve){0};
    char *path;
    char *text = NULL;
    size_t n_bytes = 0;
    GEMLET_TRY(gm_path_join(&path, directory, "metrics.csv"));
    gemlet_status status = gm_file_read(&text, &n_bytes, path, MAX_FILE_BYTES);
    if (status == GEMLET_OK)
        status = gm_metrics_csv_parse(curve, validation, text, n_bytes, path);
    free(text);
    free(path);
    return status;
}
