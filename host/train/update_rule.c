/* SPDX-License-Identifier: MIT
 * See update_rule.h. The formulas are in backend.h, at the operations. */
#include "train/update_rule.h"

#include <math.h>

#include "core/float_range.h"
#include "model/model.h"
#include "train/schedule.h"

gm_update_rule gm_update_rule_of(const gemlet_train_options *options)
{
    if (options->optimizer != GEMLET_OPTIMIZER_SGD)
        return GM_UPDATE_ADAM;
    return options->momentum > 0 ? GM_UPDATE_SGD_MOMENTUM : GM_UPDATE_SGD;
}

/* Those of the default recipe, and of PyTorch's Adam and AdamW. */
void gm_update_rule_usual(gemlet_train_options *options)
{
    if (options->optimizer == GEMLET_OPTIMIZER_SGD) {
        gemlet_train_options plain;
        gemlet_train_options_init(&plain);
        options->learning_rate = plain.learning_rate;
        options->weight_decay = plain.weight_decay;
        return;
    }
    options->learning_rate = 1e-3;
    options->weight_decay = options->optimizer == GEMLET_OPTIMIZER_ADAMW ? 0.01 : 0.0;
}

/* Adam corrects its moments by the number of steps since they were 0. */
gemlet_status gm_update_rule_begin(const gemlet_train_options *options, gemlet_model *model)
{
    if (gm_update_rule_of(options) != GM_UPDATE_ADAM)
        return GEMLET_OK;
    return gm_model_set_states(model, model->states & ~gm_update_rule_states(GM_UPDATE_ADAM));
}

gm_state_set gm_update_rule_states(gm_update_rule rule)
{
    switch (rule) {
    case GM_UPDATE_SGD_MOMENTUM:
        return 1u << GM_STATE_momentum;
    case GM_UPDATE_ADAM:
        return 1u << GM_STATE_first_moment | 1u << GM_STATE_second_moment;
    case GM_UPDATE_SGD:
        break;
    }
    return 0;
}

/* 1 - beta is what a record holds. */
static gemlet_status check_beta(const char *name, double beta)
{
    if (!(beta >= 0.0 && beta < 1.0) || !gm_fits_float(1.0 - beta))
        return gm_error(GEMLET_E_RANGE, "%s is %.17g, expected at least 0 and below 1", name, beta);
    return GEMLET_OK;
}

static gemlet_status check_optimizer(const gemlet_train_options *options)
{
    if ((unsigned)options->optimizer > GEMLET_OPTIMIZER_ADAMW)
        return gm_error(GEMLET_E_RANGE, "optimizer is %d, expected %d to %d",
                        (int)options->optimizer, GEMLET_OPTIMIZER_SGD, GEMLET_OPTIMIZER_ADAMW);
    if (options->optimizer == GEMLET_OPTIMIZER_SGD)
        return GEMLET_OK;
    if (options->momentum != 0.0)
        return gm_error(GEMLET_E_RANGE,
                        "momentum is %g with Adam, expected 0: beta1 is what "
                        "Adam has instead",
                        options->momentum);
    GEMLET_TRY(check_beta("beta1", options->beta1));
    GEMLET_TRY(check_beta("beta2", options->beta2));
    if (!(options->epsilon > 0.0) || !gm_fits_float(options->epsilon))
        return gm_error(GEMLET_E_RANGE, "epsilon is %g, expected a number above 0 " GM_FLOAT_RANGE,
                        options->epsilon);
    return GEMLET_OK;
}

gemlet_status gm_update_rule_check(const gemlet_train_options *options)
{
    if (!(options->learning_rate > 0.0) || !gm_fits_float(options->learning_rate))
        return gm_error(GEMLET_E_RANGE,
                        "learning rate is %g, expected a number above 0 " GM_FLOAT_RANGE,
                        options->learning_rate);
    if (!(options->weight_decay >= 0.0) || !gm_fits_float(options->weight_decay))
        return gm_error(GEMLET_E_RANGE, "weight decay is %g, expected 0 or more " GM_FLOAT_RANGE,
                        options->weight_decay);
    if (!(options->momentum >= 0.0 && options->momentum < 1.0) ||
        !gm_fits_float(options->momentum) || (float)options->momentum >= 1.0f)
        return gm_error(GEMLET_E_RANGE,
                        "momentum is %.9g, expected at least 0 and below 1, as a float",
                        options->momentum);
    if (options->nesterov != 0 && options->nesterov != 1)
        return gm_error(GEMLET_E_RANGE, "nesterov is %d, expected 0 or 1", options->nesterov);
    if (options->nesterov && options->momentum == 0.0)
        return gm_error(GEMLET_E_RANGE, "nesterov without momentum, expected a momentum above 0");
    GEMLET_TRY(check_optimizer(options));
    return gm_schedule_check(options);
}

/* 1 / (1 - beta^step), exact to a double's last places for a beta next to 1 too. */
static double correction(double beta, uint64_t step)
{
    return -1.0 / expm1((double)step * log(beta));
}

