/* SPDX-License-Identifier: MIT
 * What follows from the table of a layer's tensors: layouts, copies, names, files; with and without
 * states of an optimizer. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/cpu/cpu_backend.h"
#include "model/network.h"
#include "npz/npz.h"
#include "support/networks.h"
#include "support/run_suite.h"
#include "support/temporary.h"
#include "train/step_tensors.h"
#include "verify/tensor_names.h"

#define CAPACITY 5u

#define OK(call) ck_assert_msg((call) == GEMLET_OK, "%s", gemlet_last_error())

static const char *const specs[] = {"6-5bn-relu-7-tanh-4", "17-16-sigmoid-33bn-relu-3bn", "1-1"};
#define N_SPECS ((int)(sizeof specs / sizeof specs[0]))

static gm_network *make_network(gm_backend *backend, const gemlet_model *model, gm_state_set states)
{
    gm_network *network;
    OK(gm_network_create(&network, backend, model, GM_NETWORK_TRAIN, CAPACITY, states));
    return network;
}

static gm_backend *make_backend(void)
{
    gm_backend *backend;
    OK(gm_cpu32_backend_create(&backend));
    return backend;
}

/* Gives every value of tensors and states a value of its own, above 0 as variances are. */
static void number_values(gemlet_model *model)
{
    for (size_t i = 0; i < model->n_values; ++i)
        model->values[i] = 1.0f + (float)i;
    for (size_t i = 0; i < model->n_state_values; ++i)
        model->state_values[i] = 0.5f + (float)i;
}

static void expect_equal(const gemlet_model *got, const gemlet_model *expected)
{
    ck_assert_uint_eq(got->states, expected->states);
    ck_assert_uint_eq(got->n_values, expected->n_values);
    ck_assert_uint_eq(got->n_state_values, expected->n_state_values);
    ck_assert_mem_eq(got->values, expected->values, 4 * got->n_values);
    if (got->n_state_values > 0)
        ck_assert_mem_eq(got->state_values, expected->state_values, 4 * got->n_state_values);
}

/* No two tensors share an element, and each is within its arena. */
START_TEST(tensors_lie_apart)
{
    gemlet_model *model = seeded_model(specs[_i], 1);
    gm_backend *backend = make_backend();
    gm_network *network = make_network(backend, model, GM_ALL_STATES);
    gm_tensor_names names;
    OK(gm_tensor_names_create(&names, network));
    for (size_t i = 0; i < names.n_entries; ++i) {
        const gm_named_tensor *a = &names.entries[i];
        ck_assert_uint_eq(a->offset % GM_ALIGNMENT, 0);
        ck_assert_uint_le(a->offset + a->length, a->buffer->length);
        ck_assert_ptr_eq(gm_tensor_names_find(&names, a->buffer, a->offset + a->length - 1), a);
        for (size_t j = 0; j < i; ++j) {
            const gm_named_tensor *b = &names.entries[j];
            ck_assert_msg(a->buffer != b->buffer || a->offset >= b->offset + b->length ||
                              b->offset >= a->offset + a->length,
                          "layer %u %s overlaps layer %u %s", a->layer, a->name, b->layer, b->name);
        }
    }
    gm_tensor_names_free(&names);
    gm_network_destroy(network);
    gm_backend_destroy(backend);
    gemlet_model_destroy(model);
}
END_TEST

static void expect_same_place(gm_matrix a, gm_matrix b)
{
    ck_assert_uint_eq(a.offset, b.offset);
    ck_assert_uint_eq(a.ld, b.ld);
    ck_assert_uint_eq(a.rows, b.rows);
    ck_assert_uint_eq(a.cols, b.cols);
    ck_assert_int_eq(a.buffer == NULL, b.buffer == NULL);
    ck_assert(a.buffer == NULL || a.buffer != b.buffer);
}

/* ---- a device with too little memory -------------------------------------------------------- */

static const gm_backend_ops *whole_ops;
static int n_allocations_left;

