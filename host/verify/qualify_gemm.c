/* SPDX-License-Identifier: MIT
 * See qualify_gemm.h. The expected products go through CBLAS in double, whose own rounding is
 * nothing beside the bounds: plain loops would take a minute for a large network. */
#include "verify/qualify_gemm.h"

#include <cblas.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/memory.h"
#include "core/rng.h"
#include "model/model.h"
#include "model/network.h"
#include "model/spec.h"
#include "train/evaluate.h"
#include "verify/bounds_dense.h"

/* A network on the device whose products are being tried. */
typedef struct probe {
    gm_backend *backend;
    gm_network *network;
    gm_matrix x; /* (capacity, inputs) the batch, laid out as gm_device_data lays it out */
    gm_rng rng;
    gm_gemm_verdict *verdict;
} probe;

/* One product as it is compared: arrays without gaps. */
typedef struct product {
    const char *op;
    gm_dense_shape shape;
    gemlet_activation activation;
    gm_matrix a; /* operands of the call, in the order of the formula */
    gm_matrix b;
    gm_vector bias;
    gm_matrix c;
} product;

/* ---- data ----------------------------------------------------------------------------------- */

/* Elements from the first to the last of a view, the gaps between its rows included. */
static size_t span_of(const gm_matrix *view)
{
    return (view->rows - 1) * view->ld + view->cols;
}

/* Uniform with mean 0 and the standard deviation `std`. */
static void draw(gm_rng *rng, float *values, size_t n, double std)
{
    const double unit = std * sqrt(3.0) / 0x1p31;
    for (size_t i = 0; i < n; ++i)
        values[i] = (float)(unit * ((double)gm_rng_u32(rng) - 0x1p31));
}

/* Fills a view, gaps and all: no value outside of a view may matter. */
static gemlet_status fill_random(probe *p, const gm_matrix *view)
{
    const size_t n = span_of(view);
    float *values;
    GEMLET_TRY(GM_ALLOC(values, n, "random data"));
    draw(&p->rng, values, n, 1.0);
    const gemlet_status status =
        gm_backend_upload(p->backend, view->buffer, view->offset, n, values);
    free(values);
    return status;
}

/* So that an element that is never written shows. */
static gemlet_status fill_nan(probe *p, const gm_matrix *view)
{
    const size_t n = span_of(view);
    float *values;
    GEMLET_TRY(GM_ALLOC(values, n, "random data"));
    for (size_t i = 0; i < n; ++i)
        values[i] = NAN;
    const gemlet_status status =
        gm_backend_upload(p->backend, view->buffer, view->offset, n, values);
    free(values);
    return status;
}

/* *out (rows, cols) without gaps. Release with free(). */
static gemlet_status fetch(const probe *p, const gm_matrix *view, double **out)
{
    GEMLET_TRY(GM_ALLOC(*out, span_of(view), "copy of a matrix"));
    GEMLET_TRY(
        gm_backend_download_double(p->backend, view->buffer, view->offset, span_of(view), *out));
    for (size_t row = 1; row < view->rows; ++row) {
        for (size_t col = 0; col < view->cols; ++col)
            (*out)[row * view->cols + col] = (*out)[row * view->ld + col];
    }
    return GEMLET_OK;
}

/* A model with random weights, of a size that keeps every layer's outputs near 1, and biases. */
static gemlet_status create_model(gemlet_model **out, const gemlet_spec *spec, gm_rng *rng)
{
    GEMLET_TRY(gm_model_allocate(out, spec));
    for (unsigned l = 0; l < spec->n_layers; ++l) {
        draw(rng, gemlet_model_tensor(*out, l, GEMLET_TENSOR_WEIGHT),
             gemlet_model_tensor_size(*out, l, GEMLET_TENSOR_WEIGHT),
             1.0 / sqrt((double)gm_spec_fan_in(spec, l)));
        float *bias = gemlet_model_tensor(*out, l, GEMLET_TENSOR_BIAS);
        if (bias != NULL)
            draw(rng, bias, spec->layers[l].width, 0.5);
    }
    return GEMLET_OK;
}

/* ---- comparison ----------------------------------------------------------------------------- */

/* What the product should be and how far it may be off. */
typedef struct expectation {
    double *a;
    double *b;
    double *bias; /* NULL without */
    double *got;
    double *ref;
    double *bound;
} expectation;

