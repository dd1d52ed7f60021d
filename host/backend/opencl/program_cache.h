/* SPDX-License-Identifier: MIT
 * Compiled programs kept from one run to the next, for drivers that do not do so themselves.
 *
 * A kept file (core/kept_file.h) of the driver's binary; its key is all that the program depends
 * on: library, device, platform, driver, build options and a hash of the sources. One that is
 * damaged, belongs to another key, or is refused by the driver counts as none: the program is
 * compiled, and replaces it. That nothing can be read or written is no failure. */
#ifndef GM_OPENCL_PROGRAM_CACHE_H
#define GM_OPENCL_PROGRAM_CACHE_H

#include "backend/opencl/program.h"
#include "core/kept_file.h"
#include "gemlet/device.h"

extern const gm_kept_kind gm_program_kind;

typedef struct gm_program_cache {
    char *directory; /* NULL: nothing is kept */
    char *target;    /* what all programs of the context depend on */
} gm_program_cache;

/* A program, and where it is to be kept if it is new. All zero: none. */
typedef struct gm_kept_program {
    cl_program handle;
    char *key; /* NULL: not to be kept, or it was */
} gm_kept_program;

/* directory: need not exist; NULL: keep nothing. Release with gm_program_cache_destroy(), also
 * after a failure. */
gemlet_status gm_program_cache_create(gm_program_cache *cache, const char *directory,
                                      cl_platform_id platform, const gemlet_device_info *info);
void gm_program_cache_destroy(gm_program_cache *cache);

/* The program of these sources: the one that was kept, else compiled; fails as gm_program_build().
 * On failure there is nothing to release. */
gemlet_status gm_program_cache_build(gm_kept_program *out, const gm_program_cache *cache,
                                     cl_context context, cl_device_id device,
                                     const gm_program_source *source);

/* Keeps the program if it is new and is_good, and releases it. To be called when its kernels have
 * run: some drivers compile them only then. Harmless on a zeroed one. */
void gm_program_cache_release(gm_kept_program *program, const gm_program_cache *cache, int is_good);

#endif
