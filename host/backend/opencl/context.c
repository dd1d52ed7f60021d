/* SPDX-License-Identifier: MIT
 * Opens a device for work; see context.h. Here alone the type of the device decides the shape of
 * the kernels. */
#include "backend/opencl/context.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/opencl/buffers.h"
#include "backend/opencl/cl_error.h"
#include "backend/opencl/gemm.h"
#include "backend/opencl/profiling.h"
#include "backend/opencl/program.h"
#include "backend/opencl/quirks.h"
#include "core/hash.h"
#include "core/memory.h"

static const char *const kernel_names[GM_N_KERNELS] = {
#define KERNEL_NAME(name) [GM_KERNEL_##name] = #name,
    GM_KERNEL_MAP(KERNEL_NAME)
#undef KERNEL_NAME
};

static int contains_name(const char *names, const char *name)
{
    const size_t length = strlen(name);
    while (names[0] != '\0') {
        const size_t entry_length = strcspn(names, ";");
        if (entry_length == length && strncmp(names, name, length) == 0)
            return 1;
        names += entry_length + (names[entry_length] == ';');
    }
    return 0;
}

/* Kernels that only make some work faster: others can do it. */
static int is_optional(gm_kernel_id id)
{
    static const gm_kernel_id optional[] = {GM_KERNEL_gemm_local_128, GM_KERNEL_gemm_local_64,
                                            GM_KERNEL_softmax_xent_narrow};
    for (size_t i = 0; i < sizeof optional / sizeof optional[0]; ++i) {
        if (optional[i] == id)
            return 1;
    }
    return 0;
}

/* Sets the work-group size of a kernel. GEMLET_E_DEVICE if the device cannot run such groups. */
static gemlet_status set_group_size(gm_opencl *opencl, gm_kernel *kernel, const char *name)
{
    const gemlet_device_info *info = &opencl->base.info;
    size_t local[3] = {0, 0, 0};
    size_t largest = 0;
    GEMLET_TRY(GM_CL_CHECK(clGetKernelWorkGroupInfo(kernel->handle, opencl->device,
                                                    CL_KERNEL_COMPILE_WORK_GROUP_SIZE, sizeof local,
                                                    local, NULL),
                           "clGetKernelWorkGroupInfo(CL_KERNEL_COMPILE_WORK_GROUP_SIZE)", name));
    GEMLET_TRY(GM_CL_CHECK(clGetKernelWorkGroupInfo(kernel->handle, opencl->device,
                                                    CL_KERNEL_WORK_GROUP_SIZE, sizeof largest,
                                                    &largest, NULL),
                           "clGetKernelWorkGroupInfo(CL_KERNEL_WORK_GROUP_SIZE)", name));
    if (gm_quirks_misreports_group_size(info) || largest > info->max_work_group_size)
        largest = info->max_work_group_size;
    if (local[0] == 0 || local[1] == 0)
        return gm_error(GEMLET_E_DEVICE,
                        "device %s: kernel %s: its driver does not know the size of the "
                        "work-groups, which the source fixes",
                        info->name, name);
    if (local[0] * local[1] > largest)
        return gm_error(GEMLET_E_DEVICE,
                        "device %s: kernel %s needs work-groups of %zu items, it allows %zu",
                        info->name, name, local[0] * local[1], largest);
    kernel->local[0] = local[0];
    kernel->local[1] = local[1];
    return GEMLET_OK;
}

/* Creates one kernel, unless its file leaves it out for this kind of device: then it is not among
 * `names`, the program's kernels separated by ';'. An optional one that the device cannot run is
 * left out, too. */
static gemlet_status create_kernel(gm_opencl *opencl, gm_kernel_id id, const char *names)
{
    cl_int code = CL_SUCCESS;
    gm_kernel *kernel = &opencl->kernels[id];
    if (!contains_name(names, kernel_names[id]))
        return GEMLET_OK;
    *kernel =
        (gm_kernel){.handle = clCreateKernel(opencl->program.handle, kernel_names[id], &code)};
    gemlet_status status = GM_CL_CHECK(code, "clCreateKernel", kernel_names[id]);
    if (status == GEMLET_OK)
        status = set_group_size(opencl, kernel, kernel_names[id]);
    if (status != GEMLET_E_DEVICE || !is_optional(id))
        return status;
    clReleaseKernel(kernel->handle);
    kernel->handle = NULL;
    return GEMLET_OK;
}