static gemlet_status alloc_few(gm_backend *backend, gm_buffer **out, gm_element element,
                               size_t length, const char *what)
{
    *out = NULL;
    if (n_allocations_left-- == 0)
        return gm_error(GEMLET_E_OPENCL, "%s: no room", what);
    return whole_ops->alloc(backend, out, element, length, what);
}

/* 100-1000-relu-10 has 112,000 parameters and as many gradients with their padding, 875 KiB; a row
 * of a batch takes twice 1000 + 16 values, 7.9 KiB more. */
START_TEST(too_little_memory_is_told_with_a_batch_that_fits)
{
    gemlet_model *model = seeded_model("100-1000-relu-10", 1);
    gm_backend *backend = make_backend();
    gm_network *network;
    backend->info.global_memory_bytes = 2 << 20;
    ck_assert_int_eq(gm_network_create(&network, backend, model, GM_NETWORK_TRAIN, 1000, 0),
                     GEMLET_E_MEMORY);
    ck_assert_msg(strstr(gemlet_last_error(), "for a batch of 1000") != NULL &&
                      strstr(gemlet_last_error(), "has 2 MiB; a batch of 125 needs 1.8") != NULL,
                  "%s", gemlet_last_error());
    ck_assert_int_eq(gm_network_create(&network, backend, model, GM_NETWORK_TRAIN, 125, 0),
                     GEMLET_OK);
    gm_network_destroy(network);
    backend->info.global_memory_bytes = 1 << 19;
    ck_assert_int_eq(gm_network_create(&network, backend, model, GM_NETWORK_TRAIN, 1000, 0),
                     GEMLET_E_MEMORY);
    ck_assert_msg(strstr(gemlet_last_error(), "has 0.5 MiB; no smaller batch fits") != NULL, "%s",
                  gemlet_last_error());

    /* It has less than it says: parameters and the activations of the layers are all. */
    gm_backend_ops few = *backend->ops;
    whole_ops = backend->ops;
    few.alloc = alloc_few;
    backend->ops = &few;
    backend->info.global_memory_bytes = 0;
    n_allocations_left = 2;
    ck_assert_int_eq(gm_network_create(&network, backend, model, GM_NETWORK_TRAIN, 1000, 0),
                     GEMLET_E_OPENCL);
    ck_assert_msg(strstr(gemlet_last_error(), "gradients of activations: no room; of ") != NULL &&
                      strstr(gemlet_last_error(), "for a batch of 1000 there were 4.") != NULL &&
                      strstr(gemlet_last_error(), "; a batch of 250 needs ") != NULL,
                  "%s", gemlet_last_error());
    backend->ops = whole_ops;
    gm_backend_destroy(backend);
    gemlet_model_destroy(model);
}
END_TEST

START_TEST(gradients_and_states_lie_as_parameters_do)
{
    gemlet_model *model = seeded_model(specs[_i], 1);
    gm_backend *backend = make_backend();
    gm_network *network = make_network(backend, model, GM_ALL_STATES);
    for (unsigned l = 0; l < network->n_layers; ++l) {
        const gm_layer *layer = &network->layers[l];
        for (unsigned t = 0; t < GM_N_TENSORS; ++t) {
            if (gm_tensors[t].storage == GM_STORAGE_GRADIENT)
                expect_same_place(gm_layer_view(layer, t),
                                  gm_layer_view(layer, gm_tensors[t].place));
        }
        for (unsigned s = 0; s < GM_N_STATES; ++s) {
            for (unsigned t = 0; t < gm_state_n_tensors(s); ++t)
                expect_same_place(gm_network_state_view(network, l, t, s), gm_layer_view(layer, t));
        }
        /* Weight decay takes weights, all of them and nothing else. */
        ck_assert_uint_lt(layer->weight.offset, network->n_decayed);
        const gm_vector shift = layer->spec.batch_norm ? layer->gamma : layer->bias;
        ck_assert_uint_ge(shift.offset, network->n_decayed);
        ck_assert_uint_lt(shift.offset, network->n_parameters);
        /* Running statistics follow the parameters. */
        if (layer->spec.batch_norm) {
            ck_assert_ptr_eq(layer->running_mean.buffer, layer->weight.buffer);
            ck_assert_uint_ge(layer->running_mean.offset, network->n_parameters);
            ck_assert_uint_lt(layer->running_var.offset, network->n_values);
        }
    }
    ck_assert_uint_eq(network->arenas[GM_STORAGE_PARAMETER]->length, network->n_values);
    ck_assert_uint_eq(gm_network_state(network, GM_STATE_momentum).length, network->n_parameters);
    gm_network_destroy(network);
    gm_backend_destroy(backend);
    gemlet_model_destroy(model);
}
END_TEST

