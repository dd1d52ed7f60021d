/* SPDX-License-Identifier: MIT
 * Finds the OpenCL devices and says what each can do or why it cannot be used.
 *
 * A query that fails makes a device unusable, or a platform a remark in the note; it never ends the
 * search. Only lack of memory does. */
#include "backend/opencl/platform.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/opencl/cl_error.h"
#include "backend/opencl/driver_check.h"
#include "core/memory.h"
#include "core/pocl_cache.h"

/* The loader's answer when no driver is installed: CL_PLATFORM_NOT_FOUND_KHR of cl_khr_icd. */
#define PLATFORM_NOT_FOUND (-1001)

/* Work-group size of the GPU kernels, 16 x 16. */
#define GPU_GROUP_ITEMS 256u

typedef struct found_device {
    cl_platform_id platform;
    cl_device_id id;
    gemlet_device_info info; /* owns its strings */
} found_device;

struct gm_platform_devices {
    found_device *devices;
    size_t n_devices;
    char *note;
    const char *left_out; /* static */
};

static gemlet_status copy_platform_text(char **out, cl_platform_id platform, cl_platform_info what)
{
    size_t size = 0;
    if (clGetPlatformInfo(platform, what, 0, NULL, &size) != CL_SUCCESS || size == 0)
        return gm_copy_string(out, "unknown");
    GEMLET_TRY(gm_alloc((void **)out, size + 1, 1, "platform text"));
    if (clGetPlatformInfo(platform, what, size, *out, NULL) != CL_SUCCESS)
        (*out)[0] = '\0';
    return GEMLET_OK;
}

static gemlet_status copy_device_text(const char **out, cl_device_id device, cl_device_info what)
{
    size_t size = 0;
    char *text = NULL;
    if (clGetDeviceInfo(device, what, 0, NULL, &size) != CL_SUCCESS || size == 0) {
        GEMLET_TRY(gm_copy_string(&text, "unknown"));
    } else {
        GEMLET_TRY(gm_alloc((void **)&text, size + 1, 1, "device text"));
        if (clGetDeviceInfo(device, what, size, text, NULL) != CL_SUCCESS)
            text[0] = '\0';
    }
    *out = text;
    return GEMLET_OK;
}

/* The strings of an info that owns them are const for its readers only. */
static void free_text(const char *text)
{
    union {
        const char *constant;
        char *owned;
    } pointer = {text};
    free(pointer.owned);
}

/* Value of a fixed-size query, 0 where it fails: every check below takes 0 as "cannot". */
static cl_uint query_uint(cl_device_id device, cl_device_info what)
{
    cl_uint value = 0;
    return clGetDeviceInfo(device, what, sizeof value, &value, NULL) == CL_SUCCESS ? value : 0;
}

static cl_ulong query_ulong(cl_device_id device, cl_device_info what)
{
    cl_ulong value = 0;
    return clGetDeviceInfo(device, what, sizeof value, &value, NULL) == CL_SUCCESS ? value : 0;
}

static size_t query_size(cl_device_id device, cl_device_info what)
{
    size_t value = 0;
    return clGetDeviceInfo(device, what, sizeof value, &value, NULL) == CL_SUCCESS ? value : 0;
}

static gemlet_device_type device_type(cl_device_id device)
{
    const cl_ulong type = query_ulong(device, CL_DEVICE_TYPE);
    if ((type & CL_DEVICE_TYPE_GPU) != 0)
        return GEMLET_DEVICE_GPU;
    if ((type & CL_DEVICE_TYPE_CPU) != 0)
        return GEMLET_DEVICE_OPENCL_CPU;
    return GEMLET_DEVICE_ACCELERATOR;
}

/* Writes why the device cannot be used, or an empty string. */
static gemlet_status find_reason(char **out, cl_device_id device, const gemlet_device_info *info)
{
    unsigned major = 0;
    unsigned minor = 0;
    const char *profile = NULL;
    GEMLET_TRY(copy_device_text(&profile, device, CL_DEVICE_PROFILE));
    const int is_full_profile = strcmp(profile, "FULL_PROFILE") == 0;
    free_text(profile);

    if (query_uint(device, CL_DEVICE_AVAILABLE) == CL_FALSE)
        return gm_copy_string(out, "the driver reports it as not available");
    if (sscanf(info->version, "OpenCL %u.%u", &major, &minor) != 2 || major < 1 ||
        (major == 1 && minor < 2))
        return gm_format_string(out, "it offers '%s', OpenCL 1.2 is needed", info->version);
    if (query_uint(device, CL_DEVICE_COMPILER_AVAILABLE) == CL_FALSE)
        return gm_copy_string(out, "its driver has no compiler");
    if (!is_full_profile)
        return gm_copy_string(out, "it offers the embedded profile only");
    if (query_uint(device, CL_DEVICE_ENDIAN_LITTLE) == CL_FALSE)
        return gm_copy_string(out, "it is big-endian");
    if (info->type != GEMLET_DEVICE_OPENCL_CPU && info->max_work_group_size < GPU_GROUP_ITEMS)
        return gm_format_string(out, "its work-groups have at most %zu items, %u are needed",
                                info->max_work_group_size, GPU_GROUP_ITEMS);
    return gm_copy_string(out, "");
}

