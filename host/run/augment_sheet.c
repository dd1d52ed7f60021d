/* SPDX-License-Identifier: MIT
 * See augment_sheet.h. */
#include "run/augment_sheet.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "backend/device.h"
#include "core/memory.h"
#include "core/rng.h"
#include "train/device_data.h"
#include "train/step_records.h"

/* Pixels between two items, and around all. */
#define GAP   2u
#define WHITE 255u

/* What batches are made with. */
typedef struct studio {
    gm_backend *backend;
    gm_device_data data;
    gm_step_records records;
    gemlet_dim n_items;
    gemlet_dim height; /* of an item */
    gemlet_dim width;
    float *values; /* (n_items, height, width) of one batch */
    float low;     /* of the items */
    float high;
} studio;

/* As an epoch's rows are ordered. */
static gemlet_status set_order(studio *s, const gemlet_dataset *dataset, uint64_t seed)
{
    uint32_t *order;
    gm_rng rng;
    GEMLET_TRY(GM_ALLOC(order, gemlet_dataset_rows(dataset), "order of the rows"));
    gm_rng_init(&rng, seed, GM_RNG_SHUFFLE, 0);
    gm_rng_permutation(&rng, order, gemlet_dataset_rows(dataset));
    const gemlet_status status = gm_device_data_set_order(&s->data, order);
    free(order);
    return status;
}

static gemlet_status open_studio(studio *s, gemlet_device *device, const gemlet_dataset *dataset,
                                 const gemlet_train_options *options)
{
    unsigned n_dims;
    const gemlet_dim *dims = gemlet_dataset_item_dims(dataset, &n_dims);
    GEMLET_TRY(gm_augment_check(options, dataset));
    s->backend = gm_device_backend(device);
    s->height = dims[0];
    s->width = dims[1];
    GEMLET_TRY(GM_ALLOC(s->values, (size_t)s->n_items * gemlet_dataset_features(dataset),
                        "values of a sheet"));
    GEMLET_TRY(gm_device_data_create(&s->data, s->backend, dataset, s->n_items));
    GEMLET_TRY(gm_device_data_augment(&s->data, dataset, options));
    GEMLET_TRY(gm_step_records_create(&s->records, s->backend, options));
    return set_order(s, dataset, options->seed);
}

static void close_studio(studio *s)
{
    gm_step_records_free(&s->records);
    gm_device_data_destroy(&s->data);
    free(s->values);
}

/* s->values = the batch that lies in x. */
static gemlet_status read_batch(studio *s, const gm_matrix *x)
{
    for (gemlet_dim i = 0; i < s->n_items; ++i)
        GEMLET_TRY(gm_backend_download(s->backend, x->buffer, x->offset + i * x->ld, x->cols,
                                       s->values + (size_t)i * x->cols));
    return GEMLET_OK;
}

static void measure_range(studio *s)
{
    s->low = s->high = s->values[0];
    for (size_t i = 0; i < (size_t)s->n_items * s->height * s->width; ++i) {
        s->low = fminf(s->low, s->values[i]);
        s->high = fmaxf(s->high, s->values[i]);
    }
}

static unsigned char shade_of(const studio *s, float value)
{
    const float part = s->high > s->low ? (value - s->low) / (s->high - s->low) : 0.0f;
    return (unsigned char)lrintf(255.0f * fminf(fmaxf(part, 0.0f), 1.0f));
}

/* The batch as column `column` of items. */
static void paste_batch(gm_augment_sheet *sheet, const studio *s, gemlet_dim column)
{
    for (size_t i = 0; i < s->n_items; ++i) {
        for (size_t r = 0; r < s->height; ++r) {
            const float *line = s->values + (i * s->height + r) * s->width;
            unsigned char *to = sheet->pixels + (GAP + i * (s->height + GAP) + r) * sheet->cols +
                                GAP + column * (size_t)(s->width + GAP);
            for (size_t c = 0; c < s->width; ++c)
                to[c] = shade_of(s, line[c]);
        }
    }
}

static gemlet_status allocate_sheet(gm_augment_sheet *sheet, const studio *s, gemlet_dim n_columns)
{
    sheet->rows = GAP + s->n_items * (s->height + GAP);
    sheet->cols = GAP + n_columns * (s->width + GAP);
    GEMLET_TRY(GM_ALLOC(sheet->pixels, (size_t)sheet->rows * sheet->cols, "sheet of images"));
    memset(sheet->pixels, WHITE, (size_t)sheet->rows * sheet->cols);
    return GEMLET_OK;
}

static gemlet_status draw(gm_augment_sheet *sheet, studio *s, gemlet_dim n_variants)
{
    size_t place;
    gm_matrix x;
    gm_vector labels;
    GEMLET_TRY(allocate_sheet(sheet, s, n_variants + 1));
    GEMLET_TRY(gm_device_data_find(&s->data, &place, 0, s->n_items));
    GEMLET_TRY(gm_device_data_gather(&s->data, place, s->n_items, 1.0f, &x, &labels));
    GEMLET_TRY(read_batch(s, &x));
    measure_range(s);
    paste_batch(sheet, s, 0);
    for (gemlet_dim v = 0; v < n_variants; ++v) {
        gm_vector record;
        gm_matrix augmented = x;
        GEMLET_TRY(gm_step_records_find(&record, &s->records, v));
        GEMLET_TRY(gm_device_data_augment_batch(&s->data, record, &augmented));
        GEMLET_TRY(read_batch(s, &augmented));
        paste_batch(sheet, s, v + 1);
    }
    return GEMLET_OK;
}

gemlet_status gm_augment_sheet_make(gm_augment_sheet *sheet, gemlet_device *device,
                                    const gemlet_dataset *dataset,
                                    const gemlet_train_options *options, gemlet_dim n_items,
                                    gemlet_dim n_variants)
{
    studio s = {.n_items = n_items};
    *sheet = (gm_augment_sheet){0};
    if (n_items > gemlet_dataset_rows(dataset))
        return gm_error(GEMLET_E_RANGE, "sheet of %u items, expected at most the %u of the data",
                        n_items, gemlet_dataset_rows(dataset));
    gemlet_status status = open_studio(&s, device, dataset, options);
    if (status == GEMLET_OK)
        status = draw(sheet, &s, n_variants);
    close_studio(&s);
    return status;
}

void gm_augment_sheet_free(gm_augment_sheet *sheet)
{
    free(sheet->pixels);
    *sheet = (gm_augment_sheet){0};
}