START_TEST(a_network_for_tests_has_nothing_for_training)
{
    gemlet_model *model = seeded_model(specs[_i], 1);
    gm_backend *backend = make_backend();
    gm_network *network;
    OK(gm_network_create(&network, backend, model, GM_NETWORK_TEST, CAPACITY, 0));
    for (unsigned l = 0; l < network->n_layers; ++l) {
        const gm_layer *layer = &network->layers[l];
        for (unsigned t = 0; t < GM_N_TENSORS; ++t) {
            const int is_there =
                gm_tensors[t].storage <= GM_STORAGE_ACTIVATION && gm_layer_has(&layer->spec, t);
            ck_assert_msg((gm_layer_view(layer, t).buffer != NULL) == is_there, "%s",
                          gm_tensors[t].name);
        }
    }
    gm_network_destroy(network);
    gm_backend_destroy(backend);
    gemlet_model_destroy(model);
}
END_TEST

/* To the device and back, with as many states as there can be and without. */
START_TEST(copies_are_exact)
{
    for (gm_state_set states = 0; states <= GM_ALL_STATES; ++states) {
        gemlet_model *model = seeded_model(specs[_i], 1);
        gemlet_model *back = seeded_model(specs[_i], 2);
        gm_backend *backend = make_backend();
        OK(gm_model_set_states(model, states));
        number_values(model);
        gm_network *network = make_network(backend, model, states);
        OK(gm_network_download(network, back));
        expect_equal(back, model);
        gm_network_destroy(network);
        gm_backend_destroy(backend);
        gemlet_model_destroy(back);
        gemlet_model_destroy(model);
    }
}
END_TEST

/* A model without states begins at 0, an average with the values, also where a network has some
 * from before; a network without states leaves none in the model. */
START_TEST(missing_states_begin_anew)
{
    gemlet_model *with = seeded_model(specs[_i], 1);
    gemlet_model *without = seeded_model(specs[_i], 1);
    gemlet_model *back = seeded_model(specs[_i], 1);
    gm_backend *backend = make_backend();
    OK(gm_model_set_states(with, GM_ALL_STATES));
    number_values(with);
    gm_network *network = make_network(backend, with, GM_ALL_STATES);
    OK(gm_network_upload(network, without));
    OK(gm_network_download(network, back));
    ck_assert_uint_eq(back->states, GM_ALL_STATES);
    ck_assert_mem_eq(back->values, without->values, 4 * without->n_values);
    const size_t n_rules = back->n_state_values - back->n_values; /* the average is the last */
    ck_assert_uint_gt(n_rules, 0);
    for (size_t i = 0; i < n_rules; ++i)
        ck_assert(back->state_values[i] == 0.0f);
    ck_assert_mem_eq(back->state_values + n_rules, without->values, 4 * without->n_values);
    gm_network *plain = make_network(backend, with, 0);
    OK(gm_network_download(plain, back));
    ck_assert_uint_eq(back->states, 0);
    ck_assert_mem_eq(back->values, with->values, 4 * with->n_values);
    gm_network_destroy(plain);
    gm_network_destroy(network);
    gm_backend_destroy(backend);
    gemlet_model_destroy(back);
    gemlet_model_destroy(without);
    gemlet_model_destroy(with);
}
END_TEST