static gemlet_status fill_info(gemlet_device_info *info, cl_platform_id platform,
                               cl_device_id device)
{
    char *text = NULL;
    GEMLET_TRY(copy_platform_text(&text, platform, CL_PLATFORM_NAME));
    info->platform = text;
    GEMLET_TRY(copy_device_text(&info->name, device, CL_DEVICE_NAME));
    GEMLET_TRY(copy_device_text(&info->vendor, device, CL_DEVICE_VENDOR));
    GEMLET_TRY(copy_device_text(&info->version, device, CL_DEVICE_VERSION));
    GEMLET_TRY(copy_device_text(&info->driver, device, CL_DRIVER_VERSION));
    info->type = device_type(device);
    info->compute_units = query_uint(device, CL_DEVICE_MAX_COMPUTE_UNITS);
    info->clock_mhz = query_uint(device, CL_DEVICE_MAX_CLOCK_FREQUENCY);
    info->shares_host_memory = query_uint(device, CL_DEVICE_HOST_UNIFIED_MEMORY) != CL_FALSE;
    info->global_memory_bytes = query_ulong(device, CL_DEVICE_GLOBAL_MEM_SIZE);
    info->local_memory_bytes = query_ulong(device, CL_DEVICE_LOCAL_MEM_SIZE);
    info->max_allocation_bytes = query_ulong(device, CL_DEVICE_MAX_MEM_ALLOC_SIZE);
    info->max_work_group_size = query_size(device, CL_DEVICE_MAX_WORK_GROUP_SIZE);
    GEMLET_TRY(find_reason(&text, device, info));
    info->unusable_reason = text;
    info->usable = text[0] == '\0';
    return GEMLET_OK;
}

/* Adds "; format" to the note. */
static gemlet_status add_note(gm_platform_devices *list, const char *subject, const char *remark)
{
    char *note = NULL;
    GEMLET_TRY(gm_format_string(&note, "%s%s%s%s", list->note, list->note[0] != '\0' ? "; " : "",
                                subject, remark));
    free(list->note);
    list->note = note;
    return GEMLET_OK;
}

static gemlet_status add_device(gm_platform_devices *list, cl_platform_id platform,
                                cl_device_id device)
{
    found_device *devices = realloc(list->devices, (list->n_devices + 1) * sizeof *devices);
    if (devices == NULL)
        return gm_error(GEMLET_E_MEMORY, "device list: cannot grow to %zu entries",
                        list->n_devices + 1);
    list->devices = devices;
    found_device *found = &devices[list->n_devices];
    memset(found, 0, sizeof *found);
    found->platform = platform;
    found->id = device;
    found->info.index = (int)list->n_devices;
    ++list->n_devices;
    return fill_info(&found->info, platform, device);
}

static gemlet_status add_platform(gm_platform_devices *list, cl_platform_id platform)
{
    cl_device_id *devices = NULL;
    char *name = NULL;
    gemlet_status status = GEMLET_OK;
    cl_uint n_devices = 0;
    GEMLET_TRY_CLEANUP(status, copy_platform_text(&name, platform, CL_PLATFORM_NAME));
    const cl_int code = clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 0, NULL, &n_devices);
    if (code != CL_SUCCESS && code != CL_DEVICE_NOT_FOUND) {
        char remark[128];
        snprintf(remark, sizeof remark, " cannot be queried: %s (%d)", gm_cl_error_name(code),
                 code);
        GEMLET_TRY_CLEANUP(status, add_note(list, name, remark));
        goto cleanup;
    }
    if (code == CL_DEVICE_NOT_FOUND || n_devices == 0) {
        char advice[GM_POCL_CACHE_TEXT_SIZE] = "";
        char remark[GM_POCL_CACHE_TEXT_SIZE + 32];
        if (!gm_pocl_cache_is_writable())
            gm_pocl_cache_advise(advice, name);
        snprintf(remark, sizeof remark, " has no devices%s%s", advice[0] != '\0' ? ": " : "",
                 advice);
        GEMLET_TRY_CLEANUP(status, add_note(list, name, remark));
        goto cleanup;
    }
    GEMLET_TRY_CLEANUP(status, GM_ALLOC(devices, n_devices, "device handles"));
    if (clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, n_devices, devices, NULL) != CL_SUCCESS) {
        GEMLET_TRY_CLEANUP(status, add_note(list, name, " does not list its devices"));
        goto cleanup;
    }
    for (cl_uint i = 0; i < n_devices; ++i)
        GEMLET_TRY_CLEANUP(status, add_device(list, platform, devices[i]));
cleanup:
    free(devices);
    free(name);
    return status;
}

