/* SPDX-License-Identifier: MIT
 * The training of gemlet in plain C with OpenBLAS, without OpenCL and without gemlet's backends:
 * what a programmer writes who wants a fast trainer for this one kind of network. Dense, batch-norm
 * and ReLU in every hidden layer, dense with bias and softmax cross-entropy at the end, SGD with
 * weight decay and a cosine schedule; formulas as in host/backend/backend.h. Only the reading of
 * data, of the initial model and of the order of rows (see draws.c) is gemlet's.
 *
 *     openblas_mlp --data DIR --model FILE.npz --orders FILE [--batch N] [--steps N] [--warm-up N]
 *                  [--measure N] [--average N] [--threads N] [--losses FILE]
 *
 * Trains warm-up + measure steps of a run of `steps` and prints one JSON line: microseconds per
 * measured step, mean training loss of the last `average` steps. --losses writes that of each. */
#include <cblas.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "gemlet/gemlet.h"

#define EPS           1e-5f
#define MOMENTUM      0.1f
#define LEARNING_RATE 0.1
#define WEIGHT_DECAY  5e-3
#define PI            3.14159265358979323846

/* Columns that batch-norm works on at a time: with 256 rows a block stays in the L2 cache, and its
 * sums stay in the L1. */
#define BLOCK 64u

typedef struct layer {
    unsigned n_in, width;
    float *w;          /* (n_in, width) */
    float *beta;       /* (width); the bias of the last layer */
    float *gamma;      /* (width), as the following not in the last layer */
    float *mean, *var; /* (width) running statistics */
    float *rstd;       /* (width) of this batch */
    float *h;          /* (batch, width) normalised z */
    float *y;          /* (batch, width); logits in the last layer */
} layer;

typedef struct trainer {
    unsigned batch, n_layers, n_rows, n_features;
    gemlet_dataset *data;
    const unsigned char *bytes; /* (n_rows, n_features) */
    const uint32_t *labels;
    layer layers[GEMLET_MAX_LAYERS];
    float *x;           /* (batch, n_features) */
    float *dy, *dx;     /* (batch, widest layer) */
    uint32_t *orders;   /* (n_epochs, n_rows) */
    unsigned n_batches; /* per epoch */
} trainer;

typedef struct job_options {
    const char *data, *model, *orders, *losses;
    unsigned batch, steps, warm_up, measure, average, threads;
} job_options;

static void fail(const char *what, const char *detail)
{
    fprintf(stderr, "openblas_mlp: %s%s\n", what, detail);
    exit(1);
}

static void *allocate(size_t n, size_t size)
{
    void *memory = aligned_alloc(64, (n * size + 63) / 64 * 64);
    if (memory == NULL)
        fail("out of memory", "");
    return memory;
}

static float *floats(size_t n)
{
    return allocate(n, sizeof(float));
}

/* ---- a step -------------------------------------------------------------------------------- */

static void gather(trainer *t, const uint32_t *rows)
{
    for (unsigned b = 0; b < t->batch; ++b) {
        const unsigned char *from = t->bytes + (size_t)rows[b] * t->n_features;
        float *to = t->x + (size_t)b * t->n_features;
        for (unsigned k = 0; k < t->n_features; ++k)
            to[k] = (float)from[k] * (1.0f / 255.0f);
    }
}

