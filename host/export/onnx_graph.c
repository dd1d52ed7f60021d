/* SPDX-License-Identifier: MIT
 * See onnx_graph.h. The enums are the numbers of the fields in onnx.proto. */
#include "export/onnx_graph.h"

#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "export/little_endian.h"

enum graph_field {
    GRAPH_NODE = 1,
    GRAPH_INITIALIZER = 5,
    GRAPH_INPUT = 11,
    GRAPH_OUTPUT = 12
};

enum node_field {
    NODE_INPUT = 1,
    NODE_OUTPUT = 2,
    NODE_NAME = 3,
    NODE_OP = 4,
    NODE_ATTRIBUTE = 5,
    NODE_DOMAIN = 7
};

enum attribute_field {
    ATTRIBUTE_NAME = 1,
    ATTRIBUTE_REAL = 2,
    ATTRIBUTE_INTEGER = 3,
    ATTRIBUTE_REALS = 7,
    ATTRIBUTE_TEXTS = 9,
    ATTRIBUTE_TYPE = 20
};

enum attribute_type {
    TYPE_REAL = 1,
    TYPE_INTEGER = 2,
    TYPE_REALS = 6,
    TYPE_TEXTS = 8
};

enum tensor_field {
    TENSOR_DIM = 1,
    TENSOR_TYPE = 2,
    TENSOR_TEXT = 6,
    TENSOR_NAME = 8,
    TENSOR_RAW = 9
};

enum value_field {
    VALUE_NAME = 1,
    VALUE_TYPE = 2,
    VALUE_DOC = 3
};

/* ---- names ---------------------------------------------------------------------------------- */

static void keep_status(gm_onnx_graph *graph, gemlet_status status)
{
    if (graph->body.status == GEMLET_OK)
        graph->body.status = status;
}

static void take_name(gm_onnx_graph *graph, const char *name)
{
    uint32_t number;
    keep_status(graph, gm_levels_add(&graph->names, &number, name, strlen(name), GM_NO_LEVEL - 1,
                                     "names of values"));
}

static gm_onnx_name find_name(gm_onnx_graph *graph, const char *base)
{
    gm_onnx_name name;
    uint32_t number;
    snprintf(name.text, sizeof name.text, "%s", base);
    for (unsigned i = 2; gm_levels_find(&graph->names, &number, name.text, strlen(name.text)); ++i)
        snprintf(name.text, sizeof name.text, "%.40s_%u", base, i);
    take_name(graph, name.text);
    return name;
}

/* ---- inputs and outputs --------------------------------------------------------------------- */

static void add_value(gm_onnx_graph *graph, enum graph_field field, const char *name,
                      gm_onnx_type type, gemlet_dim width, const char *what)
{
    gm_protobuf value = {0};
    gm_protobuf all_types = {0}; /* of which a tensor is one */
    gm_protobuf tensor = {0};
    gm_protobuf shape = {0};
    gm_protobuf batch = {0};
    gm_protobuf columns = {0};
    gm_protobuf_text(&batch, 2, "batch");
    gm_protobuf_message(&shape, 1, &batch);
    if (width > 0) {
        gm_protobuf_integer(&columns, 1, width);
        gm_protobuf_message(&shape, 1, &columns);
    }
    gm_protobuf_integer(&tensor, 1, (uint64_t)type);
    gm_protobuf_message(&tensor, 2, &shape);
    gm_protobuf_message(&all_types, 1, &tensor);
    gm_protobuf_text(&value, VALUE_NAME, name);
    gm_protobuf_message(&value, VALUE_TYPE, &all_types);
    if (what != NULL)
        gm_protobuf_text(&value, VALUE_DOC, what);
    gm_protobuf_message(&graph->body, field, &value);
}

void gm_onnx_input(gm_onnx_graph *graph, const char *name, gm_onnx_type type, gemlet_dim width,
                   const char *what)
{
    take_name(graph, name);
    add_value(graph, GRAPH_INPUT, name, type, width, what);
}

void gm_onnx_output(gm_onnx_graph *graph, const gm_onnx_name *name, gm_onnx_type type,
                    gemlet_dim width)
{
    add_value(graph, GRAPH_OUTPUT, name->text, type, width, NULL);
}

/* ---- nodes ---------------------------------------------------------------------------------- */

gm_protobuf gm_onnx_node(const char *op)
{
    gm_protobuf node = {0};
    gm_protobuf_text(&node, NODE_OP, op);
    return node;
}

void gm_onnx_node_domain(gm_protobuf *node, const char *domain)
{
    gm_protobuf_text(node, NODE_DOMAIN, domain);
}

