/* SPDX-License-Identifier: MIT
 * The OpenCL backend's state: context, in-order queue, the kernels and how they are shaped. */
#ifndef GM_OPENCL_CONTEXT_H
#define GM_OPENCL_CONTEXT_H

#include <CL/cl.h>

#include "backend/backend.h"
#include "backend/product_choice.h"
#include "backend/opencl/gemm_local_tile.h"
#include "backend/opencl/pace.h"
#include "backend/opencl/program_cache.h"
#include "kernel_names.h"

/* GM_KERNEL_sgd_step for the kernel sgd_step, and so on. */
typedef enum gm_kernel_id {
#define GM_KERNEL_ID(name) GM_KERNEL_##name,
    GM_KERNEL_MAP(GM_KERNEL_ID)
#undef GM_KERNEL_ID
    GM_N_KERNELS
} gm_kernel_id;

/* A number that a kernel was given last. */
typedef struct gm_kernel_number {
    size_t size; /* bytes; 0: none yet, or a buffer */
    uint64_t bits;
} gm_kernel_number;

#define GM_KERNEL_MAX_NUMBERS 32u

typedef struct gm_kernel {
    cl_kernel handle; /* NULL if this device's set has no such kernel, or cannot run it */
    size_t local[2];  /* work-group size, as the source fixes it */
    /* By argument. Most stay the same from step to step, and are not handed to the driver again. */
    gm_kernel_number numbers[GM_KERNEL_MAX_NUMBERS];
} gm_kernel;

/* How a product is made, for the next one of that size: finding out takes some microseconds, and a
 * network has the same products in every step. */
#define GM_N_LOCAL_CHOICES 32u
typedef struct gm_local_choice {
    gm_local_size size;
    gm_local_tuning tuning;
    gm_local_plan plan;
} gm_local_choice;

struct gm_product;
typedef struct gm_opencl gm_opencl;

/* Calculates a product; *did_epilogue = 1 if bias, activation and sums are done too. */
typedef gemlet_status gm_multiply(gm_opencl *opencl, const struct gm_product *product,
                                  int *did_epilogue);

struct gm_opencl {
    gm_backend base;
    cl_context context;
    cl_platform_id platform;
    cl_device_id device;
    cl_command_queue queue;
    cl_event upload_ahead;    /* of the last upload ahead; NULL: none is under way */
    gm_program_source source; /* of the operations */
    gm_program_cache cache;
    gm_kept_program program; /* none until gm_context_build_kernels() */
    gm_kernel kernels[GM_N_KERNELS];
    char kernels_id[32];    /* base.kernels_id */
    char note[512];         /* base.note */
    int uses_large_buffers; /* 1: the kernels address more than 4 GiB of a buffer; on Intel only */
    int cpu_kernels;        /* one item per work-group, 16 columns per item; else one column */
    size_t vector_columns;  /* columns per item */
    size_t wide_registers;  /* 1: 32 registers of 16 floats */
    gm_multiply *multiply;
    int has_other_gemm; /* 1: the list of GEMMs does not end with this one */
    gm_product_choices products;
    char products_text[GM_PRODUCT_CHOICES_TEXT_SIZE]; /* base.products */
    int used_clblast;                                 /* in this context */
    size_t n_buffers;                                 /* that live */
    gm_fused_tuning fused_tuning;
    gm_local_tuning local_tuning;
    uint64_t launch_fmas; /* of gm_tuning */
    char gemm_text[96];   /* base.gemm_name, where it is no constant */
    cl_mem row_loss;      /* working memory of softmax_xent, row_capacity floats */
    cl_mem row_correct;   /* the same, unsigned */
    size_t row_capacity;
    cl_mem splits; /* working memory of gemm_local, split_capacity floats */
    size_t split_capacity;
    gm_local_choice local_choices[GM_N_LOCAL_CHOICES]; /* of gemm_local, the last ones */
    unsigned n_local_choices;                          /* made so far */
    int is_profiled; /* then each launch has an event, in order; see profiling.h */
    cl_event *events;
    size_t n_events;
    size_t event_capacity;
    gm_pace pace;         /* of the queue */
    gemlet_status sticky; /* first failure after an enqueue */
    char sticky_message[1024];
};

typedef struct gm_opencl_buffer {
    gm_buffer base;
    cl_mem memory;
} gm_opencl_buffer;

/* The OpenCL object behind a buffer; NULL for none. */
cl_mem gm_context_memory(const gm_buffer *buffer);

/* Makes context and queue in *opencl, which is all zero but for device and base.info. On failure
 * the caller still calls gm_context_destroy(). */
gemlet_status gm_context_create(gm_opencl *opencl, cl_platform_id platform,
                                const gemlet_device_options *options);
void gm_context_destroy(gm_opencl *opencl);

/* Has kernels that are built from now on address buffers of more than 4 GiB, where that takes a
 * build option; those that are there are built again. */
gemlet_status gm_context_use_large_buffers(gm_opencl *opencl);

/* Replaces a context in which a call failed by a new one, with no failure behind it; the kernels
 * are built again when they are needed. No buffer of the old one may live. */
gemlet_status gm_context_renew(gm_opencl *opencl);

/* Makes program and kernels of the operations, unless they are there. Not done before one of them
 * is launched: a training step that is fused does without, and compiling takes about a second. */
gemlet_status gm_context_build_kernels(gm_opencl *opencl);

/* Makes the failure just recorded the sticky one, unless there is one, and returns it. */
gemlet_status gm_context_stick(gm_opencl *opencl, gemlet_status status);

/* GEMLET_OK, or the sticky failure with its message recorded anew. */
gemlet_status gm_context_check(const gm_opencl *opencl);

#endif