static gemlet_status add_platforms(gm_platform_devices *list)
{
    cl_uint n_platforms = 0;
    const cl_int code = clGetPlatformIDs(0, NULL, &n_platforms);
    if (code == PLATFORM_NOT_FOUND || (code == CL_SUCCESS && n_platforms == 0))
        return add_note(list, "no OpenCL platform found", "");
    if (code != CL_SUCCESS)
        return add_note(list, "OpenCL platforms cannot be listed: ", gm_cl_error_name(code));

    cl_platform_id *platforms = NULL;
    gemlet_status status = GEMLET_OK;
    GEMLET_TRY_CLEANUP(status, GM_ALLOC(platforms, n_platforms, "platform handles"));
    if (clGetPlatformIDs(n_platforms, platforms, NULL) != CL_SUCCESS) {
        GEMLET_TRY_CLEANUP(status, add_note(list, "OpenCL platforms cannot be listed", ""));
        goto cleanup;
    }
    for (cl_uint i = 0; i < n_platforms; ++i)
        GEMLET_TRY_CLEANUP(status, add_platform(list, platforms[i]));
cleanup:
    free(platforms);
    return status;
}

static gemlet_status create_empty(gm_platform_devices **out)
{
    GEMLET_TRY(GM_ALLOC(*out, 1, "device list"));
    return gm_copy_string(&(*out)->note, "");
}

/* All that a driver is asked here, in a process that it may end. */
static void query_drivers(void)
{
    gm_platform_devices *list = NULL;
    if (create_empty(&list) == GEMLET_OK)
        (void)add_platforms(list);
}

static gemlet_status add_checked_platforms(gm_platform_devices *list)
{
    gm_driver_choice choice;
    GEMLET_TRY(gm_driver_check_begin(&choice, query_drivers));
    list->left_out = choice.left_out;
    gemlet_status status = GEMLET_OK;
    if (!choice.loads_none)
        status = add_platforms(list);
    gm_driver_check_end();
    if (status == GEMLET_OK && choice.left_out[0] != '\0')
        status = add_note(list, choice.left_out, "");
    return status;
}

gemlet_status gm_platform_devices_create(gm_platform_devices **out)
{
    *out = NULL;
    gm_platform_devices *list = NULL;
    gemlet_status status = GEMLET_OK;
    GEMLET_TRY_CLEANUP(status, create_empty(&list));
    GEMLET_TRY_CLEANUP(status, add_checked_platforms(list));
    *out = list;
    list = NULL;
cleanup:
    gm_platform_devices_destroy(list);
    return status;
}

size_t gm_platform_devices_count(const gm_platform_devices *devices)
{
    return devices->n_devices;
}

const gemlet_device_info *gm_platform_devices_info(const gm_platform_devices *devices,
                                                   size_t position)
{
    return &devices->devices[position].info;
}

cl_platform_id gm_platform_devices_platform_id(const gm_platform_devices *devices, size_t position)
{
    return devices->devices[position].platform;
}

cl_device_id gm_platform_devices_device_id(const gm_platform_devices *devices, size_t position)
{
    return devices->devices[position].id;
}

const char *gm_platform_devices_note(const gm_platform_devices *devices)
{
    return devices->note;
}

const char *gm_platform_devices_left_out(const gm_platform_devices *devices)
{
    return devices->left_out;
}

void gm_platform_devices_destroy(gm_platform_devices *devices)
{
    if (devices == NULL)
        return;
    for (size_t i = 0; i < devices->n_devices; ++i)
        gm_platform_info_destroy(&devices->devices[i].info);
    free(devices->devices);
    free(devices->note);
    free(devices);
}

static gemlet_status copy_text(const char **out, const char *text)
{
    char *copy = NULL;
    GEMLET_TRY(gm_copy_string(&copy, text));
    *out = copy;
    return GEMLET_OK;
}

gemlet_status gm_platform_info_copy(gemlet_device_info *out, const gemlet_device_info *info)
{
    gemlet_status status = GEMLET_OK;
    *out = *info;
    out->name = out->vendor = out->platform = out->version = out->driver = NULL;
    out->unusable_reason = NULL;
    GEMLET_TRY_CLEANUP(status, copy_text(&out->name, info->name));
    GEMLET_TRY_CLEANUP(status, copy_text(&out->vendor, info->vendor));
    GEMLET_TRY_CLEANUP(status, copy_text(&out->platform, info->platform));
    GEMLET_TRY_CLEANUP(status, copy_text(&out->version, info->version));
    GEMLET_TRY_CLEANUP(status, copy_text(&out->driver, info->driver));
    GEMLET_TRY_CLEANUP(status, copy_text(&out->unusable_reason, info->unusable_reason));
    return GEMLET_OK;
cleanup:
    gm_platform_info_destroy(out);
    return status;
}

void gm_platform_info_destroy(gemlet_device_info *info)
{
    free_text(info->name);
    free_text(info->vendor);
    free_text(info->platform);
    free_text(info->version);
    free_text(info->driver);
    free_text(info->unusable_reason);
    memset(info, 0, sizeof *info);
}
