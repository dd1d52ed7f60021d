/* SPDX-License-Identifier: MIT
 * See stepper.h. Steps that the backend fuses. */
#include "train/stepper.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"

/* Batches that operations before the fused step augment: it takes them as its data. */
static void describe_augmented(gm_fused_network *described, const gm_device_data *data)
{
    described->features = data->x;
    described->codes = (gm_matrix){0};
    described->labels = data->batch_labels;
    described->order = data->augmenter.order;
    described->images = (gm_fused_images){0};
    described->policies.input_scale = 1.0f;
}

/* Share of the inputs that is not 0, from that of the data. No noise is 0. Rows that are mixed
 * count as single ones: what makes skipping worth while is zeros in the same places. */
static double input_density(const gm_policies *policies, double density)
{
    return policies->input_noise ? 1.0 : density;
}

static gm_fused_network describe(const gm_network *network, const gm_device_data *data,
                                 const gemlet_train_options *options, const gm_policies *policies)
{
    const gm_augmenter *augmenter = &data->augmenter;
    return (gm_fused_network){
        .n_layers = network->n_layers,
        .layers = network->layers,
        .states = network->states,
        .state_arenas = network->state_arenas,
        .batch = options->batch,
        .eps = GM_BATCH_NORM_EPS,
        .momentum = GM_BATCH_NORM_MOMENTUM,
        .policies = *policies,
        .features = data->features,
        .codes = data->codes,
        .labels = data->labels,
        .order = data->order,
        .images = {augmenter->height,
                   augmenter->plain,
                   {augmenter->noise[0], augmenter->noise[1]},
                   augmenter->taps},
        .density = input_density(policies, data->density),
        .is_demanded = options->fused == GEMLET_FUSED_ON,
    };
}

/* ---- what a step calculated ----------------------------------------------------------------- */

/* Copies a tensor to a view, through the host. Both element types have four bytes. */
static gemlet_status show_matrix(gm_fused *fused, gm_backend *backend, unsigned tensor,
                                 unsigned layer, gm_matrix view)
{
    gm_fused_stray stray;
    float *values;
    if (view.buffer == NULL)
        return GEMLET_OK;
    const size_t n_values = (view.rows - 1) * view.ld + view.cols;
    GEMLET_TRY(GM_ALLOC(values, n_values, "tensor of the fused step"));
    gemlet_status status = fused->ops->inspect(fused, tensor, layer, values, &stray);
    /* Apart, from the last row on, with the zeros that a network has between its rows. */
    for (size_t row = view.rows; row-- > 1 && view.ld > view.cols;) {
        memmove(values + row * view.ld, values + row * view.cols, view.cols * sizeof *values);
        memset(values + row * view.ld - (view.ld - view.cols), 0,
               (view.ld - view.cols) * sizeof *values);
    }
    if (status == GEMLET_OK)
        status = gm_backend_upload(backend, view.buffer, view.offset, n_values, values);
    free(values);
    return status;
}

/* dz lies in place of dy. */
static gemlet_status show_tensor(gm_stepper *stepper, unsigned l, gm_tensor t)
{
    return show_matrix(stepper->fused, stepper->network->backend,
                       t == GM_TENSOR_dy ? (unsigned)GM_FUSED_DZ : (unsigned)t, l,
                       gm_layer_view(&stepper->network->layers[l], t));
}

static gemlet_status show_batch(gm_stepper *stepper)
{
    const gm_vector labels = stepper->data->batch_labels;
    gm_backend *backend = stepper->network->backend;
    GEMLET_TRY(show_matrix(stepper->fused, backend, GM_FUSED_X, 0, stepper->data->x));
    return show_matrix(
        stepper->fused, backend, GM_FUSED_BATCH_LABELS, 0,
        (gm_matrix){labels.buffer, labels.offset, labels.length, 1, (gemlet_dim)labels.length});
}

static gemlet_status show(gm_stepper *stepper, int all)
{
    if (all)
        GEMLET_TRY(show_batch(stepper));
    for (unsigned l = 0; l < stepper->network->n_layers; ++l) {
        for (unsigned t = 0; t < GM_N_TENSORS; ++t) {
            if (all ? gm_fused_shows(t) : t == GM_TENSOR_y || t == GM_TENSOR_dy)
                GEMLET_TRY(show_tensor(stepper, l, t));
        }
    }
    return GEMLET_OK;
}

/* ---- the stepper ---------------------------------------------------------------------------- */

/* Whether operations augment a batch before the fused step. */
static int augments_before(const gm_fused *fused, const gm_device_data *data)
{
    return data->augmenter.plain.buffer != NULL && !fused->augments;
}

static unsigned count_launches_before(const gm_fused *fused, const gm_device_data *data)
{
    if (!augments_before(fused, data))
        return 0;
    return data->augmenter.taps.buffer != NULL ? 3 : 2;
}

