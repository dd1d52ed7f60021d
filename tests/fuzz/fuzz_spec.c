/* SPDX-License-Identifier: MIT
 * Fuzz target of the network's spec string. */
#include <stdlib.h>
#include <string.h>

#include "fuzz/fuzz.h"
#include "gemlet/model.h"

/* What everything that takes a spec relies on. */
static void check_valid(const gemlet_spec *spec)
{
    FUZZ_CHECK(spec->n_inputs > 0 && spec->n_layers > 0 && spec->n_layers <= GEMLET_MAX_LAYERS);
    for (unsigned l = 0; l < spec->n_layers; ++l) {
        const gemlet_layer_spec *layer = &spec->layers[l];
        const int is_output = l + 1 == spec->n_layers;
        FUZZ_CHECK(layer->width > 0);
        FUZZ_CHECK(is_output == (layer->activation == GEMLET_ACTIVATION_IDENTITY));
    }
    FUZZ_CHECK(spec->layers[spec->n_layers - 1].width <= GEMLET_MAX_CLASSES);
}

static void check_same(const gemlet_spec *a, const gemlet_spec *b)
{
    FUZZ_CHECK(a->n_inputs == b->n_inputs && a->n_layers == b->n_layers);
    for (unsigned l = 0; l < a->n_layers; ++l) {
        FUZZ_CHECK(a->layers[l].width == b->layers[l].width);
        FUZZ_CHECK(a->layers[l].batch_norm == b->layers[l].batch_norm);
        FUZZ_CHECK(a->layers[l].activation == b->layers[l].activation);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    gemlet_spec spec;
    gemlet_spec copy;
    char formatted[GEMLET_SPEC_TEXT_SIZE];
    char *text = malloc(size + 1); /* of its own size, so that a read beyond the end is seen */
    FUZZ_CHECK(text != NULL);
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    if (fuzz_succeeded(gemlet_spec_parse(&spec, text))) {
        check_valid(&spec);
        FUZZ_CHECK(gemlet_spec_n_parameters(&spec) > 0);
        FUZZ_CHECK(gemlet_spec_format(&spec, formatted, sizeof formatted) == GEMLET_OK);
        FUZZ_CHECK(gemlet_spec_parse(&copy, formatted) == GEMLET_OK);
        check_same(&spec, &copy);
    }
    free(text);
    return 0;
}