static gemlet_status create_kernels(gm_opencl *opencl)
{
    size_t size = 0;
    char *names = NULL;
    gemlet_status status = GEMLET_OK;
    GEMLET_CL(clGetProgramInfo(opencl->program.handle, CL_PROGRAM_KERNEL_NAMES, 0, NULL, &size));
    GEMLET_TRY(gm_alloc((void **)&names, size + 1, 1, "kernel names"));
    GEMLET_TRY_CLEANUP(status,
                       GM_CL_CHECK(clGetProgramInfo(opencl->program.handle, CL_PROGRAM_KERNEL_NAMES,
                                                    size, names, NULL),
                                   "clGetProgramInfo(CL_PROGRAM_KERNEL_NAMES)", NULL));
    for (int id = 0; id < GM_N_KERNELS; ++id)
        GEMLET_TRY_CLEANUP(status, create_kernel(opencl, (gm_kernel_id)id, names));
cleanup:
    free(names);
    return status;
}

static void choose_kernels(gm_opencl *opencl, gemlet_kernels kernels, cl_uint native_floats)
{
    opencl->cpu_kernels =
        kernels == GEMLET_KERNELS_CPU ||
        (kernels == GEMLET_KERNELS_AUTO && opencl->base.info.type == GEMLET_DEVICE_OPENCL_CPU &&
         !gm_quirks_needs_gpu_kernels(&opencl->base.info));
    opencl->vector_columns = opencl->cpu_kernels ? 16 : 1;
    opencl->wide_registers = native_floats >= 16;
}

/* From the sources of the operations and of fused steps. */
static gemlet_status identify_kernels(gm_opencl *opencl)
{
    gm_program_source fused;
    GEMLET_TRY(gm_program_source_create_fused(&fused, opencl->source.options, "", ""));
    const uint64_t hashes[2] = {gm_program_source_hash(&opencl->source),
                                gm_program_source_hash(&fused)};
    gm_program_source_free(&fused);
    snprintf(opencl->kernels_id, sizeof opencl->kernels_id, "%s %016" PRIx64,
             opencl->cpu_kernels ? "cpu" : "gpu", gm_hash(GM_HASH_BEGIN, hashes, sizeof hashes));
    return GEMLET_OK;
}

/* Where programs are kept; NULL: nowhere. */
static const char *choose_cache(const gm_opencl *opencl, const gemlet_device_options *options)
{
    const int is_needed = options->program_cache == GEMLET_PROGRAM_CACHE_ON ||
                          (options->program_cache == GEMLET_PROGRAM_CACHE_AUTO &&
                           !gm_quirks_keeps_programs(&opencl->base.info));
    return is_needed ? options->cache_directory : NULL;
}

static gemlet_status open_context(gm_opencl *opencl)
{
    cl_int code = CL_SUCCESS;
    const cl_context_properties properties[] = {CL_CONTEXT_PLATFORM,
                                                (cl_context_properties)opencl->platform, 0};
    opencl->context = clCreateContext(properties, 1, &opencl->device, NULL, NULL, &code);
    GEMLET_CL_RESULT(code, "clCreateContext");
    opencl->queue = clCreateCommandQueue(opencl->context, opencl->device, 0, &code);
    GEMLET_CL_RESULT(code, "clCreateCommandQueue");
    return GEMLET_OK;
}

gemlet_status gm_context_create(gm_opencl *opencl, cl_platform_id platform,
                                const gemlet_device_options *device_options)
{
    cl_uint native_floats = 0;
    char options[GM_PROGRAM_OPTIONS_SIZE];
    opencl->platform = platform;
    GEMLET_CL(clGetDeviceInfo(opencl->device, CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT,
                              sizeof native_floats, &native_floats, NULL));
    choose_kernels(opencl, device_options->kernels, native_floats);
    GEMLET_TRY(open_context(opencl));
    gm_program_format_options(options, opencl->cpu_kernels, opencl->wide_registers != 0,
                              opencl->base.info.local_memory_bytes);
    GEMLET_TRY(gm_program_source_create(&opencl->source, options));
    GEMLET_TRY(identify_kernels(opencl));
    opencl->base.kernels_id = opencl->kernels_id;
    return gm_program_cache_create(&opencl->cache, choose_cache(opencl, device_options), platform,
                                   &opencl->base.info);
}

static void release_kernels(gm_opencl *opencl, int is_good)
{
    for (int id = 0; id < GM_N_KERNELS; ++id) {
        if (opencl->kernels[id].handle != NULL)
            clReleaseKernel(opencl->kernels[id].handle);
        opencl->kernels[id].handle = NULL;
    }
    gm_program_cache_release(&opencl->program, &opencl->cache, is_good);
}

