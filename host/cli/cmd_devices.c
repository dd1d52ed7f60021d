/* SPDX-License-Identifier: MIT
 * gemlet devices: every device that could train, and why one cannot. */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/commands.h"
#include "options/options.h"
#include "cli/report_error.h"
#include "core/memory.h"
#include "gemlet/device.h"
#include "core/clean_text.h"

static void print_line(const char *name, const char *value)
{
    if (value[0] != '\0')
        gm_print_text(stdout, "    %-15s %s\n", name, value);
}

static void format_bytes(char *text, size_t size, uint64_t bytes)
{
    if (bytes >= (UINT64_C(1) << 30))
        snprintf(text, size, "%.1f GiB", (double)bytes / (double)(UINT64_C(1) << 30));
    else if (bytes >= (UINT64_C(1) << 20))
        snprintf(text, size, "%.1f MiB", (double)bytes / (double)(UINT64_C(1) << 20));
    else
        snprintf(text, size, "%.1f KiB", (double)bytes / 1024.0);
}

static void print_limits(const gemlet_device_info *info)
{
    char memory[32];
    char allocation[32];
    char local[32];
    char text[128];
    format_bytes(memory, sizeof memory, info->global_memory_bytes);
    format_bytes(allocation, sizeof allocation, info->max_allocation_bytes);
    format_bytes(local, sizeof local, info->local_memory_bytes);
    snprintf(text, sizeof text, "%u", info->compute_units);
    print_line("compute units", text);
    snprintf(text, sizeof text, "%s, at most %s in one piece, %s local", memory, allocation, local);
    print_line("memory", text);
    snprintf(text, sizeof text, "at most %zu work-items", info->max_work_group_size);
    print_line("work-group", text);
}

static void print_device(const gemlet_device_info *info)
{
    if (info->index >= 0)
        gm_print_text(stdout, "[%d] %s\n", info->index, info->name);
    else
        gm_print_text(stdout, "[%s] %s\n", gemlet_device_type_name(info->type), info->name);
    print_line("type", gemlet_device_type_name(info->type));
    print_line("platform", info->platform);
    print_line("vendor", info->vendor);
    print_line("version", info->version);
    print_line("driver", info->driver);
    if (info->index >= 0)
        print_limits(info);
    if (info->usable)
        print_line("can train", "yes");
    else
        gm_print_text(stdout, "    %-15s no: %s\n", "can train", info->unusable_reason);
}

static void print_list(const gemlet_device_list *list)
{
    for (size_t i = 0; i < gemlet_device_list_count(list); ++i) {
        print_device(gemlet_device_list_get(list, i));
        fputc('\n', stdout);
    }
    const char *note = gemlet_device_list_note(list);
    if (note[0] != '\0')
        gm_print_text(stdout, "Note: %s\n", note);
    printf("Choose with --device: what stands in [], a type, or a part of name or platform.\n");
}

/* Names come from drivers: anything could be in them. */
static gemlet_status add_text(cJSON *object, const char *key, const char *text)
{
    char *clean;
    GEMLET_TRY(gm_clean_text(&clean, text));
    const cJSON *added = cJSON_AddStringToObject(object, key, clean);
    free(clean);
    return added != NULL ? GEMLET_OK : gm_error(GEMLET_E_MEMORY, "devices: out of memory");
}

static gemlet_status add_number(cJSON *object, const char *key, double value)
{
    return cJSON_AddNumberToObject(object, key, value) != NULL
               ? GEMLET_OK
               : gm_error(GEMLET_E_MEMORY, "devices: out of memory");
}

static gemlet_status fill_device(cJSON *object, const gemlet_device_info *info)
{
    GEMLET_TRY(add_number(object, "index", info->index));
    GEMLET_TRY(add_text(object, "type", gemlet_device_type_name(info->type)));
    GEMLET_TRY(add_text(object, "name", info->name));
    GEMLET_TRY(add_text(object, "platform", info->platform));
    GEMLET_TRY(add_text(object, "vendor", info->vendor));
    GEMLET_TRY(add_text(object, "version", info->version));
    GEMLET_TRY(add_text(object, "driver", info->driver));
    GEMLET_TRY(add_number(object, "compute_units", info->compute_units));
    GEMLET_TRY(add_number(object, "global_memory_bytes", (double)info->global_memory_bytes));
    GEMLET_TRY(add_number(object, "local_memory_bytes", (double)info->local_memory_bytes));
    GEMLET_TRY(add_number(object, "max_allocation_bytes", (double)info->max_allocation_bytes));
    GEMLET_TRY(add_number(object, "max_work_group_size", (double)info->max_work_group_size));
    if (cJSON_AddBoolToObject(object, "usable", info->usable) == NULL)
        return gm_error(GEMLET_E_MEMORY, "devices: out of memory");
    return add_text(object, "unusable_reason", info->unusable_reason);
}

static gemlet_status print_json(const gemlet_device_list *list)
{
    char *text = NULL;
    cJSON *root = cJSON_CreateObject();
    cJSON *devices = cJSON_AddArrayToObject(root, "devices");
    gemlet_status status = GEMLET_OK;
    if (devices == NULL)
        status = gm_error(GEMLET_E_MEMORY, "devices: out of memory");
    for (size_t i = 0; status == GEMLET_OK && i < gemlet_device_list_count(list); ++i) {
        cJSON *object = cJSON_CreateObject();
        cJSON_AddItemToArray(devices, object); /* a NULL object is not added; filling it fails */
        status = fill_device(object, gemlet_device_list_get(list, i));
    }
    if (status == GEMLET_OK)
        status = add_text(root, "note", gemlet_device_list_note(list));
    if (status == GEMLET_OK && (text = cJSON_Print(root)) == NULL)
        status = gm_error(GEMLET_E_MEMORY, "devices: out of memory");
    if (status == GEMLET_OK)
        puts(text);
    cJSON_free(text);
    cJSON_Delete(root);
    return status;
}

int gm_cmd_devices(int argc, char **argv)
{
    int json = 0;
    gm_option options[] = {GM_FLAG(OUTPUT, "json", &json, "print the list as JSON")};
    const gm_command command = {
        .name = "devices",
        .description = "Lists every OpenCL device of every platform, and the CPU path that needs "
                       "no OpenCL, with what each can do and why one cannot be used.",
        .options = options,
        .n_options = GM_N_OPTIONS(options),
    };
    const int exit_code = gm_options_parse(&command, argc, argv);
    if (exit_code != GM_OPTIONS_RUN)
        return exit_code;

    gemlet_device_list *list = NULL;
    gemlet_status status = gemlet_device_list_create(&list);
    if (status == GEMLET_OK && json)
        status = print_json(list);
    else if (status == GEMLET_OK)
        print_list(list);
    gemlet_device_list_destroy(list);
    return status == GEMLET_OK ? GM_EXIT_OK : gm_report_error(command.name);
}
