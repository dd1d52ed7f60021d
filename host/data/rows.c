/* SPDX-License-Identifier: MIT
 * See rows.h. */
#include "data/rows.h"

#include <string.h>

#include "data/dataset.h"

size_t gm_dataset_element_size(gemlet_element element)
{
    return element == GEMLET_ELEMENT_U8 ? sizeof(uint8_t) : sizeof(float);
}

size_t gm_rows_size(const gemlet_dataset *dataset)
{
    return dataset->features * gm_dataset_element_size(dataset->element);
}

gemlet_status gm_rows_gather(const gemlet_dataset *dataset, const uint32_t *rows, gemlet_dim n,
                             void *values)
{
    const size_t size = gm_rows_size(dataset);
    const unsigned char *from = dataset->values;
    unsigned char *to = values;
    for (gemlet_dim i = 0; i < n; ++i)
        memcpy(to + i * size, from + rows[i] * size, size);
    return GEMLET_OK;
}
