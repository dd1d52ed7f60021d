/* SPDX-License-Identifier: MIT
 * Models as npz files: which arrays there are, and what they must hold; contract in gemlet/model.h.
 *
 * Loading checks the shapes of all arrays against the spec before it allocates the model, so that
 * a spec alone, a few bytes, cannot ask for more memory than its file could fill. */
#include <math.h>
#include <stdio.h>

#include "core/memory.h"
#include "core/memory_limit.h"
#include "model/model.h"
#include "model/npz.h"

#define FORMAT_VERSION  1

#define ARRAY_NAME_SIZE 64

/* name and shape out: what tensor `t` of layer `l` (0-based) is called, and its dimensions. */
static unsigned describe_tensor(const gemlet_spec *spec, unsigned l, gemlet_tensor t,
                                char name[ARRAY_NAME_SIZE], size_t shape[2])
{
    snprintf(name, ARRAY_NAME_SIZE, "layer%u.%s", l + 1, gm_tensor_name(t));
    const size_t width = spec->layers[l].width;
    if (t != GEMLET_TENSOR_WEIGHT) {
        shape[0] = width;
        return 1;
    }
    shape[0] = l == 0 ? spec->n_inputs : spec->layers[l - 1].width;
    shape[1] = width;
    return 2;
}

static int layer_has_tensor(const gemlet_layer_spec *layer, gemlet_tensor t)
{
    switch (t) {
    case GEMLET_TENSOR_WEIGHT:
        return 1;
    case GEMLET_TENSOR_BIAS:
        return !layer->batch_norm;
    case GEMLET_TENSOR_GAMMA:
    case GEMLET_TENSOR_BETA:
    case GEMLET_TENSOR_RUNNING_MEAN:
    case GEMLET_TENSOR_RUNNING_VAR:
        return layer->batch_norm;
    }
    return 0;
}

/* ---- saving -------------------------------------------------------------------------------- */

static gemlet_status add_arrays(gm_npz_writer *writer, const gemlet_model *model)
{
    char spec_text[GEMLET_SPEC_TEXT_SIZE];
    GEMLET_TRY(gemlet_spec_format(&model->spec, spec_text, sizeof spec_text));
    GEMLET_TRY(gm_npz_add_string(writer, "spec", spec_text));
    GEMLET_TRY(gm_npz_add_i32(writer, "format_version", FORMAT_VERSION));
    GEMLET_TRY(gm_npz_add_f32(writer, "input_scale", &model->input_scale, NULL, 0));
    for (unsigned l = 0; l < model->spec.n_layers; ++l) {
        for (int k = 0; k < GM_TENSOR_KINDS; ++k) {
            const gemlet_tensor t = (gemlet_tensor)k;
            if (!layer_has_tensor(&model->spec.layers[l], t))
                continue;
            char name[ARRAY_NAME_SIZE];
            size_t shape[2];
            const unsigned n_dims = describe_tensor(&model->spec, l, t, name, shape);
            GEMLET_TRY(gm_npz_add_f32(writer, name, model->tensors[l][k], shape, n_dims));
        }
    }
    return GEMLET_OK;
}

gemlet_status gemlet_model_save(const gemlet_model *model, const char *path)
{
    gm_npz_writer *writer;
    GEMLET_TRY(gm_npz_writer_create(&writer));
    gemlet_status status = add_arrays(writer, model);
    if (status == GEMLET_OK)
        status = gm_npz_writer_write(writer, path);
    gm_npz_writer_destroy(writer);
    return status;
}

/* ---- loading ------------------------------------------------------------------------------- */

static gemlet_status read_format_version(gm_npz_reader *reader, const char *path)
{
    int32_t version;
    GEMLET_TRY(gm_npz_read_i32(reader, "format_version", &version));
    if (version != FORMAT_VERSION)
        return gm_error(GEMLET_E_FORMAT, "%s: array format_version: found %ld, expected %d", path,
                        (long)version, FORMAT_VERSION);
    return GEMLET_OK;
}

static gemlet_status read_spec(gm_npz_reader *reader, const char *path, gemlet_spec *spec)
{
    char text[GEMLET_SPEC_TEXT_SIZE];
    GEMLET_TRY(gm_npz_read_string(reader, "spec", text, sizeof text));
    if (gemlet_spec_parse(spec, text) != GEMLET_OK)
        return gm_error(GEMLET_E_FORMAT, "%s: array spec: %s", path, gemlet_last_error());
    return GEMLET_OK;
}

