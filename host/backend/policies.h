/* SPDX-License-Identifier: MIT
 * The policies of a training step: what its parts are. */
#ifndef GM_BACKEND_POLICIES_H
#define GM_BACKEND_POLICIES_H

/* How the values of a data set become inputs of the network. Each kind is an operation for steps
 * that are not fused, and a function of input_transform.cl, which holds the same list. */
typedef enum gm_input_kind {
    GM_INPUT_SCALED, /* gather_batch */
    GM_INPUT_ENCODED /* encode_batch */
} gm_input_kind;

/* What the network's outputs are compared with, and how: loss and gradient. Each head is an
 * operation for steps that are not fused, and a function of a row's own, which fused_head_row()
 * of fused_stage.cl calls; head.cl holds the same list. */
typedef enum gm_head {
    GM_HEAD_SOFTMAX_XENT,   /* softmax_xent */
    GM_HEAD_REGRESSION_LOSS /* regression_loss */
} gm_head;

/* How a step changes parameters. Each rule is an operation for steps that are not fused, and a
 * function of update.cl, which holds the same list. */
typedef enum gm_update_rule {
    GM_UPDATE_SGD,          /* sgd_step */
    GM_UPDATE_SGD_MOMENTUM, /* sgd_momentum_step */
    GM_UPDATE_ADAM          /* adam_step */
} gm_update_rule;

/* What a training step does beside the network's layers: its beginning, the turn from forward to
 * backward, its end. Their numbers are in the record, but for those of the input. */
typedef struct gm_policies {
    float input_scale;       /* of GM_INPUT_SCALED */
    int mixup;               /* 0 or 1: whether rows of the batch are mixed */
    int input_noise;         /* 0 or 1: whether noise is added to the batch */
    int input_dropout;       /* 0 or 1: whether the batch goes through dropout, in its place */
    int adversarial;         /* 0 or 1: whether half of the batch is moved against the network */
    int virtual_adversarial; /* 0 or 1: whether a divergence is lowered beside the loss */
    gm_head head;
    gm_update_rule rule;
    int clip_norm; /* 0 or 1: whether norm_clip comes before the update */
    int max_norm;  /* 0 or 1: whether norm_max comes behind it */
    int average;   /* 0 or 1: whether a step ends with average_step */
} gm_policies;

#endif