START_TEST(values_are_copied_with_states)
{
    gemlet_model *from = seeded_model(specs[_i], 1);
    gemlet_model *to = seeded_model(specs[_i], 2);
    OK(gm_model_set_states(from, GM_ALL_STATES));
    number_values(from);
    OK(gm_model_copy_values(to, from));
    expect_equal(to, from);
    ck_assert(gm_model_is_finite(to));
    const uint32_t infinity = 0x7f800000u;
    memcpy(&to->state_values[to->n_state_values - 1], &infinity, sizeof infinity);
    ck_assert(!gm_model_is_finite(to));
    gemlet_model_destroy(to);
    gemlet_model_destroy(from);
}
END_TEST

START_TEST(files_keep_states)
{
    gemlet_model *model = seeded_model(specs[_i], 1);
    gemlet_model *loaded;
    const char *path = temporary_path("model.npz");
    OK(gm_model_set_states(model, GM_ALL_STATES));
    number_values(model);
    OK(gemlet_model_save(model, path));
    OK(gemlet_model_load(&loaded, path));
    expect_equal(loaded, model);
    gm_npz_reader *reader;
    int is_there;
    OK(gm_npz_reader_open(&reader, path));
    OK(gm_npz_find(&is_there, reader, "layer1.weight.momentum"));
    ck_assert_int_eq(is_there, 1);
    OK(gm_npz_find(&is_there, reader, "layer1.running_mean.momentum"));
    ck_assert_int_eq(is_there, 0);
    OK(gm_npz_find(&is_there, reader, "layer1.weight.trained"));
    ck_assert_int_eq(is_there, 1);
    gm_npz_reader_close(reader);
    gemlet_model_destroy(loaded);
    gemlet_model_destroy(model);
    temporary_remove();
}
END_TEST

/* Files of "2-3" with only one of the two arrays of a state, or with a wrong one. */
static const struct {
    const char *name;
    size_t shape[2];
    unsigned n_dims;
    const char *message;
} damaged_states[] = {
    {"layer1.bias.momentum", {3}, 1, "array layer1.weight.momentum: missing"},
    {"layer1.weight.momentum", {2, 3}, 2, "array layer1.bias.momentum: missing"},
    {"layer1.weight.momentum",
     {3, 2},
     2,
     "array layer1.weight.momentum: found shape (3,2), expected (2,3)"},
};

START_TEST(parts_of_states_are_refused)
{
    const float values[6] = {1, 1, 1, 1, 1, 1};
    const size_t weight[] = {2, 3};
    const size_t bias[] = {3};
    const char *path = temporary_path("model.npz");
    gm_npz_writer *writer;
    OK(gm_npz_writer_create(&writer));
    OK(gm_npz_add_string(writer, "spec", "2-3"));
    OK(gm_npz_add_i32(writer, "format_version", 1));
    OK(gm_npz_add_f32(writer, "input_scale", values, NULL, 0));
    OK(gm_npz_add_f32(writer, "layer1.weight", values, weight, 2));
    OK(gm_npz_add_f32(writer, "layer1.bias", values, bias, 1));
    OK(gm_npz_add_f32(writer, damaged_states[_i].name, values, damaged_states[_i].shape,
                      damaged_states[_i].n_dims));
    OK(gm_npz_writer_write(writer, path));
    gm_npz_writer_destroy(writer);
    gemlet_model *model;
    ck_assert_int_eq(gemlet_model_load(&model, path), GEMLET_E_FORMAT);
    ck_assert_msg(strstr(gemlet_last_error(), damaged_states[_i].message) != NULL,
                  "found \"%s\", expected \"%s\"", gemlet_last_error(), damaged_states[_i].message);
    ck_assert_ptr_null(model);
    temporary_remove();
}
END_TEST

