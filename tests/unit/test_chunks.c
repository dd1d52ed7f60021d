/* SPDX-License-Identifier: MIT
 * Rows that come to the device chunk by chunk: the same bits as rows that all lie there. Runs on
 * the device that GEMLET_TEST_DEVICE names (the CPU path if unset). */
#include <stdlib.h>
#include <string.h>

#include "backend/device.h"
#include "core/rng.h"
#include "gemlet/gemlet.h"
#include "model/model.h"
#include "support/networks.h"
#include "support/run_suite.h"
#include "train/device_data.h"

#define N_FEATURES 12u
#define N_CLASSES  4u

/* Device memory for a row of bytes: features, label, place. */
#define ROW_BYTES (N_FEATURES + 8u)

static gemlet_device *open_device(uint64_t memory_limit)
{
    gemlet_device *device;
    gemlet_device_options options;
    gemlet_device_options_init(&options);
    const char *selector = getenv("GEMLET_TEST_DEVICE");
    options.selector = selector != NULL ? selector : "cpu";
    options.memory_limit = memory_limit;
    ck_assert_msg(gemlet_device_open(&device, &options) == GEMLET_OK, "%s", gemlet_last_error());
    return device;
}

static gemlet_dataset *random_bytes(gemlet_dim rows)
{
    uint8_t *values = malloc((size_t)rows * N_FEATURES);
    uint32_t *labels = malloc(rows * sizeof *labels);
    gemlet_dataset *dataset;
    gm_rng rng;
    gm_rng_init(&rng, 5, GM_RNG_TEST, 0);
    for (size_t i = 0; i < (size_t)rows * N_FEATURES; ++i)
        values[i] = (uint8_t)(256 * gm_rng_uniform(&rng));
    for (gemlet_dim i = 0; i < rows; ++i)
        labels[i] = i % N_CLASSES;
    ck_assert_int_eq(
        gemlet_dataset_create(&dataset, rows, N_FEATURES, GEMLET_ELEMENT_U8, values, labels),
        GEMLET_OK);
    free(values);
    free(labels);
    return dataset;
}

/* ---- training, evaluation, prediction ------------------------------------------------------- */

typedef struct outcome {
    gemlet_model *model;
    gemlet_train_result result;
    gemlet_evaluation evaluation;
    float *probabilities;
} outcome;

static outcome run(const gemlet_dataset *dataset, gemlet_dim batch, gemlet_fused fused,
                   uint64_t memory_limit)
{
    outcome o = {.model = seeded_model("12-20bn-relu-7-tanh-4", 1)};
    gemlet_device *device = open_device(memory_limit);
    gemlet_train_options options;
    gemlet_train_options_init(&options);
    options.batch = batch;
    options.n_steps = 2 * (gemlet_dataset_rows(dataset) / batch) + 5; /* into the third epoch */
    options.log_every = 7;
    options.fused = fused;
    options.no_qualify = 1;
    ck_assert_msg(gemlet_train(o.model, device, dataset, &options, &o.result) == GEMLET_OK, "%s",
                  gemlet_last_error());
    ck_assert_msg(gemlet_evaluate(o.model, device, dataset, &o.evaluation) == GEMLET_OK, "%s",
                  gemlet_last_error());
    o.probabilities =
        malloc((size_t)gemlet_dataset_rows(dataset) * N_CLASSES * sizeof *o.probabilities);
    ck_assert_int_eq(gemlet_predict(o.model, device, dataset, o.probabilities), GEMLET_OK);
    gemlet_device_close(device);
    return o;
}

static void check_equal(const outcome *a, const outcome *b, gemlet_dim rows)
{
    for (unsigned l = 0; l < gemlet_model_spec(a->model)->n_layers; ++l) {
        for (unsigned t = 0; t <= GEMLET_TENSOR_RUNNING_VAR; ++t) {
            const size_t n = gemlet_model_tensor_size(a->model, l, t);
            ck_assert_msg(n == 0 || memcmp(a->model->tensors[l][t], b->model->tensors[l][t],
                                           n * sizeof(float)) == 0,
                          "layer %u, tensor %u differs", l + 1, t);
        }
    }
    ck_assert_uint_eq(a->evaluation.correct, b->evaluation.correct);
    ck_assert(a->evaluation.loss == b->evaluation.loss);
    ck_assert(a->result.train_loss == b->result.train_loss);
    ck_assert_mem_eq(a->probabilities, b->probabilities, rows * N_CLASSES * sizeof(float));
}

static void release(outcome *o)
{
    gemlet_model_destroy(o->model);
    free(o->probabilities);
}

