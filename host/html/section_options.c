/* SPDX-License-Identifier: MIT
 * Options, data and device: all that decided the outcome. */
#include <stdlib.h>

#include "core/json.h"
#include "core/memory.h"
#include "html/html.h"
#include "html/sections.h"

/* Keys of JSON as words; nothing for an empty value. */
static gemlet_status write_pair(FILE *stream, const char *key, const char *value)
{
    char *name;
    if (value[0] == '\0')
        return GEMLET_OK;
    GEMLET_TRY(gm_copy_string(&name, key));
    for (char *c = name; *c != '\0'; ++c)
        *c = *c == '_' ? ' ' : *c;
    gm_html(stream, "<div><span>%s</span><b>%s</b></div>\n", name, value);
    free(name);
    return GEMLET_OK;
}

/* Nothing for null, which is how an option that was not used stands there. */
static gemlet_status write_item(FILE *stream, const cJSON *item)
{
    char number[32];
    if (cJSON_IsString(item))
        return write_pair(stream, item->string, item->valuestring);
    if (cJSON_IsBool(item))
        return write_pair(stream, item->string, cJSON_IsTrue(item) ? "yes" : "no");
    if (!cJSON_IsNumber(item))
        return GEMLET_OK;
    snprintf(number, sizeof number, "%.9g", item->valuedouble);
    return write_pair(stream, item->string, number);
}

static gemlet_status write_object(FILE *stream, const gm_run_page *page, const char *key,
                                  const char *title)
{
    const cJSON *object = gm_json_at(page->record.json, key);
    const cJSON *item;
    if (!cJSON_IsObject(object))
        return GEMLET_OK;
    gm_html(stream, "<h3>%s</h3><div class=\"pairs\">\n", title);
    cJSON_ArrayForEach(item, object)
    {
        GEMLET_TRY(write_item(stream, item));
    }
    fputs("</div>\n", stream);
    return GEMLET_OK;
}

static gemlet_status write_options(FILE *stream, const gm_run_page *page)
{
    GEMLET_TRY(write_object(stream, page, "options", "Options"));
    GEMLET_TRY(write_object(stream, page, "data", "Data"));
    GEMLET_TRY(write_object(stream, page, "device_info", "Device"));
    return write_object(stream, page, "step", "Step");
}

static int has_options(const gm_run_page *page)
{
    return cJSON_IsObject(gm_json_at(page->record.json, "options"));
}

const gm_section gm_section_options = {"options", "Options, data and device", has_options,
                                       write_options};
