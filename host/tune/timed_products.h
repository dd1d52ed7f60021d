/* SPDX-License-Identifier: MIT
 * The choices of gm_product_times_choose() for a device and a job, kept from one run to the next.
 */
#ifndef GM_TUNE_TIMED_PRODUCTS_H
#define GM_TUNE_TIMED_PRODUCTS_H

#include "bench/product_times.h"

/* *choices = those that were kept in `directory` (NULL: nowhere), else those that the clock says
 * now, which are kept. That they cannot be kept is no failure. */
gemlet_status gm_timed_products_find(gm_product_choices *choices, const char *directory,
                                     const gm_product_times_job *job);

#endif