static const struct {
    gemlet_dim rows;
    gemlet_dim batch;
    gemlet_dim held; /* rows that the limit has room for */
    gemlet_dim chunk;
} cases[] = {
    {3000, 32, 1024, 512},  /* evaluation needs two of its batches of 512 rows */
    {3000, 50, 1100, 550},  /* the last chunk is partial, rows are left over */
    {3000, 64, 1290, 640},  /* the limit is no multiple */
    {3000, 500, 1024, 500}, /* a batch each */
    {3000, 1, 2999, 1499},  /* one row too many */
};

START_TEST(chunks_change_no_bit)
{
    const gemlet_dim rows = cases[_i].rows;
    static const gemlet_fused ways[] = {GEMLET_FUSED_OFF, GEMLET_FUSED_AUTO};
    gemlet_dataset *dataset = random_bytes(rows);
    for (unsigned way = 0; way < 2; ++way) {
        const gemlet_dim batch = cases[_i].batch > 1 ? cases[_i].batch : 2;
        outcome whole = run(dataset, batch, ways[way], 0);
        outcome chunked = run(dataset, batch, ways[way], (uint64_t)cases[_i].held * ROW_BYTES);
        ck_assert_uint_eq(whole.result.chunk_rows, 0);
        ck_assert_uint_eq(chunked.result.chunk_rows, cases[_i].chunk / batch * batch);
        ck_assert_int_eq(whole.result.fused, chunked.result.fused);
        check_equal(&whole, &chunked, rows);
        release(&whole);
        release(&chunked);
    }
    gemlet_dataset_destroy(dataset);
}
END_TEST

START_TEST(floats_without_labels_come_in_chunks)
{
    const gemlet_dim rows = 1700;
    gemlet_dataset *labelled = random_dataset(rows, N_FEATURES, N_CLASSES);
    gemlet_dataset *dataset;
    ck_assert_int_eq(gemlet_dataset_create(&dataset, rows, N_FEATURES, GEMLET_ELEMENT_F32,
                                           gemlet_dataset_values(labelled), NULL),
                     GEMLET_OK);
    gemlet_model *model = seeded_model("12-20bn-relu-4", 1);
    float *probabilities[2];
    for (unsigned i = 0; i < 2; ++i) {
        gemlet_device *device = open_device(i == 0 ? 0 : 1100 * (4 * N_FEATURES + 8));
        probabilities[i] = malloc((size_t)rows * N_CLASSES * sizeof(float));
        ck_assert_msg(gemlet_predict(model, device, dataset, probabilities[i]) == GEMLET_OK, "%s",
                      gemlet_last_error());
        gemlet_device_close(device);
    }
    ck_assert_mem_eq(probabilities[0], probabilities[1], rows * N_CLASSES * sizeof(float));
    for (unsigned i = 0; i < 2; ++i)
        free(probabilities[i]);
    gemlet_model_destroy(model);
    gemlet_dataset_destroy(dataset);
    gemlet_dataset_destroy(labelled);
}
END_TEST

typedef struct parts {
    gemlet_dim next; /* the row that is due */
    gemlet_dim end;  /* refused from here on */
    float *probabilities;
} parts;

static gemlet_status take_part(gemlet_dim first, gemlet_dim n, const float *probabilities,
                               void *user)
{
    parts *p = user;
    ck_assert_uint_eq(first, p->next);
    ck_assert_uint_ge(n, 1);
    if (first >= p->end)
        return gm_error(GEMLET_E_RANGE, "enough");
    memcpy(p->probabilities + (size_t)first * N_CLASSES, probabilities,
           n * N_CLASSES * sizeof *probabilities);
    p->next += n;
    return GEMLET_OK;
}

START_TEST(parts_of_a_prediction)
{
    const gemlet_dim rows = 1700;
    gemlet_dataset *dataset = random_bytes(rows);
    gemlet_model *model = seeded_model("12-20bn-relu-4", 1);
    gemlet_device *device = open_device(1100 * ROW_BYTES);
    const size_t n_bytes = (size_t)rows * N_CLASSES * sizeof(float);
    float *expected = malloc(n_bytes);
    parts p = {.end = rows, .probabilities = malloc(n_bytes)};
    ck_assert_int_eq(gemlet_predict(model, device, dataset, expected), GEMLET_OK);
    ck_assert_int_eq(gemlet_predict_in_parts(model, device, dataset, take_part, &p), GEMLET_OK);
    ck_assert_uint_eq(p.next, rows);
    ck_assert_mem_eq(p.probabilities, expected, n_bytes);
    p.next = 0;
    p.end = 600;
    ck_assert_int_eq(gemlet_predict_in_parts(model, device, dataset, take_part, &p),
                     GEMLET_E_RANGE);
    ck_assert_str_eq(gemlet_last_error(), "enough");
    ck_assert_uint_eq(p.next, 1024); /* the batch behind it was not taken */
    free(p.probabilities);
    free(expected);
    gemlet_device_close(device);
    gemlet_model_destroy(model);
    gemlet_dataset_destroy(dataset);
}
END_TEST