void gm_onnx_node_input(gm_protobuf *node, const char *name)
{
    gm_protobuf_text(node, NODE_INPUT, name);
}

static void add_attribute(gm_protobuf *node, gm_protobuf *attribute, const char *name,
                          enum attribute_type type)
{
    gm_protobuf_text(attribute, ATTRIBUTE_NAME, name);
    gm_protobuf_integer(attribute, ATTRIBUTE_TYPE, (uint64_t)type);
    gm_protobuf_message(node, NODE_ATTRIBUTE, attribute);
}

void gm_onnx_node_integer(gm_protobuf *node, const char *attribute, int64_t value)
{
    gm_protobuf message = {0};
    gm_protobuf_integer(&message, ATTRIBUTE_INTEGER, (uint64_t)value);
    add_attribute(node, &message, attribute, TYPE_INTEGER);
}

void gm_onnx_node_real(gm_protobuf *node, const char *attribute, float value)
{
    gm_protobuf message = {0};
    gm_protobuf_float(&message, ATTRIBUTE_REAL, value);
    add_attribute(node, &message, attribute, TYPE_REAL);
}

void gm_onnx_node_reals(gm_protobuf *node, const char *attribute, const float *values, size_t n)
{
    gm_protobuf message = {0};
    for (size_t i = 0; i < n; ++i)
        gm_protobuf_float(&message, ATTRIBUTE_REALS, values[i]);
    add_attribute(node, &message, attribute, TYPE_REALS);
}

void gm_onnx_node_texts(gm_protobuf *node, const char *attribute, char *const *texts, size_t n)
{
    gm_protobuf message = {0};
    for (size_t i = 0; i < n; ++i)
        gm_protobuf_text(&message, ATTRIBUTE_TEXTS, texts[i]);
    add_attribute(node, &message, attribute, TYPE_TEXTS);
}

gm_onnx_name gm_onnx_add(gm_onnx_graph *graph, gm_protobuf *node, const char *base)
{
    const gm_onnx_name name = find_name(graph, base);
    gm_protobuf_text(node, NODE_OUTPUT, name.text);
    gm_protobuf_text(node, NODE_NAME, name.text);
    gm_protobuf_message(&graph->body, GRAPH_NODE, node);
    return name;
}

gm_onnx_name gm_onnx_apply(gm_onnx_graph *graph, const char *op, const char *base, const char *a,
                           const char *b, const char *c)
{
    const char *const inputs[] = {a, b, c};
    gm_protobuf node = gm_onnx_node(op);
    for (size_t i = 0; i < 3 && inputs[i] != NULL; ++i)
        gm_onnx_node_input(&node, inputs[i]);
    return gm_onnx_add(graph, &node, base);
}

gm_onnx_name gm_onnx_cast(gm_onnx_graph *graph, const char *base, const char *a, gm_onnx_type type)
{
    gm_protobuf node = gm_onnx_node("Cast");
    gm_onnx_node_input(&node, a);
    gm_onnx_node_integer(&node, "to", (int64_t)type);
    return gm_onnx_add(graph, &node, base);
}

/* ---- constants ------------------------------------------------------------------------------ */

static gm_protobuf begin_tensor(const gm_onnx_name *name, gm_onnx_type type, const size_t *dims,
                                size_t n_dims)
{
    gm_protobuf tensor = {0};
    for (size_t i = 0; i < n_dims; ++i)
        gm_protobuf_integer(&tensor, TENSOR_DIM, dims[i]);
    gm_protobuf_integer(&tensor, TENSOR_TYPE, (uint64_t)type);
    gm_protobuf_text(&tensor, TENSOR_NAME, name->text);
    return tensor;
}

/* Values of `size` bytes each, (n) or a scalar. */
static gm_onnx_name add_constant(gm_onnx_graph *graph, const char *base, gm_onnx_type type,
                                 const void *values, size_t n, size_t size)
{
    const gm_onnx_name name = find_name(graph, base);
    const size_t n_values = n > 0 ? n : 1;
    gm_protobuf tensor = begin_tensor(&name, type, &n, n > 0 ? 1 : 0);
    unsigned char *bytes;
    const gemlet_status status = GM_ALLOC(bytes, n_values * size, "constants of an export");
    keep_status(graph, status);
    if (status == GEMLET_OK) {
        gm_little_endian(bytes, values, n_values, size);
        gm_protobuf_bytes(&tensor, TENSOR_RAW, bytes, n_values * size);
    }
    free(bytes);
    gm_protobuf_message(&graph->body, GRAPH_INITIALIZER, &tensor);
    return name;
}

