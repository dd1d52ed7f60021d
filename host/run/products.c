/* SPDX-License-Identifier: MIT
 * See products.h. */
#include "run/products.h"

#include <string.h>

#include "backend/device.h"
#include "backend/product_choice.h"
#include "run/note.h"
#include "run/test.h"
#include "train/evaluate.h"
#include "tune/timed_products.h"

/* For all products of a network, once for a device. */
#define BUDGET_SECONDS 3.0
#define N_CANDIDATES   10u

static const char *value_of(const gm_pairs *device, const char *name)
{
    const char *value = gm_pairs_get(device, name);
    return value != NULL ? value : "";
}

/* 1 if the run goes on where it began. */
static int is_same_device(const gm_run *r)
{
    const gemlet_device_info *info = gemlet_device_get_info(r->setup.device);
    const gm_pairs *before = &r->resumed->device;
    return strcmp(value_of(before, "device"), info->name) == 0 &&
           strcmp(value_of(before, "driver"), info->driver) == 0;
}

gemlet_status gm_run_use_tuned(gm_run *r)
{
    const char *text = NULL;
    if (r->resumed != NULL && is_same_device(r))
        text = gm_pairs_get(&r->resumed->device, GM_RUN_CHOICES);
    return text != NULL ? gm_setup_use_earlier_tuning(&r->setup, text)
                        : gm_setup_use_tuned(&r->setup);
}

static gemlet_status take(gm_backend *backend, const gm_product_choices *choices)
{
    if (choices->n == 0 && backend->products == NULL)
        return GEMLET_OK;
    return gm_backend_choose_products(backend, choices);
}

/* A checkpoint without the line is of a run that chose nothing. */
static gemlet_status take_earlier(const gm_run *r, gm_backend *backend)
{
    const char *text = gm_pairs_get(&r->resumed->device, GM_RUN_PRODUCTS);
    gm_product_choices choices = {0};
    if (text != NULL)
        GEMLET_TRY(gm_product_choices_parse(&choices, text));
    return take(backend, &choices);
}

static int is_timed(const gm_run *r, const gm_backend *backend)
{
    const gm_run_settings *settings = &r->setup.settings;
    const gemlet_device_type type = backend->info.type;
    return (type == GEMLET_DEVICE_GPU || type == GEMLET_DEVICE_ACCELERATOR) &&
           strncmp(backend->kernels_id, "gpu", 3) == 0 && backend->products == NULL &&
           settings->device.gemm == GEMLET_GEMM_AUTO && !settings->no_tuned;
}

/* Rows of the last batch of an evaluation, and of the others. */
static void list_evaluated(gm_product_times_job *job, const gm_run *r)
{
    gemlet_dim rows[GM_QUALIFY_MAX_TESTS];
    gm_run_count_test_rows(rows, r);
    for (unsigned i = 0; i < GM_QUALIFY_MAX_TESTS; ++i) {
        job->evaluated[2 * i] = rows[i] < GM_EVALUATION_BATCH ? rows[i] : GM_EVALUATION_BATCH;
        job->evaluated[2 * i + 1] = rows[i] % GM_EVALUATION_BATCH;
    }
}

static gemlet_status time_products(const gm_run *r, gm_backend *backend)
{
    const gm_run_events *events = &r->setup.events;
    gm_product_choices choices;
    gm_product_times_job job = {.backend = backend,
                                .spec = &r->setup.spec,
                                .batch = r->setup.settings.train.batch,
                                .budget_seconds = BUDGET_SECONDS,
                                .n_candidates = N_CANDIDATES,
                                .stop = r->stop};
    list_evaluated(&job, r);
    const gemlet_status status = gm_timed_products_find(&choices, r->setup.cache_directory, &job);
    if (status == GEMLET_OK)
        return take(backend, &choices);
    gm_note(events->on_note, events->user, "the products were not timed: %s", gemlet_last_error());
    return status == GEMLET_E_OPENCL ? gm_backend_next_gemm(backend) : GEMLET_OK;
}

gemlet_status gm_run_choose_products(const gm_run *r)
{
    gm_backend *backend = gm_device_backend(r->setup.device);
    if (backend->kernels_id == NULL)
        return GEMLET_OK;
    if (r->resumed != NULL && is_same_device(r))
        return take_earlier(r, backend);
    return is_timed(r, backend) ? time_products(r, backend) : GEMLET_OK;
}

const char *gm_run_products(const gm_run *r)
{
    const char *products = gm_device_backend(r->setup.device)->products;
    return r->trained.fused ? NULL : products;
}