START_TEST(two_batches_are_the_least)
{
    gemlet_dataset *dataset = random_bytes(1000);
    gemlet_model *model = seeded_model("12-4", 1);
    gemlet_train_options options;
    gemlet_train_result result;
    gemlet_train_options_init(&options);
    options.batch = 100;
    options.n_steps = 3;
    options.no_qualify = 1;
    gemlet_device *device = open_device(200 * ROW_BYTES - 1);
    ck_assert_int_eq(gemlet_train(model, device, dataset, &options, &result), GEMLET_E_MEMORY);
    ck_assert_ptr_nonnull(strstr(gemlet_last_error(), "3999 bytes"));
    ck_assert_ptr_nonnull(strstr(gemlet_last_error(), "at least 4000, for two batches of 100"));
    gemlet_device_close(device);
    device = open_device(200 * ROW_BYTES);
    ck_assert_int_eq(gemlet_train(model, device, dataset, &options, &result), GEMLET_OK);
    ck_assert_uint_eq(result.chunk_rows, 100);
    gemlet_device_close(device);
    gemlet_model_destroy(model);
    gemlet_dataset_destroy(dataset);
}
END_TEST

/* ---- what a device gives -------------------------------------------------------------------- */

static const gm_backend_ops *real_ops;

static gemlet_status refuse_features(gm_backend *backend, gm_buffer **out, gm_element element,
                                     size_t length, const char *what)
{
    if (strcmp(what, "features of the data set") == 0)
        return gm_error(GEMLET_E_OPENCL, "%s: no memory", what);
    return real_ops->alloc(backend, out, element, length, what);
}

static gemlet_status create_data(gm_device_data *data, gemlet_dim rows, uint64_t global_bytes,
                                 int is_refused)
{
    gemlet_dataset *dataset = random_bytes(rows);
    gemlet_device *device = open_device(0);
    gm_backend *backend = gm_device_backend(device);
    real_ops = backend->ops;
    gm_backend_ops ops = *real_ops;
    if (is_refused)
        ops.alloc = refuse_features;
    backend->ops = &ops;
    backend->info.global_memory_bytes = global_bytes;
    const gemlet_status status = gm_device_data_create(data, backend, dataset, 100);
    const gm_device_data created = *data;
    gm_device_data_destroy(data);
    *data = created; /* its sizes are looked at */
    backend->ops = real_ops;
    gemlet_device_close(device);
    gemlet_dataset_destroy(dataset);
    return status;
}

START_TEST(the_device_decides)
{
    gm_device_data data;
    const gemlet_dim rows = 200000; /* 4 MB */
    ck_assert_int_eq(create_data(&data, rows, 1 << 30, 0), GEMLET_OK);
    ck_assert_uint_eq(data.chunks.rows, 0);
    ck_assert_uint_eq(data.features.rows, rows);
    /* It has not so much. */
    ck_assert_int_eq(create_data(&data, rows, 5000000, 0), GEMLET_OK);
    ck_assert_uint_eq(data.chunks.rows, 52500); /* 1 MiB in whole batches, rounded up */
    ck_assert_uint_eq(data.features.rows, 2 * data.chunks.rows);
    /* It does not give what it says it has. */
    ck_assert_int_eq(create_data(&data, rows, 1 << 30, 1), GEMLET_OK);
    ck_assert_uint_eq(data.chunks.rows, 52500);
    /* Two chunks would be no less. */
    ck_assert_int_eq(create_data(&data, 100000, 1 << 30, 1), GEMLET_E_OPENCL);
}
END_TEST

typedef struct upload {
    uint64_t done;
    uint64_t total;
    unsigned n_told;
} upload;

static void note_upload(uint64_t done, uint64_t total, void *user)
{
    upload *u = user;
    ck_assert(done > u->done && done <= total && (u->n_told == 0 || total == u->total));
    *u = (upload){done, total, u->n_told + 1};
}

