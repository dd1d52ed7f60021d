/* SPDX-License-Identifier: MIT
 * Devices: what can train, how one is chosen, and a device opened for work.
 *
 * An open device belongs to one host thread at a time: kernels keep their arguments between calls,
 * as OpenCL defines them. Two devices may be used from two threads. */
#ifndef GEMLET_DEVICE_H
#define GEMLET_DEVICE_H

#include <stddef.h>
#include <stdint.h>

#include "gemlet/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gemlet_device gemlet_device;
typedef struct gemlet_device_list gemlet_device_list;

typedef enum gemlet_device_type {
    GEMLET_DEVICE_CPU_PATH,    /* plain C and CBLAS, no OpenCL */
    GEMLET_DEVICE_OPENCL_CPU,  /* OpenCL device of type CPU, e.g. POCL */
    GEMLET_DEVICE_GPU,         /* OpenCL device of type GPU */
    GEMLET_DEVICE_ACCELERATOR, /* OpenCL device of type accelerator or custom */
    GEMLET_DEVICE_REFERENCE    /* the double-precision reference: slow, for comparison */
} gemlet_device_type;

/* What is known of one device. Strings belong to the list (or to the open device). */
typedef struct gemlet_device_info {
    int index; /* what --device takes; -1 for the CPU path and the reference */
    gemlet_device_type type;
    const char *name;
    const char *vendor;
    const char *platform;
    const char *version; /* OpenCL version text of the device */
    const char *driver;
    uint32_t compute_units; /* of the CPU path: threads */
    uint32_t clock_mhz;     /* at most; 0: unknown */
    int shares_host_memory; /* 1: no memory of its own, as an integrated GPU */
    uint64_t global_memory_bytes;
    uint64_t local_memory_bytes;
    uint64_t max_allocation_bytes;
    size_t max_work_group_size;
    int usable;                  /* 0: see `unusable_reason` */
    const char *unusable_reason; /* one line; empty if usable */
} gemlet_device_info;

/* From now on, before the OpenCL drivers are loaded into this process, a child process (fork) loads
 * them: one that crashes, exits or hangs is left out, which gemlet_device_list_note() and the
 * messages of gemlet_device_open() say. That all is well is kept for an hour, in `cache_directory`,
 * which is created if need be; NULL: nowhere, so that every process loads the drivers twice. To be
 * called before anything in this process uses OpenCL. */
GEMLET_API gemlet_status gemlet_device_check_drivers(const char *cache_directory);

/* Finds every OpenCL device of every platform, in the order of the OpenCL loader, and the CPU path
 * last. A machine without any OpenCL platform gives a list with the CPU path only; a platform that
 * cannot be queried is reported by gemlet_device_list_note(). Release with
 * gemlet_device_list_destroy(). */
GEMLET_API gemlet_status gemlet_device_list_create(gemlet_device_list **out);
GEMLET_API size_t gemlet_device_list_count(const gemlet_device_list *list);

/* Info of entry `position` < count. Belongs to the list. */
GEMLET_API const gemlet_device_info *gemlet_device_list_get(const gemlet_device_list *list,
                                                            size_t position);

/* One line that says what was odd about the search ("no OpenCL platform found", "platform Clover
 * has no devices"), or an empty string. Belongs to the list. */
GEMLET_API const char *gemlet_device_list_note(const gemlet_device_list *list);
GEMLET_API void gemlet_device_list_destroy(gemlet_device_list *list);

/* "gpu", "opencl-cpu", "accelerator", "cpu" (the CPU path), "reference". Static text. */
GEMLET_API const char *gemlet_device_type_name(gemlet_device_type type);

typedef enum gemlet_gemm {
    GEMLET_GEMM_AUTO,    /* own kernels, unless the clock finds CLBlast faster for a product */
    GEMLET_GEMM_CLBLAST, /* CLBlast's GEMM */
    GEMLET_GEMM_OWN      /* this library's tile kernels */
} gemlet_gemm;

typedef enum gemlet_kernels {
    GEMLET_KERNELS_AUTO, /* by the type of the device */
    GEMLET_KERNELS_CPU,  /* few work-items, wide vectors, no local memory */
    GEMLET_KERNELS_GPU   /* many work-items, local memory */
} gemlet_kernels;

typedef enum gemlet_program_cache {
    GEMLET_PROGRAM_CACHE_AUTO, /* where the driver does not keep compiled programs itself */
    GEMLET_PROGRAM_CACHE_ON,
    GEMLET_PROGRAM_CACHE_OFF
} gemlet_program_cache;

typedef struct gemlet_device_options {
    size_t struct_size;   /* set by gemlet_device_options_init() */
    const char *selector; /* see gemlet_device_open() */
    gemlet_gemm gemm;
    gemlet_kernels kernels;
    /* Where programs compiled for an OpenCL device are kept until another run needs them, when the
     * device is closed. Created if need be; NULL: they are not kept. */
    const char *cache_directory;
    gemlet_program_cache program_cache;
    /* Most bytes of the device's memory that the rows of a data set may take. Rows that need more
     * are brought there chunk by chunk, which changes no result. 0, the default: as many as the
     * device has to spare. */
    uint64_t memory_limit;
} gemlet_device_options;

/* The same for a structure of which the caller knows struct_size bytes. */
GEMLET_API void gemlet_device_options_init_sized(void *options, size_t struct_size);

/* Sets all members to their defaults, and struct_size. To be called before others are set, so that
 * a program goes on working with a library that knows more of them. */
static inline void gemlet_device_options_init(gemlet_device_options *options)
{
    gemlet_device_options_init_sized(options, sizeof *options);
}

/* Opens a device. The selector is one of
 *   "auto"         the best usable GPU, else OpenCL CPU device, else the CPU path; an OpenCL
 *                  accelerator, which may be an emulator, is taken only if asked for
 *   a number       the device with that index in the list
 *   a type         "gpu", "opencl-cpu", "accelerator": the best usable device of the type;
 *                  "cpu": the CPU path; "reference": the double-precision reference
 *   anything else  the one usable device whose name or platform contains the text, ignoring case;
 *                  a name that is equal wins over names that only contain it
 * The best has memory of its own; among equals most compute units times clock; else it is the
 * first. GEMLET_E_DEVICE if nothing or several match, or the device is unusable; the message says
 * which devices there are. On failure *out = NULL. Release with gemlet_device_close().
 *
 * An OpenCL device compiles its kernels at their first use: what uses it first returns
 * GEMLET_E_BUILD if its compiler rejects one; the build log is in gemlet_last_error_detail(). */
GEMLET_API gemlet_status gemlet_device_open(gemlet_device **out,
                                            const gemlet_device_options *options);

/* Belongs to the device. */
GEMLET_API const gemlet_device_info *gemlet_device_get_info(const gemlet_device *device);

/* One line that says which device was taken and why. Belongs to the device. */
GEMLET_API const char *gemlet_device_choice(const gemlet_device *device);

/* What multiplies matrices on this device: "CLBlast 1.5.3", "own tile kernels", "CBLAS". Belongs to
 * the device. */
GEMLET_API const char *gemlet_device_gemm_name(const gemlet_device *device);

/* NULL is allowed. Models and results stay valid. */
GEMLET_API void gemlet_device_close(gemlet_device *device);

#ifdef __cplusplus
}
#endif
#endif
