/* SPDX-License-Identifier: MIT
 * Counts histograms, for check_histograms.py to count again with NumPy.
 * Usage: write_histograms DIRECTORY
 * Writes DIRECTORY/<case>.f32, the values, and a line for each case to stdout:
 *   case low high nan below above count... */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/rng.h"
#include "train/tensor_statistics.h"

#define ROWS 128u
#define COLS 150u
#define N    (ROWS * COLS)

typedef struct histogram_case {
    const char *name;
    float low;
    float high;
    gemlet_dim n_bins;
} histogram_case;

static const histogram_case cases[] = {
    {"normal", -3.0f, 3.0f, 50},     {"wide", -0.1f, 0.3f, 64},       {"tanh", -1.0f, 1.0f, 40},
    {"gradient", -1e-7f, 1e-7f, 33}, {"neighbours", -0.7f, 1.3f, 37}, {"far", 1000.0f, 1000.01f, 7},
    {"one", 0.1f, 0.2f, 1},
};

static float draw(const histogram_case *c, const float *edges, gm_rng *rng, size_t i)
{
    const double z = gm_rng_normal(rng);
    if (c->name[0] == 'n' && c->name[1] == 'e') { /* on an edge, or the float beside it */
        const float edge = edges[gm_rng_below(rng, c->n_bins + 1)];
        const float to = (float)(i % 3) - 1.0f;
        return to == 0.0f ? edge : nextafterf(edge, to * INFINITY);
    }
    if (c->name[0] == 't')
        return (float)tanh(2.0 * z);
    if (i % 1000 == 7)
        return i % 2000 == 7 ? NAN : -INFINITY;
    return (float)(0.5 * ((double)c->low + (double)c->high) +
                   0.3 * ((double)c->high - (double)c->low) * z);
}

static gemlet_status fill(const histogram_case *c, const float *edges, float *values,
                          const char *directory)
{
    char path[4096];
    gm_rng rng;
    gm_rng_init(&rng, 1, GM_RNG_TEST, c->n_bins);
    for (size_t i = 0; i < N; ++i)
        values[i] = draw(c, edges, &rng, i);
    snprintf(path, sizeof path, "%s/%s.f32", directory, c->name);
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(values, sizeof *values, N, file) != N || fclose(file) != 0)
        return gm_error(GEMLET_E_IO, "%s: cannot write", path);
    return GEMLET_OK;
}

static gemlet_status run_case(const histogram_case *c, const char *directory)
{
    static float values[N];
    gm_bins bins;
    gm_tensor_statistics s;
    GEMLET_TRY(gm_bins_set(&bins, c->n_bins, c->low, c->high));
    GEMLET_TRY(fill(c, bins.edges, values, directory));
    gm_tensor_statistics_calculate(&s, values, ROWS, COLS, COLS, GEMLET_ACTIVATION_IDENTITY, &bins);
    printf("%s %.9g %.9g %.0f %.0f %.0f", c->name, (double)c->low, (double)c->high, s.n_nan,
           s.below, s.above);
    for (size_t i = 0; i < c->n_bins; ++i)
        printf(" %.0f", s.bins[i]);
    printf("\n");
    return GEMLET_OK;
}

int main(int n_arguments, char **arguments)
{
    if (n_arguments != 2)
        return EXIT_FAILURE;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
        if (run_case(&cases[i], arguments[1]) != GEMLET_OK) {
            fprintf(stderr, "write_histograms: %s\n", gemlet_last_error());
            return EXIT_FAILURE;
        }
    }
    return EXIT_SUCCESS;
}
