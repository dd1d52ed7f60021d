/* SPDX-License-Identifier: MIT
 * Gradients of whole networks, in three links of a chain, each with a bound of its own:
 * the double reference against finite differences of its loss, the float CPU path against the
 * double reference, and an OpenCL device (GEMLET_TEST_DEVICE) against the float CPU path. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "backend/cpu/cpu_backend.h"
#include "backend/device.h"
#include "core/rng.h"
#include "model/network.h"
#include "support/networks.h"
#include "support/run_suite.h"

#define N_ROWS     9u
#define N_FEATURES 6u
#define N_CLASSES  4u

/* Every kind of parameter with every activation. */
static const char *const specs[] = {
    "6-5bn-relu-7bn-relu-4", "6-5-relu-7-relu-4",      "6-5bn-sigmoid-4", "6-5-sigmoid-4",
    "6-5bn-tanh-4",          "6-5-tanh-3bn-sigmoid-4", "6-5bn-tanh-4bn",  "6-4",
    "6-5bn-leaky_relu-4",    "6-5-leaky_relu-3-elu-4", "6-5bn-elu-4",     "6-5bn-selu-3-selu-4",
    "6-5bn-gelu-4",          "6-5-gelu-3-silu-4",      "6-5bn-silu-4bn",  "6-5bn-mish-3-mish-4",
};
#define N_SPECS ((int)(sizeof specs / sizeof specs[0]))

/* These once more with noise and dropout. */
static const int is_dropped[] = {0, 1, 3, 5, 13};
#define N_DROPPED ((int)(sizeof is_dropped / sizeof is_dropped[0]))
#define N_CASES   (N_SPECS + N_DROPPED)

static const char *spec_of(int number)
{
    return specs[number < N_SPECS ? number : is_dropped[number - N_SPECS]];
}

/* A network on one backend, with a batch. */
typedef struct rig {
    gm_backend *backend;
    gm_network *network;
    gm_matrix x;
    gm_vector labels;
    gm_vector loss;
    gm_vector correct;
    gm_vector record;   /* of noise and dropout */
    double *parameters; /* host copies, n_parameters each */
    double *gradients;
} rig;

#define OK(call) ck_assert_msg((call) == GEMLET_OK, "%s", gemlet_last_error())

/* Parameters are multiples of 2^-12 below 8, so that steps of 2^-9 are exact in float, which is
 * what an upload takes. */
static void make_coarse(gemlet_model *model)
{
    for (unsigned l = 0; l < gemlet_model_spec(model)->n_layers; ++l) {
        for (int t = GEMLET_TENSOR_WEIGHT; t <= GEMLET_TENSOR_BETA; ++t) {
            float *values = gemlet_model_tensor(model, l, (gemlet_tensor)t);
            gm_rng rng;
            gm_rng_init(&rng, 3, GM_RNG_TEST, 16 * l + (unsigned)t);
            for (size_t i = 0; i < gemlet_model_tensor_size(model, l, (gemlet_tensor)t); ++i) {
                const double centre = t == GEMLET_TENSOR_GAMMA ? 1.0 : 0.0;
                values[i] = (float)(rint(0x1p12 * (centre + 0.5 * gm_rng_normal(&rng))) * 0x1p-12);
            }
        }
    }
}

static void fill_batch(rig *r)
{
    float values[N_ROWS * 16] = {0};
    uint32_t labels[N_ROWS];
    gm_rng rng;
    gm_rng_init(&rng, 4, GM_RNG_TEST, 0);
    for (size_t i = 0; i < N_ROWS; ++i) {
        for (size_t f = 0; f < N_FEATURES; ++f)
            values[i * r->x.ld + f] = (float)gm_rng_normal(&rng);
        labels[i] = gm_rng_below(&rng, N_CLASSES);
    }
    OK(gm_backend_upload(r->backend, r->x.buffer, 0, N_ROWS * r->x.ld, values));
    OK(gm_backend_upload(r->backend, r->labels.buffer, 0, N_ROWS, labels));
}

