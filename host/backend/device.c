/* SPDX-License-Identifier: MIT
 * The list of devices and an open device: brings together the OpenCL devices, the CPU path, the
 * reference, and the choice among them (device_select.h). */
#include "backend/device.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "backend/cpu/cpu_backend.h"
#include "backend/device_select.h"
#include "backend/opencl/driver_check.h"
#include "backend/opencl/opencl_backend.h"
#include "core/memory.h"
#include "core/struct_size.h"

struct gemlet_device_list {
    gm_platform_devices *opencl;
    gm_backend *cpu_path;      /* the owner of the last info's strings */
    gemlet_device_info *infos; /* OpenCL devices by index, then the CPU path */
    size_t n_infos;
};

struct gemlet_device {
    gm_backend *backend;
    char *choice;
};

gemlet_status gemlet_device_check_drivers(const char *cache_directory)
{
    return gm_driver_check_enable(cache_directory);
}

gemlet_status gemlet_device_list_create(gemlet_device_list **out)
{
    gemlet_device_list *list = NULL;
    gemlet_status status = GEMLET_OK;
    *out = NULL;
    GEMLET_TRY_CLEANUP(status, GM_ALLOC(list, 1, "device list"));
    /* First, so that drivers do not take the address space that OpenBLAS cannot do without. */
    GEMLET_TRY_CLEANUP(status, gm_cpu32_backend_create(&list->cpu_path));
    GEMLET_TRY_CLEANUP(status, gm_platform_devices_create(&list->opencl));
    const size_t n_opencl = gm_platform_devices_count(list->opencl);
    GEMLET_TRY_CLEANUP(status, GM_ALLOC(list->infos, n_opencl + 1, "device list"));
    for (size_t i = 0; i < n_opencl; ++i)
        list->infos[i] = *gm_platform_devices_info(list->opencl, i);
    list->infos[n_opencl] = list->cpu_path->info;
    list->n_infos = n_opencl + 1;
    *out = list;
    list = NULL;
cleanup:
    gemlet_device_list_destroy(list);
    return status;
}

size_t gemlet_device_list_count(const gemlet_device_list *list)
{
    return list->n_infos;
}

const gemlet_device_info *gemlet_device_list_get(const gemlet_device_list *list, size_t position)
{
    return position < list->n_infos ? &list->infos[position] : NULL;
}

const char *gemlet_device_list_note(const gemlet_device_list *list)
{
    return gm_platform_devices_note(list->opencl);
}

void gemlet_device_list_destroy(gemlet_device_list *list)
{
    if (list == NULL)
        return;
    gm_platform_devices_destroy(list->opencl);
    gm_backend_destroy(list->cpu_path);
    free(list->infos);
    free(list);
}

/* Makes the backend at `position` of the list, as gm_device_select() gave it. */
static gemlet_status create_backend(gm_backend **out, gemlet_device_list *list, size_t position,
                                    const gemlet_device_options *options)
{
    if (position < gm_platform_devices_count(list->opencl))
        return gm_opencl_backend_create(out, list->opencl, position, options);
    *out = list->cpu_path; /* there already; the device becomes its owner */
    list->cpu_path = NULL;
    return GEMLET_OK;
}

/* Adds what was odd about the search to the reason for the CPU path: why it is not OpenCL. */
static gemlet_status add_note(char **choice, const char *note)
{
    char *longer = NULL;
    GEMLET_TRY(gm_format_string(&longer, "%s (%s)", *choice, note));
    free(*choice);
    *choice = longer;
    return GEMLET_OK;
}

/* No OpenCL driver is loaded: one that crashes or hangs cannot do harm. */
static gemlet_status open_on_host(gemlet_device *device, gemlet_device_type type,
                                  const char *selector)
{
    size_t position;
    const int is_reference = type == GEMLET_DEVICE_REFERENCE;
    GEMLET_TRY(is_reference ? gm_cpu64_backend_create(&device->backend)
                            : gm_cpu32_backend_create(&device->backend));
    return gm_device_select(&position, &device->choice, &device->backend->info,
                            is_reference ? 0 : 1, selector);
}

/* Adds to the message of a failure, e.g. that there is no GPU, what was odd about the search. */
static gemlet_status add_to_error(gemlet_status failure, const char *note)
{
    char *message = NULL;
    if (note[0] == '\0')
        return failure;
    GEMLET_TRY(gm_copy_string(&message, gemlet_last_error()));
    const gemlet_status status = gm_error(failure, "%s; %s", message, note);
    free(message);
    return status;
}

static gemlet_status open_from_list(gemlet_device *device, const gemlet_device_options *options)
{
    gemlet_device_list *list = NULL;
    gemlet_status status = GEMLET_OK;
    size_t position = 0;
    GEMLET_TRY_CLEANUP(status, gemlet_device_list_create(&list));
    const char *left_out = gm_platform_devices_left_out(list->opencl);
    status =
        gm_device_select(&position, &device->choice, list->infos, list->n_infos, options->selector);
    if (status != GEMLET_OK) {
        status = add_to_error(status, gemlet_device_list_note(list));
        goto cleanup;
    }
    GEMLET_TRY_CLEANUP(status, create_backend(&device->backend, list, position, options));
    const int is_cpu_path = device->backend->info.type == GEMLET_DEVICE_CPU_PATH &&
                            strcasecmp(options->selector, "auto") == 0;
    const char *note = is_cpu_path ? gemlet_device_list_note(list) : left_out;
    if (note[0] != '\0')
        GEMLET_TRY_CLEANUP(status, add_note(&device->choice, note));
cleanup:
    gemlet_device_list_destroy(list);
    return status;
}

static const gemlet_device_options defaults = {
    .struct_size = sizeof defaults,
    .selector = "auto",
    .gemm = GEMLET_GEMM_AUTO,
    .kernels = GEMLET_KERNELS_AUTO,
    .program_cache = GEMLET_PROGRAM_CACHE_AUTO,
};

void gemlet_device_options_init_sized(void *options, size_t struct_size)
{
    gm_struct_init(options, struct_size, &defaults, sizeof defaults);
}

gemlet_status gemlet_device_open(gemlet_device **out, const gemlet_device_options *given)
{
    gemlet_device_options options = defaults;
    gemlet_device *device = NULL;
    gemlet_device_type type;
    *out = NULL;
    GEMLET_TRY(gm_struct_complete(&options, sizeof options, given, "device options"));
    GEMLET_TRY(GM_ALLOC(device, 1, "device"));
    const gemlet_status status = gm_device_select_is_host(&type, options.selector)
                                     ? open_on_host(device, type, options.selector)
                                     : open_from_list(device, &options);
    if (status != GEMLET_OK) {
        gemlet_device_close(device);
        return status;
    }
    device->backend->data_limit = options.memory_limit;
    *out = device;
    return GEMLET_OK;
}

const gemlet_device_info *gemlet_device_get_info(const gemlet_device *device)
{
    return &device->backend->info;
}

const char *gemlet_device_choice(const gemlet_device *device)
{
    return device->choice;
}

const char *gemlet_device_gemm_name(const gemlet_device *device)
{
    return device->backend->gemm_name;
}

gm_backend *gm_device_backend(gemlet_device *device)
{
    return device->backend;
}

void gemlet_device_close(gemlet_device *device)
{
    if (device == NULL)
        return;
    gm_backend_destroy(device->backend);
    free(device->choice);
    free(device);
}
