/* SPDX-License-Identifier: MIT
 * softmax, softmax_xent and softmax_kl on the CPU. */
#include <assert.h>
#include <math.h>

#include "backend/cpu/cpu_real.h"

/* First largest element of a row. A NaN is never chosen, unless it is the first: whatever else it
 * does, it enters the sum of exponentials and so the whole row. */
static size_t find_largest(const real *x, size_t n)
{
    size_t largest = 0;
    for (size_t c = 1; c < n; ++c) {
        if (x[c] > x[largest])
            largest = c;
    }
    return largest;
}

static int has_nan(const real *x, size_t n)
{
    for (size_t c = 0; c < n; ++c) {
        if (isnan(x[c]))
            return 1;
    }
    return 0;
}

/* sum_c (m - x[c]) / n */
static double mean_distance(const real *x, size_t n, double m)
{
    double sum = 0;
    for (size_t c = 0; c < n; ++c)
        sum += m - (double)x[c];
    return sum / (double)n;
}

/* sum_c exp(x[c] - m) */
static double sum_exponentials(const real *x, size_t n, double m)
{
    double sum = 0;
    for (size_t c = 0; c < n; ++c)
        sum += exp((double)x[c] - m);
    return sum;
}

/* Of one element, in additions: exponentials. */
#define COST 32u

static void softmax_rows(const void *context, size_t first, size_t end)
{
    const gm_softmax_args *args = context;
    const size_t n_classes = args->logits.cols;
    for (size_t i = first; i < end; ++i) {
        const real *x = gm_cpu_row(args->logits, i);
        real *p = gm_cpu_row(args->probabilities, i);
        const double m = (double)x[find_largest(x, n_classes)];
        const double sum = sum_exponentials(x, n_classes, m);
        for (size_t c = 0; c < n_classes; ++c)
            p[c] = (real)(exp((double)x[c] - m) / sum);
    }
}

gemlet_status GM_CPU(softmax)(gm_backend *backend, const gm_softmax_args *args)
{
    GM_CPU(for_each)
    (backend, args->logits.rows, GM_CPU_ROW, COST * args->logits.cols, softmax_rows, args);
    return GEMLET_OK;
}

/* Rows whose losses are kept until they are added in their order. */
#define BLOCK_ROWS 256u

typedef struct row_block {
    const gm_softmax_xent_args *args;
    size_t first;
    double *losses;    /* (BLOCK_ROWS) out */
    uint32_t *correct; /* (BLOCK_ROWS) out, 0 or 1 */
} row_block;

/* Rows first .. end - 1 of the block. */
static void cross_entropy_rows(const void *context, size_t first, size_t end)
{
    const row_block *block = context;
    const gm_softmax_xent_args *args = block->args;
    const size_t n_rows = args->logits.rows;
    const size_t n_classes = args->logits.cols;
    const uint32_t *labels = gm_cpu_vector_u32(args->labels);
    const real *weights = gm_cpu_vector(args->weights);
    const real *record = gm_cpu_vector(args->record);
    const double smoothing = record != NULL ? (double)record[GM_RECORD_LABEL_SMOOTHING] : 0;
    const double mixed = record != NULL ? (double)record[GM_RECORD_MIXED_PART] : 0;
    const double share = smoothing / (double)n_classes;
    for (size_t n = first; n < end; ++n) {
        const size_t i = block->first + n;
        const real *x = gm_cpu_row(args->logits, i);
        real *dx = gm_cpu_row(args->dlogits, i);
        const size_t label = labels[i];
        const size_t other_label = labels[n_rows - 1 - i];
        const double weight = weights != NULL ? (double)weights[i] : 1;
        assert(label < n_classes);
        const size_t largest = find_largest(x, n_classes);
        const double m = (double)x[largest];
        const double sum = sum_exponentials(x, n_classes, m);
        double below = m - (double)x[label];
        if (mixed != 0) /* as below */
            below = (1 - mixed) * below + mixed * (m - (double)x[other_label]);
        if (smoothing != 0) /* else an infinite logit would spoil the loss */
            below = (1 - smoothing) * below + smoothing * mean_distance(x, n_classes, m);
        block->losses[n] = weight * (below + log(sum));
        /* infinite logits have an order */
        block->correct[n] = largest == label && !has_nan(x, n_classes);
        for (size_t c = 0; c < n_classes; ++c) {
            const double p = exp((double)x[c] - m) / sum;
            const double answer = (c == label ? 1 - mixed : 0) + (c == other_label ? mixed : 0);
            const double target = (1 - smoothing) * answer + share;
            dx[c] = (real)(weight * (p - target) / (double)n_rows);
        }
    }
}

gemlet_status GM_CPU(softmax_xent)(gm_backend *backend, const gm_softmax_xent_args *args)
{
    const size_t n_rows = args->logits.rows;
    double losses[BLOCK_ROWS];
    uint32_t correct[BLOCK_ROWS];
    double loss = 0;
    uint32_t n_correct = 0;
    for (size_t first = 0; first < n_rows; first += BLOCK_ROWS) {
        const size_t n = n_rows - first < BLOCK_ROWS ? n_rows - first : BLOCK_ROWS;
        const row_block block = {args, first, losses, correct};
        GM_CPU(for_each)
        (backend, n, GM_CPU_ROW, COST * args->logits.cols, cross_entropy_rows, &block);
        for (size_t i = 0; i < n; ++i) {
            loss += losses[i];
            n_correct += correct[i];
        }
    }
    *gm_cpu_vector(args->loss) = (real)(loss / (double)n_rows);
    *gm_cpu_vector_u32(args->correct) = n_correct;
    return GEMLET_OK;
}

static void divergence_rows(const void *context, size_t first, size_t end)
{
    const gm_softmax_kl_args *args = context;
    const size_t n_classes = args->logits.cols;
    const double n_rows = (double)args->logits.rows;
    const double weight = (double)gm_cpu_vector(args->record)[GM_RECORD_VIRTUAL_WEIGHT];
    for (size_t i = first; i < end; ++i) {
        const real *x = gm_cpu_row(args->logits, i);
        const real *targets = gm_cpu_row(args->targets, i);
        real *dx = gm_cpu_row(args->dlogits, i);
        const double m = (double)x[find_largest(x, n_classes)];
        const double sum = sum_exponentials(x, n_classes, m);
        for (size_t c = 0; c < n_classes; ++c) {
            const double p = exp((double)x[c] - m) / sum;
            dx[c] = (real)(weight * (p - (double)targets[c]) / n_rows);
        }
    }
}

gemlet_status GM_CPU(softmax_kl)(gm_backend *backend, const gm_softmax_kl_args *args)
{
    GM_CPU(for_each)
    (backend, args->logits.rows, GM_CPU_ROW, COST * args->logits.cols, divergence_rows, args);
    return GEMLET_OK;
}
