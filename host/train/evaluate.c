/* SPDX-License-Identifier: MIT
 * Evaluation and prediction: forward passes in test mode over a whole data set. */
#include "train/evaluate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "backend/device.h"
#include "core/memory.h"
#include "gemlet/train.h"
#include "model/model.h"
#include "model/network.h"
#include "model/spec.h"
#include "train/combine.h"
#include "train/device_data.h"
#include "train/divergence.h"
#include "train/head.h"

/* A data set being run through a network, batch by batch, or through those of an ensemble, whose
 * combined outputs take the place of those of its first. */
typedef struct pass {
    gm_backend *backend;
    gm_network *network;
    gemlet_dim n_others; /* networks of an ensemble but the first, as the following; else 0 */
    gm_network **others;
    float *all; /* room for the outputs of all of them in a batch */
    float *combined;
    float *spread; /* (capacity) of the rows gone through last */
    gemlet_task task;
    gm_device_data data;
    float input_scale;
    gm_head head;
    gemlet_dim n_rows;
    gemlet_dim capacity;
} pass;

static gemlet_status upload_file_order(pass *p)
{
    uint32_t *order;
    GEMLET_TRY(GM_ALLOC(order, p->n_rows, "order of the rows"));
    for (gemlet_dim i = 0; i < p->n_rows; ++i)
        order[i] = i;
    const gemlet_status status = gm_device_data_set_order(&p->data, order);
    free(order);
    return status;
}

static void pass_end(pass *p)
{
    gm_device_data_destroy(&p->data);
    for (gemlet_dim i = 0; i < p->n_others; ++i)
        gm_network_destroy(p->others[i]);
    gm_network_destroy(p->network);
    free(p->others);
    free(p->all);
    free(p->combined);
    free(p->spread);
}

static gemlet_status create_network(gm_network **out, const pass *p, const gemlet_model *model)
{
    return gm_network_create(out, p->backend, model, GM_NETWORK_TEST, p->capacity, 0);
}

static gemlet_status create_networks(pass *p, const gemlet_model *model)
{
    const gemlet_dim n = gm_model_n_networks(model);
    GEMLET_TRY(create_network(&p->network, p, gm_model_network(model, 0)));
    if (n == 1)
        return GEMLET_OK;
    const size_t n_values = p->capacity * gm_network_logits(p->network, 1).ld;
    GEMLET_TRY(GM_ALLOC(p->others, n - 1, "networks of an ensemble"));
    p->n_others = n - 1;
    for (gemlet_dim i = 1; i < n; ++i)
        GEMLET_TRY(create_network(&p->others[i - 1], p, gm_model_network(model, i)));
    GEMLET_TRY(GM_ALLOC(p->all, n * n_values, "outputs of an ensemble"));
    GEMLET_TRY(GM_ALLOC(p->combined, n_values, "outputs of an ensemble"));
    return GM_ALLOC(p->spread, p->capacity, "spread of an ensemble");
}

static gemlet_dim capacity_for(const gemlet_dataset *dataset)
{
    const gemlet_dim n_rows = gemlet_dataset_rows(dataset);
    return n_rows < GM_EVALUATION_BATCH ? n_rows : GM_EVALUATION_BATCH;
}

gemlet_status gm_evaluation_check(const gm_backend *backend, const gemlet_dataset *dataset)
{
    return gm_device_data_check(backend, dataset, capacity_for(dataset));
}

static gemlet_status pass_begin(pass *p, const gemlet_model *model, gm_backend *backend,
                                const gemlet_dataset *dataset)
{
    *p = (pass){
        .backend = backend,
        .input_scale = gemlet_model_input_scale(model),
        .head = gm_head_of(model),
        .task = gemlet_model_spec(model)->task,
        .n_rows = gemlet_dataset_rows(dataset),
        .capacity = capacity_for(dataset),
    };
    gemlet_status status = create_networks(p, model);
    if (status == GEMLET_OK)
        status = gm_device_data_create(&p->data, p->backend, dataset, p->capacity);
    if (status == GEMLET_OK)
        status = upload_file_order(p);
    if (status != GEMLET_OK)
        pass_end(p);
    return status;
}

static gemlet_dim rows_from(const pass *p, gemlet_dim first)
{
    const gemlet_dim left = p->n_rows - first;
    return left < p->capacity ? left : p->capacity;
}

/* Network `place` of an ensemble puts its outputs for x behind those of the networks before. */
static gemlet_status forward_one(pass *p, gemlet_dim place, gm_matrix x)
{
    gm_network *network = place == 0 ? p->network : p->others[place - 1];
    GEMLET_TRY(gm_network_forward_test(network, x));
    const gm_matrix outputs = gm_network_logits(network, x.rows);
    const size_t n = outputs.rows * outputs.ld;
    return gm_backend_download(p->backend, outputs.buffer, outputs.offset, n, p->all + place * n);
}

