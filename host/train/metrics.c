/* SPDX-License-Identifier: MIT
 * See metrics.h. */
#include "train/metrics.h"

#include <math.h>
#include <stdlib.h>

#include "core/memory.h"
#include "model/spec.h"
#include "table/sort.h"
#include "train/evaluate.h"

/* What is counted while the outputs pass by. */
typedef struct count {
    gm_metrics *metrics;
    gm_outcomes *outcomes;  /* NULL: nobody asks for them */
    const uint32_t *labels; /* (n_rows); NULL of a regression */
    const float *targets;   /* (n_rows); NULL of classes */
    gemlet_dim n_rows;
    uint64_t *n_of_class; /* (n_classes) rows, as the following */
    uint64_t *n_answered;
    uint64_t *n_right;
    float *scores;         /* (n_scored, n_rows) probabilities of classes; NULL: too many */
    gemlet_dim n_scored;   /* the second class of two, else all */
    double *probabilities; /* (n_classes) of one row */
    double sum_absolute;   /* of the errors of a regression */
    double sum_squared;
} count;

/* ---- what passes by ------------------------------------------------------------------------- */

/* The largest output; of equal ones the first. */
static gemlet_dim answer_of(const float *outputs, gemlet_dim n_classes)
{
    gemlet_dim best = 0;
    for (gemlet_dim c = 1; c < n_classes; ++c) {
        if (outputs[c] > outputs[best])
            best = c;
    }
    return best;
}

static void softmax(double *probabilities, const float *outputs, gemlet_dim n_classes,
                    gemlet_dim best)
{
    double sum = 0;
    for (gemlet_dim c = 0; c < n_classes; ++c) {
        probabilities[c] = exp((double)outputs[c] - (double)outputs[best]);
        sum += probabilities[c];
    }
    for (gemlet_dim c = 0; c < n_classes; ++c)
        probabilities[c] /= sum;
}

static void count_answer(count *c, gemlet_dim row, const float *outputs)
{
    const gemlet_dim n_classes = c->metrics->n_classes;
    const gemlet_dim answer = answer_of(outputs, n_classes);
    const uint32_t label = c->labels[row];
    ++c->n_of_class[label];
    ++c->n_answered[answer];
    c->n_right[label] += answer == label;
    if (c->outcomes != NULL)
        gm_outcomes_take_logits(c->outcomes, row, outputs, label);
    if (c->metrics->confusion != NULL)
        ++c->metrics->confusion[(size_t)label * n_classes + answer];
    if (c->scores == NULL)
        return;
    softmax(c->probabilities, outputs, n_classes, answer);
    for (gemlet_dim i = 0; i < c->n_scored; ++i)
        c->scores[(size_t)i * c->n_rows + row] =
            (float)c->probabilities[n_classes - c->n_scored + i];
}

static void count_error(count *c, gemlet_dim row, float output)
{
    const double error = (double)output - (double)c->targets[row];
    c->sum_absolute += fabs(error);
    c->sum_squared += error * error;
    if (c->outcomes != NULL)
        gm_outcomes_take_output(c->outcomes, row, output, c->targets[row]);
}

static gemlet_status on_outputs(gemlet_dim first, gemlet_dim n, const float *outputs, void *user)
{
    count *c = user;
    for (gemlet_dim i = 0; i < n; ++i) {
        if (c->targets != NULL)
            count_error(c, first + i, outputs[i]);
        else
            count_answer(c, first + i, outputs + (size_t)i * c->metrics->n_classes);
    }
    return GEMLET_OK;
}

/* ---- what comes of it ----------------------------------------------------------------------- */

/* The share of pairs of a row of the class and one that is not of which the former has the larger
 * score; of equal scores one half. Sorted: positives (n_positive), negatives (n_negative). */
static double area(const double *positives, size_t n_positive, const double *negatives,
                   size_t n_negative)
{
    size_t n_below = 0;
    size_t n_not_above = 0;
    double doubled = 0;
    for (size_t i = 0; i < n_positive; ++i) {
        while (n_below < n_negative && negatives[n_below] < positives[i])
            ++n_below;
        while (n_not_above < n_negative && negatives[n_not_above] <= positives[i])
            ++n_not_above;
        doubled += (double)(n_below + n_not_above);
    }
    return doubled / 2 / (double)n_positive / (double)n_negative;
}

/* sorted (n_rows): room. Its front gets the rows of the class, its end the others. */
static gemlet_status find_area(double *auc, const count *c, gemlet_dim place, double *sorted)
{
    const uint32_t class_ = c->metrics->n_classes - c->n_scored + place;
    const float *scores = c->scores + (size_t)place * c->n_rows;
    size_t n_positive = 0;
    size_t n_negative = 0;
    for (gemlet_dim row = 0; row < c->n_rows; ++row) {
        if (c->labels[row] == class_)
            sorted[n_positive++] = (double)scores[row];
        else
            sorted[c->n_rows - ++n_negative] = (double)scores[row];
    }
    *auc = (double)NAN;
    if (n_positive == 0 || n_negative == 0)
        return GEMLET_OK;
    GEMLET_TRY(gm_sort_numbers(sorted, n_positive));
    GEMLET_TRY(gm_sort_numbers(sorted + n_positive, n_negative));
    *auc = area(sorted, n_positive, sorted + n_positive, n_negative);
    return GEMLET_OK;
}

