/* SPDX-License-Identifier: MIT
 * See timed_products.h. */
#include "tune/timed_products.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/product_choice.h"
#include "core/kept_file.h"
#include "core/memory.h"
#include "tune/tuned.h"

static const gm_kept_kind kind = {
    .name = "products", .extension = "txt", .max_bytes = 2 * GM_PRODUCT_CHOICES_TEXT_SIZE};

static gemlet_status make_key(char **key, const gm_product_times_job *job)
{
    const gm_backend *backend = job->backend;
    const gemlet_dim *rows = job->evaluated;
    char *device;
    GEMLET_TRY(gm_tuned_key(&device, &backend->info, backend->kernels_id, job->spec, job->batch));
    const gemlet_status status =
        gm_format_string(key, "products of %scompute units %u\nevaluated %u %u %u %u\n", device,
                         backend->info.compute_units, rows[0], rows[1], rows[2], rows[3]);
    free(device);
    return status;
}

static int find(gm_product_choices *choices, const char *directory, const char *key)
{
    char *text;
    size_t length;
    const int is_found = directory != NULL &&
                         gm_kept_find(&text, &length, directory, &kind, key) == GM_KEPT_FOUND &&
                         gm_product_choices_parse(choices, text) == GEMLET_OK;
    if (directory != NULL)
        free(text);
    return is_found;
}

gemlet_status gm_timed_products_find(gm_product_choices *choices, const char *directory,
                                     const gm_product_times_job *job)
{
    char text[GM_PRODUCT_CHOICES_TEXT_SIZE];
    char *key;
    GEMLET_TRY(make_key(&key, job));
    gemlet_status status = GEMLET_OK;
    if (!find(choices, directory, key)) {
        status = gm_product_times_choose(choices, job);
        gm_product_choices_format(text, choices);
        if (status == GEMLET_OK && directory != NULL)
            gm_kept_store(directory, &kind, key, text, strlen(text));
    }
    free(key);
    return status;
}
