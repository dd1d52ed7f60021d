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
#include "verify/bounds.h"

/* A network on the device whose products are being tried. */
typedef struct probe {
    gm_backend *backend;
    gm_network *network;
    gm_matrix x; /* (capacity, inputs) the batch, laid out as gm_device_data lays it out */
    gm_rng rng;
    gm_gemm_verdict *verdict;
} probe;

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

static double activate(gemlet_activation activation, double z)
{
    switch (activation) {
    case GEMLET_ACTIVATION_RELU:
        return z < 0.0 ? 0.0 : z;
    case GEMLET_ACTIVATION_SIGMOID:
        return 1.0 / (1.0 + exp(-z));
    case GEMLET_ACTIVATION_TANH:
        return tanh(z);
    default: /* a product has no other */
        return z;
    }
}

/* The products in double precision, into `ref` of the outputs. */
static void multiply(const gm_check_call *call, const gm_check_operand *c)
{
    const gm_check_operand *a = &call->operands[0];
    const gm_check_operand *b = &call->operands[1];
    const int is_bwd_w = call->op == &gm_op_dense_bwd_w;
    const int is_bwd_x = call->op == &gm_op_dense_bwd_x;
    cblas_dgemm(CblasRowMajor, is_bwd_w ? CblasTrans : CblasNoTrans,
                is_bwd_x ? CblasTrans : CblasNoTrans, (int)c->view.rows, (int)c->view.cols,
                (int)(is_bwd_w ? a->view.rows : a->view.cols), 1.0, a->before, (int)a->view.cols,
                b->before, (int)b->view.cols, 0.0, c->ref, (int)c->view.cols);
}

static void calculate_fwd(gm_check_call *call)
{
    const gm_dense_fwd_args *args = call->args;
    const double *bias = GM_OPERAND(call, dense_fwd, bias)->before;
    const gm_check_operand *y = GM_OPERAND(call, dense_fwd, y);
    multiply(call, y);
    for (size_t i = 0; i < y->n; ++i)
        y->ref[i] =
            activate(args->activation, y->ref[i] + (bias != NULL ? bias[i % y->view.cols] : 0.0));
}

static void calculate_bwd_w(gm_check_call *call)
{
    const gm_check_operand *dz = GM_OPERAND(call, dense_bwd_w, dz);
    const gm_check_operand *dbias = GM_OPERAND(call, dense_bwd_w, dbias);
    multiply(call, GM_OPERAND(call, dense_bwd_w, dw));
    for (size_t i = 0; dbias->n > 0 && i < dz->n; ++i)
        dbias->ref[i % dbias->n] += dz->before[i];
}

static void calculate(gm_check_call *call)
{
    if (call->op == &gm_op_dense_fwd)
        calculate_fwd(call);
    else if (call->op == &gm_op_dense_bwd_w)
        calculate_bwd_w(call);
    else
        multiply(call, GM_OPERAND(call, dense_bwd_x, dx));
}

static void compare(const gm_check_call *call, const gm_check_operand *c, gm_gemm_verdict *verdict)
{
    size_t n_wrong = 0;
    size_t first = 0;
    for (size_t i = 0; i < c->n; ++i) {
        const double error = fabs(c->got[i] - c->ref[i]);
        /* Not "error > bound": NaN is wrong too, and infinitely so. */
        if (!(error <= c->bound[i]) && n_wrong++ == 0)
            first = i;
        const double ratio = isnan(error) ? HUGE_VAL : error / c->bound[i];
        verdict->worst = fmax(verdict->worst, ratio);
    }
    ++verdict->n_products;
    if (n_wrong == 0)
        return;
    verdict->state = GM_GEMM_WRONG;
    char size[64] = "";
    const double error = fabs(c->got[first] - c->ref[first]);
    if (!isnan(error))
        snprintf(size, sizeof size, ", an error of %.3g times its bound", error / c->bound[first]);
    snprintf(verdict->fault, sizeof verdict->fault,
             "%s of batch %u, %u to %u: element (%zu, %zu) of %s is %g, expected %g%s; %zu of %zu "
             "elements are wrong",
             call->op->name, (unsigned)gm_op_extent(call->op, call->args, 'B'),
             (unsigned)gm_op_extent(call->op, call->args, 'K'),
             (unsigned)gm_op_extent(call->op, call->args, 'N'), first / c->view.cols,
             first % c->view.cols, c->info->name, c->got[first], c->ref[first], size, n_wrong,
             c->n);
}

