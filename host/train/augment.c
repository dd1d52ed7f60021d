/* SPDX-License-Identifier: MIT
 * See augment.h. The formulas stand at elastic_noise and augment in backend.h. */
#include "train/augment.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "data/number.h"

#define PI 3.14159265358979323846

/* Taps end at so many deviations, where a bell has 1 % of its height, ... */
#define TAPS_REACH 3.0

/* ... and so many zeros follow, as elastic_noise wants them. */
#define TAPS_MARGIN 15u

/* ---- options -------------------------------------------------------------------------------- */

/* A part of the text behind --augment. */
typedef struct part {
    const char *name;
    size_t position; /* of its number in gemlet_augmentation */
    double high;
    const char *unit;
} part;

#define N_PARTS 5u
static const part parts[N_PARTS] = {
    {"rotate", offsetof(gemlet_augmentation, rotate), 180, " degrees"},
    {"scale", offsetof(gemlet_augmentation, scale), 0.9, ""},
    {"shear", offsetof(gemlet_augmentation, shear), 60, " degrees"},
    {"shift", offsetof(gemlet_augmentation, shift), 1000, " pixels"},
    {"elastic", offsetof(gemlet_augmentation, elastic), 10000, " pixels"},
};

#define MIN_SIGMA 0.5
#define MAX_SIGMA 100.0

static double *number_of(gemlet_augmentation *augmentation, const part *p)
{
    return (double *)(void *)((char *)augmentation + p->position);
}

static double value_of(const gemlet_augmentation *augmentation, const part *p)
{
    return *(const double *)(const void *)((const char *)augmentation + p->position);
}

int gm_augment_is_on(const gemlet_train_options *options)
{
    for (unsigned i = 0; i < N_PARTS; ++i) {
        if (value_of(&options->augment, &parts[i]) != 0)
            return 1;
    }
    return 0;
}

static gemlet_status check_numbers(const gemlet_augmentation *augmentation)
{
    for (unsigned i = 0; i < N_PARTS; ++i) {
        const double value = value_of(augmentation, &parts[i]);
        if (!(value >= 0 && value <= parts[i].high))
            return gm_error(GEMLET_E_RANGE, "augmentation: %s is %g, expected 0 to %g%s",
                            parts[i].name, value, parts[i].high, parts[i].unit);
    }
    const double sigma = augmentation->elastic_sigma;
    if (augmentation->elastic > 0 && !(sigma >= MIN_SIGMA && sigma <= MAX_SIGMA))
        return gm_error(GEMLET_E_RANGE,
                        "augmentation: deviation of elastic is %g, expected %g to %g pixels", sigma,
                        MIN_SIGMA, MAX_SIGMA);
    return GEMLET_OK;
}

gemlet_status gm_augment_check(const gemlet_train_options *options, const gemlet_dataset *dataset)
{
    unsigned n_dims;
    GEMLET_TRY(check_numbers(&options->augment));
    gemlet_dataset_item_dims(dataset, &n_dims);
    if (!gm_augment_is_on(options) || n_dims == 2)
        return GEMLET_OK;
    return gm_error(GEMLET_E_SHAPE,
                    "augmentation: found items of %u dimension%s, expected 2, rows and columns of "
                    "an image, as IDX files have them",
                    n_dims, n_dims == 1 ? "" : "s");
}

void gm_augment_fill_record(float record[GM_RECORD_SIZE], const gemlet_train_options *options)
{
    const gemlet_augmentation *augmentation = &options->augment;
    record[GM_RECORD_ROTATION] = (float)(augmentation->rotate * PI / 180);
    record[GM_RECORD_SCALING] = (float)augmentation->scale;
    record[GM_RECORD_SHEAR] = (float)tan(augmentation->shear * PI / 180);
    record[GM_RECORD_SHIFT] = (float)augmentation->shift;
    record[GM_RECORD_ELASTIC] = (float)augmentation->elastic;
}

/* ---- text ----------------------------------------------------------------------------------- */

