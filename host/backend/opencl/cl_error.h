/* SPDX-License-Identifier: MIT
 * How the result of an OpenCL call becomes a status and a message.
 *
 * Every OpenCL call of the backend goes through one of these macros, except releases, whose failure
 * nobody could act on. */
#ifndef GM_OPENCL_CL_ERROR_H
#define GM_OPENCL_CL_ERROR_H

#include <CL/cl.h>

#include "core/error.h"

/* "CL_INVALID_VALUE" for CL_INVALID_VALUE; "unknown code" for a value outside OpenCL 1.2. Static
 * text. */
const char *gm_cl_error_name(cl_int code);

/* GEMLET_OK for CL_SUCCESS, else records "<call>: <name> (<code>), kernel <kernel>, <file>:<line>"
 * and returns GEMLET_E_MEMORY for lack of host memory, GEMLET_E_OPENCL otherwise. kernel may be
 * NULL. */
gemlet_status gm_cl_error_check(cl_int code, const char *call, const char *kernel, const char *file,
                                int line);

#define GM_CL_CHECK(code, call, kernel)                                                            \
    gm_cl_error_check((code), (call), (kernel), __FILE__, __LINE__)

/* Returns from the calling function if the call fails. */
#define GEMLET_CL(call) GEMLET_TRY(GM_CL_CHECK((call), #call, NULL))

/* For calls that return an object and put their result into `code`:
 *   context->queue = clCreateCommandQueue(..., &code);
 *   GEMLET_CL_RESULT(code, "clCreateCommandQueue"); */
#define GEMLET_CL_RESULT(code, call) GEMLET_TRY(GM_CL_CHECK((code), (call), NULL))

#endif
