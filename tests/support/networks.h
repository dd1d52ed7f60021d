/* SPDX-License-Identifier: MIT
 * Small data sets and models for tests of what stands above the backends. */
#ifndef GM_TESTS_SUPPORT_NETWORKS_H
#define GM_TESTS_SUPPORT_NETWORKS_H

#include "gemlet/gemlet.h"

/* Standard normal features and uniformly random labels, always the same. Ends the test on failure.
 */
gemlet_dataset *random_dataset(gemlet_dim rows, gemlet_dim features, gemlet_dim classes);

/* A model of this spec string, initialised by default with the given seed. Ends the test on
 * failure. */
gemlet_model *seeded_model(const char *spec_text, uint64_t seed);

#endif
