/* SPDX-License-Identifier: MIT
 * One way to start a kernel: set the arguments in the order of its parameters, then run.
 *
 *   gm_launch launch = gm_launch_begin(opencl, GM_KERNEL_sgd_step);
 *   gm_launch_vector(&launch, &args->parameters);
 *   gm_launch_float(&launch, args->learning_rate);
 *   return gm_launch_run(&launch, n_groups, 1);
 *
 * The first failure is kept and reported by gm_launch_run. */
#ifndef GM_OPENCL_LAUNCH_H
#define GM_OPENCL_LAUNCH_H

#include "backend/opencl/context.h"

typedef struct gm_launch {
    gm_opencl *opencl;
    gm_kernel_id id;
    cl_uint n_arguments;    /* set so far */
    uint64_t n_extra_bytes; /* as in observer.h; 0 unless the launcher sets it */
    gemlet_status status;
} gm_launch;

/* The first launch compiles the operations' kernels. */
gm_launch gm_launch_begin(gm_opencl *opencl, gm_kernel_id id);

/* Two kernel arguments: buffer, offset. */
void gm_launch_vector(gm_launch *launch, const gm_vector *vector);
/* Three kernel arguments: buffer, offset, ld. */
void gm_launch_matrix(gm_launch *launch, const gm_matrix *matrix);
/* One kernel argument each. */
void gm_launch_memory(gm_launch *launch, cl_mem memory);
void gm_launch_ulong(gm_launch *launch, size_t value);
void gm_launch_uint(gm_launch *launch, gemlet_dim value);
void gm_launch_int(gm_launch *launch, int value);
void gm_launch_float(gm_launch *launch, float value);

/* Enqueues n_groups_0 x n_groups_1 work-groups of the size that the kernel's source fixes. A
 * failure is sticky. */
gemlet_status gm_launch_run(gm_launch *launch, size_t n_groups_0, size_t n_groups_1);

/* For what a library launches: notifies the backend's observer. */
void gm_launch_tell_call(const gm_opencl *opencl, const char *name);

/* Smallest n with n * size >= value; size > 0. */
size_t gm_launch_groups(size_t value, size_t size);

/* How an element-wise kernel is spread over a rows x cols matrix: groups of columns, groups of
 * rows, and the rows of each of these. */
typedef struct gm_launch_grid {
    size_t n_groups_0;
    size_t n_groups_1;
    gemlet_dim rows_per_group;
} gm_launch_grid;

gm_launch_grid gm_launch_matrix_grid(const gm_opencl *opencl, gemlet_dim rows, gemlet_dim cols);

/* The same with blocks of rows that share random numbers in the place of rows, as in dropout.cl. */
gm_launch_grid gm_launch_dropout_grid(const gm_opencl *opencl, gemlet_dim rows, gemlet_dim cols);

/* How a kernel on vectors of n values is spread, in parts that an item takes at a time: groups, and
 * the parts of each. For a kernel that gm_launch_begin() has begun. */
typedef struct gm_launch_line {
    size_t n_groups;
    size_t parts_per_group;
} gm_launch_line;

gm_launch_line gm_launch_vector_line(const gm_opencl *opencl, gm_kernel_id id, size_t n);

/* Number of work-groups for a kernel whose groups own whole columns. */
size_t gm_launch_column_groups(const gm_opencl *opencl, gemlet_dim rows, gemlet_dim cols);

/* On CPU-type devices: number of work-groups, 1 to n_units, for work that amounts to reading
 * n_elements once. */
size_t gm_launch_cpu_groups(const gm_opencl *opencl, size_t n_units, size_t n_elements);

#endif
