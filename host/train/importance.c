/* SPDX-License-Identifier: MIT
 * See importance.h.
 *
 * A copy of the tested rows in which one column is moved is a trial; the first one has none moved.
 * As many copies as there is room for lie in one data set of the size of the given one, so that a
 * device sees no shape that was not tried before. */
#include "train/importance.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/rng.h"
#include "data/dataset.h"
#include "model/spec.h"
#include "train/evaluate.h"

/* Of fewer rows an importance would be chance. */
#define MIN_ROWS 20u

/* What a trial came to. */
typedef struct trial {
    double n_right;
    double sum_losses; /* or squared errors */
} trial;

typedef struct measurement {
    gm_importance *importance;
    const gemlet_model *model;
    gemlet_device *device;
    const gemlet_dataset *dataset;
    size_t length;        /* values of a row */
    gemlet_dim n_classes; /* 0: of a regression */
    float *values;        /* (n_rows, length) of the tested rows */
    uint32_t *answers;    /* (n_rows) of them */
    size_t n_trials;
    trial *trials; /* (n_trials) */
    size_t first;  /* trial of the data set that is being evaluated */
} measurement;

static gemlet_dim choose_rows(unsigned *n_repeats, const gm_importance_limits *limits,
                              gemlet_dim n_rows, gemlet_dim n_columns)
{
    const double per_repeat = floor(limits->n_passes / n_columns);
    const double rows = fmin(fmin(n_rows, limits->n_rows), per_repeat);
    *n_repeats = (unsigned)fmin(GM_IMPORTANCE_REPEATS, fmax(1, floor(per_repeat / rows)));
    return rows >= MIN_ROWS ? (gemlet_dim)rows : 0;
}

static gemlet_status gather(measurement *m, uint64_t seed)
{
    gm_importance *out = m->importance;
    const gemlet_dim n_all = gemlet_dataset_rows(m->dataset);
    uint32_t *order;
    gm_rng rng;
    GEMLET_TRY(GM_ALLOC(order, n_all, "rows to test"));
    gm_rng_init(&rng, seed, GM_RNG_IMPORTANCE, 0);
    gm_rng_permutation(&rng, order, n_all);
    gemlet_status status = GM_ALLOC(out->rows, out->n_rows, "rows to test");
    if (status == GEMLET_OK)
        memcpy(out->rows, order, out->n_rows * sizeof *order);
    free(order);
    GEMLET_TRY(status);
    GEMLET_TRY(GM_ALLOC(m->values, out->n_rows * m->length, "rows to test"));
    GEMLET_TRY(GM_ALLOC(m->answers, out->n_rows, "rows to test"));
    for (gemlet_dim i = 0; i < out->n_rows; ++i)
        m->answers[i] = gm_dataset_answers(m->dataset)[out->rows[i]];
    return gm_rows_gather(m->dataset, out->rows, out->n_rows, m->values);
}

/* ---- trials --------------------------------------------------------------------------------- */

/* Trial 0 moves nothing; then all repeats of the first column, and so on. */
static void fill_trial(const measurement *m, size_t number, float *values)
{
    const gm_importance *of = m->importance;
    const size_t n = of->n_rows;
    memcpy(values, m->values, n * m->length * sizeof *values);
    if (number == 0 || number >= m->n_trials)
        return;
    const size_t column = (number - 1) / of->n_repeats;
    const size_t shift = (number - 1) % of->n_repeats + 1;
    for (size_t i = 0; i < n; ++i)
        values[i * m->length + column] = m->values[(i + shift) % n * m->length + column];
}

static gemlet_status make_dataset(gemlet_dataset **out, const measurement *m)
{
    const size_t n = m->importance->n_rows;
    const size_t n_all = gemlet_dataset_rows(m->dataset);
    float *values = NULL;
    uint32_t *answers = NULL;
    *out = NULL;
    gemlet_status status = GM_ALLOC(values, n_all * m->length, "rows to test");
    if (status == GEMLET_OK)
        status = GM_ALLOC(answers, n_all, "rows to test");
    if (status != GEMLET_OK) {
        free(values);
        return status;
    }
    size_t at = 0;
    for (; at + n <= n_all; at += n) {
        fill_trial(m, m->first + at / n, values + at * m->length);
        memcpy(answers + at, m->answers, n * sizeof *answers);
    }
    for (; at < n_all; ++at) { /* what is left over is not counted */
        memcpy(values + at * m->length, m->values, m->length * sizeof *values);
        answers[at] = m->answers[0];
    }
    GEMLET_TRY(gm_dataset_adopt(out, (gemlet_dim)n_all, gemlet_dataset_features(m->dataset),
                                GEMLET_ELEMENT_F32, values, answers));
    gm_dataset_set_encoding(*out, gm_encoding_share(m->dataset->encoding));
    (*out)->classes = m->dataset->classes;
    (*out)->has_targets = m->dataset->has_targets;
    return GEMLET_OK;
}

