/* SPDX-License-Identifier: MIT
 * Augments a batch of random images on the reference as a step of a training would, to be compared
 * with NumPy's (check_augment.py).
 *
 *   write_augmented ROWS HEIGHT WIDTH SEED STEP AUGMENT PLAIN AUGMENTED
 *
 * The files hold (rows, height, width) doubles: before, and after. */
#include <stdio.h>
#include <stdlib.h>

#include "backend/cpu/cpu_backend.h"
#include "core/rng.h"
#include "gemlet/gemlet.h"
#include "train/device_data.h"
#include "train/step_records.h"

static void check(gemlet_status status)
{
    if (status == GEMLET_OK)
        return;
    fprintf(stderr, "%s\n", gemlet_last_error());
    exit(EXIT_FAILURE);
}

static gemlet_dataset *make_images(gemlet_dim rows, const gemlet_dim dims[2])
{
    const size_t n = (size_t)rows * dims[0] * dims[1];
    float *values = calloc(n, sizeof *values);
    gemlet_dataset *images;
    gm_rng rng;
    if (values == NULL)
        exit(EXIT_FAILURE);
    gm_rng_init(&rng, 5, GM_RNG_TEST, 0);
    for (size_t i = 0; i < n; ++i)
        values[i] = (float)gm_rng_normal(&rng);
    check(
        gemlet_dataset_create(&images, rows, dims[0] * dims[1], GEMLET_ELEMENT_F32, values, NULL));
    check(gemlet_dataset_set_item_dims(images, dims, 2));
    free(values);
    return images;
}

static void write_batch(gm_backend *backend, const gm_matrix *x, const char *path)
{
    FILE *file = fopen(path, "wb");
    double *row = calloc(x->cols, sizeof *row);
    if (file == NULL || row == NULL)
        exit(EXIT_FAILURE);
    for (size_t i = 0; i < x->rows; ++i) {
        check(gm_backend_download_double(backend, x->buffer, x->offset + i * x->ld, x->cols, row));
        fwrite(row, sizeof *row, x->cols, file);
    }
    free(row);
    if (fclose(file) != 0)
        exit(EXIT_FAILURE);
}

int main(int argc, char **argv)
{
    if (argc != 9)
        return EXIT_FAILURE;
    const gemlet_dim rows = (gemlet_dim)atoi(argv[1]);
    const gemlet_dim dims[2] = {(gemlet_dim)atoi(argv[2]), (gemlet_dim)atoi(argv[3])};
    gemlet_dataset *images = make_images(rows, dims);
    uint32_t *order = calloc(rows, sizeof *order);
    gemlet_train_options options;
    gm_backend *backend;
    gm_device_data data;
    gm_step_records records;
    gm_vector record;
    gm_matrix x;
    gm_vector labels;
    gemlet_train_options_init(&options);
    options.seed = strtoull(argv[4], NULL, 10);
    check(gm_augment_parse(&options, argv[6]));
    check(gm_cpu64_backend_create(&backend));
    check(gm_device_data_create(&data, backend, images, rows));
    check(gm_device_data_augment(&data, images, &options));
    for (uint32_t i = 0; order != NULL && i < rows; ++i)
        order[i] = i;
    check(gm_device_data_set_order(&data, order));
    check(gm_step_records_create(&records, backend, &options));
    check(gm_step_records_find(&record, &records, strtoull(argv[5], NULL, 10)));
    check(gm_device_data_gather(&data, 0, rows, 1.0f, &x, &labels));
    write_batch(backend, &x, argv[7]);
    check(gm_device_data_augment_batch(&data, record, &x));
    write_batch(backend, &x, argv[8]);
    gm_step_records_free(&records);
    gm_device_data_destroy(&data);
    gm_backend_destroy(backend);
    gemlet_dataset_destroy(images);
    free(order);
    return EXIT_SUCCESS;
}
