/* SPDX-License-Identifier: MIT
 * Compiles all kernels as one OpenCL program: on POCL every further program costs 25 ms even when
 * its result is cached. */
#ifndef GM_OPENCL_PROGRAM_H
#define GM_OPENCL_PROGRAM_H

#include <CL/cl.h>
#include <stdint.h>

#include "core/error.h"

/* text (GM_PROGRAM_OPTIONS_SIZE) out: the build options, with the macros that give the kernels
 * their shape; see common.cl and gemm_tile.cl. cpu_kernels: 1 for CPU-type devices, 0 for GPUs.
 * wide_registers: 1 if the device has 32 registers of 16 floats. */
#define GM_PROGRAM_OPTIONS_SIZE 512
void gm_program_format_options(char *text, int cpu_kernels, int wide_registers);

/* Compiles the embedded sources, or those of GEMLET_KERNEL_DIR (see opencl_backend.h), with
 * `options`. *hash = gm_hash of sources and options. GEMLET_E_BUILD if they do not compile, the
 * build log is the error's detail. On failure *out = NULL. Release with clReleaseProgram(). */
gemlet_status gm_program_build(cl_program *out, uint64_t *hash, cl_context context,
                               cl_device_id device, const char *options);

/* The same for a fused training step: `constants`, the files fused_*.cl and `kernels` stand behind
 * those of the other files whose formulas they share; without the hash. */
gemlet_status gm_program_build_fused(cl_program *out, cl_context context, cl_device_id device,
                                     const char *options, const char *constants,
                                     const char *kernels);

/* The same for limits.cl behind common.cl. */
gemlet_status gm_program_build_limits(cl_program *out, cl_context context, cl_device_id device,
                                      const char *options);

#endif
