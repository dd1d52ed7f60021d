/* SPDX-License-Identifier: MIT
 * A driver whose answers about kernels are odd, preloaded by odd_drivers.sh. BAD_DRIVER_KERNEL
 * names the kernels that this concerns: all whose names begin with it. BAD_DRIVER=small    they run
 * in work-groups of 64 items at most BAD_DRIVER=unknown  the work-group size that their source
 * fixes is not known */
#define _GNU_SOURCE /* RTLD_NEXT */
#include <CL/cl.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

static int is_concerned(cl_kernel kernel)
{
    char name[128] = "";
    const char *which = getenv("BAD_DRIVER_KERNEL");
    clGetKernelInfo(kernel, CL_KERNEL_FUNCTION_NAME, sizeof name, name, NULL);
    return which != NULL && strncmp(name, which, strlen(which)) == 0;
}

__attribute__((visibility("default"))) cl_int clGetKernelWorkGroupInfo(
    cl_kernel kernel, cl_device_id device, cl_kernel_work_group_info what, size_t size, void *value,
    size_t *needed)
{
    cl_int (*real)(cl_kernel, cl_device_id, cl_kernel_work_group_info, size_t, void *, size_t *);
    void *symbol = dlsym(RTLD_NEXT, "clGetKernelWorkGroupInfo");
    memcpy(&real, &symbol, sizeof real); /* ISO C has no cast between the two kinds of pointer */
    const cl_int code = real(kernel, device, what, size, value, needed);
    const char *mode = getenv("BAD_DRIVER");
    if (code != CL_SUCCESS || mode == NULL || !is_concerned(kernel))
        return code;
    if (strcmp(mode, "small") == 0 && what == CL_KERNEL_WORK_GROUP_SIZE)
        *(size_t *)value = 64;
    if (strcmp(mode, "unknown") == 0 && what == CL_KERNEL_COMPILE_WORK_GROUP_SIZE)
        memset(value, 0, 3 * sizeof(size_t));
    return code;
}
