/* SPDX-License-Identifier: MIT
 * See outcomes.h. */
#include "train/outcomes.h"

#include <math.h>
#include <stdlib.h>

#include "core/memory.h"

gemlet_status gm_outcomes_allocate(gm_outcomes *o, gemlet_dim n_rows, gemlet_dim n_classes)
{
    *o = (gm_outcomes){.n_rows = n_rows, .n_classes = n_classes};
    gemlet_status status = GM_ALLOC(o->confidences, n_rows, "outcomes of rows");
    if (status == GEMLET_OK)
        status = GM_ALLOC(o->losses, n_rows, "outcomes of rows");
    if (status == GEMLET_OK && n_classes > 0)
        status = GM_ALLOC(o->answers, n_rows, "outcomes of rows");
    if (status != GEMLET_OK)
        gm_outcomes_free(o);
    return status;
}

void gm_outcomes_take_logits(gm_outcomes *o, gemlet_dim row, const float *logits, uint32_t label)
{
    gemlet_dim answer = 0;
    for (gemlet_dim c = 1; c < o->n_classes; ++c)
        answer = logits[c] > logits[answer] ? c : answer;
    double sum = 0;
    for (gemlet_dim c = 0; c < o->n_classes; ++c)
        sum += exp((double)logits[c] - (double)logits[answer]);
    o->answers[row] = answer;
    o->confidences[row] = (float)(1 / sum);
    o->losses[row] = (float)(log(sum) + (double)logits[answer] - (double)logits[label]);
}

void gm_outcomes_take_output(gm_outcomes *o, gemlet_dim row, float output, float target)
{
    const double error = (double)output - (double)target;
    o->confidences[row] = output;
    o->losses[row] = (float)(error * error);
}

void gm_outcomes_free(gm_outcomes *o)
{
    free(o->answers);
    free(o->confidences);
    free(o->losses);
    *o = (gm_outcomes){0};
}

void gm_calibration_measure(gm_calibration_bin bins[GM_CALIBRATION_BINS], double *error,
                            const gm_outcomes *o, const uint32_t *labels)
{
    gemlet_dim n_right[GM_CALIBRATION_BINS] = {0};
    double sums[GM_CALIBRATION_BINS] = {0};
    for (size_t i = 0; i < GM_CALIBRATION_BINS; ++i)
        bins[i] = (gm_calibration_bin){0, (double)NAN, (double)NAN};
    for (gemlet_dim row = 0; row < o->n_rows; ++row) {
        const double p = (double)o->confidences[row];
        const double place = ceil(p * GM_CALIBRATION_BINS) - 1;
        const size_t i = (size_t)fmin(fmax(place, 0), GM_CALIBRATION_BINS - 1);
        ++bins[i].n_rows;
        sums[i] += p;
        n_right[i] += o->answers[row] == labels[row];
    }
    *error = 0;
    for (size_t i = 0; i < GM_CALIBRATION_BINS; ++i) {
        gm_calibration_bin *bin = &bins[i];
        if (bin->n_rows == 0)
            continue;
        bin->confidence = sums[i] / bin->n_rows;
        bin->accuracy = (double)n_right[i] / bin->n_rows;
        *error += fabs(bin->confidence - bin->accuracy) * bin->n_rows / o->n_rows;
    }
}
