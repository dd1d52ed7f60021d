/* SPDX-License-Identifier: MIT
 * How a run makes its matrix products on a GPU, where the steps are not fused: as the clock says,
 * see tune/timed_products.h. */
#ifndef GM_RUN_PRODUCTS_H
#define GM_RUN_PRODUCTS_H

#include "run/run.h"

/* Applies what is tuned: of a run that goes on, what it began with, if the device is the same. */
gemlet_status gm_run_use_tuned(gm_run *r);

/* Puts the choices in force, before the products are tried. A run that goes on has those that it
 * began with, if the device is the same: its bits depend on them. What was tuned stays, and nothing
 * is timed where the options say how to multiply or not to use what was tuned, nor on a processor,
 * where the GPU kernels are an exercise. That timing fails is noted; then the device chooses. */
gemlet_status gm_run_choose_products(const gm_run *r);

/* What a checkpoint says of them. */
#define GM_RUN_PRODUCTS "products"
#define GM_RUN_CHOICES  "choices" /* of the tuning */

/* The choices in force, as text; NULL: none, or the steps do without them. */
const char *gm_run_products(const gm_run *r);

#endif
