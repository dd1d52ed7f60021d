/* SPDX-License-Identifier: MIT
 * Models as npz files: which arrays there are, and what they must hold; contract in gemlet/model.h.
 *
 * Loading checks the shapes of all arrays against the spec before it allocates the model, so that
 * a spec alone, a few bytes, cannot ask for more memory than its file could fill. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/memory_limit.h"
#include "model/model.h"
#include "model/model_file.h"
#include "npz/npz.h"
#include "model/spec.h"

#define FORMAT_VERSION          1
#define ENSEMBLE_FORMAT_VERSION 2

/* Of a schema: thousands of columns, or the longest names of the most levels. */
#define MAX_SCHEMA_BYTES ((size_t)1 << 28)

/* A tensor as an array of the file: "layer1.weight", "layer1.weight.momentum"; of an ensemble
 * "network1.layer1.weight". */
typedef struct array {
    char name[GM_TENSOR_NAME_SIZE + 40];
    unsigned layer;
    gm_tensor tensor;
    int state; /* of the optimizer; -1: the tensor itself */
    size_t shape[2];
    unsigned n_dims;
} array;

/* Which arrays. */
typedef struct array_set {
    const gemlet_spec *spec;
    gm_state_set states;
    gemlet_dim network; /* of an ensemble, from 1; 0: of a model that is none */
} array_set;

static array describe_array(const array_set *of, unsigned l, gm_tensor t, int state)
{
    const gemlet_spec *spec = of->spec;
    array a = {.layer = l, .tensor = t, .state = state};
    gemlet_dim extents[2];
    char name[GM_TENSOR_NAME_SIZE];
    gm_spec_tensor_extents(spec, l, t, extents);
    a.n_dims = gm_tensor_is_vector(t) ? 1 : 2;
    a.shape[0] = extents[2 - a.n_dims];
    a.shape[1] = extents[1];
    if (state >= 0)
        gm_model_state_name(name, t, (unsigned)state);
    char prefix[24] = "";
    if (of->network > 0)
        snprintf(prefix, sizeof prefix, "network%u.", of->network);
    snprintf(a.name, sizeof a.name, "%slayer%u.%s", prefix, l + 1,
             state >= 0 ? name : gm_tensors[t].name);
    return a;
}

/* Those of one state, or with -1 the tensors themselves, of a layer. */
static gemlet_status visit_tensors(const array_set *of, unsigned l, int state,
                                   gemlet_status (*visit)(const array *a, void *user), void *user)
{
    const unsigned n = state >= 0 ? gm_state_n_tensors((unsigned)state) : GM_N_MODEL_TENSORS;
    for (unsigned t = 0; t < n; ++t) {
        const array a = describe_array(of, l, t, state);
        if (gm_layer_has(&of->spec->layers[l], t))
            GEMLET_TRY(visit(&a, user));
    }
    return GEMLET_OK;
}

static gemlet_status visit_arrays(const array_set *of,
                                  gemlet_status (*visit)(const array *a, void *user), void *user)
{
    for (unsigned l = 0; l < of->spec->n_layers; ++l) {
        for (int state = -1; state < (int)GM_N_STATES; ++state) {
            if (state < 0 || gm_has_state(of->states, (unsigned)state))
                GEMLET_TRY(visit_tensors(of, l, state, visit, user));
        }
    }
    return GEMLET_OK;
}

static float *find_values(const gemlet_model *model, const array *a)
{
    return a->state >= 0 ? model->state_tensors[a->state][a->layer][a->tensor]
                         : model->tensors[a->layer][a->tensor];
}

/* ---- saving -------------------------------------------------------------------------------- */

typedef struct saving {
    gm_npz_writer *writer;
    const gemlet_model *model;
} saving;

static gemlet_status add_array(const array *a, void *user)
{
    const saving *s = user;
    return gm_npz_add_f32(s->writer, a->name, find_values(s->model, a), a->shape, a->n_dims);
}

static gemlet_status add_schema(gm_npz_writer *writer, const gm_schema *schema)
{
    char *text;
    GEMLET_TRY(gm_schema_to_json(&text, schema));
    const gemlet_status status = gm_npz_add_bytes(writer, "schema", text, strlen(text));
    free(text);
    return status;
}

static gemlet_status add_layers(gm_npz_writer *writer, const gemlet_model *model)
{
    const array_set of = {&model->spec, model->states, 0};
    return visit_arrays(&of, add_array, &(saving){writer, model});
}

static gemlet_status add_networks(gm_npz_writer *writer, const gemlet_model *ensemble)
{
    GEMLET_TRY(gm_npz_add_i32(writer, "networks", (int32_t)ensemble->n_networks));
    for (gemlet_dim i = 0; i < ensemble->n_networks; ++i) {
        const array_set of = {&ensemble->spec, 0, i + 1};
        GEMLET_TRY(visit_arrays(&of, add_array, &(saving){writer, ensemble->networks[i]}));
    }
    return GEMLET_OK;
}

