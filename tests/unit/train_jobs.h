/* SPDX-License-Identifier: MIT
 * Small trainings for the tests of the training loop, on the device that GEMLET_TEST_DEVICE names
 * (the CPU path if unset). */
#ifndef GM_TESTS_UNIT_TRAIN_JOBS_H
#define GM_TESTS_UNIT_TRAIN_JOBS_H

#include <check.h>

#include "gemlet/gemlet.h"

#define N_FEATURES 12u
#define N_CLASSES  4u

/* Of the test that runs; open_device() and close_device() are its fixture. */
extern gemlet_device *device;

void open_device(void);
void close_device(void);

/* Noisy points around one centre per class. Ends the test on failure. */
gemlet_dataset *make_dataset(gemlet_dim rows, double noise);

/* Without weight decay. */
gemlet_train_options short_run(gemlet_dim batch, uint64_t n_steps, uint64_t log_every);

/* A suite with one test case, which has that fixture. */
Suite *train_suite(const char *name, TCase **tests);

#endif
