/* SPDX-License-Identifier: MIT
 * See program_cache.h. */
#include "backend/opencl/program_cache.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "gemlet/status.h"

/* Raised when what a file holds changes. */
#define FORMAT 2

/* A program of POCL takes 1 MB. */
#define MAX_PROGRAM_BYTES (64ul << 20)

/* A network, or another batch, is a program. */
const gm_kept_kind gm_program_kind = {.name = "program",
                                      .extension = "bin",
                                      .max_bytes = MAX_PROGRAM_BYTES,
                                      .max_files = 64,
                                      .max_total_bytes = 256ull << 20};

/* ---- what a program depends on -------------------------------------------------------------- */

/* An unknown version is a version like others. */
static void read_platform_version(char *text, size_t size, cl_platform_id platform)
{
    if (clGetPlatformInfo(platform, CL_PLATFORM_VERSION, size, text, NULL) != CL_SUCCESS)
        snprintf(text, size, "unknown");
}

gemlet_status gm_program_cache_create(gm_program_cache *cache, const char *directory,
                                      cl_platform_id platform, const gemlet_device_info *info)
{
    char version[256] = "";
    *cache = (gm_program_cache){0};
    if (directory == NULL)
        return GEMLET_OK;
    read_platform_version(version, sizeof version, platform);
    GEMLET_TRY(gm_copy_string(&cache->directory, directory));
    return gm_format_string(
        &cache->target,
        "gemlet program %d of gemlet %s\nplatform %s\nplatform version %s\ndevice %s\nversion %s\n"
        "driver %s\n",
        FORMAT, gemlet_version(), info->platform, version, info->name, info->version, info->driver);
}

void gm_program_cache_destroy(gm_program_cache *cache)
{
    free(cache->target);
    free(cache->directory);
    *cache = (gm_program_cache){0};
}

/* Sets the key of a program that may be kept. */
static gemlet_status name_program(gm_kept_program *program, const gm_program_cache *cache,
                                  const gm_program_source *source)
{
    size_t n_bytes = 0;
    for (size_t i = 0; i < source->n_texts; ++i)
        n_bytes += strlen(source->texts[i]);
    return gm_format_string(&program->key, "%soptions %s\nsources %zu bytes %016" PRIx64 "\n",
                            cache->target, source->options, n_bytes,
                            gm_program_source_hash(source));
}

static void forget_key(gm_kept_program *program)
{
    free(program->key);
    program->key = NULL;
}

/* ---- programs ------------------------------------------------------------------------------- */

/* NULL if the driver refuses the binary, as it may after an update that kept its version. */
static cl_program make_from_binary(cl_context context, cl_device_id device, const char *options,
                                   const unsigned char *binary, size_t n_bytes)
{
    cl_int accepted = CL_SUCCESS;
    cl_int code = CL_SUCCESS;
    cl_program program =
        clCreateProgramWithBinary(context, 1, &device, &n_bytes, &binary, &accepted, &code);
    if (program == NULL || code != CL_SUCCESS)
        return NULL;
    if (accepted == CL_SUCCESS &&
        clBuildProgram(program, 1, &device, options, NULL, NULL) == CL_SUCCESS)
        return program;
    clReleaseProgram(program);
    return NULL;
}

static cl_program find_program(const char *directory, const char *key, cl_context context,
                               cl_device_id device, const char *options)
{
    char *binary;
    size_t n_bytes;
    cl_program found = NULL;
    if (gm_kept_find(&binary, &n_bytes, directory, &gm_program_kind, key) == GM_KEPT_FOUND)
        found = make_from_binary(context, device, options, (unsigned char *)binary, n_bytes);
    free(binary);
    return found;
}

gemlet_status gm_program_cache_build(gm_kept_program *out, const gm_program_cache *cache,
                                     cl_context context, cl_device_id device,
                                     const gm_program_source *source)
{
    *out = (gm_kept_program){0};
    if (cache->directory != NULL) {
        const gemlet_status status = name_program(out, cache, source);
        if (status == GEMLET_OK)
            out->handle =
                find_program(cache->directory, out->key, context, device, source->options);
        if (status != GEMLET_OK || out->handle != NULL)
            forget_key(out);
        GEMLET_TRY(status);
        if (out->handle != NULL)
            return GEMLET_OK;
    }
    const gemlet_status status = gm_program_build(&out->handle, context, device, source);
    if (status != GEMLET_OK)
        forget_key(out);
    return status;
}

/* What cannot be kept is compiled again next time. */
static void keep_program(const gm_kept_program *program, const char *directory)
{
    size_t n_bytes = 0;
    unsigned char *binary = NULL;
    if (clGetProgramInfo(program->handle, CL_PROGRAM_BINARY_SIZES, sizeof n_bytes, &n_bytes,
                         NULL) != CL_SUCCESS ||
        n_bytes == 0 || n_bytes > MAX_PROGRAM_BYTES / 2 ||
        gm_alloc((void **)&binary, n_bytes, 1, "binary of a program") != GEMLET_OK)
        return;
    if (clGetProgramInfo(program->handle, CL_PROGRAM_BINARIES, sizeof binary, &binary, NULL) ==
        CL_SUCCESS)
        gm_kept_store(directory, &gm_program_kind, program->key, binary, n_bytes);
    free(binary);
}

void gm_program_cache_release(gm_kept_program *program, const gm_program_cache *cache, int is_good)
{
    if (program->handle != NULL && program->key != NULL && is_good)
        keep_program(program, cache->directory);
    if (program->handle != NULL)
        clReleaseProgram(program->handle);
    forget_key(program);
    *program = (gm_kept_program){0};
}