static void fill_record(rig *r)
{
    const float values[GM_RECORD_SIZE] = {
        [GM_RECORD_HIDDEN_DROPOUT] = 0.25f,
        [GM_RECORD_HIDDEN_DROPOUT_SCALE] = 1 / 0.75f,
        [GM_RECORD_HIDDEN_NOISE] = 0.3f / 53510,
        [GM_RECORD_KEY] = 1,
        [GM_RECORD_KEY + 1] = 2,
        [GM_RECORD_KEY + 2] = 3,
        [GM_RECORD_KEY + 3] = 4,
    };
    r->record.length = GM_RECORD_SIZE;
    OK(gm_backend_alloc(r->backend, &r->record.buffer, GM_REAL, GM_RECORD_SIZE, "record"));
    OK(gm_backend_upload(r->backend, r->record.buffer, 0, GM_RECORD_SIZE, values));
}

static void rig_open(rig *r, gm_backend *backend, int number)
{
    *r = (rig){.backend = backend};
    const gm_network_use use = number < N_SPECS ? GM_NETWORK_TRAIN : GM_NETWORK_TRAIN_NOISE_DROPOUT;
    gemlet_model *model = seeded_model(spec_of(number), 1);
    fill_record(r);
    make_coarse(model);
    OK(gm_network_create(&r->network, backend, model, use, N_ROWS, 0));
    gemlet_model_destroy(model);
    r->x = (gm_matrix){.ld = 16, .rows = N_ROWS, .cols = N_FEATURES};
    r->labels.length = N_ROWS;
    r->loss.length = 1;
    r->correct.length = 1;
    OK(gm_backend_alloc(backend, &r->x.buffer, GM_REAL, N_ROWS * r->x.ld, "x"));
    OK(gm_backend_alloc(backend, &r->labels.buffer, GM_U32, N_ROWS, "labels"));
    OK(gm_backend_alloc(backend, &r->loss.buffer, GM_REAL, 1, "loss"));
    OK(gm_backend_alloc(backend, &r->correct.buffer, GM_U32, 1, "correct"));
    const size_t n = r->network->n_parameters;
    r->parameters = malloc(n * sizeof *r->parameters);
    r->gradients = malloc(n * sizeof *r->gradients);
    ck_assert(r->parameters != NULL && r->gradients != NULL);
    fill_batch(r);
    OK(gm_backend_download_double(backend, r->network->arenas[GM_STORAGE_PARAMETER], 0, n,
                                  r->parameters));
}

static void rig_close(rig *r)
{
    free(r->gradients);
    free(r->parameters);
    gm_backend_free(r->backend, r->record.buffer);
    gm_backend_free(r->backend, r->correct.buffer);
    gm_backend_free(r->backend, r->loss.buffer);
    gm_backend_free(r->backend, r->labels.buffer);
    gm_backend_free(r->backend, r->x.buffer);
    gm_network_destroy(r->network);
}

static double forward_loss(rig *r)
{
    double loss;
    OK(gm_network_forward_train(r->network, r->x, r->record));
    OK(gm_softmax_xent(r->backend, &(gm_softmax_xent_args){
                                       .logits = gm_network_logits(r->network, N_ROWS),
                                       .labels = r->labels,
                                       .dlogits = gm_network_dlogits(r->network, N_ROWS),
                                       .loss = r->loss,
                                       .correct = r->correct,
                                   }));
    OK(gm_backend_download_double(r->backend, r->loss.buffer, 0, 1, &loss));
    return loss;
}

static void calculate_gradients(rig *r)
{
    forward_loss(r);
    OK(gm_network_backward(r->network, r->x, r->record));
    OK(gm_backend_download_double(r->backend, r->network->arenas[GM_STORAGE_GRADIENT], 0,
                                  r->network->n_parameters, r->gradients));
}

/* ---- double reference against differences --------------------------------------------------- */

static int has_kink(gemlet_activation activation)
{
    return activation == GEMLET_ACTIVATION_RELU || activation == GEMLET_ACTIVATION_LEAKY_RELU ||
           activation == GEMLET_ACTIVATION_ELU || activation == GEMLET_ACTIVATION_SELU;
}

/* Which hidden values are above 0: where that changes within a difference, some activations have a
 * kink. One bit per value, as many as there are. */
static uint64_t signs_of_activations(rig *r)
{
    uint64_t hash = 0;
    for (unsigned l = 0; l + 1 < r->network->n_layers; ++l) {
        const gm_matrix y = r->network->layers[l].y;
        if (!has_kink(r->network->layers[l].spec.activation))
            continue;
        double values[N_ROWS * 16];
        OK(gm_backend_download_double(r->backend, y.buffer, y.offset, N_ROWS * y.ld, values));
        for (size_t i = 0; i < N_ROWS * y.ld; ++i)
            hash = hash * UINT64_C(6364136223846793005) + 1 + (values[i] > 0.0);
    }
    return hash;
}

