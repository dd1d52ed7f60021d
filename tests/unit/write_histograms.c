/* SPDX-License-Identifier: MIT
 * Counts histograms with layer_statistics, for check_histograms.py to count again with NumPy.
 * Usage: write_histograms DEVICE DIRECTORY
 * Writes DIRECTORY/<case>.f32, the values, and a line for each case to stdout:
 *   case low high nan below above count... */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "backend/device.h"
#include "backend/histogram.h"
#include "core/rng.h"
#include "gemlet/gemlet.h"

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

/* The buffers of all cases: x, edges, moments, and counts. */
typedef struct buffers {
    gm_buffer *x;
    gm_buffer *reals;
    gm_buffer *counts;
} buffers;

static gemlet_status run_case(gm_backend *backend, const buffers *b, const histogram_case *c,
                              const char *directory)
{
    static float values[N];
    float edges[GM_MAX_BINS + 1];
    uint32_t counts[GM_COUNT_BINS + GM_MAX_BINS];
    const size_t n_counts = GM_COUNT_BINS + c->n_bins;
    GEMLET_TRY(gm_histogram_edges(edges, c->n_bins, c->low, c->high));
    GEMLET_TRY(fill(c, edges, values, directory));
    GEMLET_TRY(gm_backend_upload(backend, b->x, 0, N, values));
    GEMLET_TRY(gm_backend_upload(backend, b->reals, 0, c->n_bins + 1, edges));
    GEMLET_TRY(gm_layer_statistics(backend, &(gm_layer_statistics_args){
                                                .x = {b->x, 0, COLS, ROWS, COLS},
                                                .edges = {b->reals, 0, c->n_bins + 1},
                                                .moments = {b->reals, 80, GM_N_MOMENTS},
                                                .counts = {b->counts, 0, n_counts},
                                            }));
    GEMLET_TRY(gm_backend_download(backend, b->counts, 0, n_counts, counts));
    printf("%s %.9g %.9g %u %u %u", c->name, (double)c->low, (double)c->high, counts[GM_COUNT_NAN],
           counts[GM_COUNT_BELOW], counts[GM_COUNT_ABOVE]);
    for (size_t i = 0; i < c->n_bins; ++i)
        printf(" %u", counts[GM_COUNT_BINS + i]);
    printf("\n");
    return GEMLET_OK;
}

static gemlet_status run_all(gm_backend *backend, const char *directory)
{
    buffers b = {0};
    gemlet_status status = gm_backend_alloc(backend, &b.x, GM_REAL, N, "x");
    if (status == GEMLET_OK)
        status = gm_backend_alloc(backend, &b.reals, GM_REAL, 80 + GM_N_MOMENTS, "reals");
    if (status == GEMLET_OK)
        status =
            gm_backend_alloc(backend, &b.counts, GM_U32, GM_COUNT_BINS + GM_MAX_BINS, "counts");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0] && status == GEMLET_OK; ++i)
        status = run_case(backend, &b, &cases[i], directory);
    gm_backend_free(backend, b.counts);
    gm_backend_free(backend, b.reals);
    gm_backend_free(backend, b.x);
    return status;
}

int main(int n_arguments, char **arguments)
{
    gemlet_device_options options = GEMLET_DEVICE_OPTIONS_DEFAULT;
    gemlet_device *device = NULL;
    if (n_arguments != 3)
        return EXIT_FAILURE;
    options.selector = arguments[1];
    gemlet_status status = gemlet_device_open(&device, &options);
    if (status == GEMLET_E_DEVICE)
        return 77;
    if (status == GEMLET_OK)
        status = run_all(gm_device_backend(device), arguments[2]);
    if (status != GEMLET_OK)
        fprintf(stderr, "write_histograms: %s\n", gemlet_last_error());
    gemlet_device_close(device);
    return status == GEMLET_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