/* In several parts, the last of which ends with all rows; small data in one, silently. */
START_TEST(large_uploads_are_told)
{
    static const gemlet_dim sizes[] = {5000000, 12000000}; /* rows */
    const gemlet_dim rows = sizes[_i];
    gemlet_dataset *dataset = random_bytes(rows);
    gemlet_device *device = open_device(0);
    gm_backend *backend = gm_device_backend(device);
    gm_device_data data;
    upload u = {0};
    uint8_t first[N_FEATURES];
    uint8_t last[N_FEATURES];
    const uint8_t *values = gemlet_dataset_values(dataset);
    const size_t last_row = ((size_t)rows - 1) * N_FEATURES;
    backend->on_upload = note_upload;
    backend->upload_user = &u;
    ck_assert_int_eq(gm_device_data_create(&data, backend, dataset, 100), GEMLET_OK);
    ck_assert_uint_eq(data.chunks.rows, 0);
    ck_assert_uint_eq(u.n_told, _i == 0 ? 0 : 3);
    ck_assert_uint_eq(u.done, _i == 0 ? 0 : (uint64_t)rows * N_FEATURES);
    ck_assert_int_eq(gm_backend_download(backend, data.features.buffer, 0, N_FEATURES, first),
                     GEMLET_OK);
    ck_assert_int_eq(gm_backend_download(backend, data.features.buffer, last_row, N_FEATURES, last),
                     GEMLET_OK);
    ck_assert_mem_eq(first, values, N_FEATURES);
    ck_assert_mem_eq(last, values + last_row, N_FEATURES);
    gm_device_data_destroy(&data);
    gemlet_device_close(device);
    gemlet_dataset_destroy(dataset);
}
END_TEST

/* ---- one batch after the other -------------------------------------------------------------- */

START_TEST(any_batch_is_found)
{
    /* Steps are repeated when a run diverged, so that batches may be asked for in any order. */
    enum {
        ROWS = 1003,
        BATCH = 10
    };
    gemlet_dataset *dataset = random_bytes(ROWS);
    const uint8_t *values = gemlet_dataset_values(dataset);
    gemlet_device *device = open_device(30 * 2 * ROW_BYTES);
    gm_backend *backend = gm_device_backend(device);
    gm_device_data data;
    ck_assert_msg(gm_device_data_create(&data, backend, dataset, BATCH) == GEMLET_OK, "%s",
                  gemlet_last_error());
    ck_assert_uint_eq(data.chunks.rows, 30);
    uint32_t order[ROWS];
    gm_rng rng;
    gm_rng_init(&rng, 9, GM_RNG_TEST, 0);
    const size_t n_values = (BATCH - 1) * data.x.ld + N_FEATURES;
    float *found = malloc(n_values * sizeof *found);
    uint32_t labels[BATCH];
    size_t batch = 0;
    for (unsigned try = 0; try < 300; ++try) {
        if (try % 100 == 0) {
            gm_rng_permutation(&rng, order, ROWS);
            ck_assert_int_eq(gm_device_data_set_order(&data, order), GEMLET_OK);
        }
        size_t place;
        gm_matrix x;
        gm_vector batch_labels;
        if (try % 100 != 0) /* of a new order first the batch that was there last of the old one */
            batch = try % 2 == 0 ? try % 101 : gm_rng_below(&rng, 101); /* the last has 3 rows */
        const gemlet_dim rows = batch == 100 ? ROWS % BATCH : BATCH;
        ck_assert_int_eq(gm_device_data_find(&data, &place, batch * BATCH, rows), GEMLET_OK);
        ck_assert_int_eq(gm_device_data_gather(&data, place, rows, 1.0f, &x, &batch_labels),
                         GEMLET_OK);
        ck_assert_int_eq(
            gm_backend_download(backend, x.buffer, 0, (rows - 1) * x.ld + N_FEATURES, found),
            GEMLET_OK);
        ck_assert_int_eq(gm_backend_download(backend, batch_labels.buffer, 0, rows, labels),
                         GEMLET_OK);
        for (gemlet_dim i = 0; i < rows; ++i) {
            const uint32_t row = order[batch * BATCH + i];
            ck_assert_uint_eq(labels[i], row % N_CLASSES);
            for (gemlet_dim f = 0; f < N_FEATURES; ++f)
                ck_assert(found[i * x.ld + f] == (float)values[row * N_FEATURES + f]);
        }
    }
    size_t place;
    ck_assert_int_eq(gm_device_data_find(&data, &place, 25, BATCH), GEMLET_E_SHAPE);
    free(found);
    gm_device_data_destroy(&data);
    gemlet_device_close(device);
    gemlet_dataset_destroy(dataset);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("chunks");
    TCase *chunks = tcase_create("chunks");
    tcase_set_timeout(chunks, 120);
    tcase_add_loop_test(chunks, chunks_change_no_bit, 0, sizeof cases / sizeof cases[0]);
    tcase_add_test(chunks, floats_without_labels_come_in_chunks);
    tcase_add_test(chunks, parts_of_a_prediction);
    tcase_add_test(chunks, two_batches_are_the_least);
    tcase_add_test(chunks, the_device_decides);
    tcase_add_loop_test(chunks, large_uploads_are_told, 0, 2);
    tcase_add_test(chunks, any_batch_is_found);
    suite_add_tcase(suite, chunks);
    return suite;
}