static gemlet_status forward_all(pass *p, gm_matrix x)
{
    for (gemlet_dim i = 0; i <= p->n_others; ++i)
        GEMLET_TRY(forward_one(p, i, x));
    const gm_matrix outputs = gm_network_logits(p->network, x.rows);
    const gm_combination combination = {
        .n_networks = p->n_others + 1,
        .rows = x.rows,
        .n_outputs = outputs.cols,
        .ld = outputs.ld,
        .task = p->task,
    };
    gm_combine_outputs(p->combined, p->spread, p->all, &combination);
    return gm_backend_upload(p->backend, outputs.buffer, outputs.offset, outputs.rows * outputs.ld,
                             p->combined);
}

/* Logits of rows first..first+rows-1; *labels gets their labels, if there are any. */
static gemlet_status forward_rows(pass *p, gemlet_dim first, gemlet_dim rows, gm_vector *labels)
{
    gm_matrix x;
    size_t place;
    GEMLET_TRY(gm_device_data_find(&p->data, &place, first, rows));
    GEMLET_TRY(gm_device_data_gather(&p->data, place, rows, p->input_scale, &x, labels));
    return p->n_others > 0 ? forward_all(p, x) : gm_network_forward_test(p->network, x);
}

/* ---- evaluation ----------------------------------------------------------------------------- */

/* Every pass has its own slot for loss and count; they are read once, at the end. */
typedef struct tally {
    size_t n_slots;
    gm_buffer *losses;
    gm_buffer *corrects;
    float *host_losses;
    uint32_t *host_corrects;
} tally;

static gemlet_status tally_create(tally *sums, const pass *p)
{
    *sums = (tally){.n_slots = ((size_t)p->n_rows + p->capacity - 1) / p->capacity};
    GEMLET_TRY(GM_ALLOC(sums->host_losses, sums->n_slots, "losses"));
    GEMLET_TRY(GM_ALLOC(sums->host_corrects, sums->n_slots, "counts"));
    GEMLET_TRY(gm_backend_alloc(p->backend, &sums->losses, GM_REAL, sums->n_slots, "losses"));
    return gm_backend_alloc(p->backend, &sums->corrects, GM_U32, sums->n_slots, "counts");
}

static void tally_destroy(tally *sums, const pass *p)
{
    gm_backend_free(p->backend, sums->corrects);
    gm_backend_free(p->backend, sums->losses);
    free(sums->host_corrects);
    free(sums->host_losses);
}

/* Who is told of the outputs, before the head takes their place. on_outputs NULL: nobody. */
typedef struct listener {
    gm_outputs_callback on_outputs;
    void *user;
    float *values; /* room for a batch of them */
} listener;

/* values (rows, cols) = a matrix of the device, without gaps. Room for rows x ld. */
static gemlet_status download(float *values, const pass *p, gm_matrix matrix)
{
    GEMLET_TRY(gm_backend_download(p->backend, matrix.buffer, matrix.offset,
                                   matrix.rows * matrix.ld, values));
    for (gemlet_dim i = 1; i < matrix.rows; ++i)
        memmove(values + (size_t)i * matrix.cols, values + i * matrix.ld,
                matrix.cols * sizeof *values);
    return GEMLET_OK;
}

static gemlet_status tell_outputs(const listener *to, const pass *p, gemlet_dim first,
                                  gm_matrix outputs)
{
    if (to->on_outputs == NULL)
        return GEMLET_OK;
    GEMLET_TRY(download(to->values, p, outputs));
    return to->on_outputs(first, outputs.rows, to->values, to->user);
}

static gemlet_status enqueue_evaluation(pass *p, const tally *sums, const listener *to)
{
    for (size_t slot = 0; slot < sums->n_slots; ++slot) {
        const gemlet_dim first = (gemlet_dim)slot * p->capacity;
        const gemlet_dim rows = rows_from(p, first);
        gm_vector labels;
        GEMLET_TRY(forward_rows(p, first, rows, &labels));
        const gm_matrix logits = gm_network_logits(p->network, rows);
        GEMLET_TRY(tell_outputs(to, p, first, logits));
        GEMLET_TRY(gm_head_run(p->head, p->backend,
                               &(gm_head_args){
                                   .outputs = logits,
                                   .labels = labels,
                                   .doutputs = logits, /* not needed: in place */
                                   .loss = {sums->losses, slot, 1},
                                   .correct = {sums->corrects, slot, 1},
                               }));
    }
    return GEMLET_OK;
}

/* The first row of `rows` whose outputs are not finite, and the class of the first that is not;
 * `rows` if there is none. logits (rows x ld). */
