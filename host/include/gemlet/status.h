/* SPDX-License-Identifier: MIT
 * Status codes and the error message of the calling thread.
 *
 * Every function that can fail returns a gemlet_status: 0 on success, negative on failure. The
 * facts of the last failure are in a one-line message that belongs to the calling thread. The
 * library never prints and never exits. */
#ifndef GEMLET_STATUS_H
#define GEMLET_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define GEMLET_API __attribute__((visibility("default")))
#else
#define GEMLET_API
#endif

/* One list gives the codes, their names and their texts: X(name, value, text). */
#define GEMLET_STATUS_MAP(X)                                                                       \
    X(GEMLET_OK, 0, "success")                                                                     \
    X(GEMLET_E_ARGUMENT, -1, "invalid argument")                                                   \
    X(GEMLET_E_MEMORY, -2, "out of host memory")                                                   \
    X(GEMLET_E_IO, -3, "file cannot be opened, read or written")                                   \
    X(GEMLET_E_FORMAT, -4, "file content is malformed")                                            \
    X(GEMLET_E_SHAPE, -5, "shapes do not fit together")                                            \
    X(GEMLET_E_RANGE, -6, "value or size out of range")                                            \
    X(GEMLET_E_DEVICE, -7, "no such device, or device unusable")                                   \
    X(GEMLET_E_OPENCL, -8, "an OpenCL call failed")                                                \
    X(GEMLET_E_BUILD, -9, "a kernel failed to build")                                              \
    X(GEMLET_E_DIVERGED, -10, "training diverged")

typedef enum gemlet_status {
#define GEMLET_STATUS_ENUM(name, value, text) name = value,
    GEMLET_STATUS_MAP(GEMLET_STATUS_ENUM)
#undef GEMLET_STATUS_ENUM
} gemlet_status;

/* "GEMLET_E_IO" for GEMLET_E_IO; "unknown status" for a value outside the list. Static text. */
GEMLET_API const char *gemlet_status_name(gemlet_status status);

/* One short English phrase for a status. Static text. */
GEMLET_API const char *gemlet_status_text(gemlet_status status);

/* The message of the last failure in the calling thread: one line that names the thing, the place,
 * what was found and what was expected. Empty if nothing failed yet. Valid until the next call
 * into the library from this thread. */
GEMLET_API const char *gemlet_last_error(void);

/* Longer text that belongs to the last failure, e.g. the build log of a kernel. Empty if none. Same
 * lifetime as gemlet_last_error(). */
GEMLET_API const char *gemlet_last_error_detail(void);

/* Library version, "major.minor.patch". Static text. */
GEMLET_API const char *gemlet_version(void);

#ifdef __cplusplus
}
#endif
#endif