static void free_arrays(gm_check_call *call)
{
    for (unsigned i = 0; i < call->op->n_operands; ++i) {
        gm_check_operand *o = &call->operands[i];
        free(o->before);
        free(o->got);
        free(o->ref);
        free(o->bound);
    }
}

/* The arrays of an operand that gm_bounds_set() needs. Release with free_arrays(). */
static gemlet_status fetch_arrays(const probe *p, gm_check_operand *o)
{
    if (o->info->role == GM_ROLE_INPUT)
        return fetch(p, &o->view, &o->before);
    GEMLET_TRY(fetch(p, &o->view, &o->got));
    GEMLET_TRY(GM_ALLOC(o->ref, o->n, "expected product"));
    return GM_ALLOC(o->bound, o->n, "error bounds");
}

/* Carries out a product on the device and compares it. */
static gemlet_status try_product(probe *p, const gm_op *op, const void *args)
{
    gm_check_call call;
    gemlet_status status = GEMLET_OK;
    gm_check_describe(&call, op, args);
    for (unsigned i = 0; i < op->n_operands; ++i) {
        if (call.operands[i].n > 0 && op->operands[i].role == GM_ROLE_OUTPUT)
            GEMLET_TRY_CLEANUP(status, fill_nan(p, &call.operands[i].view));
    }
    GEMLET_TRY_CLEANUP(status, op->run(p->backend, args));
    for (unsigned i = 0; i < op->n_operands; ++i) {
        if (call.operands[i].n > 0)
            GEMLET_TRY_CLEANUP(status, fetch_arrays(p, &call.operands[i]));
    }
    calculate(&call);
    GEMLET_TRY_CLEANUP(status, gm_bounds_set(&call));
    for (unsigned i = 0; i < op->n_operands && p->verdict->state == GM_GEMM_RIGHT; ++i) {
        if (call.operands[i].got != NULL)
            compare(&call, &call.operands[i], p->verdict);
    }
cleanup:
    free_arrays(&call);
    return status;
}

/* ---- the products of a layer ---------------------------------------------------------------- */

/* As forward.c calls it. */
static gemlet_status try_fwd(probe *p, const gm_layer *layer, gm_matrix x)
{
    const int has_bn = layer->spec.batch_norm;
    const int is_separate = layer->is_separate;
    return try_product(p, &gm_op_dense_fwd,
                       &(gm_dense_fwd_args){
                           .x = x,
                           .w = layer->weight,
                           .bias = layer->bias,
                           .activation = has_bn || is_separate ? GEMLET_ACTIVATION_IDENTITY
                                                               : layer->spec.activation,
                           .y = gm_first_rows(has_bn                    ? layer->z
                                              : layer->a.buffer != NULL ? layer->a
                                                                        : layer->y,
                                              x.rows),
                       });
}

/* As backward.c calls it. */
static gemlet_status try_bwd_w(probe *p, const gm_layer *layer, gm_matrix x)
{
    const gm_matrix dz = gm_first_rows(layer->dy, x.rows);
    GEMLET_TRY(fill_random(p, &dz));
    return try_product(
        p, &gm_op_dense_bwd_w,
        &(gm_dense_bwd_w_args){.x = x, .dz = dz, .dw = layer->dweight, .dbias = layer->dbias});
}

/* dz is there, from try_bwd_w. */
static gemlet_status try_bwd_x(probe *p, const gm_layer *layer, gm_matrix dx)
{
    const gm_matrix dz = gm_first_rows(layer->dy, dx.rows);
    return try_product(p, &gm_op_dense_bwd_x,
                       &(gm_dense_bwd_x_args){.dz = dz, .w = layer->weight, .dx = dx});
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
    GEMLET_TRY_CLEANUP(status, gm_network_create(&p->network, p->backend, model, use, capacity, 0));
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
