/* SPDX-License-Identifier: MIT
 * Launcher of gather.cl: gather_batch of backend.h. */
#ifndef GM_OPENCL_GATHER_H
#define GM_OPENCL_GATHER_H

#include "backend/backend.h"

gemlet_status gm_gather_run(gm_backend *backend, const gm_gather_batch_args *args);

#endif