static double loss_at(rig *r, size_t i, double value, uint64_t *signs)
{
    const float single = (float)value;
    ck_assert(value == (double)single); /* exact, or the difference would not be the one meant */
    OK(gm_backend_upload(r->backend, r->network->arenas[GM_STORAGE_PARAMETER], i, 1, &single));
    const double loss = forward_loss(r);
    *signs = signs_of_activations(r);
    return loss;
}

/* (f(-2h) - 8 f(-h) + 8 f(h) - f(2h)) / 12 h, off by h^4 f^(5) / 30. Returns 0 at a kink. */
static int difference_quotient(rig *r, size_t i, double *slope)
{
    const double h = 0x1p-9;
    const double p = r->parameters[i];
    uint64_t signs[4];
    const double f0 = loss_at(r, i, p - 2 * h, &signs[0]);
    const double f1 = loss_at(r, i, p - h, &signs[1]);
    const double f2 = loss_at(r, i, p + h, &signs[2]);
    const double f3 = loss_at(r, i, p + 2 * h, &signs[3]);
    const float restored = (float)p;
    OK(gm_backend_upload(r->backend, r->network->arenas[GM_STORAGE_PARAMETER], i, 1, &restored));
    *slope = (f0 - 8 * f1 + 8 * f2 - f3) / (12 * h);
    return signs[0] == signs[1] && signs[1] == signs[2] && signs[2] == signs[3];
}

/* Elements of the arena that are a parameter, not padding: those the model fills are not 0, drawn
 * as they are from a normal distribution, but for a few that rounding made 0. */
START_TEST(reference_matches_differences)
{
    gm_backend *backend;
    OK(gm_cpu64_backend_create(&backend));
    rig r;
    rig_open(&r, backend, _i);
    calculate_gradients(&r);
    double scale = 0;
    for (size_t i = 0; i < r.network->n_parameters; ++i)
        scale = fmax(scale, fabs(r.gradients[i]));
    ck_assert_double_gt(scale, 0.01);
    size_t n_parameters = 0;
    size_t n_compared = 0;
    for (size_t i = 0; i < r.network->n_parameters; ++i) {
        double slope;
        if (r.parameters[i] == 0.0)
            continue;
        ++n_parameters;
        if (!difference_quotient(&r, i, &slope))
            continue;
        ++n_compared;
        /* h^4 / 30 = 5e-13 times a fifth derivative of at most some thousands of the scale here. */
        ck_assert_msg(fabs(slope - r.gradients[i]) <= 1e-6 * scale,
                      "%s, element %zu: difference %.12g, gradient %.12g, scale %g", spec_of(_i), i,
                      slope, r.gradients[i], scale);
    }
    ck_assert_uint_gt(n_compared, n_parameters * 3 / 4);
    rig_close(&r);
    gm_backend_destroy(backend);
}
END_TEST

/* ---- the other links ------------------------------------------------------------------------ */

/* Relative L2 distance of one tensor, given by its place in the arena. */
static double distance(const double *got, const double *ref, size_t offset, size_t length)
{
    double error = 0;
    double norm = 0;
    for (size_t i = offset; i < offset + length; ++i) {
        error += (got[i] - ref[i]) * (got[i] - ref[i]);
        norm += ref[i] * ref[i];
    }
    return sqrt(error) / (norm > 0 ? sqrt(norm) : 1);
}

static void compare_tensors(const rig *got, const rig *ref, const char *spec)
{
    for (unsigned l = 0; l < got->network->n_layers; ++l) {
        const gm_layer *layer = &got->network->layers[l];
        const gm_vector vectors[] = {
            {layer->weight.buffer, layer->weight.offset, layer->weight.rows * layer->weight.ld},
            layer->bias,
            layer->gamma,
            layer->beta,
        };
        for (size_t t = 0; t < sizeof vectors / sizeof vectors[0]; ++t) {
            if (vectors[t].buffer == NULL)
                continue;
            /* 1e-5 per tensor: about 80 roundings of all its terms, layers and batch deep. */
            const double d =
                distance(got->gradients, ref->gradients, vectors[t].offset, vectors[t].length);
            ck_assert_msg(d <= 1e-5, "%s, layer %u, tensor %zu: relative distance %g", spec, l + 1,
                          t, d);
        }
    }
}

