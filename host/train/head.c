/* SPDX-License-Identifier: MIT
 * See head.h. The formulas are in backend.h, at the operations. */
#include "train/head.h"

#include <math.h>

#include "core/error.h"
#include "core/float_range.h"
#include "core/names.h"

gm_head gm_head_of(const gemlet_model *model)
{
    return gemlet_model_spec(model)->task == GEMLET_TASK_REGRESSION ? GM_HEAD_REGRESSION_LOSS
                                                                    : GM_HEAD_SOFTMAX_XENT;
}

static gemlet_status check_regression_loss(const gemlet_train_options *options,
                                           const gemlet_dataset *dataset)
{
    const gemlet_regression_loss loss = options->regression_loss;
    if ((int)loss < 0 || loss > GEMLET_REGRESSION_LOSS_HUBER)
        return gm_error(GEMLET_E_RANGE, "there is no regression loss %d", (int)loss);
    if (loss != GEMLET_REGRESSION_LOSS_SQUARED && gemlet_dataset_targets(dataset) == NULL)
        return gm_error(GEMLET_E_RANGE,
                        "the loss is %s, expected none such: the data have classes, not numbers",
                        gm_name_of(gm_regression_loss_names, loss));
    if (loss == GEMLET_REGRESSION_LOSS_HUBER &&
        !(options->huber_delta > 0 && gm_fits_float(options->huber_delta)))
        return gm_error(GEMLET_E_RANGE, "Huber's delta is %.9g, expected a float above 0",
                        options->huber_delta);
    return GEMLET_OK;
}

gemlet_status gm_head_check(const gemlet_train_options *options, const gemlet_dataset *dataset)
{
    const double smoothing = options->label_smoothing;
    GEMLET_TRY(check_regression_loss(options, dataset));
    if (gemlet_dataset_targets(dataset) != NULL && smoothing != 0.0)
        return gm_error(GEMLET_E_RANGE,
                        "label smoothing is %.9g, expected 0 for a regression, which has no labels",
                        smoothing);
    if (!(smoothing >= 0.0 && smoothing < 1.0) || (float)smoothing >= 1.0f)
        return gm_error(GEMLET_E_RANGE,
                        "label smoothing is %.9g, expected at least 0 and below 1, as a float",
                        smoothing);
    return GEMLET_OK;
}

void gm_head_fill_record(float record[GM_RECORD_SIZE], const gemlet_train_options *options)
{
    record[GM_RECORD_LABEL_SMOOTHING] = (float)options->label_smoothing;
    record[GM_RECORD_REGRESSION_LOSS] = (float)options->regression_loss;
    record[GM_RECORD_HUBER_DELTA] = (float)options->huber_delta;
}

gemlet_status gm_head_run(gm_head head, gm_backend *backend, const gm_head_args *args)
{
    switch (head) {
    case GM_HEAD_REGRESSION_LOSS:
        return gm_regression_loss(backend, &(gm_regression_loss_args){
                                               .outputs = args->outputs,
                                               .targets = args->labels,
                                               .weights = args->weights,
                                               .record = args->record,
                                               .doutputs = args->doutputs,
                                               .loss = args->loss,
                                           });
    case GM_HEAD_SOFTMAX_XENT:
        break;
    }
    return gm_softmax_xent(backend, &(gm_softmax_xent_args){
                                        .logits = args->outputs,
                                        .labels = args->labels,
                                        .weights = args->weights,
                                        .record = args->record,
                                        .dlogits = args->doutputs,
                                        .loss = args->loss,
                                        .correct = args->correct,
                                    });
}

double gm_head_accuracy(gm_head head, uint64_t n_correct, double n_rows)
{
    switch (head) {
    case GM_HEAD_REGRESSION_LOSS:
        return (double)NAN;
    case GM_HEAD_SOFTMAX_XENT:
        break;
    }
    return (double)n_correct / n_rows;
}

gemlet_status gm_head_predict(gm_head head, gm_backend *backend, gm_matrix outputs)
{
    switch (head) {
    case GM_HEAD_REGRESSION_LOSS:
        return GEMLET_OK; /* they are the answers */
    case GM_HEAD_SOFTMAX_XENT:
        break;
    }
    return gm_softmax(backend, &(gm_softmax_args){.logits = outputs, .probabilities = outputs});
}