/* 1 if the `length` bytes at `text` are a number. */
static int read_number(double *number, const char *text, size_t length)
{
    char copy[32];
    if (length >= sizeof copy)
        return 0;
    memcpy(copy, text, length);
    copy[length] = '\0';
    return gm_number_parse(number, copy, length) == GM_NUMBER_FINITE;
}

/* One "name=number", or "elastic=number:deviation". */
static int read_part(gemlet_augmentation *augmentation, const char *text, size_t length)
{
    const char *end = text + length;
    const char *equals = memchr(text, '=', length);
    const char *colon = memchr(text, ':', length);
    for (unsigned i = 0; equals != NULL && i < N_PARTS; ++i) {
        double *number = number_of(augmentation, &parts[i]);
        const int is_elastic = number == &augmentation->elastic;
        if (strlen(parts[i].name) != (size_t)(equals - text) ||
            strncmp(parts[i].name, text, (size_t)(equals - text)) != 0)
            continue;
        if (*number != 0 || is_elastic != (colon != NULL) || (colon != NULL && colon < equals))
            return 0;
        const char *end_of_number = is_elastic ? colon : end;
        return read_number(number, equals + 1, (size_t)(end_of_number - equals) - 1) &&
               *number > 0 &&
               (!is_elastic ||
                read_number(&augmentation->elastic_sigma, colon + 1, (size_t)(end - colon) - 1));
    }
    return 0;
}

gemlet_status gm_augment_parse(gemlet_train_options *options, const char *text)
{
    gm_number_locale locale;
    int is_read = 1;
    options->augment = (gemlet_augmentation){0};
    if (text == NULL)
        return GEMLET_OK;
    GEMLET_TRY(gm_number_enter(&locale));
    for (const char *at = text; is_read && at != NULL;) {
        const char *comma = strchr(at, ',');
        is_read =
            read_part(&options->augment, at, comma != NULL ? (size_t)(comma - at) : strlen(at));
        at = comma != NULL ? comma + 1 : NULL;
    }
    gm_number_leave(&locale);
    if (!is_read)
        return gm_error(GEMLET_E_RANGE,
                        "--augment: found '%s', expected none, or one or more of rotate=DEGREES, "
                        "scale=PART, shear=DEGREES, shift=PIXELS, elastic=PIXELS:DEVIATION, each "
                        "above 0, with commas between them",
                        text);
    return check_numbers(&options->augment);
}

void gm_augment_describe(char text[GM_AUGMENT_TEXT_SIZE], const gemlet_train_options *options)
{
    const gemlet_augmentation *a = &options->augment;
    int length = 0;
    text[0] = '\0';
    for (unsigned i = 0; i < N_PARTS; ++i) {
        const double value = value_of(a, &parts[i]);
        if (value == 0)
            continue;
        length += snprintf(text + length, GM_AUGMENT_TEXT_SIZE - (size_t)length, "%s%s %s%g%s",
                           length > 0 ? ", " : "", parts[i].name,
                           parts[i].position == offsetof(gemlet_augmentation, elastic) ? "" : "+-",
                           value, parts[i].unit);
    }
    if (a->elastic > 0)
        snprintf(text + length, GM_AUGMENT_TEXT_SIZE - (size_t)length, " with deviation %g",
                 a->elastic_sigma);
}

/* ---- on the device -------------------------------------------------------------------------- */

static gemlet_status allocate(gm_backend *backend, gm_matrix *matrix, const gm_matrix *like,
                              const char *what)
{
    *matrix = *like;
    matrix->buffer = NULL;
    matrix->offset = 0;
    return gm_backend_alloc(backend, &matrix->buffer, GM_REAL, matrix->rows * matrix->ld, what);
}

