/* SPDX-License-Identifier: MIT
 * See stepper.h. The choice, and steps operation by operation. */
#include "train/stepper.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/memory.h"
#include "train/explain.h"

typedef struct composed {
    gm_stepper base;
    const gemlet_train_options *options;
    int is_explained;
} composed;

void gm_stepper_tell(const gm_stepper *stepper, const gemlet_train_options *options,
                     const char *how, const char *plan)
{
    char summary[GM_FUSED_REASON_SIZE + 128];
    char chunks[64] = "";
    const gemlet_dim chunk_rows = stepper->data->chunks.rows;
    if (options->on_plan == NULL)
        return;
    if (chunk_rows > 0)
        snprintf(chunks, sizeof chunks, "; rows come to the device in chunks of %u", chunk_rows);
    snprintf(summary, sizeof summary, "%s%s", how, chunks);
    options->on_plan(summary, plan, options->user);
}

/* Tells on_plan what the step launches. */
static gemlet_status explain_step(composed *c, const gm_step_args *args)
{
    gm_stepper *stepper = &c->base;
    char how[GM_FUSED_REASON_SIZE + 32];
    gm_explanation e;
    gemlet_status status = gm_explain_begin(&e, stepper->network->backend);
    if (status == GEMLET_OK)
        status = gm_train_step(stepper->network, stepper->data, args);
    if (status == GEMLET_OK)
        status = gm_explain_end(&e);
    stepper->n_launches = e.n_launches + e.n_calls;
    if (status == GEMLET_OK) {
        snprintf(how, sizeof how, "operation by operation (%s)", stepper->why_not_fused);
        gm_stepper_tell(stepper, c->options, how, e.text);
    }
    gm_explain_free(&e);
    return status;
}

static gemlet_status enqueue(gm_stepper *stepper, const gm_step_args *args)
{
    composed *c = (composed *)stepper;
    if (c->is_explained || c->options->on_plan == NULL)
        return gm_train_step(stepper->network, stepper->data, args);
    c->is_explained = 1;
    return explain_step(c, args);
}

/* The network holds everything at any time. */
static gemlet_status nothing(gm_stepper *stepper)
{
    (void)stepper;
    return GEMLET_OK;
}

static gemlet_status show(gm_stepper *stepper, int all)
{
    (void)stepper;
    (void)all;
    return GEMLET_OK;
}

static void destroy(gm_stepper *stepper)
{
    free(stepper);
}

static const gm_stepper_ops composed_ops = {
    .enqueue = enqueue,
    .complete = nothing,
    .store = nothing,
    .load = nothing,
    .show = show,
    .destroy = destroy,
};

gemlet_status gm_stepper_create(gm_stepper **out, gm_network *network, gm_device_data *data,
                                const gemlet_train_options *options, const gm_policies *policies)
{
    char why_not[GM_FUSED_REASON_SIZE] = "";
    composed *c;
    *out = NULL;
    GEMLET_TRY(gm_stepper_create_fused(out, why_not, network, data, options, policies));
    if (*out != NULL)
        return GEMLET_OK;
    GEMLET_TRY(GM_ALLOC(c, 1, "stepper"));
    c->base = (gm_stepper){.ops = &composed_ops, .network = network, .data = data};
    snprintf(c->base.why_not_fused, sizeof c->base.why_not_fused, "%s", why_not);
    c->options = options;
    *out = &c->base;
    return GEMLET_OK;
}

void gm_stepper_destroy(gm_stepper *stepper)
{
    if (stepper != NULL)
        stepper->ops->destroy(stepper);
}