static gemlet_status check_arrays(gm_npz_reader *reader, const gemlet_spec *spec)
{
    for (unsigned l = 0; l < spec->n_layers; ++l) {
        for (int k = 0; k < GM_TENSOR_KINDS; ++k) {
            if (!layer_has_tensor(&spec->layers[l], (gemlet_tensor)k))
                continue;
            char name[ARRAY_NAME_SIZE];
            size_t shape[2];
            const unsigned n_dims = describe_tensor(spec, l, (gemlet_tensor)k, name, shape);
            GEMLET_TRY(gm_npz_check_f32(reader, name, shape, n_dims));
        }
    }
    return GEMLET_OK;
}

static gemlet_status check_memory(const gemlet_spec *spec, const char *path)
{
    /* The arrays are in the file: their number of bytes was counted without an overflow. */
    return gm_memory_limit_check((uint64_t)gemlet_spec_n_parameters(spec) * sizeof(float), path);
}

/* values (shape) in. Parameters that no training can leave behind are refused here, where the file
 * can still be named. */
static gemlet_status check_values(const char *path, const char *name, gemlet_tensor t,
                                  const float *values, const size_t shape[2], unsigned n_dims)
{
    const size_t n = n_dims == 2 ? shape[0] * shape[1] : shape[0];
    for (size_t i = 0; i < n; ++i) {
        const int is_negative_var = t == GEMLET_TENSOR_RUNNING_VAR && values[i] < 0.0f;
        if (isfinite(values[i]) && !is_negative_var)
            continue;
        char place[64];
        if (n_dims == 2)
            snprintf(place, sizeof place, "%zu,%zu", i / shape[1], i % shape[1]);
        else
            snprintf(place, sizeof place, "%zu", i);
        return gm_error(GEMLET_E_FORMAT, "%s: array %s: value [%s] is %g, expected %s", path, name,
                        place, (double)values[i],
                        t == GEMLET_TENSOR_RUNNING_VAR ? "a finite number, not negative"
                                                       : "a finite number");
    }
    return GEMLET_OK;
}

static gemlet_status read_arrays(gm_npz_reader *reader, const char *path, gemlet_model *model)
{
    for (unsigned l = 0; l < model->spec.n_layers; ++l) {
        for (int k = 0; k < GM_TENSOR_KINDS; ++k) {
            const gemlet_tensor t = (gemlet_tensor)k;
            if (!layer_has_tensor(&model->spec.layers[l], t))
                continue;
            char name[ARRAY_NAME_SIZE];
            size_t shape[2];
            const unsigned n_dims = describe_tensor(&model->spec, l, t, name, shape);
            float *values = model->tensors[l][k];
            GEMLET_TRY(gm_npz_read_f32(reader, name, values, shape, n_dims));
            GEMLET_TRY(check_values(path, name, t, values, shape, n_dims));
        }
    }
    return GEMLET_OK;
}

static gemlet_status read_input_scale(gm_npz_reader *reader, const char *path, float *scale)
{
    GEMLET_TRY(gm_npz_read_f32(reader, "input_scale", scale, NULL, 0));
    if (!isfinite(*scale) || *scale <= 0.0f)
        return gm_error(GEMLET_E_FORMAT,
                        "%s: array input_scale: found %g, expected a finite number above 0", path,
                        (double)*scale);
    return GEMLET_OK;
}

gemlet_status gemlet_model_load(gemlet_model **out, const char *path)
{
    *out = NULL;
    gm_npz_reader *reader;
    GEMLET_TRY(gm_npz_reader_open(&reader, path));
    gemlet_model *model = NULL;
    gemlet_status status = GEMLET_OK;
    gemlet_spec spec;
    float input_scale;
    GEMLET_TRY_CLEANUP(status, read_format_version(reader, path));
    GEMLET_TRY_CLEANUP(status, read_spec(reader, path, &spec));
    GEMLET_TRY_CLEANUP(status, read_input_scale(reader, path, &input_scale));
    GEMLET_TRY_CLEANUP(status, check_arrays(reader, &spec));
    GEMLET_TRY_CLEANUP(status, check_memory(&spec, path));
    GEMLET_TRY_CLEANUP(status, gm_model_allocate(&model, &spec));
    GEMLET_TRY_CLEANUP(status, read_arrays(reader, path, model));
    model->input_scale = input_scale;
    *out = model;
    model = NULL;
cleanup:
    gemlet_model_destroy(model);
    gm_npz_reader_close(reader);
    return status;
}