static void free_expectation(expectation *e)
{
    free(e->bound);
    free(e->ref);
    free(e->got);
    free(e->bias);
    free(e->b);
    free(e->a);
}

static double activate(gemlet_activation activation, double z)
{
    switch (activation) {
    case GEMLET_ACTIVATION_RELU:
        return z < 0.0 ? 0.0 : z;
    case GEMLET_ACTIVATION_SIGMOID:
        return 1.0 / (1.0 + exp(-z));
    case GEMLET_ACTIVATION_TANH:
        return tanh(z);
    case GEMLET_ACTIVATION_IDENTITY:
        break;
    }
    return z;
}

static gemlet_status expect_fwd(const product *q, expectation *e)
{
    const gm_dense_shape s = q->shape;
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)s.batch, (int)s.outputs,
                (int)s.inputs, 1.0, e->a, (int)s.inputs, e->b, (int)s.outputs, 0.0, e->ref,
                (int)s.outputs);
    const size_t n = (size_t)s.batch * s.outputs;
    for (size_t i = 0; i < n; ++i) {
        const double bias = e->bias != NULL ? e->bias[i % s.outputs] : 0.0;
        e->ref[i] = activate(q->activation, e->ref[i] + bias);
    }
    return gm_bounds_dense_fwd(e->bound, e->a, e->b, e->bias, e->ref, s, q->activation);
}

static gemlet_status expect_bwd_w(const product *q, expectation *e)
{
    const gm_dense_shape s = q->shape;
    cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)s.inputs, (int)s.outputs,
                (int)s.batch, 1.0, e->a, (int)s.inputs, e->b, (int)s.outputs, 0.0, e->ref,
                (int)s.outputs);
    return gm_bounds_dense_bwd_w(e->bound, NULL, e->a, e->b, s);
}

/* dbias, the sums of b's columns, as a product with a column of ones. */
static gemlet_status expect_sums(const product *q, expectation *e)
{
    const gm_dense_shape s = q->shape;
    double *ones;
    GEMLET_TRY(GM_ALLOC(ones, s.batch, "column of ones"));
    for (size_t row = 0; row < s.batch; ++row) {
        ones[row] = 1.0;
        for (size_t col = 0; col < s.outputs; ++col)
            e->ref[col] += e->b[row * s.outputs + col];
    }
    const gm_dense_shape column = {s.batch, 1, s.outputs};
    const gemlet_status status = gm_bounds_dense_bwd_w(e->bound, NULL, ones, e->b, column);
    free(ones);
    return status;
}

static gemlet_status expect_bwd_x(const product *q, expectation *e)
{
    const gm_dense_shape s = q->shape;
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)s.batch, (int)s.inputs,
                (int)s.outputs, 1.0, e->a, (int)s.outputs, e->b, (int)s.outputs, 0.0, e->ref,
                (int)s.inputs);
    return gm_bounds_dense_bwd_x(e->bound, e->a, e->b, s);
}

static void compare(const product *q, const expectation *e, gm_gemm_verdict *verdict)
{
    const size_t n = (size_t)q->c.rows * q->c.cols;
    size_t n_wrong = 0;
    size_t first = 0;
    for (size_t i = 0; i < n; ++i) {
        const double error = fabs(e->got[i] - e->ref[i]);
        /* Not "error > bound": NaN is wrong too, and infinitely so. */
        if (!(error <= e->bound[i]) && n_wrong++ == 0)
            first = i;
        const double ratio = isnan(error) ? HUGE_VAL : error / e->bound[i];
        verdict->worst = fmax(verdict->worst, ratio);
    }
    ++verdict->n_products;
    if (n_wrong == 0)
        return;
    verdict->state = GM_GEMM_WRONG;
    char size[64] = "";
    const double error = fabs(e->got[first] - e->ref[first]);
    if (!isnan(error))
        snprintf(size, sizeof size, ", an error of %.3g times its bound", error / e->bound[first]);
    snprintf(verdict->fault, sizeof verdict->fault,
             "%s of batch %u, %u to %u: element (%zu, %zu) is %g, expected %g%s; %zu of %zu "
             "elements are wrong",
             q->op, q->shape.batch, q->shape.inputs, q->shape.outputs, first / q->c.cols,
             first % q->c.cols, e->got[first], e->ref[first], size, n_wrong, n);
}