/* Once more without the optional kernels, for a compiler that rejects one of them. */
static gemlet_status build_without_optional(gm_opencl *opencl)
{
    char options[GM_PROGRAM_OPTIONS_SIZE + sizeof GM_PROGRAM_WITHOUT_OPTIONAL];
    gm_program_source source = {0};
    gemlet_status status = GEMLET_OK;
    char rejection[384];
    snprintf(rejection, sizeof rejection, "%s", gemlet_last_error());
    snprintf(options, sizeof options, "%s " GM_PROGRAM_WITHOUT_OPTIONAL, opencl->source.options);
    GEMLET_TRY_CLEANUP(status, gm_program_source_create(&source, options));
    GEMLET_TRY_CLEANUP(status, gm_program_cache_build(&opencl->program, &opencl->cache,
                                                      opencl->context, opencl->device, &source));
    snprintf(opencl->note, sizeof opencl->note,
             "does without the kernels that only make it faster: %s", rejection);
    opencl->base.note = opencl->note;
cleanup:
    gm_program_source_free(&source);
    return status;
}

gemlet_status gm_context_build_kernels(gm_opencl *opencl)
{
    if (opencl->program.handle != NULL)
        return GEMLET_OK;
    gemlet_status status = gm_program_cache_build(&opencl->program, &opencl->cache, opencl->context,
                                                  opencl->device, &opencl->source);
    if (status == GEMLET_E_BUILD && !opencl->cpu_kernels)
        status = build_without_optional(opencl);
    GEMLET_TRY(status);
    status = create_kernels(opencl);
    if (status != GEMLET_OK)
        release_kernels(opencl, 0);
    return status;
}

gemlet_status gm_context_use_large_buffers(gm_opencl *opencl)
{
    const size_t length = strlen(opencl->source.options);
    if (opencl->uses_large_buffers)
        return GEMLET_OK;
    if (opencl->queue != NULL)
        GEMLET_CL(clFinish(opencl->queue));
    release_kernels(opencl, 1);
    snprintf(opencl->source.options + length, sizeof opencl->source.options - length, " %s",
             GM_PROGRAM_LARGE_BUFFERS);
    opencl->uses_large_buffers = 1;
    return GEMLET_OK;
}

/* What belongs to the context, and the context. */
static void close_context(gm_opencl *opencl)
{
    cl_mem *const memories[] = {&opencl->row_loss, &opencl->row_correct, &opencl->splits};
    if (opencl->queue != NULL)
        clFinish(opencl->queue);
    gm_pace_forget(opencl);
    gm_buffers_forget_uploads(opencl);
    gm_profiling_clear(opencl);
    for (size_t i = 0; i < sizeof memories / sizeof memories[0]; ++i) {
        if (*memories[i] != NULL)
            clReleaseMemObject(*memories[i]);
        *memories[i] = NULL;
    }
    opencl->row_capacity = 0;
    opencl->split_capacity = 0;
    opencl->n_local_choices = 0;
    release_kernels(opencl, opencl->sticky == GEMLET_OK);
    if (opencl->used_clblast)
        gm_gemm_clblast_forget();
    opencl->used_clblast = 0;
    if (opencl->queue != NULL)
        clReleaseCommandQueue(opencl->queue);
    if (opencl->context != NULL)
        clReleaseContext(opencl->context);
    opencl->queue = NULL;
    opencl->context = NULL;
}

gemlet_status gm_context_renew(gm_opencl *opencl)
{
    close_context(opencl);
    opencl->sticky = GEMLET_OK;
    return gm_context_stick(opencl, open_context(opencl));
}

void gm_context_destroy(gm_opencl *opencl)
{
    close_context(opencl);
    gm_program_source_free(&opencl->source);
    gm_program_cache_destroy(&opencl->cache);
}

gemlet_status gm_context_stick(gm_opencl *opencl, gemlet_status status)
{
    if (status != GEMLET_OK && opencl->sticky == GEMLET_OK) {
        opencl->sticky = status;
        snprintf(opencl->sticky_message, sizeof opencl->sticky_message, "%s", gemlet_last_error());
    }
    return status;
}

gemlet_status gm_context_check(const gm_opencl *opencl)
{
    if (opencl->sticky == GEMLET_OK)
        return GEMLET_OK;
    return gm_error(opencl->sticky, "%s", opencl->sticky_message);
}

cl_mem gm_context_memory(const gm_buffer *buffer)
{
    /* gm_buffer is the first member of every backend's own buffer. */
    return buffer != NULL ? ((const gm_opencl_buffer *)(const void *)buffer)->memory : NULL;
}