START_TEST(not_finite_states_are_refused)
{
    gemlet_model *model = seeded_model("2-3", 1);
    gemlet_model *loaded;
    const uint32_t infinity = 0x7f800000u;
    const char *path = temporary_path("model.npz");
    OK(gm_model_set_states(model, GM_ALL_STATES));
    memcpy(&model->state_values[4], &infinity, sizeof infinity);
    OK(gemlet_model_save(model, path));
    ck_assert_int_eq(gemlet_model_load(&loaded, path), GEMLET_E_FORMAT);
    ck_assert_ptr_nonnull(strstr(gemlet_last_error(), "array layer1.weight.momentum: value [1,1] "
                                                      "is inf, expected a finite number"));
    gemlet_model_destroy(model);
    temporary_remove();
}
END_TEST

/* Every tensor of a network is once in the list of what a step writes. */
START_TEST(a_step_writes_every_tensor)
{
    gemlet_model *model = seeded_model(specs[_i], 1);
    gm_backend *backend = make_backend();
    gm_network *network = make_network(backend, model, GM_ALL_STATES);
    gm_step_tensor *tensors;
    gm_tensor_names names;
    size_t n;
    const gm_matrix x = {.buffer = network->arenas[0], .rows = CAPACITY};
    const gm_vector loss = {.buffer = network->arenas[0], .length = 1};
    OK(gm_step_tensors_list(&tensors, &n, network, x, loss));
    OK(gm_tensor_names_create(&names, network));
    ck_assert_uint_eq(n, names.n_entries + 2);
    for (size_t i = 0; i < names.n_entries; ++i) {
        const gm_named_tensor *named = &names.entries[i];
        const int is_dy = strcmp(named->name, "dy") == 0;
        char name[GM_STEP_TENSOR_NAME_SIZE];
        unsigned n_found = 0;
        snprintf(name, sizeof name, "layer %u %s", named->layer, is_dy ? "dz" : named->name);
        for (size_t j = 0; j < n; ++j)
            n_found += strcmp(tensors[j].name, name) == 0 &&
                       tensors[j].view.buffer == named->buffer &&
                       tensors[j].view.offset == named->offset;
        ck_assert_msg(n_found == 1, "%s: found %u times", name, n_found);
    }
    /* Averages are made of the parameters that a step leaves: they are the last. */
    for (size_t j = 1; j < n; ++j)
        ck_assert(strstr(tensors[j].name, ".average") != NULL ||
                  strstr(tensors[j - 1].name, ".average") == NULL);
    gm_tensor_names_free(&names);
    free(tensors);
    gm_network_destroy(network);
    gm_backend_destroy(backend);
    gemlet_model_destroy(model);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("layer");
    TCase *layouts = tcase_create("layouts");
    tcase_add_loop_test(layouts, tensors_lie_apart, 0, N_SPECS);
    tcase_add_test(layouts, too_little_memory_is_told_with_a_batch_that_fits);
    tcase_add_loop_test(layouts, gradients_and_states_lie_as_parameters_do, 0, N_SPECS);
    tcase_add_loop_test(layouts, a_network_for_tests_has_nothing_for_training, 0, N_SPECS);
    tcase_add_loop_test(layouts, a_step_writes_every_tensor, 0, N_SPECS);
    suite_add_tcase(suite, layouts);
    TCase *copies = tcase_create("copies");
    tcase_add_loop_test(copies, copies_are_exact, 0, N_SPECS);
    tcase_add_loop_test(copies, missing_states_begin_anew, 0, N_SPECS);
    tcase_add_loop_test(copies, values_are_copied_with_states, 0, N_SPECS);
    suite_add_tcase(suite, copies);
    TCase *files = tcase_create("files");
    tcase_add_loop_test(files, files_keep_states, 0, N_SPECS);
    tcase_add_loop_test(files, parts_of_states_are_refused, 0,
                        sizeof damaged_states / sizeof damaged_states[0]);
    tcase_add_test(files, not_finite_states_are_refused);
    suite_add_tcase(suite, files);
    return suite;
}
