/* SPDX-License-Identifier: MIT
 * Launcher of sgd.cl: sgd_step of backend.h. */
#ifndef GM_OPENCL_SGD_H
#define GM_OPENCL_SGD_H

#include "backend/backend.h"

gemlet_status gm_sgd_run(gm_backend *backend, const gm_sgd_step_args *args);

#endif
