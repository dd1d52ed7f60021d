/* SPDX-License-Identifier: MIT
 * A graph of ONNX while it is made: nodes, constants, inputs and outputs, by the messages of
 * onnx.proto (github.com/onnx/onnx). Values have names, each given once; the functions that add
 * something return the name of its result. */
#ifndef GM_EXPORT_ONNX_GRAPH_H
#define GM_EXPORT_ONNX_GRAPH_H

#include <stdio.h>

#include "export/protobuf.h"
#include "gemlet/dataset.h"
#include "table/levels.h"

/* Numbers of TensorProto.DataType. */
typedef enum gm_onnx_type {
    GM_ONNX_FLOAT = 1,
    GM_ONNX_UINT8 = 2,
    GM_ONNX_INT64 = 7,
    GM_ONNX_STRING = 8,
    GM_ONNX_DOUBLE = 11
} gm_onnx_type;

/* What a file of protocol buffers may have: 2 GiB. */
#define GM_ONNX_MAX_BYTES ((uint64_t)INT32_MAX)

/* Of a value that the graph names itself. */
typedef struct gm_onnx_name {
    char text[64];
} gm_onnx_name;

/* A constant whose values stay where they are until the file is written. */
typedef struct gm_onnx_matrix {
    gm_protobuf head;        /* all else */
    const float *values;     /* (rows, cols) row-major; borrowed */
    const gemlet_dim *order; /* (rows) which row comes; NULL: as they are; borrowed */
    size_t rows;
    size_t cols;
} gm_onnx_matrix;

/* Starts as {0}. Release with gm_onnx_graph_free(). A failure is kept in body.status. */
typedef struct gm_onnx_graph {
    gm_protobuf body; /* all but the matrices */
    gm_onnx_matrix *matrices;
    size_t n_matrices;
    gm_levels names;
} gm_onnx_graph;

/* Adds an input or output (batch, width), or (batch) for width 0. An input has exactly this name;
 * inputs come first. `what` describes it; NULL: nothing. */
void gm_onnx_input(gm_onnx_graph *graph, const char *name, gm_onnx_type type, gemlet_dim width,
                   const char *what);
void gm_onnx_output(gm_onnx_graph *graph, const gm_onnx_name *name, gm_onnx_type type,
                    gemlet_dim width);

/* A node of an operator: inputs and attributes are added, then it becomes part of the graph. `base`
 * is the name of its output, but for a number behind it if that is taken. */
gm_protobuf gm_onnx_node(const char *op);
void gm_onnx_node_domain(gm_protobuf *node, const char *domain); /* if it is not the usual one */
void gm_onnx_node_input(gm_protobuf *node, const char *name);
void gm_onnx_node_integer(gm_protobuf *node, const char *attribute, int64_t value);
void gm_onnx_node_real(gm_protobuf *node, const char *attribute, float value);
gm_onnx_name gm_onnx_add(gm_onnx_graph *graph, gm_protobuf *node, const char *base);

/* A node of one to three inputs, the last ones NULL, without attributes. */
gm_onnx_name gm_onnx_apply(gm_onnx_graph *graph, const char *op, const char *base, const char *a,
                           const char *b, const char *c);

/* The node that converts to a type. */
gm_onnx_name gm_onnx_cast(gm_onnx_graph *graph, const char *base, const char *a, gm_onnx_type type);

/* Constants (n), of n = 0 one scalar. */
gm_onnx_name gm_onnx_floats(gm_onnx_graph *graph, const char *base, const float *values, size_t n);
gm_onnx_name gm_onnx_doubles(gm_onnx_graph *graph, const char *base, const double *values,
                             size_t n);
gm_onnx_name gm_onnx_integers(gm_onnx_graph *graph, const char *base, const int64_t *values,
                              size_t n);
gm_onnx_name gm_onnx_texts(gm_onnx_graph *graph, const char *base, char *const *texts, size_t n);
gm_onnx_name gm_onnx_borrowed_matrix(gm_onnx_graph *graph, const char *base, const float *values,
                                     size_t rows, size_t cols, const gemlet_dim *order);

/* Adds texts and numbers as one attribute of a node. */
void gm_onnx_node_texts(gm_protobuf *node, const char *attribute, char *const *texts, size_t n);
void gm_onnx_node_reals(gm_protobuf *node, const char *attribute, const float *values, size_t n);

/* Bytes of the graph in a file. */
uint64_t gm_onnx_graph_size(const gm_onnx_graph *graph);

/* Writes them. */
gemlet_status gm_onnx_graph_write(const gm_onnx_graph *graph, FILE *stream);

void gm_onnx_graph_free(gm_onnx_graph *graph);

#endif
