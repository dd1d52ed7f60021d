/* SPDX-License-Identifier: MIT
 * See trainee.h. */
#include "bench/trainee.h"

#include <stdlib.h>

#include "backend/device.h"
#include "core/memory.h"
#include "train/session.h"

#define N_SLOTS 100u /* steps whose losses stay on the device */

struct gm_trainee {
    gm_session *session;
    uint64_t n_done;
};

gemlet_status gm_trainee_create(gm_trainee **out, const gemlet_model *model, gemlet_device *device,
                                const gemlet_dataset *dataset, const gemlet_train_options *options)
{
    gm_trainee *t;
    *out = NULL;
    GEMLET_TRY(GM_ALLOC(t, 1, "trainee"));
    const gemlet_status status = gm_session_create(&t->session, gm_device_backend(device), model,
                                                   dataset, options, N_SLOTS, 0);
    if (status == GEMLET_OK)
        *out = t;
    else
        free(t);
    return status;
}

gemlet_status gm_trainee_read_loss(const gm_trainee *t, double *loss)
{
    float losses[N_SLOTS];
    const size_t n = t->n_done < N_SLOTS ? (size_t)t->n_done : N_SLOTS;
    GEMLET_TRY(gm_session_read(t->session, 0, n, losses, NULL));
    *loss = 0.0;
    for (size_t i = 0; i < n; ++i)
        *loss += (double)losses[i] / (double)n;
    return GEMLET_OK;
}

gemlet_status gm_trainee_run(gm_trainee *t, uint64_t n)
{
    GEMLET_TRY(gm_session_run(t->session, t->n_done, n));
    t->n_done += n;
    return GEMLET_OK;
}

const char *gm_trainee_plan(const gm_trainee *t)
{
    const gm_stepper *stepper = t->session->stepper;
    return gm_stepper_is_fused(stepper) ? stepper->fused->plan : NULL;
}

void gm_trainee_destroy(gm_trainee *t)
{
    if (t == NULL)
        return;
    gm_session_destroy(t->session);
    free(t);
}
