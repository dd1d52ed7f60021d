/* SPDX-License-Identifier: MIT
 * See rows.h. */
#include "data/rows.h"

#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "data/dataset.h"

#define VISIT_BYTES ((size_t)1 << 20) /* of rows that are read for a visitor, or one row */

size_t gm_dataset_element_size(gemlet_element element)
{
    return element == GEMLET_ELEMENT_U8 ? sizeof(uint8_t) : sizeof(float);
}

gemlet_dim gm_rows_length(const gemlet_dataset *dataset)
{
    return dataset->encoding != NULL ? dataset->encoding->n_columns : dataset->features;
}

size_t gm_rows_size(const gemlet_dataset *dataset)
{
    return gm_rows_length(dataset) * gm_dataset_element_size(dataset->element);
}

/* ---- any rows ------------------------------------------------------------------------------- */

static gemlet_status gather_stored(const gemlet_dataset *dataset, const uint32_t *rows,
                                   gemlet_dim n, void *values)
{
    if (dataset->part == NULL)
        return gm_stored_rows_gather(dataset->stored, rows, n, values);
    uint32_t *numbers;
    GEMLET_TRY(GM_ALLOC(numbers, n, "numbers of rows"));
    for (gemlet_dim i = 0; i < n; ++i)
        numbers[i] = dataset->part[rows[i]];
    const gemlet_status status = gm_stored_rows_gather(dataset->stored, numbers, n, values);
    free(numbers);
    return status;
}

gemlet_status gm_rows_gather(const gemlet_dataset *dataset, const uint32_t *rows, gemlet_dim n,
                             void *values)
{
    const size_t size = gm_rows_size(dataset);
    const unsigned char *from = dataset->values;
    unsigned char *to = values;
    if (dataset->stored != NULL)
        return gather_stored(dataset, rows, n, values);
    for (gemlet_dim i = 0; i < n; ++i)
        memcpy(to + i * size, from + rows[i] * size, size);
    return GEMLET_OK;
}

/* ---- rows one after the other --------------------------------------------------------------- */

static gemlet_status read_stored(const gemlet_dataset *dataset, gemlet_dim first, gemlet_dim n,
                                 void *values)
{
    return dataset->part != NULL
               ? gm_stored_rows_gather(dataset->stored, dataset->part + first, n, values)
               : gm_stored_rows_read(dataset->stored, first, n, values);
}

gemlet_status gm_rows_read(const gemlet_dataset *dataset, gemlet_dim first, gemlet_dim n,
                           void *values)
{
    if (dataset->stored != NULL)
        return read_stored(dataset, first, n, values);
    const size_t size = gm_rows_size(dataset);
    memcpy(values, (const unsigned char *)dataset->values + first * size, n * size);
    return GEMLET_OK;
}

static gemlet_status visit_stored(const gemlet_dataset *dataset, gemlet_dim first, gemlet_dim n,
                                  gm_rows_visitor visit, void *user)
{
    const size_t fitting = VISIT_BYTES / gm_rows_size(dataset);
    const gemlet_dim n_at_a_time = fitting < 1 ? 1 : fitting < n ? (gemlet_dim)fitting : n;
    void *values;
    gemlet_status status = gm_alloc(&values, n_at_a_time, gm_rows_size(dataset), "rows");
    for (gemlet_dim done = 0; status == GEMLET_OK && done < n;) {
        const gemlet_dim n_now = n - done < n_at_a_time ? n - done : n_at_a_time;
        status = read_stored(dataset, first + done, n_now, values);
        if (status == GEMLET_OK)
            status = visit(values, first + done, n_now, user);
        done += n_now;
    }
    free(values);
    return status;
}

gemlet_status gm_rows_visit(const gemlet_dataset *dataset, gemlet_dim first, gemlet_dim n,
                            gm_rows_visitor visit, void *user)
{
    if (dataset->stored != NULL)
        return visit_stored(dataset, first, n, visit, user);
    const unsigned char *values = dataset->values;
    return visit(values + first * gm_rows_size(dataset), first, n, user);
}
