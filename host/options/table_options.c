/* SPDX-License-Identifier: MIT
 * See table_options.h. */
#include "options/table_options.h"

#include "table/target.h"

const gm_name gm_header_names[] = {
    {"auto", GM_HEADER_FIND}, {"yes", GM_HEADER_YES}, {"no", GM_HEADER_NO}, {NULL, 0}};

const gm_name gm_task_names[] = {{"auto", GM_TASK_FIND},
                                 {"classification", GM_TASK_CLASSIFICATION},
                                 {"regression", GM_TASK_REGRESSION},
                                 {NULL, 0}};
