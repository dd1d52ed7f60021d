/* SPDX-License-Identifier: MIT
 * See json.h.
 *
 * Numbers go in as text: cJSON keeps every number as a double and prints it with 15 digits if that
 * is within one rounding of its value, which loses counts of 64 bits and the last bit of reals. */
#include "core/json.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "core/memory.h"
#include "core/clean_text.h"

cJSON *gm_json_create_text(const char *text)
{
    char *clean; /* cJSON would copy bytes that are not UTF-8 */
    if (gm_clean_text(&clean, text) != GEMLET_OK)
        return NULL;
    cJSON *item = cJSON_CreateString(clean);
    free(clean);
    return item;
}

int gm_json_add_text(cJSON *object, const char *key, const char *text)
{
    if (text == NULL)
        return cJSON_AddNullToObject(object, key) != NULL;
    return cJSON_AddItemToObject(object, key, gm_json_create_text(text));
}

int gm_json_add_real(cJSON *object, const char *key, double value)
{
    if (!isfinite(value))
        return cJSON_AddNullToObject(object, key) != NULL;
    char text[32];
    /* 17 digits always read back as the same value. */
    for (int digits = 15; digits <= 17; ++digits) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    return cJSON_AddRawToObject(object, key, text) != NULL;
}

int gm_json_add_count(cJSON *object, const char *key, uint64_t value)
{
    char text[32];
    snprintf(text, sizeof text, "%" PRIu64, value);
    return cJSON_AddRawToObject(object, key, text) != NULL;
}

const cJSON *gm_json_at(const cJSON *root, const char *place)
{
    const size_t length = strcspn(place, ".");
    const cJSON *item;
    cJSON_ArrayForEach(item, root)
    {
        if (item->string != NULL && strlen(item->string) == length &&
            strncmp(item->string, place, length) == 0)
            return place[length] == '.' ? gm_json_at(item, place + length + 1) : item;
    }
    return NULL;
}

double gm_json_number_at(const cJSON *root, const char *place)
{
    const cJSON *item = gm_json_at(root, place);
    return cJSON_IsNumber(item) ? item->valuedouble : (double)NAN;
}

const char *gm_json_text_at(const cJSON *root, const char *place)
{
    const cJSON *item = gm_json_at(root, place);
    return cJSON_IsString(item) ? item->valuestring : NULL;
}

gemlet_status gm_json_write(const char *path, cJSON *root)
{
    char *text = root != NULL ? cJSON_Print(root) : NULL;
    cJSON_Delete(root);
    if (text == NULL)
        return gm_error(GEMLET_E_MEMORY, "%s: out of memory", path);
    char *line_ended = NULL;
    gemlet_status status = gm_format_string(&line_ended, "%s\n", text);
    cJSON_free(text);
    if (status == GEMLET_OK)
        status = gm_file_write(path, line_ended, strlen(line_ended));
    free(line_ended);
    return status;
}
