/* SPDX-License-Identifier: MIT
 * The record of a training step. */
#ifndef GM_BACKEND_RECORD_H
#define GM_BACKEND_RECORD_H

/* The numbers of a training step that are not shapes, as REAL values in device memory: the host
 * calculates those of many steps ahead, in double, and operations take the one of their step. So
 * neither programs nor arguments of kernels depend on them. update.cl and head.cl read them by
 * their places. */
typedef enum gm_record_item {
    GM_RECORD_LEARNING_RATE,
    GM_RECORD_WEIGHT_DECAY,
    GM_RECORD_MOMENTUM,
    GM_RECORD_NESTEROV,             /* 0 or 1 */
    GM_RECORD_STEP,                 /* from 1; exact up to 2^24 */
    GM_RECORD_NEW_FIRST,            /* of adam_step, as the following: 1 - beta1 */
    GM_RECORD_NEW_SECOND,           /* 1 - beta2 */
    GM_RECORD_FIRST_CORRECTION,     /* 1 / (1 - beta1^t) of step t */
    GM_RECORD_SECOND_CORRECTION,    /* 1 / (1 - beta2^t) */
    GM_RECORD_EPSILON,              /* above 0 */
    GM_RECORD_DECOUPLED,            /* 0 or 1 */
    GM_RECORD_ROTATION,             /* of augment, as the following: largest angle, in radians */
    GM_RECORD_SCALING,              /* largest change of a factor, below 1 */
    GM_RECORD_SHEAR,                /* tangent of the largest angle */
    GM_RECORD_SHIFT,                /* largest distance, in pixels */
    GM_RECORD_ELASTIC,              /* factor of smoothed noise, in pixels */
    GM_RECORD_MAX_NORM = 16,        /* above 0 */
    GM_RECORD_CLIP_NORM,            /* above 0 */
    GM_RECORD_INPUT_NOISE,          /* deviation of a unit of the noise's sum of random numbers */
    GM_RECORD_AVERAGE_WEIGHT = 19,  /* of the newest values in their moving average, 0 to 1 */
    GM_RECORD_LABEL_SMOOTHING = 20, /* from 0, below 1; the heads' numbers begin here */
    GM_RECORD_REGRESSION_LOSS,      /* gemlet_regression_loss */
    GM_RECORD_HUBER_DELTA,          /* above 0 */
    GM_RECORD_ADVERSARIAL,          /* step along the sign of a gradient, above 0 */

    /* Of dropout: the rate, a multiple of 2^-16 below 1, and what is multiplied with where nothing
     * is dropped, 1 / (1 - rate). dropout.cl reads them by their places. */
    GM_RECORD_INPUT_DROPOUT = 24,
    GM_RECORD_INPUT_DROPOUT_SCALE,
    GM_RECORD_HIDDEN_DROPOUT,
    GM_RECORD_HIDDEN_DROPOUT_SCALE,
    GM_RECORD_KEY, /* of the step's random numbers: 64 bits as four numbers, the lowest first */
    GM_RECORD_MIXED_PART = GM_RECORD_KEY + 4, /* of the other row in a mixed one, 0 to 0.5 */
    GM_RECORD_HIDDEN_NOISE,                   /* as the input noise, of hidden layers */
    GM_RECORD_VIRTUAL_STEP,                   /* radius of the virtual adversarial step, as below */
    GM_RECORD_VIRTUAL_XI,                     /* of the one that finds its direction; above 0 */
    GM_RECORD_VIRTUAL_WEIGHT,                 /* of the divergence; above 0 */
    GM_RECORD_ITEMS                           /* what is not named here is 0 */
} gm_record_item;

#define GM_RECORD_SIZE 48
_Static_assert((int)GM_RECORD_ITEMS <= GM_RECORD_SIZE, "GM_RECORD_SIZE is too small");

#endif
