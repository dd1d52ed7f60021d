/* SPDX-License-Identifier: MIT
 * See tuned.h. A kept file holds one line with every choice. */
#include "tune/tuned.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/device.h"
#include "backend/product_choice.h"
#include "core/memory.h"
#include "core/names.h"
#include "gemlet/status.h"

/* Raised when the choices change their meaning. */
#define FORMAT 2

/* Panels are at most this wide; see fused_plan.h. */
#define MAX_PANEL_VECTORS 5u

const gm_kept_kind gm_tuned_kind = {.name = "tuning", .extension = "txt", .max_bytes = 16384};

gemlet_status gm_tuned_key(char **key, const gemlet_device_info *info, const char *kernels_id,
                           const gemlet_spec *spec, gemlet_dim batch)
{
    char spec_text[GEMLET_SPEC_TEXT_SIZE];
    *key = NULL;
    GEMLET_TRY(gemlet_spec_format(spec, spec_text, sizeof spec_text));
    return gm_format_string(key,
                            "gemlet tuning %d of gemlet %s\n"
                            "device %s\nplatform %s\nversion %s\ndriver %s\n"
                            "kernels %s\nnetwork %s\nbatch %u\n",
                            FORMAT, gemlet_version(), info->name, info->platform, info->version,
                            info->driver, kernels_id != NULL ? kernels_id : "", spec_text, batch);
}

gemlet_status gm_tuned_device_key(char **key, gemlet_device *device, const gemlet_spec *spec,
                                  gemlet_dim batch)
{
    const gm_backend *backend = gm_device_backend(device);
    return gm_tuned_key(key, &backend->info, backend->kernels_id, spec, batch);
}

gemlet_status gm_tuned_format(char **text, const gm_tuning *tuning)
{
    char products[GM_PRODUCT_CHOICES_TEXT_SIZE];
    gm_product_choices_format(products, &tuning->products);
    return gm_format_string(text,
                            "unfused %d panel_vectors %u min_split_fmas %" PRIu64
                            " keeps_zeros %d gemm %s clblast_set %u timed %d products %s\n",
                            tuning->is_unfused, tuning->fused.panel_vectors,
                            tuning->fused.min_split_fmas, tuning->fused.keeps_zeros,
                            gm_name_of(gm_gemm_names, tuning->gemm), tuning->clblast_set,
                            tuning->is_timed, products);
}

/* The rest of the line. */
static int parse_products(gm_product_choices *choices, const char *text)
{
    static const char begin[] = " products ";
    char products[GM_PRODUCT_CHOICES_TEXT_SIZE];
    const char *at = strstr(text, begin);
    if (at == NULL)
        return 0;
    at += sizeof begin - 1;
    snprintf(products, sizeof products, "%.*s", (int)strcspn(at, "\n"), at);
    return gm_product_choices_parse(choices, products) == GEMLET_OK;
}

int gm_tuned_parse(gm_tuning *tuning, const char *text)
{
    char gemm[16];
    char *expected;
    *tuning = (gm_tuning){0};
    if (sscanf(text,
               "unfused %d panel_vectors %u min_split_fmas %" SCNu64
               " keeps_zeros %d gemm %15s clblast_set %u timed %d",
               &tuning->is_unfused, &tuning->fused.panel_vectors, &tuning->fused.min_split_fmas,
               &tuning->fused.keeps_zeros, gemm, &tuning->clblast_set, &tuning->is_timed) != 7 ||
        !parse_products(&tuning->products, text))
        return 0;
    const gm_name *known = gm_gemm_names;
    while (known->name != NULL && strcmp(gemm, known->name) != 0)
        ++known;
    if (known->name == NULL || (tuning->is_unfused | 1) != 1 ||
        (tuning->fused.keeps_zeros | 1) != 1 || (tuning->is_timed | 1) != 1 ||
        tuning->fused.panel_vectors > MAX_PANEL_VECTORS || tuning->clblast_set > GM_CLBLAST_N_SETS)
        return 0;
    tuning->gemm = (gemlet_gemm)known->value;
    if (gm_tuned_format(&expected, tuning) != GEMLET_OK)
        return 0;
    const int is_same = strcmp(text, expected) == 0;
    free(expected);
    return is_same;
}

gm_kept_state gm_tuned_find(gm_tuning *tuning, const char *directory, const char *key)
{
    char *text;
    size_t length;
    gm_kept_state state = gm_kept_find(&text, &length, directory, &gm_tuned_kind, key);
    *tuning = (gm_tuning){0};
    if (state == GM_KEPT_FOUND && !gm_tuned_parse(tuning, text)) {
        *tuning = (gm_tuning){0};
        state = GM_KEPT_DAMAGED;
    }
    free(text);
    return state;
}

gemlet_status gm_tuned_store(const char *directory, const char *key, const gm_tuning *tuning)
{
    char *text;
    GEMLET_TRY(gm_tuned_format(&text, tuning));
    const gemlet_status status = gm_kept_store(directory, &gm_tuned_kind, key, text, strlen(text));
    free(text);
    return status;
}

gemlet_status gm_tuned_apply(gemlet_device *device, const gm_tuning *tuning)
{
    return gm_backend_tune(gm_device_backend(device), tuning);
}

static int has_same_products(const gm_tuning *a, const gm_tuning *b)
{
    char of_a[GM_PRODUCT_CHOICES_TEXT_SIZE];
    char of_b[GM_PRODUCT_CHOICES_TEXT_SIZE];
    gm_product_choices_format(of_a, &a->products);
    gm_product_choices_format(of_b, &b->products);
    return strcmp(of_a, of_b) == 0;
}

int gm_tuned_is_equal(const gm_tuning *a, const gm_tuning *b)
{
    return a->is_unfused == b->is_unfused && a->fused.panel_vectors == b->fused.panel_vectors &&
           a->fused.min_split_fmas == b->fused.min_split_fmas &&
           a->fused.keeps_zeros == b->fused.keeps_zeros && a->gemm == b->gemm &&
           a->clblast_set == b->clblast_set && a->is_timed == b->is_timed &&
           has_same_products(a, b);
}

static void append(char *text, const char *format, double value)
{
    const size_t length = strlen(text);
    snprintf(text + length, GM_TUNED_TEXT_SIZE - length, format, value);
}

void gm_tuned_describe(char *text, const gm_tuning *tuning)
{
    const gm_tuning none = {0};
    text[0] = '\0';
    if (gm_tuned_is_equal(tuning, &none)) {
        append(text, "as without tuning", 0.0);
        return;
    }
    append(text, tuning->is_unfused ? "operation by operation" : "fused", 0.0);
    if (tuning->fused.panel_vectors > 0)
        append(text, ", panels of %.0f columns", 16.0 * tuning->fused.panel_vectors);
    if (tuning->fused.min_split_fmas > 0)
        append(text, ", split from %.2g million multiply-adds",
               1e-6 * (double)tuning->fused.min_split_fmas);
    if (tuning->fused.keeps_zeros)
        append(text, ", zeros not skipped", 0.0);
    if (tuning->gemm == GEMLET_GEMM_OWN)
        append(text, ", own GEMM", 0.0);
    if (tuning->is_timed)
        append(text, ", %.0f products as the clock says", tuning->products.n);
    if (tuning->gemm == GEMLET_GEMM_CLBLAST)
        append(text, tuning->clblast_set > 0 ? ", CLBlast with parameters %.0f" : ", CLBlast",
               tuning->clblast_set);
}
