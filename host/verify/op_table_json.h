/* SPDX-License-Identifier: MIT
 * An operation table as JSON. The functions return 1, or 0 when memory runs out. */
#ifndef GM_VERIFY_OP_TABLE_JSON_H
#define GM_VERIFY_OP_TABLE_JSON_H

#include <cjson/cJSON.h>

#include "gemlet/device.h"
#include "verify/op_table.h"

/* Adds which device was tried, and with which GEMM and kernels. */
int gm_op_table_add_device(cJSON *object, gemlet_device *device);

/* Adds every result of the table, and the first value that strayed. */
int gm_op_table_add_results(cJSON *object, const gm_op_table *table);

#endif
