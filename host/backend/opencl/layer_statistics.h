/* SPDX-License-Identifier: MIT
 * Launcher of layer_statistics.cl; contract in backend.h. */
#ifndef GM_OPENCL_LAYER_STATISTICS_H
#define GM_OPENCL_LAYER_STATISTICS_H

#include "backend/backend.h"

gemlet_status gm_layer_statistics_run(gm_backend *backend, const gm_layer_statistics_args *args);

#endif