static gemlet_status check_product(probe *p, const product *q,
                                   gemlet_status (*expect)(const product *, expectation *))
{
    const size_t n = (size_t)q->c.rows * q->c.cols;
    expectation e = {0};
    gemlet_status status = GEMLET_OK;
    GEMLET_TRY_CLEANUP(status, fetch(p, &q->c, &e.got));
    GEMLET_TRY_CLEANUP(status, fetch(p, &q->a, &e.a));
    GEMLET_TRY_CLEANUP(status, fetch(p, &q->b, &e.b));
    if (q->bias.buffer != NULL) {
        const gm_matrix row = {q->bias.buffer, q->bias.offset, q->bias.length, 1,
                               (gemlet_dim)q->bias.length};
        GEMLET_TRY_CLEANUP(status, fetch(p, &row, &e.bias));
    }
    GEMLET_TRY_CLEANUP(status, GM_ALLOC(e.ref, n, "expected product"));
    GEMLET_TRY_CLEANUP(status, GM_ALLOC(e.bound, n, "error bounds"));
    GEMLET_TRY_CLEANUP(status, expect(q, &e));
    compare(q, &e, p->verdict);
cleanup:
    free_expectation(&e);
    return status;
}

/* ---- the products of a layer ---------------------------------------------------------------- */

static gm_dense_shape shape_of(const gm_layer *layer, gemlet_dim rows)
{
    return (gm_dense_shape){rows, layer->weight.rows, layer->weight.cols};
}

/* As forward.c calls it. */
static gemlet_status try_fwd(probe *p, const gm_layer *layer, gm_matrix x)
{
    const int has_bn = layer->spec.batch_norm;
    const product q = {
        .op = "dense_fwd",
        .shape = shape_of(layer, x.rows),
        .activation = has_bn ? GEMLET_ACTIVATION_IDENTITY : layer->spec.activation,
        .a = x,
        .b = layer->weight,
        .bias = layer->bias,
        .c = gm_first_rows(has_bn ? layer->z : layer->y, x.rows),
    };
    GEMLET_TRY(fill_nan(p, &q.c));
    GEMLET_TRY(gm_dense_fwd(
        p->backend, &(gm_dense_fwd_args){
                        .x = q.a, .w = q.b, .bias = q.bias, .activation = q.activation, .y = q.c}));
    return check_product(p, &q, expect_fwd);
}

/* As backward.c calls it. */
static gemlet_status try_bwd_w(probe *p, const gm_layer *layer, gm_matrix x)
{
    const product q = {
        .op = "dense_bwd_w",
        .shape = shape_of(layer, x.rows),
        .a = x,
        .b = gm_first_rows(layer->dy, x.rows),
        .c = layer->dweight,
    };
    const gm_vector dbias = layer->dbias;
    product sums = q;
    sums.op = "dense_bwd_w (bias)";
    sums.c = (gm_matrix){dbias.buffer, dbias.offset, dbias.length, 1, (gemlet_dim)dbias.length};
    GEMLET_TRY(fill_random(p, &q.b));
    GEMLET_TRY(fill_nan(p, &q.c));
    if (dbias.buffer != NULL)
        GEMLET_TRY(fill_nan(p, &sums.c));
    GEMLET_TRY(gm_dense_bwd_w(
        p->backend, &(gm_dense_bwd_w_args){.x = q.a, .dz = q.b, .dw = q.c, .dbias = dbias}));
    GEMLET_TRY(check_product(p, &q, expect_bwd_w));
    if (dbias.buffer == NULL || p->verdict->state != GM_GEMM_RIGHT)
        return GEMLET_OK;
    return check_product(p, &sums, expect_sums);
}

/* dz is there, from try_bwd_w. */
static gemlet_status try_bwd_x(probe *p, const gm_layer *layer, gm_matrix dx)
{
    const product q = {
        .op = "dense_bwd_x",
        .shape = shape_of(layer, dx.rows),
        .a = gm_first_rows(layer->dy, dx.rows),
        .b = layer->weight,
        .c = dx,
    };
    GEMLET_TRY(fill_nan(p, &q.c));
    GEMLET_TRY(gm_dense_bwd_x(p->backend, &(gm_dense_bwd_x_args){.dz = q.a, .w = q.b, .dx = q.c}));
    return check_product(p, &q, expect_bwd_x);
}

