/* SPDX-License-Identifier: MIT
 * A short list of extents, e.g. the widths of the hidden layers. */
#ifndef GM_CORE_DIM_LIST_H
#define GM_CORE_DIM_LIST_H

#include "gemlet/dataset.h"

#define GM_MAX_LIST 64u

typedef struct gm_dim_list {
    gemlet_dim values[GM_MAX_LIST];
    unsigned n;
} gm_dim_list;

#endif