/* Columns first..first + n of h: z in, normalised z out; y out. */
static void batch_norm_forward(const layer *l, unsigned batch, unsigned first, unsigned n)
{
    float mean[BLOCK] = {0};
    float var[BLOCK] = {0};
    const float scale = 1.0f / (float)batch;
    for (unsigned b = 0; b < batch; ++b)
        for (unsigned j = 0; j < n; ++j)
            mean[j] += l->h[(size_t)b * l->width + first + j];
    for (unsigned j = 0; j < n; ++j)
        mean[j] *= scale;
    for (unsigned b = 0; b < batch; ++b)
        for (unsigned j = 0; j < n; ++j) {
            const float d = l->h[(size_t)b * l->width + first + j] - mean[j];
            var[j] += d * d;
        }
    float rstd[BLOCK];
    for (unsigned j = 0; j < n; ++j) {
        const unsigned c = first + j;
        l->mean[c] += MOMENTUM * (mean[j] - l->mean[c]);
        l->var[c] += MOMENTUM * (var[j] / (float)(batch - 1) - l->var[c]);
        l->rstd[c] = rstd[j] = 1.0f / sqrtf(var[j] * scale + EPS);
    }
    const float *gamma = l->gamma + first;
    const float *beta = l->beta + first;
    for (unsigned b = 0; b < batch; ++b) {
        float *restrict h = l->h + (size_t)b * l->width + first;
        float *restrict y = l->y + (size_t)b * l->width + first;
        for (unsigned j = 0; j < n; ++j) {
            h[j] = (h[j] - mean[j]) * rstd[j];
            const float a = gamma[j] * h[j] + beta[j];
            y[j] = a > 0.0f ? a : 0.0f;
        }
    }
}

/* Columns first..first + n of dy: dy in, dz out; gamma and beta take their step. */
static void batch_norm_backward(const layer *l, unsigned batch, float *dy, float rate,
                                unsigned first, unsigned n)
{
    float dbeta[BLOCK] = {0};
    float dgamma[BLOCK] = {0};
    for (unsigned b = 0; b < batch; ++b) {
        const size_t row = (size_t)b * l->width + first;
        for (unsigned j = 0; j < n; ++j) {
            const float da = l->y[row + j] > 0.0f ? dy[row + j] : 0.0f;
            dbeta[j] += da;
            dgamma[j] += da * l->h[row + j];
        }
    }
    float factor[BLOCK];
    float *gamma = l->gamma + first;
    for (unsigned j = 0; j < n; ++j) {
        factor[j] = gamma[j] * l->rstd[first + j];
        gamma[j] -= rate * dgamma[j];
        l->beta[first + j] -= rate * dbeta[j];
        dbeta[j] /= (float)batch;
        dgamma[j] /= (float)batch;
    }
    for (unsigned b = 0; b < batch; ++b) {
        const float *restrict h = l->h + (size_t)b * l->width + first;
        const float *restrict y = l->y + (size_t)b * l->width + first;
        float *restrict d = dy + (size_t)b * l->width + first;
        for (unsigned j = 0; j < n; ++j) {
            const float da = y[j] > 0.0f ? d[j] : 0.0f;
            d[j] = factor[j] * (da - dbeta[j] - h[j] * dgamma[j]);
        }
    }
}

/* Mean loss of the batch; dy out: the gradient of the logits, which get their bias here. */
static float softmax_xent(const trainer *t, const layer *l, const uint32_t *rows)
{
    double loss = 0.0;
    for (unsigned b = 0; b < t->batch; ++b) {
        float *logits = l->y + (size_t)b * l->width;
        float *d = t->dy + (size_t)b * l->width;
        float largest = -INFINITY;
        for (unsigned j = 0; j < l->width; ++j) {
            logits[j] += l->beta[j];
            largest = logits[j] > largest ? logits[j] : largest;
        }
        float sum = 0.0f;
        for (unsigned j = 0; j < l->width; ++j) {
            d[j] = expf(logits[j] - largest);
            sum += d[j];
        }
        const uint32_t label = t->labels[rows[b]];
        loss += (double)(logf(sum) - (logits[label] - largest));
        const float scale = 1.0f / (sum * (float)t->batch);
        for (unsigned j = 0; j < l->width; ++j)
            d[j] *= scale;
        d[label] -= 1.0f / (float)t->batch;
    }
    return (float)(loss / t->batch);
}

static void forward(const trainer *t)
{
    const float *x = t->x;
    for (unsigned i = 0; i < t->n_layers; ++i) {
        const layer *l = &t->layers[i];
        const int is_last = i + 1 == t->n_layers;
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)t->batch, (int)l->width,
                    (int)l->n_in, 1.0f, x, (int)l->n_in, l->w, (int)l->width, 0.0f,
                    is_last ? l->y : l->h, (int)l->width);
        for (unsigned first = 0; !is_last && first < l->width; first += BLOCK)
            batch_norm_forward(l, t->batch, first,
                               l->width - first < BLOCK ? l->width - first : BLOCK);
        x = l->y;
    }
}