/* All products of a batch of `rows`, until one is wrong. */
static gemlet_status try_layers(probe *p, gemlet_dim rows)
{
    for (unsigned l = 0; l < p->network->n_layers; ++l) {
        const gm_layer *layer = &p->network->layers[l];
        const gm_layer *before = l > 0 ? &p->network->layers[l - 1] : NULL;
        const gm_matrix x = gm_first_rows(before != NULL ? before->y : p->x, rows);
        GEMLET_TRY(fill_random(p, &x));
        GEMLET_TRY(try_fwd(p, layer, x));
        if (p->verdict->state == GM_GEMM_RIGHT && p->network->use == GM_NETWORK_TRAIN)
            GEMLET_TRY(try_bwd_w(p, layer, x));
        if (p->verdict->state == GM_GEMM_RIGHT && p->network->use == GM_NETWORK_TRAIN &&
            before != NULL)
            GEMLET_TRY(try_bwd_x(p, layer, gm_first_rows(before->dy, rows)));
        if (p->verdict->state != GM_GEMM_RIGHT)
            break;
    }
    return GEMLET_OK;
}

/* ---- the job -------------------------------------------------------------------------------- */

static void free_probe(probe *p)
{
    gm_backend_free(p->backend, p->x.buffer);
    gm_network_destroy(p->network);
    p->x.buffer = NULL;
    p->network = NULL;
}

/* A whole batch of `capacity` rows, and of `tail` rows if that is not 0. */
static gemlet_status try_network(probe *p, const gemlet_model *model, gm_network_use use,
                                 gemlet_dim capacity, gemlet_dim tail)
{
    gemlet_status status = GEMLET_OK;
    const gemlet_dim features = model->spec.n_inputs;
    const size_t ld = gm_round_up(features, GM_ALIGNMENT);
    p->x = (gm_matrix){NULL, 0, ld, capacity, features};
    GEMLET_TRY_CLEANUP(status, gm_network_create(&p->network, p->backend, model, use, capacity));
    GEMLET_TRY_CLEANUP(status,
                       gm_backend_alloc(p->backend, &p->x.buffer, GM_REAL, capacity * ld, "batch"));
    GEMLET_TRY_CLEANUP(status, try_layers(p, capacity));
    if (tail > 0 && p->verdict->state == GM_GEMM_RIGHT)
        GEMLET_TRY_CLEANUP(status, try_layers(p, tail));
cleanup:
    free_probe(p);
    return status;
}

static gemlet_status try_job(probe *p, const gemlet_model *model, const gm_qualify_job *job)
{
    if (job->batch > 0)
        GEMLET_TRY(try_network(p, model, GM_NETWORK_TRAIN, job->batch, 0));
    for (size_t i = 0; i < GM_QUALIFY_MAX_TESTS; ++i) {
        const gemlet_dim rows = job->test_rows[i];
        if (rows == 0 || p->verdict->state != GM_GEMM_RIGHT)
            continue;
        const gemlet_dim capacity = rows < GM_EVALUATION_BATCH ? rows : GM_EVALUATION_BATCH;
        GEMLET_TRY(try_network(p, model, GM_NETWORK_TEST, capacity, rows % capacity));
    }
    return GEMLET_OK;
}

gemlet_status gm_qualify_gemm(gm_backend *backend, const gm_qualify_job *job,
                              gm_gemm_verdict *verdict)
{
    *verdict = (gm_gemm_verdict){.state = GM_GEMM_RIGHT};
    probe p = {.backend = backend, .verdict = verdict};
    gemlet_model *model = NULL;
    gm_rng_init(&p.rng, 1, GM_RNG_TEST, 0);
    GEMLET_TRY(create_model(&model, job->spec, &p.rng));
    gemlet_status status = try_job(&p, model, job);
    gemlet_model_destroy(model);
    if (status == GEMLET_E_OPENCL) {
        verdict->state = GM_GEMM_BROKEN;
        snprintf(verdict->fault, sizeof verdict->fault, "%s", gemlet_last_error());
        status = GEMLET_OK;
    }
    return status;
}
