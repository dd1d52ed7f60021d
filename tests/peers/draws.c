/* SPDX-License-Identifier: MIT
 * Writes what `gemlet train` draws at random, so that a peer can train with the same initial
 * weights and the same batches:
 *
 *     draws SEED plain|reference MODEL.npz ORDERS [SPEC [EPOCHS]]
 *
 * SPEC is the network, by default that of the headline job. ORDERS gets the order of the rows of
 * MNIST for every epoch, one after the other, as native uint32; by default for 20,000 steps of 64
 * rows. */
#include <stdio.h>
#include <stdlib.h>

#include "run/recipe.h"
#include "core/rng.h"
#include "gemlet/gemlet.h"

#define N_ROWS           60000u
#define DEFAULT_N_EPOCHS 22u /* 20,000 steps of 64 rows */
#define DEFAULT_SPEC     "784-150bn-relu-150bn-relu-10"

static int write_orders(const char *path, uint64_t seed, uint32_t n_epochs)
{
    static uint32_t order[N_ROWS];
    FILE *file = fopen(path, "wb");
    size_t n_written = 0;
    for (uint32_t epoch = 0; file != NULL && epoch < n_epochs; ++epoch) {
        gm_rng rng;
        gm_rng_init(&rng, seed, GM_RNG_SHUFFLE, epoch);
        gm_rng_permutation(&rng, order, N_ROWS);
        n_written += fwrite(order, sizeof order[0], N_ROWS, file);
    }
    return file != NULL && fclose(file) == 0 && n_written == (size_t)n_epochs * N_ROWS;
}

int main(int argc, char **argv)
{
    if (argc < 5 || argc > 7) {
        fputs("usage: draws SEED plain|reference MODEL.npz ORDERS [SPEC [EPOCHS]]\n", stderr);
        return 2;
    }
    const char *spec_text = argc > 5 ? argv[5] : DEFAULT_SPEC;
    const uint32_t n_epochs = argc > 6 ? (uint32_t)strtoul(argv[6], NULL, 10) : DEFAULT_N_EPOCHS;
    const gm_recipe *recipe =
        gm_recipe_get(argv[2][0] == 'r' ? GM_RECIPE_REFERENCE : GM_RECIPE_PLAIN);
    gemlet_init_options options;
    gemlet_init_options_init(&options);
    options.scheme = recipe->init;
    options.output_gain = recipe->output_gain;
    options.seed = strtoull(argv[1], NULL, 10);
    gemlet_spec spec;
    gemlet_model *model = NULL;
    const int saved = gemlet_spec_parse(&spec, spec_text) == GEMLET_OK &&
                      gemlet_model_create(&model, &spec, &options) == GEMLET_OK &&
                      gemlet_model_save(model, argv[3]) == GEMLET_OK;
    gemlet_model_destroy(model);
    if (!saved) {
        fprintf(stderr, "draws: %s\n", gemlet_last_error());
        return 1;
    }
    if (!write_orders(argv[4], options.seed, n_epochs)) {
        fprintf(stderr, "draws: cannot write %s\n", argv[4]);
        return 1;
    }
    return 0;
}