static gemlet_dim find_row(gemlet_dim *class_, const gm_matrix *shape, const float *logits,
                           gemlet_dim rows)
{
    for (gemlet_dim i = 0; i < rows; ++i) {
        for (*class_ = 0; *class_ < shape->cols; ++*class_) {
            if (!isfinite(logits[i * shape->ld + *class_]))
                return i;
        }
    }
    return rows;
}

/* Says which row makes the loss of rows first, first + 1... not finite, and what is in it. */
static gemlet_status refuse_loss(pass *p, const gemlet_dataset *dataset, gemlet_dim first,
                                 float loss)
{
    const gemlet_dim rows = rows_from(p, first);
    gm_vector labels;
    GEMLET_TRY(forward_rows(p, first, rows, &labels));
    const gm_matrix logits = gm_network_logits(p->network, rows);
    float *values;
    GEMLET_TRY(GM_ALLOC(values, rows * logits.ld, "outputs of a batch"));
    const gemlet_status status =
        gm_backend_download(p->backend, logits.buffer, logits.offset, rows * logits.ld, values);
    gemlet_dim class_ = 0;
    const gemlet_dim row = status == GEMLET_OK ? find_row(&class_, &logits, values, rows) : 0;
    free(values);
    GEMLET_TRY(status);
    const char *what = isnan(loss) ? "NaN" : "infinite";
    gemlet_dim feature;
    const double largest = row < rows ? gm_largest_value(&feature, dataset, first + row, 1)
                                      : gm_largest_value(&feature, dataset, first, rows);
    if (row < rows)
        return gm_error(GEMLET_E_RANGE,
                        "loss is %s: row %u: output of class %u is not finite; the largest value "
                        "is %g in feature %u of %u",
                        what, first + row, class_, largest, feature + 1,
                        gemlet_dataset_features(dataset));
    return gm_error(GEMLET_E_RANGE,
                    "loss is %s: in rows %u to %u, where the largest value is %g in feature %u of "
                    "%u",
                    what, first, first + rows - 1, largest, feature + 1,
                    gemlet_dataset_features(dataset));
}

static gemlet_status read_tally(pass *p, tally *sums, const gemlet_dataset *dataset,
                                gemlet_evaluation *evaluation)
{
    GEMLET_TRY(gm_backend_download(p->backend, sums->losses, 0, sums->n_slots, sums->host_losses));
    GEMLET_TRY(
        gm_backend_download(p->backend, sums->corrects, 0, sums->n_slots, sums->host_corrects));
    double loss_sum = 0.0;
    uint64_t correct = 0;
    for (size_t slot = 0; slot < sums->n_slots; ++slot) {
        const gemlet_dim first = (gemlet_dim)slot * p->capacity;
        if (!isfinite(sums->host_losses[slot]))
            return refuse_loss(p, dataset, first, sums->host_losses[slot]);
        loss_sum += (double)sums->host_losses[slot] * rows_from(p, first);
        correct += sums->host_corrects[slot];
    }
    *evaluation = (gemlet_evaluation){
        .rows = p->n_rows,
        .correct = correct,
        .accuracy = gm_head_accuracy(p->head, correct, p->n_rows),
        .loss = loss_sum / p->n_rows,
    };
    return GEMLET_OK;
}

struct gm_evaluator {
    const gemlet_dataset *dataset;
    pass pass;
    tally sums;
    listener listener;
};

gemlet_status gm_evaluator_create(gm_evaluator **out, gm_backend *backend,
                                  const gemlet_model *model, const gemlet_dataset *dataset)
{
    gm_evaluator *evaluator;
    *out = NULL;
    GEMLET_TRY(gm_check_data_fits_model(dataset, model, 1));
    GEMLET_TRY(GM_ALLOC(evaluator, 1, "evaluator"));
    evaluator->dataset = dataset;
    gemlet_status status = pass_begin(&evaluator->pass, model, backend, dataset);
    if (status != GEMLET_OK) {
        free(evaluator);
        return status;
    }
    status = tally_create(&evaluator->sums, &evaluator->pass);
    if (status == GEMLET_OK)
        *out = evaluator;
    else
        gm_evaluator_destroy(evaluator);
    return status;
}

static gemlet_status run_pass(gm_evaluator *evaluator, gemlet_evaluation *evaluation)
{
    GEMLET_TRY(enqueue_evaluation(&evaluator->pass, &evaluator->sums, &evaluator->listener));
    return read_tally(&evaluator->pass, &evaluator->sums, evaluator->dataset, evaluation);
}

gemlet_status gm_evaluator_run(gm_evaluator *evaluator, const gm_network *network,
                               gemlet_evaluation *evaluation)
{
    *evaluation = (gemlet_evaluation){0};
    if (network == NULL)
        return run_pass(evaluator, evaluation);
    gm_buffer *own = gm_network_use_values(evaluator->pass.network, gm_network_evaluated(network));
    const gemlet_status status = run_pass(evaluator, evaluation);
    gm_network_use_values(evaluator->pass.network, own);
    return status;
}