START_TEST(float_matches_double)
{
    gm_backend *backends[2];
    OK(gm_cpu32_backend_create(&backends[0]));
    OK(gm_cpu64_backend_create(&backends[1]));
    rig rigs[2];
    for (unsigned i = 0; i < 2; ++i) {
        rig_open(&rigs[i], backends[i], _i);
        calculate_gradients(&rigs[i]);
    }
    compare_tensors(&rigs[0], &rigs[1], spec_of(_i));
    for (unsigned i = 0; i < 2; ++i) {
        rig_close(&rigs[i]);
        gm_backend_destroy(backends[i]);
    }
}
END_TEST

START_TEST(device_matches_float)
{
    gemlet_device_options options;
    gemlet_device_options_init(&options);
    options.selector = getenv("GEMLET_TEST_DEVICE");
    gemlet_device *device;
    OK(gemlet_device_open(&device, &options));
    gm_backend *cpu;
    OK(gm_cpu32_backend_create(&cpu));
    rig rigs[2];
    rig_open(&rigs[0], gm_device_backend(device), _i);
    rig_open(&rigs[1], cpu, _i);
    calculate_gradients(&rigs[0]);
    calculate_gradients(&rigs[1]);
    compare_tensors(&rigs[0], &rigs[1], spec_of(_i));
    rig_close(&rigs[0]);
    rig_close(&rigs[1]);
    gm_backend_destroy(cpu);
    gemlet_device_close(device);
}
END_TEST

/* ---- initial weights ------------------------------------------------------------------------ */

#define N_POINTS 4001u

/* Mean of act(z)^2 over a standard normal z: the trapezoidal rule from -10 to 10. */
static double mean_square(gemlet_activation activation)
{
    static float z[N_POINTS];
    static double y[N_POINTS];
    gm_backend *backend;
    gm_buffer *buffer;
    double sum = 0;
    double weights = 0;
    OK(gm_cpu64_backend_create(&backend));
    OK(gm_backend_alloc(backend, &buffer, GM_REAL, N_POINTS, "z"));
    for (unsigned i = 0; i < N_POINTS; ++i)
        z[i] = ((float)i - N_POINTS / 2) / 200.0f;
    OK(gm_backend_upload(backend, buffer, 0, N_POINTS, z));
    const gm_matrix row = {buffer, 0, N_POINTS, 1, N_POINTS};
    OK(gm_act_fwd(backend, &(gm_act_fwd_args){.a = row, .activation = activation, .y = row}));
    OK(gm_backend_download_double(backend, buffer, 0, N_POINTS, y));
    for (unsigned i = 0; i < N_POINTS; ++i) {
        const double weight = exp(-(double)z[i] * (double)z[i] / 2);
        sum += weight * y[i] * y[i];
        weights += weight;
    }
    gm_backend_free(backend, buffer);
    gm_backend_destroy(backend);
    return sum / weights;
}

/* A layer's outputs give the next layer's z the variance 1 again. */
START_TEST(gains_keep_the_variance)
{
    gemlet_init_options options;
    gemlet_init_options_init(&options);
    for (int a = GEMLET_ACTIVATION_LEAKY_RELU; a <= GEMLET_ACTIVATION_MISH; ++a) {
        const gemlet_spec spec = {
            .n_inputs = 100, .n_layers = 2, .layers = {{70, 0, (gemlet_activation)a}, {3, 0, 0}}};
        const double std = gm_model_weight_std(&spec, 0, &options);
        ck_assert_double_eq_tol(100 * std * std * mean_square((gemlet_activation)a), 1, 2e-4);
    }
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("gradients");
    TCase *links = tcase_create("links");
    tcase_set_timeout(links, 60);
    tcase_add_loop_test(links, reference_matches_differences, 0, N_CASES);
    tcase_add_loop_test(links, float_matches_double, 0, N_CASES);
    tcase_add_test(links, gains_keep_the_variance);
    if (getenv("GEMLET_TEST_DEVICE") != NULL)
        tcase_add_loop_test(links, device_matches_float, 0, N_CASES);
    suite_add_tcase(suite, links);
    return suite;
}