static gemlet_status find_auc(const count *c)
{
    double *sorted;
    double sum = 0;
    unsigned n = 0;
    if (c->scores == NULL)
        return GEMLET_OK;
    GEMLET_TRY(GM_ALLOC(sorted, c->n_rows, "scores"));
    gemlet_status status = GEMLET_OK;
    for (gemlet_dim i = 0; i < c->n_scored && status == GEMLET_OK; ++i) {
        double auc;
        status = find_area(&auc, c, i, sorted);
        if (status == GEMLET_OK && !isnan(auc)) {
            sum += auc;
            ++n;
        }
    }
    free(sorted);
    if (n > 0)
        c->metrics->auc = sum / n;
    return status;
}

static void find_means(const count *c)
{
    gm_metrics *m = c->metrics;
    double sum_recall = 0;
    double sum_f1 = 0;
    unsigned n_present = 0;
    unsigned n_named = 0;
    for (gemlet_dim i = 0; i < m->n_classes; ++i) {
        const double n_named_rows = (double)c->n_of_class[i] + (double)c->n_answered[i];
        if (c->n_of_class[i] > 0) {
            sum_recall += (double)c->n_right[i] / (double)c->n_of_class[i];
            ++n_present;
        }
        if (n_named_rows > 0) { /* = 2 tp + fp + fn */
            sum_f1 += 2 * (double)c->n_right[i] / n_named_rows;
            ++n_named;
        }
    }
    m->balanced_accuracy = sum_recall / n_present;
    m->macro_f1 = sum_f1 / n_named;
}

static void find_errors(const count *c, double unit)
{
    gm_metrics *m = c->metrics;
    const double n_rows = (double)c->n_rows;
    double sum = 0;
    double squares = 0;
    for (gemlet_dim row = 0; row < c->n_rows; ++row)
        sum += (double)c->targets[row];
    const double mean = sum / n_rows; /* exact where all are the same, up to 2^29 rows */
    for (gemlet_dim row = 0; row < c->n_rows; ++row) {
        const double deviation = (double)c->targets[row] - mean;
        squares += deviation * deviation;
    }
    m->rmse = unit * sqrt(c->sum_squared / n_rows);
    m->mae = unit * (c->sum_absolute / n_rows);
    m->r2 = squares > 0 ? 1 - c->sum_squared / squares : (double)NAN;
}

/* ---- the whole ------------------------------------------------------------------------------ */

static gemlet_status allocate(count *c)
{
    const gemlet_dim n_classes = c->metrics->n_classes;
    c->n_scored = n_classes == 2 ? 1 : n_classes;
    GEMLET_TRY(GM_ALLOC(c->n_of_class, n_classes, "counts of classes"));
    GEMLET_TRY(GM_ALLOC(c->n_answered, n_classes, "counts of classes"));
    GEMLET_TRY(GM_ALLOC(c->n_right, n_classes, "counts of classes"));
    GEMLET_TRY(GM_ALLOC(c->probabilities, n_classes, "probabilities of a row"));
    if (n_classes <= GM_MAX_CONFUSION)
        GEMLET_TRY(
            GM_ALLOC(c->metrics->confusion, (size_t)n_classes * n_classes, "confusion matrix"));
    if ((uint64_t)c->n_scored * c->n_rows <= GM_MAX_SCORES)
        GEMLET_TRY(GM_ALLOC(c->scores, (size_t)c->n_scored * c->n_rows, "scores"));
    return GEMLET_OK;
}

static void free_count(count *c)
{
    free(c->scores);
    free(c->probabilities);
    free(c->n_right);
    free(c->n_answered);
    free(c->n_of_class);
}

gemlet_status gm_metrics_evaluate(gm_metrics *metrics, gm_outcomes *outcomes,
                                  gemlet_evaluation *evaluation, const gemlet_model *model,
                                  gemlet_device *device, const gemlet_dataset *dataset, double unit)
{
    const gemlet_spec *spec = gemlet_model_spec(model);
    const int is_regression = spec->task == GEMLET_TASK_REGRESSION;
    const double unknown = (double)NAN;
    count c = {
        .metrics = metrics,
        .outcomes = outcomes,
        .labels = gemlet_dataset_labels(dataset),
        .targets = gemlet_dataset_targets(dataset),
        .n_rows = gemlet_dataset_rows(dataset),
    };
    *metrics = (gm_metrics){
        .n_classes = is_regression ? 0 : gm_spec_classes(spec),
        .balanced_accuracy = unknown,
        .macro_f1 = unknown,
        .auc = unknown,
        .rmse = unknown,
        .mae = unknown,
        .r2 = unknown,
    };
    gemlet_status status = is_regression ? GEMLET_OK : allocate(&c);
    if (outcomes != NULL)
        *outcomes = (gm_outcomes){0};
    if (status == GEMLET_OK && outcomes != NULL)
        status = gm_outcomes_allocate(outcomes, c.n_rows, metrics->n_classes);
    if (status == GEMLET_OK)
        status = gm_evaluate_outputs(evaluation, model, device, dataset, on_outputs, &c);
    if (status == GEMLET_OK && is_regression)
        find_errors(&c, unit);
    else if (status == GEMLET_OK)
        find_means(&c);
    if (status == GEMLET_OK && !is_regression)
        status = find_auc(&c);
    free_count(&c);
    if (status != GEMLET_OK) {
        gm_metrics_free(metrics);
        if (outcomes != NULL)
            gm_outcomes_free(outcomes);
    }
    return status;
}

void gm_metrics_free(gm_metrics *metrics)
{
    free(metrics->confusion);
    *metrics = (gm_metrics){0};
}