void gm_evaluator_destroy(gm_evaluator *evaluator)
{
    if (evaluator == NULL)
        return;
    tally_destroy(&evaluator->sums, &evaluator->pass);
    pass_end(&evaluator->pass);
    free(evaluator->listener.values);
    free(evaluator);
}

static gemlet_status listen(gm_evaluator *evaluator, gm_outputs_callback on_outputs, void *user)
{
    const pass *p = &evaluator->pass;
    evaluator->listener.on_outputs = on_outputs;
    evaluator->listener.user = user;
    return GM_ALLOC(evaluator->listener.values, p->capacity * gm_network_logits(p->network, 1).ld,
                    "outputs of a batch");
}

gemlet_status gm_evaluate_outputs(gemlet_evaluation *evaluation, const gemlet_model *model,
                                  gemlet_device *device, const gemlet_dataset *dataset,
                                  gm_outputs_callback on_outputs, void *user)
{
    gm_evaluator *evaluator;
    *evaluation = (gemlet_evaluation){0};
    GEMLET_TRY(gm_evaluator_create(&evaluator, gm_device_backend(device), model, dataset));
    gemlet_status status = on_outputs != NULL ? listen(evaluator, on_outputs, user) : GEMLET_OK;
    if (status == GEMLET_OK)
        status = gm_evaluator_run(evaluator, NULL, evaluation);
    gm_evaluator_destroy(evaluator);
    return status;
}

gemlet_status gemlet_evaluate(const gemlet_model *model, gemlet_device *device,
                              const gemlet_dataset *dataset, gemlet_evaluation *evaluation)
{
    return gm_evaluate_outputs(evaluation, model, device, dataset, NULL, NULL);
}

/* ---- prediction ----------------------------------------------------------------------------- */

/* values: room for capacity x ld of them. Gets the probabilities of the rows, without gaps. */
static gemlet_status predict_rows(pass *p, gemlet_dim first, gemlet_dim rows, float *values)
{
    gm_vector labels;
    GEMLET_TRY(forward_rows(p, first, rows, &labels));
    const gm_matrix logits = gm_network_logits(p->network, rows);
    GEMLET_TRY(gm_head_predict(p->head, p->backend, logits));
    return download(values, p, logits);
}

gemlet_status gemlet_predict_with_spread(const gemlet_model *model, gemlet_device *device,
                                         const gemlet_dataset *dataset,
                                         gemlet_spread_callback on_rows, void *user)
{
    GEMLET_TRY(gm_check_data_fits_model(dataset, model, 0));
    pass p;
    GEMLET_TRY(pass_begin(&p, model, gm_device_backend(device), dataset));
    float *values;
    const size_t ld = gm_network_logits(p.network, 1).ld;
    gemlet_status status = GM_ALLOC(values, p.capacity * ld, "probabilities of a batch");
    for (gemlet_dim first = 0; status == GEMLET_OK && first < p.n_rows;) {
        const gemlet_dim rows = rows_from(&p, first);
        status = predict_rows(&p, first, rows, values);
        if (status == GEMLET_OK)
            status = on_rows(first, rows, values, p.spread, user);
        first += rows;
    }
    free(values);
    pass_end(&p);
    return status;
}

/* Who wants no spread. */
typedef struct plain_listener {
    gemlet_prediction_callback on_rows;
    void *user;
} plain_listener;

static gemlet_status leave_spread_out(gemlet_dim first, gemlet_dim n, const float *probabilities,
                                      const float *spread, void *user)
{
    const plain_listener *to = user;
    (void)spread;
    return to->on_rows(first, n, probabilities, to->user);
}

gemlet_status gemlet_predict_in_parts(const gemlet_model *model, gemlet_device *device,
                                      const gemlet_dataset *dataset,
                                      gemlet_prediction_callback on_rows, void *user)
{
    plain_listener to = {on_rows, user};
    return gemlet_predict_with_spread(model, device, dataset, leave_spread_out, &to);
}

typedef struct all_probabilities {
    float *values; /* (rows, classes) */
    gemlet_dim n_classes;
} all_probabilities;

static gemlet_status copy_rows(gemlet_dim first, gemlet_dim n, const float *probabilities,
                               void *user)
{
    const all_probabilities *all = user;
    memcpy(all->values + (size_t)first * all->n_classes, probabilities,
           (size_t)n * all->n_classes * sizeof *probabilities);
    return GEMLET_OK;
}

gemlet_status gemlet_predict(const gemlet_model *model, gemlet_device *device,
                             const gemlet_dataset *dataset, float *probabilities)
{
    all_probabilities all = {probabilities, gm_spec_classes(gemlet_model_spec(model))};
    return gemlet_predict_in_parts(model, device, dataset, copy_rows, &all);
}
