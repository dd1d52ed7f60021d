/* SPDX-License-Identifier: MIT
 * Whether rows may stay in files, and where binary copies of those are kept that cannot be read in
 * place; gemlet_dataset_allow_files() in gemlet/dataset.h sets it. */
#ifndef GM_DATA_ROW_CACHE_H
#define GM_DATA_ROW_CACHE_H

#include "core/error.h"

/* 1 if rows for which memory has no room may stay in their file. */
int gm_row_cache_is_allowed(void);

#endif
