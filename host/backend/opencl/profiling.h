/* SPDX-License-Identifier: MIT
 * Times of launches, taken by the driver: one event each while profiling is on, none otherwise. */
#ifndef GM_OPENCL_PROFILING_H
#define GM_OPENCL_PROFILING_H

#include "backend/opencl/context.h"

/* start_profiling and read_launch_times of backend.h. */
gemlet_status gm_profiling_start(gm_backend *backend);
gemlet_status gm_profiling_read(gm_backend *backend, gm_launch_time *times, size_t n_times);

/* Where the next call that enqueues is to put its event; NULL, which such calls take for "none",
 * unless launches are profiled. */
cl_event *gm_profiling_next_event(gm_opencl *opencl);

/* Forgets all events. */
void gm_profiling_clear(gm_opencl *opencl);

#endif
