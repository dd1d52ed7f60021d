/* SPDX-License-Identifier: MIT
 * Sources to program; see program.h. Each file is preceded by a #line directive, so that a build
 * log names the file and the line in it. */
#include "backend/opencl/program.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/opencl/cl_error.h"
#include "backend/opencl/kernel_sources.h"
#include "core/file.h"
#include "core/hash.h"
#include "core/memory.h"
#include "core/pocl_cache.h"
#include "gemlet/model.h"

/* With less the kernels are content with the 32 KiB that every device has. */
#define LARGE_LOCAL_MEMORY    (48u * 1024)

#define MAX_KERNEL_FILE_BYTES ((size_t)1 << 24)

void gm_program_format_options(char *text, int cpu_kernels, int wide_registers,
                               uint64_t local_memory_bytes)
{
    /* -w: without registers of 16 floats POCL's compiler warns of every vector of 16 and prints the
     * number on standard error. */
    snprintf(
        text, GM_PROGRAM_OPTIONS_SIZE,
        "-cl-std=CL1.2 -w -DVEC=%d -DWG_COLS=%d -DWG_ROWS=%d -DWG_FLAT=%d -DGEMM_NARROW_ROWS=%d "
        "-DLOCAL_DEPTH=%d "
        "-DACTIVATION_RELU=%d -DACTIVATION_SIGMOID=%d -DACTIVATION_TANH=%d",
        cpu_kernels ? 16 : 1, cpu_kernels ? 1 : 16, cpu_kernels ? 1 : 16, cpu_kernels ? 1 : 64,
        wide_registers ? 8 : 6, local_memory_bytes >= LARGE_LOCAL_MEMORY ? 16 : 8,
        GEMLET_ACTIVATION_RELU, GEMLET_ACTIVATION_SIGMOID, GEMLET_ACTIVATION_TANH);
}

/* *out = the text of directory/name, terminated by 0. */
static gemlet_status read_kernel_file(char **out, const char *directory, const char *name)
{
    char *path = NULL;
    size_t n_bytes;
    char message[1024];
    *out = NULL;
    GEMLET_TRY(gm_path_join(&path, directory, name));
    gemlet_status status = gm_file_read(out, &n_bytes, path, MAX_KERNEL_FILE_BYTES);
    free(path);
    if (status != GEMLET_OK) {
        snprintf(message, sizeof message, "%s", gemlet_last_error());
        status = gm_error(status, "kernel file (GEMLET_KERNEL_DIR) %s", message);
    }
    return status;
}

/* *out = "#line" directive and text of one file. */
static gemlet_status collect_source(char **out, const gm_kernel_source *source)
{
    const char *directory = getenv("GEMLET_KERNEL_DIR");
    if (directory == NULL || directory[0] == '\0')
        return gm_format_string(out, "#line 1 \"%s\"\n%.*s", source->name, (int)source->length,
                                source->text);
    char *file = NULL;
    GEMLET_TRY(read_kernel_file(&file, directory, source->name));
    const gemlet_status status = gm_format_string(out, "#line 1 \"%s\"\n%s", source->name, file);
    free(file);
    return status;
}

/* The files whose formulas the fused step shares; FUSED_STEP, which comes before them, leaves out
 * their kernels. Both would only take time to compile. */
static int is_shared_source(const gm_kernel_source *source)
{
    static const char *const names[] = {
        "common.cl",  "reduce.cl",   "input_transform.cl", "activation.cl",      "batch_norm.cl",
        "philox.cl",  "mix_rows.cl", "noise.cl",           "dropout.cl",         "elastic.cl",
        "augment.cl", "head.cl",     "softmax.cl",         "regression_loss.cl", "update.cl",
        "norm.cl",    "average.cl"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; ++i) {
        if (strcmp(source->name, names[i]) == 0)
            return 1;
    }
    return 0;
}

static gemlet_status begin_source(gm_program_source *source, const char *options, size_t most_texts)
{
    *source = (gm_program_source){0};
    snprintf(source->options, sizeof source->options, "%s", options);
    return GM_ALLOC(source->texts, most_texts, "kernel sources");
}

static gemlet_status append_file(gm_program_source *source, const gm_kernel_source *file)
{
    return collect_source(&source->texts[source->n_texts++], file);
}

gemlet_status gm_program_source_create(gm_program_source *out, const char *options)
{
    gemlet_status status = GEMLET_OK;
    GEMLET_TRY(begin_source(out, options, gm_n_kernel_sources));
    for (size_t i = 0; i < gm_n_kernel_sources && status == GEMLET_OK; ++i)
        status = append_file(out, &gm_kernel_sources[i]);
    if (status != GEMLET_OK)
        gm_program_source_free(out);
    return status;
}

