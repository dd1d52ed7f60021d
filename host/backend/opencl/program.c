/* SPDX-License-Identifier: MIT
 * Sources to program; see program.h. Each file is preceded by a #line directive, so that a build
 * log names the file and the line in it. */
#include "backend/opencl/program.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/opencl/cl_error.h"
#include "backend/opencl/kernel_sources.h"
#include "core/file.h"
#include "core/hash.h"
#include "core/memory.h"
#include "gemlet/model.h"

void gm_program_format_options(char *text, int cpu_kernels, int wide_registers)
{
    /* -w: without registers of 16 floats POCL's compiler warns of every vector of 16 and prints the
     * number on standard error. */
    snprintf(
        text, GM_PROGRAM_OPTIONS_SIZE,
        "-cl-std=CL1.2 -w -DVEC=%d -DWG_COLS=%d -DWG_ROWS=%d -DWG_FLAT=%d -DGEMM_NARROW_ROWS=%d "
        "-DACTIVATION_RELU=%d -DACTIVATION_SIGMOID=%d -DACTIVATION_TANH=%d",
        cpu_kernels ? 16 : 1, cpu_kernels ? 1 : 16, cpu_kernels ? 1 : 16, cpu_kernels ? 1 : 64,
        wide_registers ? 8 : 6, GEMLET_ACTIVATION_RELU, GEMLET_ACTIVATION_SIGMOID,
        GEMLET_ACTIVATION_TANH);
}

static gemlet_status read_stream(char **out, FILE *stream, const char *path)
{
    if (fseek(stream, 0, SEEK_END) != 0)
        return gm_error(GEMLET_E_IO, "kernel file %s: %s", path, strerror(errno));
    const long length = ftell(stream);
    if (length < 0 || fseek(stream, 0, SEEK_SET) != 0)
        return gm_error(GEMLET_E_IO, "kernel file %s: %s", path, strerror(errno));
    GEMLET_TRY(gm_alloc((void **)out, (size_t)length + 1, 1, "kernel file"));
    if (fread(*out, 1, (size_t)length, stream) != (size_t)length)
        return gm_error(GEMLET_E_IO, "kernel file %s: cannot read its %ld bytes", path, length);
    return GEMLET_OK;
}

/* *out = the text of directory/name, terminated by 0. */
static gemlet_status read_kernel_file(char **out, const char *directory, const char *name)
{
    char *path = NULL;
    FILE *stream = NULL;
    gemlet_status status = GEMLET_OK;
    *out = NULL;
    GEMLET_TRY_CLEANUP(status, gm_path_join(&path, directory, name));
    stream = fopen(path, "rb");
    if (stream == NULL) {
        status =
            gm_error(GEMLET_E_IO, "kernel file %s (GEMLET_KERNEL_DIR): %s", path, strerror(errno));
        goto cleanup;
    }
    GEMLET_TRY_CLEANUP(status, read_stream(out, stream, path));
cleanup:
    if (stream != NULL)
        fclose(stream);
    free(path);
    return status;
}

