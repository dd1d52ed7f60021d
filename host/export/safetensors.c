/* SPDX-License-Identifier: MIT
 * See safetensors.h. A file is the length of a header, in 8 bytes; the header, an object of JSON
 * with type, shape and place of each tensor; and their values, one behind the other. */
#include "export/safetensors.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "core/json.h"
#include "core/memory.h"
#include "export/little_endian.h"
#include "model/model.h"
#include "model/spec.h"

#define MAX_HEADER 100000000u /* that readers take */
#define ALIGNMENT  8u         /* of the values in the file */

/* For each layer its tensors, and those of inputs. */
#define MAX_TENSORS (GEMLET_MAX_LAYERS * GM_N_MODEL_TENSORS + 8u)

typedef struct tensor {
    char name[48];
    const char *type;
    size_t size; /* of a value */
    unsigned n_dims;
    size_t dims[2];
    const void *values; /* borrowed; of a matrix transposed: (dims[1], dims[0]) */
} tensor;

typedef struct tensor_list {
    tensor items[MAX_TENSORS];
    size_t n;
    int64_t *codes; /* (2, n_inputs) columns and kinds */
} tensor_list;

static size_t count_bytes(const tensor *t)
{
    return t->dims[0] * (t->n_dims == 2 ? t->dims[1] : 1) * t->size;
}

/* ---- what there is -------------------------------------------------------------------------- */

static tensor *add(tensor_list *list, const char *name, const char *type, size_t size,
                   const void *values, size_t n)
{
    tensor *t = &list->items[list->n++];
    *t = (tensor){.type = type, .size = size, .n_dims = 1, .dims = {n, 0}, .values = values};
    snprintf(t->name, sizeof t->name, "%s", name);
    return t;
}

/* Larger values first, so that all lie at multiples of their size. */
static gemlet_status list_inputs(tensor_list *list, const gm_export_contents *c)
{
    const size_t n = c->n_inputs;
    const size_t n_columns = c->schema->n_columns;
    const float *codes = c->encoding->codes;
    GEMLET_TRY(GM_ALLOC(list->codes, 2 * n, "codes of inputs"));
    for (gemlet_dim f = 0; f < c->n_inputs; ++f) {
        list->codes[f] = gm_export_code(c, GM_CODE_COLUMN, f);
        list->codes[n + f] = gm_export_code(c, GM_CODE_KIND, f);
    }
    add(list, "inputs.centre", "F64", sizeof(double), c->centres, n_columns);
    add(list, "inputs.scale", "F64", sizeof(double), c->scales, n_columns);
    add(list, "inputs.column", "I64", sizeof(int64_t), list->codes, n);
    add(list, "inputs.kind", "I64", sizeof(int64_t), list->codes + n, n);
    add(list, "inputs.a", "F32", sizeof(float), codes + GM_CODE_A * n, n);
    add(list, "inputs.b", "F32", sizeof(float), codes + GM_CODE_B * n, n);
    return GEMLET_OK;
}

/* As PyTorch calls them. */
static const char *const torch_names[GM_N_MODEL_TENSORS] = {
    [GM_TENSOR_weight] = "linear.weight",
    [GM_TENSOR_bias] = "linear.bias",
    [GM_TENSOR_gamma] = "norm.weight",
    [GM_TENSOR_beta] = "norm.bias",
    [GM_TENSOR_running_mean] = "norm.running_mean",
    [GM_TENSOR_running_var] = "norm.running_var",
};

static void list_layers(tensor_list *list, const gemlet_model *model)
{
    for (unsigned l = 0; l < model->spec.n_layers; ++l) {
        for (unsigned i = 0; i < GM_N_MODEL_TENSORS; ++i) {
            gemlet_dim extents[2];
            char name[48];
            if (gm_spec_tensor_extents(&model->spec, l, (gm_tensor)i, extents) == 0)
                continue;
            snprintf(name, sizeof name, "layers.%u.%s", l, torch_names[i]);
            tensor *t = add(list, name, "F32", sizeof(float), model->tensors[l][i], extents[1]);
            if (i == GM_TENSOR_weight) {
                t->n_dims = 2;
                t->dims[1] = extents[0];
            }
        }
    }
}

/* ---- the header ----------------------------------------------------------------------------- */

/* [a, b], or [a] for n = 1 */
static int add_pair(cJSON *object, const char *key, uint64_t a, uint64_t b, unsigned n)
{
    char text[64];
    if (n == 1)
        snprintf(text, sizeof text, "[%" PRIu64 "]", a);
    else
        snprintf(text, sizeof text, "[%" PRIu64 ",%" PRIu64 "]", a, b);
    return cJSON_AddRawToObject(object, key, text) != NULL;
}

