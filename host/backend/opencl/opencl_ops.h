/* SPDX-License-Identifier: MIT
 * The launchers of the operations of backend.h, gm_opencl_<op>(): each stands in the file that is
 * named like its kernels' file. */
#ifndef GM_OPENCL_OPENCL_OPS_H
#define GM_OPENCL_OPENCL_OPS_H

#include "backend/backend.h"

#define GM_OPENCL_OP(op)                                                                           \
    gemlet_status gm_opencl_##op(gm_backend *backend, const gm_##op##_args *args);
GM_OPS(GM_OPENCL_OP)
#undef GM_OPENCL_OP

#endif
