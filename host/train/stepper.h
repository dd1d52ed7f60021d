/* SPDX-License-Identifier: MIT
 * How training steps are carried out: operation by operation, as step.c composes them, or fused by
 * the backend. Nobody else tells the two apart. */
#ifndef GM_TRAIN_STEPPER_H
#define GM_TRAIN_STEPPER_H

#include "gemlet/train.h"
#include "train/step.h"

typedef struct gm_stepper gm_stepper;

typedef struct gm_stepper_ops {
    /* Enqueues one step. Part of it, the loss included, may be put off until a later call. */
    gemlet_status (*enqueue)(gm_stepper *stepper, const gm_step_args *args);
    /* Enqueues what is missing of the loss and count of the last step. */
    gemlet_status (*complete)(gm_stepper *stepper);
    /* Completes the last step and puts parameters and running statistics, which may live elsewhere
     * meanwhile, into the network. Steps may follow. */
    gemlet_status (*store)(gm_stepper *stepper);
    /* Goes on from the parameters and running statistics of the network. */
    gemlet_status (*load)(gm_stepper *stepper);
    /* Behind store(): puts what the last step calculated into the network's tensors: the outputs
     * and gradients of the layers; with `all` the batch and the other tensors too, but for the
     * gradients of weights, which a fused step does not show. */
    gemlet_status (*show)(gm_stepper *stepper, int all);
    void (*destroy)(gm_stepper *stepper);
} gm_stepper_ops;

/* First member of both implementations. */
struct gm_stepper {
    const gm_stepper_ops *ops;
    gm_network *network;
    gm_device_data *data;
    gm_fused *fused;                          /* what carries the steps out; NULL: step.c */
    char why_not_fused[GM_FUSED_REASON_SIZE]; /* where `fused` is NULL */
    unsigned n_launches;                      /* of a step; 0: not known before the first one */
};

/* *out = the stepper that the options ask for. GEMLET_E_DEVICE if the backend cannot fuse the
 * network although they demand it. options->on_plan is told of the steps, at once of fused ones, at
 * the first step of composed ones. Everything passed must outlive the stepper. On failure *out =
 * NULL. Release with gm_stepper_destroy(). */
gemlet_status gm_stepper_create(gm_stepper **out, gm_network *network, gm_device_data *data,
                                const gemlet_train_options *options, const gm_policies *policies);

static inline int gm_stepper_is_fused(const gm_stepper *stepper)
{
    return stepper->fused != NULL;
}

void gm_stepper_destroy(gm_stepper *stepper); /* NULL is allowed */

/* *out = a fingerprint of the fused steps that would be created: two that are equal do the same.
 * NULL if the steps would not be fused. Release with free(). */
gemlet_status gm_stepper_fingerprint(char **out, const gm_network *network,
                                     const gm_device_data *data,
                                     const gemlet_train_options *options,
                                     const gm_policies *policies);

/* For gm_stepper_create(): tells options->on_plan, if there is one, `how` steps are carried out,
 * with the rest of what is to be known of the stepper in a line, and the plan. */
void gm_stepper_tell(const gm_stepper *stepper, const gemlet_train_options *options,
                     const char *how, const char *plan);

/* For gm_stepper_create(): *out = NULL and a reason in `why` (GM_FUSED_REASON_SIZE) where the steps
 * are composed. */
gemlet_status gm_stepper_create_fused(gm_stepper **out, char *why, gm_network *network,
                                      gm_device_data *data, const gemlet_train_options *options,
                                      const gm_policies *policies);

#endif