static void count_row(const measurement *m, trial *t, size_t row, const float *outputs)
{
    float target;
    if (m->n_classes == 0) {
        memcpy(&target, &m->answers[row], sizeof target);
        const double error = (double)outputs[0] - (double)target;
        t->sum_losses += error * error;
        return;
    }
    gemlet_dim answer = 0;
    for (gemlet_dim c = 1; c < m->n_classes; ++c)
        answer = outputs[c] > outputs[answer] ? c : answer;
    double sum = 0;
    for (gemlet_dim c = 0; c < m->n_classes; ++c)
        sum += exp((double)outputs[c] - (double)outputs[answer]);
    t->n_right += answer == m->answers[row];
    t->sum_losses += log(sum) + (double)outputs[answer] - (double)outputs[m->answers[row]];
}

static gemlet_status on_outputs(gemlet_dim first, gemlet_dim n, const float *outputs, void *user)
{
    measurement *m = user;
    const size_t n_rows = m->importance->n_rows;
    const size_t width = m->n_classes > 0 ? m->n_classes : 1;
    const size_t n_copies = gemlet_dataset_rows(m->dataset) / n_rows;
    for (size_t i = 0; i < n; ++i) {
        const size_t copy = (first + i) / n_rows;
        if (copy < n_copies && m->first + copy < m->n_trials)
            count_row(m, &m->trials[m->first + copy], (first + i) % n_rows, outputs + i * width);
    }
    return GEMLET_OK;
}

static gemlet_status try_all(measurement *m)
{
    const size_t n_copies = gemlet_dataset_rows(m->dataset) / m->importance->n_rows;
    GEMLET_TRY(GM_ALLOC(m->trials, m->n_trials, "trials of columns"));
    for (m->first = 0; m->first < m->n_trials; m->first += n_copies) {
        gemlet_evaluation evaluation;
        gemlet_dataset *moved;
        GEMLET_TRY(make_dataset(&moved, m));
        const gemlet_status status =
            gm_evaluate_outputs(&evaluation, m->model, m->device, moved, on_outputs, m);
        gemlet_dataset_destroy(moved);
        GEMLET_TRY(status);
    }
    return GEMLET_OK;
}

/* ---- what comes of it ----------------------------------------------------------------------- */

static double loss_of(const measurement *m, const trial *t)
{
    const double mean = t->sum_losses / m->importance->n_rows;
    return m->n_classes > 0 ? mean : sqrt(mean);
}

/* trials (n_repeats) of one column */
static gm_column_importance summarise(const measurement *m, const trial *trials)
{
    const double n = m->importance->n_repeats;
    const double n_rows = m->importance->n_rows;
    const trial *base = &m->trials[0];
    gm_column_importance c = {0, 0, 0, 0};
    for (size_t r = 0; r < m->importance->n_repeats; ++r) {
        c.accuracy_fall += (base->n_right - trials[r].n_right) / n_rows / n;
        c.loss_rise += (loss_of(m, &trials[r]) - loss_of(m, base)) / n;
    }
    for (size_t r = 0; r < m->importance->n_repeats; ++r) {
        const double fall = (base->n_right - trials[r].n_right) / n_rows - c.accuracy_fall;
        const double rise = loss_of(m, &trials[r]) - loss_of(m, base) - c.loss_rise;
        c.accuracy_std += fall * fall / n;
        c.loss_std += rise * rise / n;
    }
    c.accuracy_std = sqrt(c.accuracy_std);
    c.loss_std = sqrt(c.loss_std);
    if (m->n_classes == 0)
        c.accuracy_fall = c.accuracy_std = (double)NAN;
    return c;
}

static gemlet_status measure(measurement *m, uint64_t seed)
{
    gm_importance *out = m->importance;
    GEMLET_TRY(gather(m, seed));
    GEMLET_TRY(try_all(m));
    GEMLET_TRY(GM_ALLOC(out->columns, out->n_columns, "importance of columns"));
    for (size_t c = 0; c < out->n_columns; ++c)
        out->columns[c] = summarise(m, &m->trials[1 + c * out->n_repeats]);
    return GEMLET_OK;
}

gemlet_status gm_importance_measure(gm_importance *importance, const gemlet_model *model,
                                    gemlet_device *device, const gemlet_dataset *dataset,
                                    const gm_importance_limits *limits, uint64_t seed)
{
    const gemlet_spec *spec = gemlet_model_spec(model);
    measurement m = {
        .importance = importance,
        .model = model,
        .device = device,
        .dataset = dataset,
        .length = gm_rows_length(dataset),
        .n_classes = spec->task == GEMLET_TASK_REGRESSION ? 0 : gm_spec_classes(spec),
    };
    *importance = (gm_importance){.n_columns = gm_rows_length(dataset)};
    importance->n_rows = choose_rows(&importance->n_repeats, limits, gemlet_dataset_rows(dataset),
                                     importance->n_columns);
    if (importance->n_rows == 0)
        return GEMLET_OK;
    m.n_trials = 1 + (size_t)importance->n_columns * importance->n_repeats;
    const gemlet_status status = measure(&m, seed);
    free(m.values);
    free(m.answers);
    free(m.trials);
    if (status != GEMLET_OK)
        gm_importance_free(importance);
    return status;
}

void gm_importance_free(gm_importance *importance)
{
    free(importance->rows);
    free(importance->columns);
    *importance = (gm_importance){0};
}