gemlet_status gm_model_add_arrays(gm_npz_writer *writer, const gemlet_model *model)
{
    const int is_ensemble = model->n_networks > 0;
    char spec_text[GEMLET_SPEC_TEXT_SIZE];
    GEMLET_TRY(gemlet_spec_format(&model->spec, spec_text, sizeof spec_text));
    GEMLET_TRY(gm_npz_add_string(writer, "spec", spec_text));
    GEMLET_TRY(gm_npz_add_i32(writer, "format_version",
                              is_ensemble ? ENSEMBLE_FORMAT_VERSION : FORMAT_VERSION));
    GEMLET_TRY(gm_npz_add_f32(writer, "input_scale", &model->input_scale, NULL, 0));
    GEMLET_TRY(is_ensemble ? add_networks(writer, model) : add_layers(writer, model));
    return model->schema != NULL ? add_schema(writer, model->schema) : GEMLET_OK;
}

gemlet_status gemlet_model_save(const gemlet_model *model, const char *path)
{
    gm_npz_writer *writer;
    GEMLET_TRY(gm_npz_writer_create(&writer));
    gemlet_status status = gm_model_add_arrays(writer, model);
    if (status == GEMLET_OK)
        status = gm_npz_writer_write(writer, path);
    gm_npz_writer_destroy(writer);
    return status;
}

/* ---- loading ------------------------------------------------------------------------------- */

