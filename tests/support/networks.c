/* SPDX-License-Identifier: MIT
 * Data sets and models of the tests; see networks.h. */
#include "support/networks.h"

#include <check.h>
#include <stdlib.h>

#include "core/rng.h"

gemlet_dataset *random_dataset(gemlet_dim rows, gemlet_dim features, gemlet_dim classes)
{
    const size_t n_values = (size_t)rows * features;
    float *values = malloc(n_values * sizeof *values);
    uint32_t *labels = malloc(rows * sizeof *labels);
    ck_assert(values != NULL && labels != NULL);
    gm_rng rng;
    gm_rng_init(&rng, 5, GM_RNG_TEST, 0);
    for (size_t i = 0; i < n_values; ++i)
        values[i] = (float)gm_rng_normal(&rng);
    for (size_t i = 0; i < rows; ++i)
        labels[i] = gm_rng_below(&rng, classes);
    gemlet_dataset *dataset;
    ck_assert_int_eq(
        gemlet_dataset_create(&dataset, rows, features, GEMLET_ELEMENT_F32, values, labels),
        GEMLET_OK);
    free(values);
    free(labels);
    return dataset;
}

gemlet_model *seeded_model(const char *spec_text, uint64_t seed)
{
    gemlet_spec spec;
    ck_assert_msg(gemlet_spec_parse(&spec, spec_text) == GEMLET_OK, "%s", gemlet_last_error());
    gemlet_init_options options;
    gemlet_init_options_init(&options);
    options.seed = seed;
    gemlet_model *model;
    ck_assert_msg(gemlet_model_create(&model, &spec, &options) == GEMLET_OK, "%s",
                  gemlet_last_error());
    return model;
}
