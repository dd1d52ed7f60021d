/* SPDX-License-Identifier: MIT
 * See row_cache.h. */
#include "data/row_cache.h"

#include "gemlet/dataset.h"

static int is_allowed;

void gemlet_dataset_allow_files(int allow)
{
    is_allowed = allow;
}

int gm_row_cache_is_allowed(void)
{
    return is_allowed;
}