/* The weights take their step inside the product that makes their gradient. */
static void backward_and_update(trainer *t, float rate)
{
    for (unsigned i = t->n_layers; i-- > 0;) {
        const layer *l = &t->layers[i];
        const int batch = (int)t->batch;
        const int width = (int)l->width;
        const int n_in = (int)l->n_in;
        const float *x = i == 0 ? t->x : t->layers[i - 1].y;
        if (i + 1 == t->n_layers) {
            for (unsigned b = 0; b < t->batch; ++b)
                for (unsigned j = 0; j < l->width; ++j)
                    l->beta[j] -= rate * t->dy[(size_t)b * l->width + j];
        } else {
            for (unsigned first = 0; first < l->width; first += BLOCK)
                batch_norm_backward(l, t->batch, t->dy, rate, first,
                                    l->width - first < BLOCK ? l->width - first : BLOCK);
        }
        if (i > 0)
            cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, batch, n_in, width, 1.0f, t->dy,
                        width, l->w, width, 0.0f, t->dx, n_in);
        cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, n_in, width, batch, -rate, x, n_in,
                    t->dy, width, (float)(1.0 - (double)rate * WEIGHT_DECAY), l->w, width);
        float *dy = t->dx;
        t->dx = t->dy;
        t->dy = dy;
    }
}

static float train_step(trainer *t, unsigned step, unsigned n_steps)
{
    const uint32_t *rows = t->orders + (size_t)(step / t->n_batches) * t->n_rows +
                           (size_t)(step % t->n_batches) * t->batch;
    const double rate = LEARNING_RATE * (1.0 + cos(PI * step / n_steps)) / 2.0;
    gather(t, rows);
    forward(t);
    const float loss = softmax_xent(t, &t->layers[t->n_layers - 1], rows);
    backward_and_update(t, (float)rate);
    return loss;
}

/* ---- setting up ---------------------------------------------------------------------------- */

static float *copy_tensor(gemlet_model *model, unsigned l, gemlet_tensor tensor)
{
    const size_t n = gemlet_model_tensor_size(model, l, tensor);
    if (n == 0)
        fail("the network must have batch-norm and ReLU in all layers but the last", "");
    return memcpy(floats(n), gemlet_model_tensor(model, l, tensor), n * sizeof(float));
}

static void set_up_layers(trainer *t, const char *path)
{
    gemlet_model *model;
    if (gemlet_model_load(&model, path) != GEMLET_OK)
        fail(gemlet_last_error(), "");
    const gemlet_spec *spec = gemlet_model_spec(model);
    t->n_layers = spec->n_layers;
    t->n_features = spec->n_inputs;
    unsigned widest = spec->n_inputs;
    for (unsigned i = 0; i < spec->n_layers; ++i) {
        layer *l = &t->layers[i];
        l->n_in = i == 0 ? spec->n_inputs : spec->layers[i - 1].width;
        l->width = spec->layers[i].width;
        l->w = copy_tensor(model, i, GEMLET_TENSOR_WEIGHT);
        l->y = floats((size_t)t->batch * l->width);
        widest = l->width > widest ? l->width : widest;
        if (i + 1 == spec->n_layers) {
            l->beta = copy_tensor(model, i, GEMLET_TENSOR_BIAS);
            continue;
        }
        l->beta = copy_tensor(model, i, GEMLET_TENSOR_BETA);
        l->gamma = copy_tensor(model, i, GEMLET_TENSOR_GAMMA);
        l->mean = copy_tensor(model, i, GEMLET_TENSOR_RUNNING_MEAN);
        l->var = copy_tensor(model, i, GEMLET_TENSOR_RUNNING_VAR);
        l->rstd = floats(l->width);
        l->h = floats((size_t)t->batch * l->width);
    }
    gemlet_model_destroy(model);
    t->x = floats((size_t)t->batch * t->n_features);
    t->dy = floats((size_t)t->batch * widest);
    t->dx = floats((size_t)t->batch * widest);
}

