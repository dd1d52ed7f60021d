/* SPDX-License-Identifier: MIT
 * See product_choice.h. */
#include "backend/product_choice.h"

#include <stdio.h>
#include <string.h>

#define NONE    "none"
#define CLBLAST "CLBlast"

const char *const gm_product_names[GM_N_PRODUCT_KINDS] = {
    [GM_PRODUCT_FWD] = "dense_fwd",
    [GM_PRODUCT_BWD_W] = "dense_bwd_w",
    [GM_PRODUCT_BWD_X] = "dense_bwd_x",
};

const gm_product_choice *gm_product_choices_find(const gm_product_choices *choices,
                                                 gm_product_kind kind, gemlet_dim batch,
                                                 gemlet_dim n_in, gemlet_dim n_out)
{
    for (unsigned i = 0; i < choices->n; ++i) {
        const gm_product_choice *c = &choices->list[i];
        if (c->kind == kind && c->batch == batch && c->n_in == n_in && c->n_out == n_out)
            return c;
    }
    return NULL;
}

void gm_product_choices_format(char text[GM_PRODUCT_CHOICES_TEXT_SIZE],
                               const gm_product_choices *choices)
{
    size_t used = 0;
    snprintf(text, GM_PRODUCT_CHOICES_TEXT_SIZE, "%s", choices->n == 0 ? NONE : "");
    for (unsigned i = 0; i < choices->n; ++i) {
        const gm_product_choice *c = &choices->list[i];
        char way[32] = CLBLAST;
        if (!c->is_clblast)
            snprintf(way, sizeof way, "%u/%u", c->local.tile, c->local.n_splits);
        used += (size_t)snprintf(text + used, GM_PRODUCT_CHOICES_TEXT_SIZE - used,
                                 "%s%s %ux%ux%u %s", i > 0 ? ", " : "", gm_product_names[c->kind],
                                 c->batch, c->n_in, c->n_out, way);
    }
}

/* *text moves behind the choice. Returns 1 if there is one. */
static int parse_choice(gm_product_choice *c, const char **text)
{
    char kind[16];
    char way[16];
    int length = 0;
    *c = (gm_product_choice){0};
    if (sscanf(*text, "%15[a-z_] %ux%ux%u %15[^, ]%n", kind, &c->batch, &c->n_in, &c->n_out, way,
               &length) != 5)
        return 0;
    *text += length;
    while (c->kind < GM_N_PRODUCT_KINDS && strcmp(kind, gm_product_names[c->kind]) != 0)
        ++c->kind;
    c->is_clblast = strcmp(way, CLBLAST) == 0;
    return c->kind < GM_N_PRODUCT_KINDS &&
           (c->is_clblast || sscanf(way, "%u/%u", &c->local.tile, &c->local.n_splits) == 2);
}

/* What was read must be what would be written: so no number can hide a sign or too many digits. */
gemlet_status gm_product_choices_parse(gm_product_choices *choices, const char *text)
{
    char expected[GM_PRODUCT_CHOICES_TEXT_SIZE];
    const char *next = text;
    *choices = (gm_product_choices){0};
    while (choices->n < GM_MAX_PRODUCT_CHOICES && parse_choice(&choices->list[choices->n], &next)) {
        ++choices->n;
        next += strncmp(next, ", ", 2) == 0 ? 2 : 0;
    }
    gm_product_choices_format(expected, choices);
    if (strcmp(text, expected) == 0)
        return GEMLET_OK;
    *choices = (gm_product_choices){0};
    return gm_error(GEMLET_E_FORMAT,
                    "choices of products: found \"%.80s\", expected \"" NONE
                    "\" or the like of \"dense_fwd 256x784x1024 64/4, ...\"",
                    text);
}
