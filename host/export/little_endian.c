/* SPDX-License-Identifier: MIT
 * See little_endian.h. */
#include "export/little_endian.h"

#include <stdint.h>
#include <string.h>

static int is_little_endian(void)
{
    const uint16_t one = 1;
    unsigned char first;
    memcpy(&first, &one, 1);
    return first == 1;
}

void gm_little_endian(unsigned char *bytes, const void *values, size_t n, size_t size)
{
    const unsigned char *from = values;
    if (is_little_endian()) {
        memcpy(bytes, values, n * size);
        return;
    }
    for (size_t i = 0; i < n * size; ++i)
        bytes[i] = from[i / size * size + (size - 1 - i % size)];
}

void gm_little_endian_write(FILE *stream, const void *values, size_t n, size_t size)
{
    unsigned char bytes[4096];
    const unsigned char *from = values;
    const size_t most = sizeof bytes / size;
    if (is_little_endian()) {
        fwrite(values, size, n, stream);
        return;
    }
    for (size_t done = 0; done < n; done += most) {
        const size_t part = n - done < most ? n - done : most;
        gm_little_endian(bytes, from + done * size, part, size);
        fwrite(bytes, size, part, stream);
    }
}