/* A bell whose taps are 1 together. */
static gemlet_status create_taps(gm_augmenter *a, double sigma)
{
    const size_t reach = (size_t)ceil(TAPS_REACH * sigma);
    const size_t middle = reach + TAPS_MARGIN;
    const size_t n = 2 * middle + 1;
    float *taps;
    double sum = 0;
    a->taps.length = n;
    GEMLET_TRY(gm_backend_alloc(a->backend, &a->taps.buffer, GM_REAL, n, "taps"));
    GEMLET_TRY(GM_ALLOC(taps, n, "taps"));
    for (size_t i = TAPS_MARGIN; i < n - TAPS_MARGIN; ++i) {
        const double distance = ((double)i - (double)middle) / sigma;
        taps[i] = (float)exp(-0.5 * distance * distance);
        sum += (double)taps[i];
    }
    for (size_t i = 0; i < n; ++i)
        taps[i] = (float)((double)taps[i] / sum);
    const gemlet_status status = gm_backend_upload(a->backend, a->taps.buffer, 0, n, taps);
    free(taps);
    return status;
}

static gemlet_status create_order(gm_augmenter *a, gemlet_dim rows)
{
    uint32_t *order;
    a->order.length = rows;
    GEMLET_TRY(gm_backend_alloc(a->backend, &a->order.buffer, GM_U32, rows, "order of a batch"));
    GEMLET_TRY(GM_ALLOC(order, rows, "order of a batch"));
    for (uint32_t i = 0; i < rows; ++i)
        order[i] = i;
    const gemlet_status status = gm_backend_upload(a->backend, a->order.buffer, 0, rows, order);
    free(order);
    return status;
}

gemlet_status gm_augmenter_create(gm_augmenter *augmenter, gm_backend *backend,
                                  const gemlet_train_options *options,
                                  const gemlet_dataset *dataset, const gm_matrix *batch)
{
    unsigned n_dims;
    *augmenter = (gm_augmenter){.backend = backend};
    if (!gm_augment_is_on(options))
        return GEMLET_OK;
    augmenter->height = gemlet_dataset_item_dims(dataset, &n_dims)[0];
    GEMLET_TRY(allocate(backend, &augmenter->plain, batch, "plain batch"));
    GEMLET_TRY(create_order(augmenter, batch->rows));
    if (options->augment.elastic == 0)
        return GEMLET_OK;
    gm_matrix noise = *batch;
    noise.cols = (gemlet_dim)(augmenter->height *
                              gm_round_up(batch->cols / augmenter->height, GM_ALIGNMENT));
    noise.ld = noise.cols;
    for (unsigned f = 0; f < 2; ++f)
        GEMLET_TRY(allocate(backend, &augmenter->noise[f], &noise, "elastic fields"));
    return create_taps(augmenter, options->augment.elastic_sigma);
}

gemlet_status gm_augmenter_run(const gm_augmenter *augmenter, gm_vector record, gm_matrix batch)
{
    gm_matrix plain = augmenter->plain;
    gm_matrix noise[2] = {augmenter->noise[0], augmenter->noise[1]};
    plain.rows = noise[0].rows = noise[1].rows = batch.rows;
    if (augmenter->taps.buffer != NULL)
        GEMLET_TRY(gm_elastic_noise(augmenter->backend, &(gm_elastic_noise_args){
                                                            .taps = augmenter->taps,
                                                            .record = record,
                                                            .height = augmenter->height,
                                                            .noise_0 = noise[0],
                                                            .noise_1 = noise[1],
                                                        }));
    return gm_augment(augmenter->backend, &(gm_augment_args){
                                              .x = plain,
                                              .noise_0 = noise[0],
                                              .noise_1 = noise[1],
                                              .taps = augmenter->taps,
                                              .record = record,
                                              .height = augmenter->height,
                                              .y = batch,
                                          });
}

void gm_augmenter_free(gm_augmenter *augmenter)
{
    gm_backend_free(augmenter->backend, augmenter->order.buffer);
    gm_backend_free(augmenter->backend, augmenter->taps.buffer);
    for (unsigned f = 0; f < 2; ++f)
        gm_backend_free(augmenter->backend, augmenter->noise[f].buffer);
    gm_backend_free(augmenter->backend, augmenter->plain.buffer);
    *augmenter = (gm_augmenter){0};
}
