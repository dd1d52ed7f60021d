/* SPDX-License-Identifier: MIT
 * The files by which the OpenCL loader finds its drivers (.icd, each with the name of a library),
 * and how to let it find some of them only. */
#ifndef GM_OPENCL_DRIVER_FILES_H
#define GM_OPENCL_DRIVER_FILES_H

#include <stddef.h>

#include "core/scratch.h"

typedef struct gm_driver_files {
    char **paths;
    size_t n;
} gm_driver_files;

/* The files in the order of their names: where OCL_ICD_VENDORS or OPENCL_VENDOR_PATH say, else in
 * /etc/OpenCL/vendors. None if the loader is told a library instead. Release with
 * gm_driver_files_free(). */
gemlet_status gm_driver_files_find(gm_driver_files *files);
void gm_driver_files_free(gm_driver_files *files);

/* text (size) out: the library that a file names, or an empty string. */
void gm_driver_files_read_library(char *text, size_t size, const char *path);

/* Makes a directory with links to those files whose `chosen` is not 0, for OCL_ICD_VENDORS. Both
 * known loaders, ocl-icd and Khronos', take a directory. */
gemlet_status gm_driver_files_link(gm_scratch *directory, const gm_driver_files *files,
                                   const int *chosen);

#endif
