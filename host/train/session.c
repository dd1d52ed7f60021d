/* SPDX-License-Identifier: MIT
 * See session.h. */
#include "train/session.h"

#include <stdlib.h>

#include "core/memory.h"
#include "train/dropout.h"
#include "train/policies.h"
#include "train/rate_scale.h"
#include "train/update_rule.h"

static gemlet_status set_up(gm_session *s, const gemlet_model *model, const gemlet_dataset *dataset,
                            const gemlet_train_options *options, double density)
{
    const gm_policies policies = gm_policies_of(model, options);
    GEMLET_TRY(gm_check_data_fits_model(dataset, model, 1));
    GEMLET_TRY(gm_step_plan_create(&s->plan, s->backend, options, dataset, gemlet_model_spec(model),
                                   &policies));
    GEMLET_TRY(gm_backend_alloc(s->backend, &s->losses, GM_REAL, s->n_slots, "losses"));
    GEMLET_TRY(gm_backend_alloc(s->backend, &s->corrects, GM_U32, s->n_slots, "counts"));
    const gm_state_set states =
        gm_update_rule_states(policies.rule) | (policies.average ? GM_AVERAGE_STATE : 0u);
    GEMLET_TRY(gm_network_create(&s->network, s->backend, model, gm_dropout_network_use(options),
                                 options->batch, states));
    gm_rate_scale_assign(s->network, options);
    GEMLET_TRY(gm_device_data_create(&s->data, s->backend, dataset, options->batch));
    GEMLET_TRY(gm_device_data_augment(&s->data, dataset, options));
    if (density > 0)
        s->data.density = density;
    return gm_stepper_create(&s->stepper, s->network, &s->data, options, &policies);
}

gemlet_status gm_session_create(gm_session **out, gm_backend *backend, const gemlet_model *model,
                                const gemlet_dataset *dataset, const gemlet_train_options *options,
                                uint64_t n_slots, double density)
{
    gm_session *s;
    *out = NULL;
    GEMLET_TRY(GM_ALLOC(s, 1, "session"));
    s->backend = backend;
    s->n_slots = n_slots;
    const gemlet_status status = set_up(s, model, dataset, options, density);
    if (status == GEMLET_OK)
        *out = s;
    else
        gm_session_destroy(s);
    return status;
}

gemlet_status gm_session_enqueue(gm_session *session, uint64_t step, uint64_t slot)
{
    gm_step_args args;
    GEMLET_TRY(gm_step_plan_prepare(&session->plan, &session->data, step, &args));
    args.loss = (gm_vector){session->losses, slot, 1};
    args.correct = (gm_vector){session->corrects, slot, 1};
    return session->stepper->ops->enqueue(session->stepper, &args);
}

gemlet_status gm_session_run(gm_session *session, uint64_t first, uint64_t n)
{
    for (uint64_t i = first; i < first + n; ++i)
        GEMLET_TRY(gm_session_enqueue(session, i, i % session->n_slots));
    GEMLET_TRY(session->stepper->ops->complete(session->stepper));
    return gm_backend_sync(session->backend);
}

gemlet_status gm_session_read(gm_session *session, uint64_t first, uint64_t n, float *losses,
                              uint32_t *corrects)
{
    GEMLET_TRY(session->stepper->ops->complete(session->stepper));
    GEMLET_TRY(gm_backend_download(session->backend, session->losses, first, n, losses));
    if (corrects == NULL)
        return GEMLET_OK;
    return gm_backend_download(session->backend, session->corrects, first, n, corrects);
}

gemlet_status gm_session_store(gm_session *session, gemlet_model *model)
{
    GEMLET_TRY(session->stepper->ops->store(session->stepper));
    return gm_network_download(session->network, model);
}

gemlet_status gm_session_load(gm_session *session, const gemlet_model *model)
{
    GEMLET_TRY(gm_network_upload(session->network, model));
    return session->stepper->ops->load(session->stepper);
}

void gm_session_destroy(gm_session *session)
{
    if (session == NULL)
        return;
    gm_stepper_destroy(session->stepper);
    gm_device_data_destroy(&session->data);
    gm_network_destroy(session->network);
    gm_backend_free(session->backend, session->corrects);
    gm_backend_free(session->backend, session->losses);
    gm_step_plan_free(&session->plan);
    free(session);
}