static void free_texts(char **texts, size_t n_texts)
{
    for (size_t i = 0; texts != NULL && i < n_texts; ++i)
        free(texts[i]);
    free(texts);
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

/* The files whose formulas the fused step shares. The others would only take time to compile. */
static int is_shared_source(const gm_kernel_source *source)
{
    static const char *const names[] = {"common.cl", "reduce.cl", "batch_norm.cl", "softmax.cl",
                                        "sgd.cl"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; ++i) {
        if (strcmp(source->name, names[i]) == 0)
            return 1;
    }
    return 0;
}

/* texts (n) out: released by the caller, also after a failure. */
static gemlet_status collect_sources(char **texts, const gm_kernel_source *sources, size_t n)
{
    for (size_t i = 0; i < n; ++i)
        GEMLET_TRY(collect_source(&texts[i], &sources[i]));
    return GEMLET_OK;
}

/* The error of a failed build: one line that quotes the first line of the log that tells of an
 * error, and the whole log as detail. */
static gemlet_status report_build_failure(cl_program program, cl_device_id device, cl_int code)
{
    size_t size = 0;
    char *log = NULL;
    clGetProgramBuildInfo(program, device, CL_PROGRAM_BUILD_LOG, 0, NULL, &size);
    GEMLET_TRY(gm_alloc((void **)&log, size + 1, 1, "build log"));
    clGetProgramBuildInfo(program, device, CL_PROGRAM_BUILD_LOG, size, log, NULL);
    const char *line = strstr(log, "error");
    while (line != NULL && line > log && line[-1] != '\n')
        --line;
    if (line == NULL)
        line = log;
    const gemlet_status status =
        gm_error(GEMLET_E_BUILD, "kernels do not compile: %s (%d): %.*s", gm_cl_error_name(code),
                 code, (int)strcspn(line, "\n"), line);
    gm_error_set_detail(log);
    free(log);
    return status;
}

static uint64_t hash_sources(char *const *texts, size_t n_texts, const char *options)
{
    uint64_t hash = gm_hash(GM_HASH_BEGIN, options, strlen(options));
    for (size_t i = 0; i < n_texts; ++i)
        hash = gm_hash(hash, texts[i], strlen(texts[i]));
    return hash;
}

static gemlet_status build(cl_program *out, cl_context context, cl_device_id device,
                           const char *options, char *const *texts, size_t n_texts)
{
    cl_int code = CL_SUCCESS;
    cl_program program = NULL;
    const char **views = NULL; /* the same texts, as OpenCL's parameter wants them */
    gemlet_status status = GEMLET_OK;
    GEMLET_TRY_CLEANUP(status, GM_ALLOC(views, n_texts, "kernel sources"));
    for (size_t i = 0; i < n_texts; ++i)
        views[i] = texts[i];
    program = clCreateProgramWithSource(context, (cl_uint)n_texts, views, NULL, &code);
    GEMLET_TRY_CLEANUP(status, GM_CL_CHECK(code, "clCreateProgramWithSource", NULL));
    code = clBuildProgram(program, 1, &device, options, NULL, NULL);
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

gemlet_status gm_program_build(cl_program *out, uint64_t *hash, cl_context context,
                               cl_device_id device, const char *options)
{
    char **texts = NULL;
    gemlet_status status = GEMLET_OK;
    *out = NULL;
    GEMLET_TRY_CLEANUP(status, GM_ALLOC(texts, gm_n_kernel_sources, "kernel sources"));
    GEMLET_TRY_CLEANUP(status, collect_sources(texts, gm_kernel_sources, gm_n_kernel_sources));
    *hash = hash_sources(texts, gm_n_kernel_sources, options);
    GEMLET_TRY_CLEANUP(status, build(out, context, device, options, texts, gm_n_kernel_sources));
cleanup:
    free_texts(texts, gm_n_kernel_sources);
    return status;
}

gemlet_status gm_program_build_fused(cl_program *out, cl_context context, cl_device_id device,
                                     const char *options, const char *constants,
                                     const char *kernels)
{
    const size_t n_texts = gm_n_kernel_sources + 1 + gm_n_fused_sources + 1;
    char **texts = NULL;
    char **next = NULL;
    gemlet_status status = GEMLET_OK;
    *out = NULL;
    GEMLET_TRY_CLEANUP(status, GM_ALLOC(texts, n_texts, "kernel sources"));
    next = texts;
    for (size_t i = 0; i < gm_n_kernel_sources; ++i) {
        if (is_shared_source(&gm_kernel_sources[i]))
            GEMLET_TRY_CLEANUP(status, collect_source(next++, &gm_kernel_sources[i]));
    }
    GEMLET_TRY_CLEANUP(status, gm_copy_string(next++, constants));
    GEMLET_TRY_CLEANUP(status, collect_sources(next, gm_fused_sources, gm_n_fused_sources));
    next += gm_n_fused_sources;
    GEMLET_TRY_CLEANUP(status, gm_format_string(next++, "#line 1 \"plan\"\n%s", kernels));
    GEMLET_TRY_CLEANUP(status, build(out, context, device, options, texts, (size_t)(next - texts)));
cleanup:
    free_texts(texts, n_texts);
    return status;
}

gemlet_status gm_program_build_limits(cl_program *out, cl_context context, cl_device_id device,
                                      const char *options)
{
    char *texts[2] = {NULL, NULL};
    gemlet_status status = GEMLET_OK;
    *out = NULL;
    assert(strcmp(gm_kernel_sources[0].name, "common.cl") == 0 && gm_n_limits_sources == 1);
    GEMLET_TRY_CLEANUP(status, collect_source(&texts[0], &gm_kernel_sources[0]));
    GEMLET_TRY_CLEANUP(status, collect_source(&texts[1], &gm_limits_sources[0]));
    GEMLET_TRY_CLEANUP(status, build(out, context, device, options, texts, 2));
cleanup:
    free(texts[1]);
    free(texts[0]);
    return status;
}