void gm_update_rule_fill_record(float record[GM_RECORD_SIZE], const gemlet_train_options *options,
                                uint64_t step)
{
    record[GM_RECORD_LEARNING_RATE] = (float)gm_schedule_learning_rate(options, step);
    record[GM_RECORD_WEIGHT_DECAY] = (float)options->weight_decay;
    record[GM_RECORD_MOMENTUM] = (float)options->momentum;
    record[GM_RECORD_NESTEROV] = (float)options->nesterov;
    record[GM_RECORD_STEP] = (float)(step + 1);
    if (options->optimizer == GEMLET_OPTIMIZER_SGD)
        return;
    record[GM_RECORD_NEW_FIRST] = (float)(1.0 - options->beta1);
    record[GM_RECORD_NEW_SECOND] = (float)(1.0 - options->beta2);
    record[GM_RECORD_FIRST_CORRECTION] = (float)correction(options->beta1, step + 1);
    record[GM_RECORD_SECOND_CORRECTION] = (float)correction(options->beta2, step + 1);
    record[GM_RECORD_EPSILON] = (float)options->epsilon;
    record[GM_RECORD_DECOUPLED] = options->optimizer == GEMLET_OPTIMIZER_ADAMW;
}

/* The same part of a vector that `part` is of its arena. */
static gm_vector part_of(gm_vector arena, gm_vector part)
{
    return (gm_vector){arena.buffer, part.offset, part.length};
}

/* Updates a part of the parameters from their gradients. */
static gemlet_status update_part(gm_update_rule rule, gm_network *network, gm_vector parameters,
                                 gm_vector record)
{
    const gm_vector gradients = part_of(gm_network_gradients(network), parameters);
    const size_t n_behind =
        network->n_decayed > parameters.offset ? network->n_decayed - parameters.offset : 0;
    const size_t n_decayed = n_behind < parameters.length ? n_behind : parameters.length;
    switch (rule) {
    case GM_UPDATE_SGD_MOMENTUM:
        return gm_sgd_momentum_step(
            network->backend,
            &(gm_sgd_momentum_step_args){
                .parameters = parameters,
                .momentum = part_of(gm_network_state(network, GM_STATE_momentum), parameters),
                .gradients = gradients,
                .record = record,
                .n_decayed = n_decayed,
            });
    case GM_UPDATE_ADAM:
        return gm_adam_step(network->backend,
                            &(gm_adam_step_args){
                                .parameters = parameters,
                                .first_moment = part_of(
                                    gm_network_state(network, GM_STATE_first_moment), parameters),
                                .second_moment = part_of(
                                    gm_network_state(network, GM_STATE_second_moment), parameters),
                                .gradients = gradients,
                                .record = record,
                                .n_decayed = n_decayed,
                            });
    case GM_UPDATE_SGD:
        break;
    }
    return gm_sgd_step(network->backend, &(gm_sgd_step_args){
                                             .parameters = parameters,
                                             .gradients = gradients,
                                             .record = record,
                                             .n_decayed = n_decayed,
                                         });
}

/* A walk along the parameters, as they lie in their arena. */
typedef struct walk {
    gm_update_rule rule;
    gm_network *network;
    gm_vector record;    /* the first of the step */
    gm_vector part;      /* what lies together and takes the same record */
    unsigned char which; /* that record */
} walk;

static gemlet_status update_walked(const walk *w)
{
    gm_vector record = w->record;
    record.offset += (size_t)w->which * GM_RECORD_SIZE;
    return w->part.length > 0 ? update_part(w->rule, w->network, w->part, record) : GEMLET_OK;
}

/* Goes on to the place `offset`, where a parameter with the record `which` begins. */
static gemlet_status walk_to(walk *w, size_t offset, unsigned char which)
{
    w->part.length = offset - w->part.offset;
    if (which == w->which)
        return GEMLET_OK;
    GEMLET_TRY(update_walked(w));
    w->part.offset = offset;
    w->part.length = 0;
    w->which = which;
    return GEMLET_OK;
}

/* Weights lie first, then the other parameters of each layer: see network.c. */
gemlet_status gm_update_rule_step(gm_update_rule rule, gm_network *network, gm_vector record)
{
    walk w = {rule, network, record, gm_network_parameters(network), network->layers[0].records[0]};
    w.part.length = 0;
    for (unsigned vectors = 0; vectors < 2; ++vectors) {
        for (unsigned l = 0; l < network->n_layers; ++l) {
            const gm_layer *layer = &network->layers[l];
            for (unsigned t = 0; t < GM_N_PARAMETERS; ++t) {
                const gm_matrix view = gm_layer_view(layer, t);
                if (view.buffer != NULL && (unsigned)gm_tensor_is_vector(t) == vectors)
                    GEMLET_TRY(walk_to(&w, view.offset, layer->records[t]));
            }
        }
    }
    w.part.length = network->n_parameters - w.part.offset;
    return update_walked(&w);
}
