/* SPDX-License-Identifier: MIT
 * See statistics.h. */
#include "verify/statistics.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "verify/numeric.h"

/* Bin k > 0 holds the ratios from 2^(k/4 - 20) on, 4 bins to the octave and so up to 2^19.75; bin 0
 * everything below. */
#define BINS_PER_OCTAVE 4
#define LOWEST_EXPONENT (-20)

const char *gm_family_name(gm_family family)
{
    static const char *const names[GM_N_FAMILIES] = {
        [GM_FAMILY_GATHER] = "gather",
        [GM_FAMILY_AUGMENT] = "augment",
        [GM_FAMILY_GEMM] = "GEMM",
        [GM_FAMILY_BATCH_NORM] = "batch-norm",
        [GM_FAMILY_ACTIVATION] = "activation",
        [GM_FAMILY_DROPOUT] = "dropout",
        [GM_FAMILY_SOFTMAX] = "softmax",
        [GM_FAMILY_REGRESSION_LOSS] = "squared error",
        [GM_FAMILY_NORM] = "norm",
        [GM_FAMILY_UPDATE] = "update",
        [GM_FAMILY_ROW] = "in a row",
    };
    return names[family];
}

static size_t bin_of(double ratio)
{
    if (!(ratio > 0))
        return 0;
    int exponent;
    const double mantissa = frexp(ratio, &exponent); /* in [0.5, 1) */
    if (exponent > GM_STATISTICS_BINS)
        return GM_STATISTICS_BINS - 1;
    int quarter = 0;
    quarter += mantissa >= 0.59460355750136; /* 2^(-3/4) */
    quarter += mantissa >= 0.70710678118655; /* 2^(-1/2) */
    quarter += mantissa >= 0.84089641525371; /* 2^(-1/4) */
    const int bin = (exponent - 1 - LOWEST_EXPONENT) * BINS_PER_OCTAVE + quarter;
    if (bin < 0)
        return 0;
    return bin < GM_STATISTICS_BINS ? (size_t)bin : GM_STATISTICS_BINS - 1;
}

double gm_errors_percentile(const gm_errors *errors, double fraction)
{
    uint64_t n = 0;
    for (size_t i = 0; i < GM_STATISTICS_BINS; ++i)
        n += errors->bins[i];
    uint64_t below = 0;
    for (size_t i = 0; i < GM_STATISTICS_BINS; ++i) {
        below += errors->bins[i];
        if ((double)below < fraction * (double)n)
            continue;
        if (i == 0)
            return 0;
        const double upper = exp2((double)(i + 1) / BINS_PER_OCTAVE + LOWEST_EXPONENT);
        return fmin(upper, errors->largest);
    }
    return errors->largest;
}

/* ---- one element ---------------------------------------------------------------------------- */

static double error_of(double value, double ref)
{
    return value == ref ? 0 : fabs(value - ref); /* equal infinities differ by nothing */
}

static double ratio_of(double error, double bound)
{
    if (error == 0)
        return 0;
    return bound > 0 ? error / bound : (double)INFINITY;
}

static int is_finite_float(double value)
{
    return isfinite(value) && fabs(value) <= (double)FLT_MAX;
}

/* The calculation left the range of float, no fault of the device: its value is not finite, and so
 * it is on the host, or the bound says that an intermediate result may have overflowed. Then the
 * reference may be NaN where the device, which need not multiply by 0, is not. */
static int is_excused(double got, double ref, double cpu, double bound)
{
    if (isinf(bound) && isnan(ref))
        return 1;
    return !isfinite(got) && (!is_finite_float(ref) || !isfinite(cpu) || !isfinite(bound));
}

/* ---- lines ---------------------------------------------------------------------------------- */

static gemlet_status find_line(gm_statistics *s, size_t *found, const char *label,
                               const char *tensor)
{
    for (*found = 0; *found < s->n_lines; ++*found) {
        const gm_statistics_line *line = &s->lines[*found];
        if (strcmp(line->label, label) == 0 && strcmp(line->tensor, tensor) == 0)
            return GEMLET_OK;
    }
    if (s->n_lines == s->capacity) {
        const size_t capacity = s->capacity == 0 ? 64 : 2 * s->capacity;
        gm_statistics_line *lines;
        GEMLET_TRY(GM_ALLOC(lines, capacity, "statistics"));
        if (s->n_lines > 0)
            memcpy(lines, s->lines, s->n_lines * sizeof *lines);
        free(s->lines);
        s->lines = lines;
        s->capacity = capacity;
    }
    gm_statistics_line *line = &s->lines[s->n_lines++];
    *line = (gm_statistics_line){0};
    strncpy(line->label, label, sizeof line->label - 1);
    strncpy(line->tensor, tensor, sizeof line->tensor - 1);
    return GEMLET_OK;
}

