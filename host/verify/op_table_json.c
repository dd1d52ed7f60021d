/* SPDX-License-Identifier: MIT
 * See op_table_json.h. */
#include "verify/op_table_json.h"

#include "backend/device.h"
#include "core/json.h"

int gm_op_table_add_device(cJSON *object, gemlet_device *device)
{
    const gemlet_device_info *info = gemlet_device_get_info(device);
    const char *kernels = gm_device_backend(device)->kernels_id;
    cJSON *added = cJSON_AddObjectToObject(object, "device");
    return added != NULL && gm_json_add_text(added, "name", info->name) &&
           gm_json_add_text(added, "type", gemlet_device_type_name(info->type)) &&
           gm_json_add_text(added, "platform", info->platform) &&
           gm_json_add_text(added, "vendor", info->vendor) &&
           gm_json_add_text(added, "version", info->version) &&
           gm_json_add_text(added, "driver", info->driver) &&
           gm_json_add_text(added, "gemm", gemlet_device_gemm_name(device)) &&
           gm_json_add_text(added, "kernels", kernels != NULL ? kernels : "");
}

static int add_line(cJSON *results, const gm_statistics_line *line)
{
    cJSON *object = cJSON_CreateObject();
    return cJSON_AddItemToArray(results, object) &&
           gm_json_add_text(object, "operation", line->label) &&
           gm_json_add_text(object, "result", line->tensor) &&
           gm_json_add_text(object, "verdict", line->n_wrong == 0 ? "pass" : "fail") &&
           gm_json_add_real(object, "largest_error", line->device.largest) &&
           gm_json_add_real(object, "float_cpu_largest_error", line->cpu.largest) &&
           cJSON_AddNumberToObject(object, "values", (double)line->n_values) != NULL &&
           cJSON_AddNumberToObject(object, "wrong_values", (double)line->n_wrong) != NULL;
}

int gm_op_table_add_results(cJSON *object, const gm_op_table *table)
{
    if (!gm_json_add_text(object, "stray_value", table->stray))
        return 0;
    cJSON *results = cJSON_AddArrayToObject(object, "results");
    int ok = results != NULL;
    for (size_t i = 0; ok && i < table->lines.n_lines; ++i)
        ok = add_line(results, &table->lines.lines[i]);
    return ok;
}