static void set_up(trainer *t, const job_options *job)
{
    t->batch = job->batch;
    set_up_layers(t, job->model);
    if (gemlet_dataset_load_directory(&t->data, job->data, GEMLET_SPLIT_TRAIN) != GEMLET_OK)
        fail(gemlet_last_error(), "");
    const gemlet_dataset *data = t->data;
    t->n_rows = gemlet_dataset_rows(data);
    t->bytes = gemlet_dataset_values(data);
    t->labels = gemlet_dataset_labels(data);
    t->n_batches = t->n_rows / t->batch;
    if (gemlet_dataset_element(data) != GEMLET_ELEMENT_U8 ||
        gemlet_dataset_features(data) != t->n_features || t->n_batches == 0 || t->batch < 2)
        fail("data, network and batch do not fit", "");
    const size_t n_epochs = (job->warm_up + job->measure - 1) / t->n_batches + 1;
    t->orders = allocate(n_epochs * t->n_rows, sizeof *t->orders);
    FILE *file = fopen(job->orders, "rb");
    if (file == NULL || fread(t->orders, sizeof *t->orders * t->n_rows, n_epochs, file) != n_epochs)
        fail("no order for every epoch in ", job->orders);
    fclose(file);
}

static void parse(job_options *job, int argc, char **argv)
{
    const struct {
        const char *name;
        const char **text;
        unsigned *number;
    } options[] = {
        {"--data", &job->data, NULL},       {"--model", &job->model, NULL},
        {"--orders", &job->orders, NULL},   {"--losses", &job->losses, NULL},
        {"--batch", NULL, &job->batch},     {"--steps", NULL, &job->steps},
        {"--warm-up", NULL, &job->warm_up}, {"--measure", NULL, &job->measure},
        {"--average", NULL, &job->average}, {"--threads", NULL, &job->threads},
    };
    for (int i = 1; i < argc; i += 2) {
        size_t k = 0;
        while (k < sizeof options / sizeof options[0] && strcmp(argv[i], options[k].name) != 0)
            ++k;
        if (k == sizeof options / sizeof options[0] || i + 1 == argc)
            fail("unknown option, or no value for ", argv[i]);
        if (options[k].text != NULL)
            *options[k].text = argv[i + 1];
        else
            *options[k].number = (unsigned)strtoul(argv[i + 1], NULL, 10);
    }
    if (job->model == NULL || job->orders == NULL || job->measure == 0 ||
        job->average > job->measure)
        fail("--model, --orders and --measure are needed, --average is at most --measure", "");
}

int main(int argc, char **argv)
{
    job_options job = {
        .data = "datasets/mnist", .batch = 64, .steps = 20000, .average = 1, .threads = 1};
    parse(&job, argc, argv);
    openblas_set_num_threads((int)job.threads);
    static trainer t; /* everything it holds is used to the end */
    set_up(&t, &job);

    const unsigned n_steps = job.warm_up + job.measure;
    float *losses = floats(n_steps);
    double started = gm_clock_seconds();
    for (unsigned step = 0; step < n_steps; ++step) {
        if (step == job.warm_up)
            started = gm_clock_seconds();
        losses[step] = train_step(&t, step, job.steps);
    }
    const double seconds = gm_clock_seconds() - started;

    double loss = 0.0;
    for (unsigned i = 0; i < job.average; ++i)
        loss += (double)losses[n_steps - 1 - i] / job.average;
    printf("{\"us_per_step\": %.1f, \"train_loss\": %.9g}\n", 1e6 * seconds / job.measure, loss);
    if (job.losses != NULL) {
        FILE *file = fopen(job.losses, "w");
        for (unsigned i = 0; file != NULL && i < n_steps; ++i)
            fprintf(file, "%.9g\n", (double)losses[i]);
        if (file == NULL || fclose(file) != 0)
            fail("cannot write ", job.losses);
    }
    free(losses);
    return 0;
}