static gemlet_status enqueue(gm_stepper *stepper, const gm_step_args *args)
{
    gm_device_data *data = stepper->data;
    size_t first = args->first;
    gm_matrix x;
    gm_vector labels;
    if (augments_before(stepper->fused, data)) {
        GEMLET_TRY(gm_device_data_gather(data, args->first, args->batch, args->policies.input_scale,
                                         &x, &labels));
        GEMLET_TRY(gm_device_data_augment_batch(data, args->record, &x));
        first = 0;
    }
    return stepper->fused->ops->step(
        stepper->fused, &(gm_fused_step_args){first, args->record, args->loss, args->correct});
}

static gemlet_status complete(gm_stepper *stepper)
{
    return stepper->fused->ops->complete(stepper->fused);
}

static gemlet_status store(gm_stepper *stepper)
{
    return stepper->fused->ops->store(stepper->fused);
}

static gemlet_status load(gm_stepper *stepper)
{
    return stepper->fused->ops->load(stepper->fused);
}

static void destroy(gm_stepper *stepper)
{
    stepper->fused->ops->destroy(stepper->fused);
    free(stepper);
}

static const gm_stepper_ops fused_ops = {
    .enqueue = enqueue,
    .complete = complete,
    .store = store,
    .load = load,
    .show = show,
    .destroy = destroy,
};

/* What no fused step does; NULL: nothing that is asked for. */
static const char *find_unfused(const gm_device_data *data, const gm_policies *policies)
{
    if (data->weights.buffer != NULL)
        return "its rows have weights";
    if (policies->adversarial)
        return "training is adversarial";
    if (policies->virtual_adversarial)
        return "training is virtual adversarial";
    return NULL;
}

/* *out = NULL with a reason if the backend cannot fuse the network. */
static gemlet_status create_fused(gm_fused **out, char *why, const gm_network *network,
                                  const gm_device_data *data, const gemlet_train_options *options,
                                  const gm_policies *policies)
{
    gm_backend *backend = network->backend;
    *out = NULL;
    snprintf(why, GM_FUSED_REASON_SIZE, "the device has no fused step");
    if (backend->ops->fused_create == NULL)
        return GEMLET_OK;
    const char *unfused = find_unfused(data, policies);
    if (unfused != NULL) {
        snprintf(why, GM_FUSED_REASON_SIZE, "%s", unfused);
        return GEMLET_OK;
    }
    gm_fused_network described = describe(network, data, options, policies);
    gemlet_status status = backend->ops->fused_create(backend, out, &described, why);
    if (status == GEMLET_OK && *out == NULL && described.images.plain.buffer != NULL) {
        describe_augmented(&described, data);
        status = backend->ops->fused_create(backend, out, &described, why);
    }
    /* The operations may compile all the same. */
    if (status == GEMLET_E_BUILD && options->fused == GEMLET_FUSED_AUTO) {
        snprintf(why, GM_FUSED_REASON_SIZE, "the device's compiler rejects the fused step");
        return GEMLET_OK;
    }
    return status;
}

gemlet_status gm_stepper_create_fused(gm_stepper **out, char *why, gm_network *network,
                                      gm_device_data *data, const gemlet_train_options *options,
                                      const gm_policies *policies)
{
    gm_stepper *stepper;
    gm_fused *fused;
    *out = NULL;
    if (options->fused == GEMLET_FUSED_OFF) {
        snprintf(why, GM_FUSED_REASON_SIZE, "turned off");
        return GEMLET_OK;
    }
    GEMLET_TRY(create_fused(&fused, why, network, data, options, policies));
    if (fused == NULL && options->fused == GEMLET_FUSED_ON)
        return gm_error(GEMLET_E_DEVICE, "device %s: this network cannot be fused: %s",
                        network->backend->info.name, why);
    if (fused == NULL)
        return GEMLET_OK;
    const gemlet_status status = GM_ALLOC(stepper, 1, "stepper");
    if (status != GEMLET_OK) {
        fused->ops->destroy(fused);
        return status;
    }
    const unsigned n_before = count_launches_before(fused, data);
    *stepper = (gm_stepper){.ops = &fused_ops,
                            .network = network,
                            .data = data,
                            .fused = fused,
                            .n_launches = fused->n_launches + n_before};
    char how[64];
    int length = snprintf(how, sizeof how, "fused, %u launches a step", fused->n_launches);
    if (n_before > 0)
        snprintf(how + length, sizeof how - (size_t)length, " behind %u that augment it", n_before);
    gm_stepper_tell(stepper, options, how, fused->plan);
    *out = stepper;
    return GEMLET_OK;
}

gemlet_status gm_stepper_fingerprint(char **out, const gm_network *network,
                                     const gm_device_data *data,
                                     const gemlet_train_options *options,
                                     const gm_policies *policies)
{
    gm_backend *backend = network->backend;
    *out = NULL;
    if (options->fused == GEMLET_FUSED_OFF || backend->ops->fused_fingerprint == NULL ||
        find_unfused(data, policies) != NULL)
        return GEMLET_OK;
    gm_fused_network described = describe(network, data, options, policies);
    GEMLET_TRY(backend->ops->fused_fingerprint(backend, out, &described));
    if (*out != NULL || described.images.plain.buffer == NULL)
        return GEMLET_OK;
    describe_augmented(&described, data);
    return backend->ops->fused_fingerprint(backend, out, &described);
}
