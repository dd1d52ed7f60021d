/* SPDX-License-Identifier: MIT
 * See plain_npz.h. */
#include "export/plain_npz.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "export/folded.h"
#include "npz/npz.h"

static gemlet_status add_layers(gm_npz_writer *writer, const gm_folded *folded)
{
    for (unsigned l = 0; l < folded->n_layers; ++l) {
        const gm_folded_layer *layer = &folded->layers[l];
        const size_t shape[2] = {layer->n_in, layer->n_out};
        char name[32];
        snprintf(name, sizeof name, "layer%u.weight", l + 1);
        GEMLET_TRY(gm_npz_add_f32(writer, name, layer->weight, shape, 2));
        snprintf(name, sizeof name, "layer%u.bias", l + 1);
        GEMLET_TRY(gm_npz_add_f32(writer, name, layer->bias, shape + 1, 1));
    }
    return GEMLET_OK;
}

static gemlet_status add_inputs(gm_npz_writer *writer, const gm_export_contents *c)
{
    const size_t n_columns = c->schema->n_columns;
    const size_t shape[2] = {GM_CODE_N_PARTS, c->n_inputs};
    GEMLET_TRY(gm_npz_add_f64(writer, "centre", c->centres, &n_columns, 1));
    GEMLET_TRY(gm_npz_add_f64(writer, "scale", c->scales, &n_columns, 1));
    return gm_npz_add_f32(writer, "codes", c->encoding->codes, shape, 2);
}

static gemlet_status add_all(gm_npz_writer *writer, const gm_export_contents *c,
                             const gm_folded *folded)
{
    for (size_t i = 0; i < c->n_facts; ++i) {
        const gm_export_fact *fact = &c->facts[i];
        if (isnan(fact->number))
            GEMLET_TRY(gm_npz_add_bytes(writer, fact->key, fact->value, strlen(fact->value)));
        else
            GEMLET_TRY(gm_npz_add_f64(writer, fact->key, &fact->number, NULL, 0));
    }
    if (c->schema != NULL)
        GEMLET_TRY(add_inputs(writer, c));
    return add_layers(writer, folded);
}

gemlet_status gm_export_npz(const gm_export_contents *contents)
{
    gm_folded folded;
    gm_npz_writer *writer;
    GEMLET_TRY(gm_export_check_single(contents));
    GEMLET_TRY(gm_folded_make(&folded, contents->model));
    gemlet_status status = gm_npz_writer_create(&writer);
    if (status == GEMLET_OK)
        status = add_all(writer, contents, &folded);
    if (status == GEMLET_OK)
        status = gm_npz_writer_write(writer, contents->path);
    gm_npz_writer_destroy(writer);
    gm_folded_free(&folded);
    return status;
}