static int add_tensors(cJSON *root, const tensor_list *list)
{
    uint64_t place = 0;
    for (size_t i = 0; i < list->n; ++i) {
        const tensor *t = &list->items[i];
        const uint64_t end = place + count_bytes(t);
        cJSON *object = cJSON_AddObjectToObject(root, t->name);
        if (object == NULL || cJSON_AddStringToObject(object, "dtype", t->type) == NULL ||
            !add_pair(object, "shape", t->dims[0], t->dims[1], t->n_dims) ||
            !add_pair(object, "data_offsets", place, end, 2))
            return 0;
        place = end;
    }
    return 1;
}

static int add_metadata(cJSON *root, const gm_export_contents *c)
{
    cJSON *object = cJSON_AddObjectToObject(root, "__metadata__");
    if (object == NULL || cJSON_AddStringToObject(object, "format", "pt") == NULL)
        return 0;
    for (size_t i = 0; i < c->n_facts; ++i) {
        if (cJSON_AddStringToObject(object, c->facts[i].key, c->facts[i].value) == NULL)
            return 0;
    }
    return 1;
}

/* *text out. Release with cJSON_free(). */
static gemlet_status make_header(char **text, const tensor_list *list, const gm_export_contents *c)
{
    cJSON *root = cJSON_CreateObject();
    *text = root != NULL && add_metadata(root, c) && add_tensors(root, list)
                ? cJSON_PrintUnformatted(root)
                : NULL;
    cJSON_Delete(root);
    if (*text == NULL)
        return gm_error(GEMLET_E_MEMORY, "header of an export: out of memory");
    const size_t length = strlen(*text);
    if (length <= MAX_HEADER - ALIGNMENT)
        return GEMLET_OK;
    cJSON_free(*text);
    *text = NULL;
    return gm_error(GEMLET_E_RANGE,
                    "%s: names of columns, categories and classes take %zu bytes, expected at most "
                    "%u, as readers of safetensors take",
                    c->path, length, MAX_HEADER);
}

/* ---- the file ------------------------------------------------------------------------------- */

static void write_header(FILE *stream, const char *text)
{
    const size_t length = strlen(text);
    const uint64_t padded = gm_round_up(length, ALIGNMENT);
    gm_little_endian_write(stream, &padded, 1, sizeof padded);
    fputs(text, stream);
    fprintf(stream, "%*s", (int)(padded - length), "");
}

/* (rows, cols) of a float matrix that is (cols, rows) in memory; row: room for one. */
static void write_transposed(FILE *stream, const tensor *t, float *row)
{
    const float *values = t->values;
    for (size_t i = 0; i < t->dims[0]; ++i) {
        for (size_t j = 0; j < t->dims[1]; ++j)
            row[j] = values[j * t->dims[0] + i];
        gm_little_endian_write(stream, row, t->dims[1], sizeof *row);
    }
}

static gemlet_status write_tensors(FILE *stream, const tensor_list *list)
{
    float *row;
    size_t widest = 0;
    for (size_t i = 0; i < list->n; ++i)
        widest = list->items[i].dims[1] > widest ? list->items[i].dims[1] : widest;
    GEMLET_TRY(GM_ALLOC(row, widest, "row of a matrix"));
    for (size_t i = 0; i < list->n; ++i) {
        const tensor *t = &list->items[i];
        if (t->n_dims == 2)
            write_transposed(stream, t, row);
        else
            gm_little_endian_write(stream, t->values, t->dims[0], t->size);
    }
    free(row);
    return GEMLET_OK;
}

static gemlet_status write_file(const char *header, const tensor_list *list, const char *path)
{
    gm_atomic_file file;
    GEMLET_TRY(gm_atomic_file_open(&file, path));
    write_header(file.stream, header);
    const gemlet_status status = write_tensors(file.stream, list);
    if (status == GEMLET_OK)
        return gm_atomic_file_commit(&file);
    gm_atomic_file_abort(&file);
    return status;
}

gemlet_status gm_export_safetensors(const gm_export_contents *contents)
{
    tensor_list *list;
    char *header = NULL;
    gemlet_status status = GEMLET_OK;
    GEMLET_TRY(gm_export_check_single(contents));
    GEMLET_TRY(GM_ALLOC(list, 1, "tensors of an export"));
    if (contents->schema != NULL)
        GEMLET_TRY_CLEANUP(status, list_inputs(list, contents));
    list_layers(list, contents->model);
    GEMLET_TRY_CLEANUP(status, make_header(&header, list, contents));
    status = write_file(header, list, contents->path);
cleanup:
    cJSON_free(header);
    free(list->codes);
    free(list);
    return status;
}