gm_onnx_name gm_onnx_floats(gm_onnx_graph *graph, const char *base, const float *values, size_t n)
{
    return add_constant(graph, base, GM_ONNX_FLOAT, values, n, sizeof *values);
}

gm_onnx_name gm_onnx_doubles(gm_onnx_graph *graph, const char *base, const double *values, size_t n)
{
    return add_constant(graph, base, GM_ONNX_DOUBLE, values, n, sizeof *values);
}

gm_onnx_name gm_onnx_integers(gm_onnx_graph *graph, const char *base, const int64_t *values,
                              size_t n)
{
    return add_constant(graph, base, GM_ONNX_INT64, values, n, sizeof *values);
}

gm_onnx_name gm_onnx_texts(gm_onnx_graph *graph, const char *base, char *const *texts, size_t n)
{
    const gm_onnx_name name = find_name(graph, base);
    gm_protobuf tensor = begin_tensor(&name, GM_ONNX_STRING, &n, 1);
    for (size_t i = 0; i < n; ++i)
        gm_protobuf_text(&tensor, TENSOR_TEXT, texts[i]);
    gm_protobuf_message(&graph->body, GRAPH_INITIALIZER, &tensor);
    return name;
}

gm_onnx_name gm_onnx_borrowed_matrix(gm_onnx_graph *graph, const char *base, const float *values,
                                     size_t rows, size_t cols, const gemlet_dim *order)
{
    const gm_onnx_name name = find_name(graph, base);
    const size_t dims[2] = {rows, cols};
    gm_onnx_matrix *more =
        realloc(graph->matrices, (graph->n_matrices + 1) * sizeof *graph->matrices);
    if (more == NULL) {
        keep_status(graph, gm_error(GEMLET_E_MEMORY, "matrices of an export: out of memory"));
        return name;
    }
    graph->matrices = more;
    gm_onnx_matrix *matrix = &more[graph->n_matrices++];
    *matrix = (gm_onnx_matrix){.values = values,
                               .order = order,
                               .rows = rows,
                               .cols = cols,
                               .head = begin_tensor(&name, GM_ONNX_FLOAT, dims, 2)};
    gm_protobuf_announce(&matrix->head, TENSOR_RAW, (uint64_t)rows * cols * sizeof *values);
    keep_status(graph, matrix->head.status);
    return name;
}

/* ---- the file ------------------------------------------------------------------------------- */

/* The field that a matrix is, up to its values. */
static gm_protobuf begin_matrix(const gm_onnx_matrix *matrix)
{
    gm_protobuf field = {0};
    const uint64_t n_bytes = (uint64_t)matrix->rows * matrix->cols * sizeof *matrix->values;
    gm_protobuf_announce(&field, GRAPH_INITIALIZER, matrix->head.n + n_bytes);
    return field;
}

uint64_t gm_onnx_graph_size(const gm_onnx_graph *graph)
{
    uint64_t n = graph->body.n;
    for (size_t i = 0; i < graph->n_matrices; ++i) {
        const gm_onnx_matrix *matrix = &graph->matrices[i];
        gm_protobuf field = begin_matrix(matrix);
        n += field.n + matrix->head.n + (uint64_t)matrix->rows * matrix->cols * sizeof(float);
        gm_protobuf_free(&field);
    }
    return n;
}

gemlet_status gm_onnx_graph_write(const gm_onnx_graph *graph, FILE *stream)
{
    fwrite(graph->body.bytes, 1, graph->body.n, stream);
    for (size_t i = 0; i < graph->n_matrices; ++i) {
        const gm_onnx_matrix *matrix = &graph->matrices[i];
        gm_protobuf field = begin_matrix(matrix);
        fwrite(field.bytes, 1, field.n, stream);
        gm_protobuf_free(&field);
        fwrite(matrix->head.bytes, 1, matrix->head.n, stream);
        for (size_t row = 0; row < matrix->rows; ++row) {
            const size_t from = matrix->order != NULL ? matrix->order[row] : row;
            gm_little_endian_write(stream, matrix->values + from * matrix->cols, matrix->cols,
                                   sizeof *matrix->values);
        }
    }
    return graph->body.status;
}

void gm_onnx_graph_free(gm_onnx_graph *graph)
{
    for (size_t i = 0; i < graph->n_matrices; ++i)
        gm_protobuf_free(&graph->matrices[i].head);
    free(graph->matrices);
    gm_protobuf_free(&graph->body);
    gm_levels_free(&graph->names);
    *graph = (gm_onnx_graph){0};
}
