/* SPDX-License-Identifier: MIT
 * See setup.h. */
#include "run/setup.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/cache_directory.h"
#include "core/error.h"
#include "model/model.h"
#include "run/device.h"
#include "run/start.h"

/* To the rows that there are. */
static gemlet_status fit_settings(gm_setup *s)
{
    gm_run_settings_fit_schedule(&s->settings, gemlet_dataset_rows(s->rows.train));
    if (s->spec.task == GEMLET_TASK_REGRESSION && !s->settings.is_smoothing_given)
        s->settings.train.label_smoothing = 0;
    return gemlet_spec_format(&s->spec, s->spec_text, sizeof s->spec_text);
}

gemlet_status gm_setup_load(gm_setup *s)
{
    GEMLET_TRY(gm_cache_directory(&s->cache_directory));
    if (s->settings.from != NULL && gm_table_is_file(s->settings.data))
        return gm_error(GEMLET_E_ARGUMENT,
                        "%s: found a table with --from, expected a directory: the inputs of a "
                        "table follow from its own rows",
                        s->settings.data);
    if (s->before != NULL && s->has_same_rows && s->before->rows.train != NULL &&
        !s->before->is_shared) {
        s->rows = s->before->rows;
        s->before->rows = (gm_rows){0};
        GEMLET_TRY(gm_rows_fit(&s->rows, &s->spec, &s->settings, &s->events));
    } else {
        GEMLET_TRY(gm_rows_load(&s->rows, &s->spec, &s->settings, &s->events));
    }
    return fit_settings(s);
}

gemlet_status gm_setup_take_table(gm_setup *s, const gm_table *table)
{
    GEMLET_TRY(gm_cache_directory(&s->cache_directory));
    GEMLET_TRY(gm_rows_take_table(&s->rows, &s->spec, &s->settings, table, &s->events));
    return fit_settings(s);
}

gemlet_status gm_setup_take_items(gm_setup *s, const gemlet_dataset *items)
{
    GEMLET_TRY(gm_cache_directory(&s->cache_directory));
    GEMLET_TRY(gm_rows_take_items(&s->rows, &s->spec, &s->settings, items, &s->events));
    return fit_settings(s);
}

gemlet_status gm_setup_take_rows(gm_setup *s, gemlet_dataset *train, gemlet_dim n_classes)
{
    s->rows.train = train;
    GEMLET_TRY(gm_cache_directory(&s->cache_directory));
    GEMLET_TRY(gm_rows_fit_batch(&s->rows, &s->settings, &s->events));
    gm_run_settings_fit_schedule(&s->settings, gemlet_dataset_rows(train));
    GEMLET_TRY(
        gm_run_settings_spec(&s->spec, &s->settings, gemlet_dataset_features(train), n_classes));
    return gemlet_spec_format(&s->spec, s->spec_text, sizeof s->spec_text);
}

/* Tuning, for one, is applied to a device for a network and a number of rows. */
static int fits_device(const gm_setup *s)
{
    return s->before != NULL && s->before->device != NULL && !s->before->is_shared &&
           strcmp(s->before->spec_text, s->spec_text) == 0 &&
           s->before->settings.train.batch == s->settings.train.batch;
}

gemlet_status gm_setup_open_device(gm_setup *s)
{
    if (fits_device(s)) {
        s->device = s->before->device;
        s->before->device = NULL;
        return GEMLET_OK;
    }
    return gm_run_open_device(&s->device, &s->settings.device, &s->events);
}

gemlet_status gm_setup_create_model(gm_setup *s)
{
    GEMLET_TRY(gemlet_model_create(&s->model, &s->spec, &s->settings.init));
    const int is_bytes = gemlet_dataset_element(s->rows.train) == GEMLET_ELEMENT_U8;
    const double by_type = is_bytes ? 1.0 / 255.0 : 1.0;
    const double chosen = s->settings.input_scale;
    if (s->rows.schema != NULL)
        GEMLET_TRY(
            gm_model_take_schema(s->model, gm_schema_share(s->rows.schema), s->settings.data));
    GEMLET_TRY(gemlet_model_set_input_scale(s->model, (float)(isnan(chosen) ? by_type : chosen)));
    return s->settings.from == NULL ? GEMLET_OK
                                    : gm_start_take(s->model, s->settings.from, chosen, &s->events);
}

void gm_setup_share(gm_setup *out, const gm_setup *of, const gm_run_settings *settings)
{
    const gm_run_events events = out->events;
    *out = *of;
    out->settings = *settings;
    out->events = events;
    out->is_shared = 1;
    out->model = NULL;
}

void gm_setup_free(gm_setup *s)
{
    gemlet_model_destroy(s->model);
    if (!s->is_shared) {
        gemlet_device_close(s->device);
        gm_rows_free(&s->rows);
        free(s->cache_directory);
    }
    s->rows = (gm_rows){0};
    s->model = NULL;
    s->device = NULL;
    s->cache_directory = NULL;
}