/* *n out: the networks of an ensemble, 0 of another model. */
static gemlet_status read_format(gemlet_dim *n, gm_npz_reader *reader, const char *path)
{
    int32_t version;
    int32_t networks;
    *n = 0;
    GEMLET_TRY(gm_npz_read_i32(reader, "format_version", &version));
    if (version != FORMAT_VERSION && version != ENSEMBLE_FORMAT_VERSION)
        return gm_error(GEMLET_E_FORMAT, "%s: array format_version: found %ld, expected %d or %d",
                        path, (long)version, FORMAT_VERSION, ENSEMBLE_FORMAT_VERSION);
    if (version == FORMAT_VERSION)
        return GEMLET_OK;
    GEMLET_TRY(gm_npz_read_i32(reader, "networks", &networks));
    if (networks < 2 || networks > (int32_t)GEMLET_MAX_ENSEMBLE)
        return gm_error(GEMLET_E_FORMAT, "%s: array networks: found %ld, expected 2 to %u", path,
                        (long)networks, GEMLET_MAX_ENSEMBLE);
    *n = (gemlet_dim)networks;
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

/* What is read, and into what. */
typedef struct loading {
    gm_npz_reader *reader;
    const char *path;
    gemlet_model *model;
    int has_any; /* of the arrays that were looked for */
} loading;

static gemlet_status check_array(const array *a, void *user)
{
    return gm_npz_check_f32(((const loading *)user)->reader, a->name, a->shape, a->n_dims);
}

static gemlet_status look_for_array(const array *a, void *user)
{
    loading *load = user;
    return load->has_any ? GEMLET_OK : gm_npz_find(&load->has_any, load->reader, a->name);
}

/* States of which the file has an array: of these it must have all. */
static gemlet_status find_states(gm_state_set *states, gm_npz_reader *reader,
                                 const gemlet_spec *spec)
{
    const array_set of = {spec, 0, 0};
    *states = 0;
    for (unsigned s = 0; s < GM_N_STATES; ++s) {
        loading load = {.reader = reader};
        for (unsigned l = 0; l < spec->n_layers; ++l)
            GEMLET_TRY(visit_tensors(&of, l, (int)s, look_for_array, &load));
        *states |= (gm_state_set)load.has_any << s;
    }
    return GEMLET_OK;
}

/* Of n models, or states of one. */
static gemlet_status check_memory(const gemlet_spec *spec, gemlet_dim n, const char *path)
{
    /* The arrays are in the file: their number of bytes was counted without an overflow. */
    return gm_memory_limit_check((uint64_t)gemlet_spec_n_parameters(spec) * n * sizeof(float),
                                 path);
}

/* values (shape) in. Parameters that no training can leave behind are refused here, where the file
 * can still be named. */
static gemlet_status check_values(const char *path, const array *a, const float *values)
{
    const size_t n = a->n_dims == 2 ? a->shape[0] * a->shape[1] : a->shape[0];
    for (size_t i = 0; i < n; ++i) {
        const int is_negative_var = a->tensor == GM_TENSOR_running_var && values[i] < 0.0f;
        if (isfinite(values[i]) && !is_negative_var)
            continue;
        char place[64];
        if (a->n_dims == 2)
            snprintf(place, sizeof place, "%zu,%zu", i / a->shape[1], i % a->shape[1]);
        else
            snprintf(place, sizeof place, "%zu", i);
        return gm_error(GEMLET_E_FORMAT, "%s: array %s: value [%s] is %g, expected %s", path,
                        a->name, place, (double)values[i],
                        a->tensor == GM_TENSOR_running_var ? "a finite number, not negative"
                                                           : "a finite number");
    }
    return GEMLET_OK;
}

static gemlet_status read_array(const array *a, void *user)
{
    const loading *load = user;
    float *values = find_values(load->model, a);
    GEMLET_TRY(gm_npz_read_f32(load->reader, a->name, values, a->shape, a->n_dims));
    return check_values(load->path, a, values);
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

/* The schema, if there is one. */
static gemlet_status read_schema(gemlet_model *model, gm_npz_reader *reader, const char *path)
{
    int is_there;
    char *text;
    size_t n;
    gm_schema *schema;
    char message[1024];
    GEMLET_TRY(gm_npz_find(&is_there, reader, "schema"));
    if (!is_there)
        return GEMLET_OK;
    GEMLET_TRY(gm_npz_read_bytes(reader, "schema", &text, &n, MAX_SCHEMA_BYTES));
    gemlet_status status = gm_schema_from_json(&schema, text, path);
    free(text);
    if (status == GEMLET_OK)
        status = gm_model_take_schema(model, schema, path);
    if (status == GEMLET_OK || status == GEMLET_E_MEMORY)
        return status;
    /* Whatever does not fit, it is the file that is malformed. */
    snprintf(message, sizeof message, "%s", gemlet_last_error());
    return gm_error(GEMLET_E_FORMAT, "%s", message);
}

/* One network, with the states that its file has; of an ensemble without any. */
static gemlet_status read_network(gemlet_model **out, const array_set *of, loading *load)
{
    GEMLET_TRY(gm_model_allocate(out, of->spec));
    load->model = *out;
    gemlet_status status = gm_model_set_states(*out, of->states);
    if (status == GEMLET_OK)
        status = visit_arrays(of, read_array, load);
    if (status == GEMLET_OK)
        return GEMLET_OK;
    gemlet_model_destroy(*out);
    *out = NULL;
    return status;
}

static gemlet_status read_single(gemlet_model **out, const gemlet_spec *spec, loading *load)
{
    array_set of = {.spec = spec};
    GEMLET_TRY(find_states(&of.states, load->reader, spec));
    GEMLET_TRY(visit_arrays(&of, check_array, load));
    GEMLET_TRY(check_memory(spec, 1 + gm_count_states(of.states), load->path));
    return read_network(out, &of, load);
}

static gemlet_status read_ensemble(gemlet_model **out, const gemlet_spec *spec, gemlet_dim n,
                                   loading *load)
{
    array_set of = {.spec = spec};
    for (of.network = 1; of.network <= n; ++of.network)
        GEMLET_TRY(visit_arrays(&of, check_array, load));
    GEMLET_TRY(check_memory(spec, n, load->path));
    GEMLET_TRY(gm_model_allocate_ensemble(out, spec, n));
    gemlet_status status = GEMLET_OK;
    for (gemlet_dim i = 0; i < n && status == GEMLET_OK; ++i) {
        of.network = i + 1;
        status = read_network(&(*out)->networks[i], &of, load);
    }
    if (status == GEMLET_OK)
        return GEMLET_OK;
    gemlet_model_destroy(*out);
    *out = NULL;
    return status;
}

gemlet_status gm_model_read_arrays(gemlet_model **out, gm_npz_reader *reader, const char *path)
{
    gemlet_model *model;
    gemlet_spec spec;
    gemlet_dim n_networks;
    float input_scale;
    loading load = {.reader = reader, .path = path};
    *out = NULL;
    GEMLET_TRY(read_format(&n_networks, reader, path));
    GEMLET_TRY(read_spec(reader, path, &spec));
    GEMLET_TRY(read_input_scale(reader, path, &input_scale));
    GEMLET_TRY(n_networks > 0 ? read_ensemble(&model, &spec, n_networks, &load)
                              : read_single(&model, &spec, &load));
    gemlet_status status = gemlet_model_set_input_scale(model, input_scale);
    if (status == GEMLET_OK)
        status = read_schema(model, reader, path);
    if (status == GEMLET_OK)
        *out = model;
    else
        gemlet_model_destroy(model);
    return status;
}

gemlet_status gemlet_model_load(gemlet_model **out, const char *path)
{
    gm_npz_reader *reader;
    *out = NULL;
    GEMLET_TRY(gm_npz_reader_open(&reader, path));
    const gemlet_status status = gm_model_read_arrays(out, reader, path);
    gm_npz_reader_close(reader);
    return status;
}
