/* SPDX-License-Identifier: MIT
 * See struct_size.h. */
#include "core/struct_size.h"

#include <string.h>

void gm_struct_init(void *out, size_t size, const void *defaults, size_t full_size)
{
    if (size < sizeof size)
        return;
    memset(out, 0, size);
    memcpy(out, defaults, size < full_size ? size : full_size);
    memcpy(out, &size, sizeof size);
}

gemlet_status gm_struct_complete(void *full, size_t full_size, const void *given, const char *what)
{
    size_t size;
    if (given == NULL)
        return gm_error(GEMLET_E_ARGUMENT, "%s: found NULL, expected a structure", what);
    memcpy(&size, given, sizeof size);
    if (size < sizeof size)
        return gm_error(GEMLET_E_ARGUMENT,
                        "%s: struct_size is %zu, expected what the _init function sets", what,
                        size);
    if (size > full_size)
        return gm_error(GEMLET_E_ARGUMENT,
                        "%s: struct_size is %zu, expected at most %zu: the program was compiled "
                        "for a newer version than this library, gemlet %s",
                        what, size, full_size, gemlet_version());
    memcpy(full, given, size);
    memcpy(full, &full_size, sizeof full_size);
    return GEMLET_OK;
}
