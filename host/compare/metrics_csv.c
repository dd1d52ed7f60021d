/* SPDX-License-Identifier: MIT
 * Reads metrics.csv; see metrics_csv.h. */
#include "compare/metrics_csv.h"

#include <math.h>
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

typedef struct columns {
    size_t step;
    size_t loss;
} columns;

static gemlet_status find_columns(columns *found, char *header, const char *path)
{
    size_t n_steps = 0;
    size_t n_losses = 0;
    char *rest = header;
    for (size_t i = 0; rest != NULL; ++i) {
        const char *name = cut(&rest, ',');
        if (strcmp(name, "step") == 0 && n_steps++ == 0)
            found->step = i;
        if (strcmp(name, "train_loss") == 0 && n_losses++ == 0)
            found->loss = i;
    }
    if (n_steps == 1 && n_losses == 1)
        return GEMLET_OK;
    return gm_error(GEMLET_E_FORMAT,
                    "%s: line 1: found no header with step and train_loss once each, expected it "
                    "as gemlet train writes it",
                    path);
}

static gemlet_status refuse_field(const char *path, size_t line, const char *column,
                                  const char *text, const char *expected)
{
    char shown[32];
    gm_number_show(shown, sizeof shown, text, strlen(text));
    return gm_error(GEMLET_E_FORMAT, "%s: line %zu: %s: found '%s', expected %s", path, line,
                    column, shown, expected);
}

static gemlet_status read_line(gm_loss_point *point, const columns *where, char *text,
                               double last_step, const char *path, size_t line)
{
    const char *step = "";
    const char *loss = "";
    char *rest = text;
    for (size_t i = 0; rest != NULL; ++i) {
        const char *field = cut(&rest, ',');
        step = i == where->step ? field : step;
        loss = i == where->loss ? field : loss;
    }
    if (gm_number_parse(&point->step, step, strlen(step)) != GM_NUMBER_FINITE ||
        !(point->step > last_step))
        return refuse_field(path, line, "step", step, "a number above that of the line before");
    switch (gm_number_parse(&point->loss, loss, strlen(loss))) {
    case GM_NUMBER_FINITE:
        break;
    case GM_NUMBER_NOT_FINITE:
        point->loss = (double)NAN;
        break;
    case GM_NUMBER_NONE:
        return refuse_field(path, line, "train_loss", loss, "a number");
    }
    point->low = point->high = point->loss;
    return GEMLET_OK;
}

static size_t count_lines(const char *text)
{
    size_t n = 1;
    for (; *text != '\0'; ++text)
        n += *text == '\n';
    return n;
}

static gemlet_status read_lines(gm_loss_curve *curve, char *text, const char *path)
{
    columns where = {0, 0};
    char *rest = text;
    GEMLET_TRY(find_columns(&where, cut(&rest, '\n'), path));
    double last_step = 0.0;
    for (size_t line = 2; rest != NULL && *rest != '\0'; ++line) {
        gm_loss_point *point = &curve->points[curve->n];
        GEMLET_TRY(read_line(point, &where, cut(&rest, '\n'), last_step, path, line));
        last_step = point->step;
        ++curve->n;
    }
    return GEMLET_OK;
}

gemlet_status gm_metrics_csv_parse(gm_loss_curve *curve, char *text, size_t n_bytes,
                                   const char *path)
{
    *curve = (gm_loss_curve){0};
    if (strlen(text) != n_bytes)
        return gm_error(GEMLET_E_FORMAT, "%s: line %zu: found a zero byte, expected text", path,
                        count_lines(text));
    gm_number_locale locale;
    GEMLET_TRY(gm_number_enter(&locale));
    gemlet_status status = GM_ALLOC(curve->points, n_bytes / MIN_LINE_BYTES + 1, path);
    if (status == GEMLET_OK)
        status = read_lines(curve, text, path);
    gm_number_leave(&locale);
    if (status != GEMLET_OK)
        gm_loss_curve_free(curve);
    return status;
}

gemlet_status gm_metrics_csv_read(gm_loss_curve *curve, const char *directory)
{
    *curve = (gm_loss_curve){0};
    char *path;
    char *text = NULL;
    size_t n_bytes = 0;
    GEMLET_TRY(gm_path_join(&path, directory, "metrics.csv"));
    gemlet_status status = gm_file_read(&text, &n_bytes, path, MAX_FILE_BYTES);
    if (status == GEMLET_OK)
        status = gm_metrics_csv_parse(curve, text, n_bytes, path);
    free(text);
    free(path);
    return status;
}