static double largest_magnitude(const gm_compared *v)
{
    double largest = 0;
    for (size_t i = 0; i < v->length; ++i) {
        if (isfinite(v->ref[i]))
            largest = fmax(largest, fabs(v->ref[i]));
    }
    return largest;
}

static void count_error(gm_errors *errors, double error, double ratio, double ulp, int counts)
{
    if (ratio > errors->largest)
        errors->largest = ratio;
    if (error / ulp > errors->largest_ulp)
        errors->largest_ulp = error / ulp;
    errors->bins[bin_of(ratio)] += (uint64_t)counts;
}

/* Element i; returns 1 if the device is wrong. */
static int add_element(gm_statistics_line *line, const gm_compared *v, size_t i, double ulp,
                       uint64_t step)
{
    const double bound = v->bound[i];
    const double error = error_of(v->got[i], v->ref[i]);
    const double cpu_error = error_of(v->cpu[i], v->ref[i]);
    const int counts = i % v->ld < v->cols;
    /* Not "error > bound": that would accept NaN. */
    const int is_wrong = !(error <= bound) && error != 0;
    if (is_excused(v->got[i], v->ref[i], v->cpu[i], bound)) {
        ++line->n_not_finite;
        return 0;
    }
    const gm_place place = {step, i / v->ld, i % v->ld, v->got[i], v->ref[i], bound};
    const double ratio = isnan(error) ? (double)INFINITY : ratio_of(error, bound);
    if (ratio > line->device.largest)
        line->largest = place;
    count_error(&line->device, error, ratio, ulp, counts);
    if (isfinite(cpu_error))
        count_error(&line->cpu, cpu_error, ratio_of(cpu_error, bound), ulp, counts);
    if (is_wrong && line->n_wrong++ == 0)
        line->first_wrong = place;
    return is_wrong;
}

gemlet_status gm_statistics_add(gm_statistics *statistics, const char *label, const char *tensor,
                                gm_family family, const gm_compared *values, uint64_t step,
                                uint64_t *n_not_finite)
{
    size_t at;
    GEMLET_TRY(find_line(statistics, &at, label, tensor));
    gm_statistics_line *line = &statistics->lines[at];
    line->family = family;
    line->rows = values->rows;
    line->cols = values->cols;
    line->n_values += (uint64_t)values->rows * values->cols;
    ++line->n_calls;
    const uint64_t not_finite_before = line->n_not_finite;
    const double ulp = gm_ulp(largest_magnitude(values));
    int is_wrong = 0;
    for (size_t i = 0; i < values->length; ++i)
        is_wrong |= add_element(line, values, i, ulp, step);
    if (is_wrong && !statistics->is_wrong) {
        statistics->is_wrong = 1;
        statistics->first_wrong_line = at;
    }
    *n_not_finite = line->n_not_finite - not_finite_before;
    return GEMLET_OK;
}

/* ---- questions ------------------------------------------------------------------------------ */

double gm_statistics_largest(const gm_statistics *statistics, gm_family family)
{
    double largest = 0;
    for (size_t i = 0; i < statistics->n_lines; ++i) {
        if (statistics->lines[i].family == family)
            largest = fmax(largest, statistics->lines[i].device.largest);
    }
    return largest;
}

const gm_statistics_line *gm_statistics_worst(const gm_statistics *statistics)
{
    const gm_statistics_line *worst = NULL;
    for (size_t i = 0; i < statistics->n_lines; ++i) {
        const gm_statistics_line *line = &statistics->lines[i];
        if (worst == NULL || line->device.largest > worst->device.largest)
            worst = line;
    }
    return worst;
}

void gm_statistics_free(gm_statistics *statistics)
{
    free(statistics->lines);
    *statistics = (gm_statistics){0};
}
