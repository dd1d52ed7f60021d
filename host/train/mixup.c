/* SPDX-License-Identifier: MIT
 * See mixup.h. */
#include "train/mixup.h"

#include <math.h>

#include "core/error.h"
#include "core/rng.h"
#include "train/option_range.h"

#define LEAST_PARAMETER 0.01
#define MOST_PARAMETER  4.0 /* of a hundred trials below one is taken then */

gemlet_status gm_mixup_check(const gemlet_train_options *options, const gemlet_dataset *dataset)
{
    const double parameter = options->mixup;
    GEMLET_TRY(gm_option_check("mixup", parameter, LEAST_PARAMETER, MOST_PARAMETER));
    if (parameter == 0)
        return GEMLET_OK;
    if (gemlet_dataset_weights(dataset) != NULL)
        return gm_error(GEMLET_E_RANGE,
                        "mixup is %g, expected 0 (none) for rows with weights, which are not mixed",
                        parameter);
    return GEMLET_OK;
}

/* Of a beta distribution whose parameters are the same: two uniform numbers to the power of its
 * inverse, if their sum is at most 1, and the share of one of them (Joehnk 1964). By logarithms, as
 * small parameters make such powers 0. */
static double draw_beta(gm_rng *rng, double parameter)
{
    for (;;) {
        const double a = log(gm_rng_uniform(rng)) / parameter;
        const double b = log(gm_rng_uniform(rng)) / parameter;
        const double larger = fmax(a, b);
        const double log_sum = larger + log(exp(a - larger) + exp(b - larger));
        if (log_sum <= 0)
            return exp(a - log_sum);
    }
}

void gm_mixup_fill_record(float record[GM_RECORD_SIZE], const gemlet_train_options *options,
                          uint64_t step)
{
    gm_rng rng;
    if (options->mixup == 0)
        return;
    gm_rng_init(&rng, options->seed, GM_RNG_MIXUP, (uint32_t)step);
    /* As both are likely, the larger part is the row's own: its label is the answer that counts. */
    const double drawn = draw_beta(&rng, options->mixup);
    record[GM_RECORD_MIXED_PART] = (float)fmin(drawn, 1 - drawn);
}