static gemlet_status append_fused(gm_program_source *source, const char *constants,
                                  const char *kernels)
{
    GEMLET_TRY(gm_copy_string(&source->texts[source->n_texts++], constants));
    for (size_t i = 0; i < gm_n_kernel_sources; ++i) {
        if (is_shared_source(&gm_kernel_sources[i]))
            GEMLET_TRY(append_file(source, &gm_kernel_sources[i]));
    }
    for (size_t i = 0; i < gm_n_fused_sources; ++i)
        GEMLET_TRY(append_file(source, &gm_fused_sources[i]));
    return gm_format_string(&source->texts[source->n_texts++], "#line 1 \"plan\"\n%s", kernels);
}

gemlet_status gm_program_source_create_fused(gm_program_source *out, const char *options,
                                             const char *constants, const char *kernels)
{
    GEMLET_TRY(begin_source(out, options, gm_n_kernel_sources + gm_n_fused_sources + 2));
    const gemlet_status status = append_fused(out, constants, kernels);
    if (status != GEMLET_OK)
        gm_program_source_free(out);
    return status;
}

gemlet_status gm_program_source_create_limits(gm_program_source *out, const char *options)
{
    assert(strcmp(gm_kernel_sources[0].name, "common.cl") == 0 && gm_n_limits_sources == 1);
    GEMLET_TRY(begin_source(out, options, 2));
    gemlet_status status = append_file(out, &gm_kernel_sources[0]);
    if (status == GEMLET_OK)
        status = append_file(out, &gm_limits_sources[0]);
    if (status != GEMLET_OK)
        gm_program_source_free(out);
    return status;
}

uint64_t gm_program_source_hash(const gm_program_source *source)
{
    uint64_t hash = gm_hash(GM_HASH_BEGIN, source->options, strlen(source->options));
    for (size_t i = 0; i < source->n_texts; ++i)
        hash = gm_hash(hash, source->texts[i], strlen(source->texts[i]));
    return hash;
}

void gm_program_source_free(gm_program_source *source)
{
    for (size_t i = 0; i < source->n_texts; ++i)
        free(source->texts[i]);
    free(source->texts);
    *source = (gm_program_source){0};
}

/* text (GM_POCL_CACHE_TEXT_SIZE) out: what besides the sources may be wrong, or empty. */
static void advise_on_failure(char *text, cl_device_id device)
{
    cl_platform_id platform = NULL;
    char name[256] = "";
    if (clGetDeviceInfo(device, CL_DEVICE_PLATFORM, sizeof platform, &platform, NULL) != CL_SUCCESS)
        text[0] = '\0';
    else {
        clGetPlatformInfo(platform, CL_PLATFORM_NAME, sizeof name - 1, name, NULL);
        gm_pocl_cache_advise(text, name);
        if (text[0] != '\0')
            gm_pocl_cache_suspect();
    }
}

/* The error of a failed build: one line that quotes the first line of the log that reports an
 * error, and the whole log as detail. */
static gemlet_status report_build_failure(cl_program program, cl_device_id device, cl_int code)
{
    size_t size = 0;
    char *log = NULL;
    char advice[GM_POCL_CACHE_TEXT_SIZE] = "";
    clGetProgramBuildInfo(program, device, CL_PROGRAM_BUILD_LOG, 0, NULL, &size);
    GEMLET_TRY(gm_alloc((void **)&log, size + 1, 1, "build log"));
    clGetProgramBuildInfo(program, device, CL_PROGRAM_BUILD_LOG, size, log, NULL);
    const char *line = strstr(log, "error");
    while (line != NULL && line > log && line[-1] != '\n')
        --line;
    if (line == NULL) {
        line = log;
        advise_on_failure(advice, device); /* nothing is wrong with the sources */
    }
    const gemlet_status status = gm_error(
        GEMLET_E_BUILD, "kernels do not compile: %s (%d): %.*s%s%s", gm_cl_error_name(code), code,
        (int)strcspn(line, "\n"), line, advice[0] != '\0' ? "; " : "", advice);
    gm_error_set_detail(log);
    free(log);
    return status;
}

gemlet_status gm_program_build(cl_program *out, cl_context context, cl_device_id device,
                               const gm_program_source *source)
{
    cl_int code = CL_SUCCESS;
    cl_program program = NULL;
    const char **views = NULL; /* the same texts, as OpenCL's parameter wants them */
    gemlet_status status = GEMLET_OK;
    *out = NULL;
    GEMLET_TRY_CLEANUP(status, GM_ALLOC(views, source->n_texts, "kernel sources"));
    for (size_t i = 0; i < source->n_texts; ++i)
        views[i] = source->texts[i];
    program = clCreateProgramWithSource(context, (cl_uint)source->n_texts, views, NULL, &code);
    GEMLET_TRY_CLEANUP(status, GM_CL_CHECK(code, "clCreateProgramWithSource", NULL));
    code = clBuildProgram(program, 1, &device, source->options, NULL, NULL);
    if (code != CL_SUCCESS) {
        status = report_build_failure(program, device, code);
        goto cleanup;
    }
    *out = program;
    program = NULL;
cleanup:
    if (program != NULL)
        clReleaseProgram(program);
    free(views);
    return status;
}
