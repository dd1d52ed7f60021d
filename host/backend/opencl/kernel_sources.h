/* SPDX-License-Identifier: MIT
 * The OpenCL sources as the build embedded them; cmake/EmbedKernels.cmake writes the table. */
#ifndef GM_OPENCL_KERNEL_SOURCES_H
#define GM_OPENCL_KERNEL_SOURCES_H

#include <stddef.h>

typedef struct gm_kernel_source {
    const char *name; /* "common.cl" */
    const char *text; /* not terminated by 0 */
    size_t length;
} gm_kernel_source;

/* In the order of compilation. */
extern const gm_kernel_source gm_kernel_sources[];
extern const size_t gm_n_kernel_sources;

/* The same for the files fused_*.cl, which only a fused training step needs. */
extern const gm_kernel_source gm_fused_sources[];
extern const size_t gm_n_fused_sources;

/* limits.cl, which only measures. */
extern const gm_kernel_source gm_limits_sources[];
extern const size_t gm_n_limits_sources;

#endif
