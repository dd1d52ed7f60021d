/* SPDX-License-Identifier: MIT
 * See train_jobs.h. */
#include "train_jobs.h"

#include <stdlib.h>

#include "core/rng.h"

gemlet_device *device;

void open_device(void)
{
    gemlet_device_options options;
    gemlet_device_options_init(&options);
    const char *selector = getenv("GEMLET_TEST_DEVICE");
    options.selector = selector != NULL ? selector : "cpu";
    ck_assert_msg(gemlet_device_open(&device, &options) == GEMLET_OK, "%s", gemlet_last_error());
}

void close_device(void)
{
    gemlet_device_close(device);
}

gemlet_dataset *make_dataset(gemlet_dim rows, double noise)
{
    float *values = malloc(rows * N_FEATURES * sizeof *values);
    uint32_t *labels = malloc(rows * sizeof *labels);
    gm_rng rng;
    gm_rng_init(&rng, 11, GM_RNG_TEST, 0);
    double centres[N_CLASSES][N_FEATURES];
    for (unsigned c = 0; c < N_CLASSES; ++c) {
        for (unsigned f = 0; f < N_FEATURES; ++f)
            centres[c][f] = gm_rng_normal(&rng);
    }
    for (gemlet_dim i = 0; i < rows; ++i) {
        labels[i] = i % N_CLASSES;
        for (unsigned f = 0; f < N_FEATURES; ++f)
            values[i * N_FEATURES + f] =
                (float)(centres[labels[i]][f] + noise * gm_rng_normal(&rng));
    }
    gemlet_dataset *dataset;
    ck_assert_int_eq(
        gemlet_dataset_create(&dataset, rows, N_FEATURES, GEMLET_ELEMENT_F32, values, labels),
        GEMLET_OK);
    free(values);
    free(labels);
    return dataset;
}

gemlet_train_options short_run(gemlet_dim batch, uint64_t n_steps, uint64_t log_every)
{
    gemlet_train_options options;
    gemlet_train_options_init(&options);
    options.batch = batch;
    options.n_steps = n_steps;
    options.log_every = log_every;
    options.weight_decay = 0.0;
    return options;
}

Suite *train_suite(const char *name, TCase **tests)
{
    Suite *suite = suite_create(name);
    *tests = tcase_create(name);
    tcase_set_timeout(*tests, 120);
    tcase_add_checked_fixture(*tests, open_device, close_device);
    suite_add_tcase(suite, *tests);
    return suite;
}
