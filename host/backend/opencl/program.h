/* SPDX-License-Identifier: MIT
 * Sources and how they become a program. All operations are one program: on POCL every further one
 * costs 25 ms even when its result is cached. */
#ifndef GM_OPENCL_PROGRAM_H
#define GM_OPENCL_PROGRAM_H

#include <CL/cl.h>
#include <stdint.h>

#include "core/error.h"

/* text (GM_PROGRAM_OPTIONS_SIZE) out: the build options, with the macros that give the kernels
 * their shape; see common.cl and gemm_tile.cl. cpu_kernels: 1 for CPU-type devices, 0 for GPUs.
 * wide_registers: 1 if the device has 32 registers of 16 floats. local_memory_bytes: of a
 * work-group. */
#define GM_PROGRAM_OPTIONS_SIZE 512
void gm_program_format_options(char *text, int cpu_kernels, int wide_registers,
                               uint64_t local_memory_bytes);

/* Build option that leaves out kernels which others can stand in for. */
#define GM_PROGRAM_WITHOUT_OPTIONAL "-DWITHOUT_OPTIONAL"

/* Build option of Intel's compiler for GPUs: kernels address more than 4 GiB of a buffer. */
#define GM_PROGRAM_LARGE_BUFFERS "-cl-intel-greater-than-4GB-buffer-required"

/* What a program is made of. */
typedef struct gm_program_source {
    char options[GM_PROGRAM_OPTIONS_SIZE];
    char **texts; /* (n_texts) */
    size_t n_texts;
} gm_program_source;

/* All operations: the embedded files, or those of GEMLET_KERNEL_DIR (see opencl_backend.h). On
 * failure there is nothing to free. Release with gm_program_source_free(). */
gemlet_status gm_program_source_create(gm_program_source *out, const char *options);

/* A fused training step: `constants`, the files fused_*.cl and `kernels` stand behind those of the
 * other files whose formulas they share. */
gemlet_status gm_program_source_create_fused(gm_program_source *out, const char *options,
                                             const char *constants, const char *kernels);

/* The same for limits.cl behind common.cl. */
gemlet_status gm_program_source_create_limits(gm_program_source *out, const char *options);

/* gm_hash of options and texts. */
uint64_t gm_program_source_hash(const gm_program_source *source);

/* Harmless on a zeroed source. */
void gm_program_source_free(gm_program_source *source);

/* GEMLET_E_BUILD if it does not compile; the build log is the error's detail. On failure
 * *out = NULL. Release with clReleaseProgram(). */
gemlet_status gm_program_build(cl_program *out, cl_context context, cl_device_id device,
                               const gm_program_source *source);

#endif
