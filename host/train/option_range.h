/* SPDX-License-Identifier: MIT
 * The check of training options that may be left out by a 0. */
#ifndef GM_TRAIN_OPTION_RANGE_H
#define GM_TRAIN_OPTION_RANGE_H

#include "core/error.h"

/* What sizes may be that devices square: below and above, squares are no floats any more. */
#define GM_LEAST_SIZE 1e-6
#define GM_MOST_SIZE  1e6

/* GEMLET_E_RANGE unless the value is 0 or from `least` to `most`; NaN is neither. */
static inline gemlet_status gm_option_check(const char *name, double value, double least,
                                            double most)
{
    if (value == 0 || (value >= least && value <= most))
        return GEMLET_OK;
    return gm_error(GEMLET_E_RANGE, "%s is %g, expected 0 (none) or %g to %g", name, value, least,
                    most);
}

#endif
