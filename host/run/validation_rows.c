/* SPDX-License-Identifier: MIT
 * See validation_rows.h. */
#include "run/validation_rows.h"

#include <math.h>
#include <string.h>

#include "core/error.h"
#include "core/file.h"
#include "data/dataset.h"
#include "data/number.h"

static int is_part(double number)
{
    return number > 0.0 &&
           (number < 1.0 || (number <= (double)UINT32_MAX && number == floor(number)));
}

gemlet_status gm_validation_source_parse(gm_validation_source *source, const char *text)
{
    gm_number_locale locale;
    double number = 0.0;
    *source = (gm_validation_source){0};
    if (text == NULL)
        return GEMLET_OK;
    GEMLET_TRY(gm_number_enter(&locale));
    const gm_number_kind kind = gm_number_parse(&number, text, strlen(text));
    gm_number_leave(&locale);
    if (kind == GM_NUMBER_NONE)
        source->path = text;
    else if (kind == GM_NUMBER_FINITE && is_part(number))
        source->part = number;
    else
        return gm_error(GEMLET_E_RANGE,
                        "--validation: found '%s', expected a share of the training rows above 0 "
                        "and below 1, a number of them, or a file or directory",
                        text);
    return GEMLET_OK;
}

gemlet_status gm_validation_rows_load(gm_rows *rows, const gm_run_settings *settings)
{
    gm_validation_source source;
    GEMLET_TRY(gm_validation_source_parse(&source, settings->validation));
    if (source.path == NULL)
        return GEMLET_OK;
    if (gm_directory_exists(source.path))
        GEMLET_TRY(
            gemlet_dataset_load_directory(&rows->validation, source.path, GEMLET_SPLIT_VALIDATION));
    else
        GEMLET_TRY(gm_dataset_load_file(&rows->validation, source.path));
    const gemlet_dim features = gemlet_dataset_features(rows->train);
    if (gemlet_dataset_features(rows->validation) != features)
        return gm_error(GEMLET_E_SHAPE,
                        "%s: found %u features, expected %u as in the training rows", source.path,
                        gemlet_dataset_features(rows->validation), features);
    if (gemlet_dataset_classes(rows->validation) == 0)
        return gm_error(GEMLET_E_SHAPE, "%s: rows without labels", source.path);
    return GEMLET_OK;
}

/* At least one row of a share. */
static gemlet_status count_rows(gemlet_dim *n, double part, const gm_run_settings *settings,
                                gemlet_dim n_rows)
{
    const double wanted = part < 1.0 ? fmax(round(part * n_rows), 1.0) : part;
    if (!(wanted < n_rows))
        return gm_error(GEMLET_E_RANGE,
                        "--validation %s: found %.0f rows, expected fewer than the %u training "
                        "rows of %s",
                        settings->validation, wanted, n_rows, settings->data);
    *n = (gemlet_dim)wanted;
    return GEMLET_OK;
}

gemlet_status gm_validation_rows_count(gemlet_dim *n, const gm_run_settings *settings,
                                       gemlet_dim n_rows)
{
    gm_validation_source source;
    *n = settings->hold_out;
    GEMLET_TRY(gm_validation_source_parse(&source, settings->validation));
    return source.part > 0.0 ? count_rows(n, source.part, settings, n_rows) : GEMLET_OK;
}

gemlet_status gm_validation_rows_split(gm_rows *rows, const gm_run_settings *settings)
{
    gemlet_dataset *rest;
    gemlet_dim n;
    GEMLET_TRY(gm_validation_rows_count(&n, settings, gemlet_dataset_rows(rows->train)));
    if (n == 0)
        return GEMLET_OK;
    const uint64_t seed = gm_run_settings_split_seed(settings);
    if (settings->validation != NULL)
        GEMLET_TRY(
            gemlet_dataset_hold_out_stratified(&rest, &rows->validation, rows->train, n, seed));
    else
        GEMLET_TRY(gemlet_dataset_hold_out(&rest, &rows->validation, rows->train, n, seed));
    gemlet_dataset_destroy(rows->train);
    rows->train = rest;
    return GEMLET_OK;
}
