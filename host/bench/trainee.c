/* SPDX-License-Identifier: MIT
 * See trainee.h. */
#include "bench/trainee.h"

#include <stdlib.h>

#include "backend/device.h"
#include "core/memory.h"
#include "model/network.h"
#include "train/device_data.h"
#include "train/fused.h"
#include "train/step_plan.h"

#define N_SLOTS 100u /* steps whose losses stay on the device */

struct gm_trainee {
    gm_backend *backend;
    gm_network *network;
    gm_device_data data;
    gm_step_plan plan;
    gm_fused *fused; /* NULL: operation by operation */
    gm_buffer *losses;
    gm_buffer *corrects;
    uint64_t n_done;
};

static gemlet_status set_up(gm_trainee *t, const gemlet_model *model, const gemlet_dataset *dataset,
                            const gemlet_train_options *options)
{
    const float input_scale = gemlet_model_input_scale(model);
    char why_not_fused[GM_FUSED_REASON_SIZE];
    GEMLET_TRY(gm_check_data_fits_model(dataset, model, 1));
    GEMLET_TRY(gm_step_plan_create(&t->plan, options, dataset, input_scale));
    GEMLET_TRY(gm_backend_alloc(t->backend, &t->losses, GM_REAL, N_SLOTS, "losses"));
    GEMLET_TRY(gm_backend_alloc(t->backend, &t->corrects, GM_U32, N_SLOTS, "counts"));
    GEMLET_TRY(gm_network_create(&t->network, t->backend, model, GM_NETWORK_TRAIN, options->batch));
    GEMLET_TRY(gm_device_data_create(&t->data, t->backend, dataset, options->batch));
    return gm_train_fused_create(&t->fused, why_not_fused, t->network, &t->data, options,
                                 input_scale);
}

gemlet_status gm_trainee_create(gm_trainee **out, const gemlet_model *model, gemlet_device *device,
                                const gemlet_dataset *dataset, const gemlet_train_options *options)
{
    gm_trainee *t;
    *out = NULL;
    GEMLET_TRY(GM_ALLOC(t, 1, "trainee"));
    t->backend = gm_device_backend(device);
    const gemlet_status status = set_up(t, model, dataset, options);
    if (status == GEMLET_OK)
        *out = t;
    else
        gm_trainee_destroy(t);
    return status;
}

static gemlet_status enqueue_step(gm_trainee *t)
{
    gm_step_args args;
    const size_t slot = (size_t)(t->n_done % N_SLOTS);
    GEMLET_TRY(gm_step_plan_prepare(&t->plan, &t->data, t->n_done, &args));
    args.loss = (gm_vector){t->losses, slot, 1};
    args.correct = (gm_vector){t->corrects, slot, 1};
    ++t->n_done;
    if (t->fused == NULL)
        return gm_train_step(t->network, &t->data, &args);
    return t->fused->ops->step(
        t->fused, &(gm_fused_step_args){args.first, args.learning_rate, args.loss, args.correct});
}

gemlet_status gm_trainee_read_loss(const gm_trainee *t, double *loss)
{
    float losses[N_SLOTS];
    const size_t n = t->n_done < N_SLOTS ? (size_t)t->n_done : N_SLOTS;
    GEMLET_TRY(gm_backend_download(t->backend, t->losses, 0, n, losses));
    *loss = 0.0;
    for (size_t i = 0; i < n; ++i)
        *loss += (double)losses[i] / (double)n;
    return GEMLET_OK;
}

gemlet_status gm_trainee_run(gm_trainee *t, uint64_t n)
{
    for (uint64_t i = 0; i < n; ++i)
        GEMLET_TRY(enqueue_step(t));
    if (t->fused != NULL)
        GEMLET_TRY(t->fused->ops->complete(t->fused));
    return gm_backend_sync(t->backend);
}

const char *gm_trainee_plan(const gm_trainee *t)
{
    return t->fused != NULL ? t->fused->plan : NULL;
}

void gm_trainee_destroy(gm_trainee *t)
{
    if (t == NULL)
        return;
    if (t->fused != NULL)
        t->fused->ops->destroy(t->fused);
    gm_device_data_destroy(&t->data);
    gm_network_destroy(t->network);
    gm_backend_free(t->backend, t->corrects);
    gm_backend_free(t->backend, t->losses);
    gm_step_plan_free(&t->plan);
    free(t);
}
