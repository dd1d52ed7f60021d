/* SPDX-License-Identifier: MIT
 * Fuzz target of the reader of metrics.csv, and of the smoothing of what it read. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compare/metrics_csv.h"
#include "fuzz/fuzz.h"

static void check_steps(const gm_loss_curve *curve)
{
    for (size_t i = 0; i < curve->n; ++i) {
        FUZZ_CHECK(isfinite(curve->points[i].step) && !isinf(curve->points[i].loss));
        FUZZ_CHECK(curve->points[i].step > (i > 0 ? curve->points[i - 1].step : 0.0));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    gm_loss_curve curves[GM_N_METRICS];
    gm_loss_curve mean;
    char *text = malloc(size + 1); /* of its own size, so that a read beyond the end is seen */
    FUZZ_CHECK(text != NULL);
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    if (fuzz_succeeded(gm_metrics_csv_parse(curves, text, size, "metrics.csv"))) {
        gm_loss_curve *curve = &curves[GM_METRIC_TRAIN_LOSS];
        for (size_t m = 0; m < GM_N_METRICS; ++m) {
            check_steps(&curves[m]);
            FUZZ_CHECK(curves[m].n <= curve->n);
        }
        FUZZ_CHECK(gm_loss_curve_smooth(curve, 1 + size % 7) == GEMLET_OK);
        FUZZ_CHECK(gm_loss_curve_mean(&mean, curve, 1) == GEMLET_OK);
        FUZZ_CHECK(mean.n == curve->n);
        for (size_t i = 0; i < mean.n; ++i)
            FUZZ_CHECK(mean.points[i].step == curve->points[i].step);
        gm_loss_curve_free(&mean);
        gm_metrics_curves_free(curves);
    }
    free(text);
    return 0;
}
