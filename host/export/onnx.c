/* SPDX-License-Identifier: MIT
 * See onnx.h.
 *
 * Opset 13 (2021): the newest that nothing here would be without, and known to ONNX Runtime
 * from 1.8 on; texts take the LabelEncoder of ai.onnx.ml 2, of 2018. Activations that later opsets
 * have as one operator, gelu and mish, are made of older ones. */
#include "export/onnx.h"

#include <inttypes.h>
#include <stdlib.h>

#include "backend/activation.h"
#include "core/file.h"
#include "core/json.h"
#include "core/memory.h"
#include "export/folded.h"
#include "export/onnx_graph.h"
#include "export/onnx_inputs.h"
#include "model/model.h"

#define IR_VERSION 7 /* of opset 13 */
#define OPSET      13
#define ML_OPSET   2

enum model_field {
    MODEL_IR_VERSION = 1,
    MODEL_PRODUCER = 2,
    MODEL_PRODUCER_VERSION = 3,
    MODEL_GRAPH = 7,
    MODEL_OPSET = 8,
    MODEL_METADATA = 14
};

enum graph_field {
    GRAPH_NAME = 2
};

/* ---- layers --------------------------------------------------------------------------------- */

static gm_onnx_name scalar(gm_onnx_graph *graph, const char *base, double value)
{
    const float rounded = (float)value;
    return gm_onnx_floats(graph, base, &rounded, 0);
}

/* An operator of one input and up to two attributes. */
static gm_onnx_name with_attributes(gm_onnx_graph *graph, const char *op, const gm_onnx_name *a,
                                    float alpha, const char *second, float value)
{
    gm_protobuf node = gm_onnx_node(op);
    gm_onnx_node_input(&node, a->text);
    gm_onnx_node_real(&node, "alpha", alpha);
    if (second != NULL)
        gm_onnx_node_real(&node, second, value);
    return gm_onnx_add(graph, &node, "activation");
}

/* a (1 + erf(a / sqrt(2))) / 2 */
static gm_onnx_name gelu(gm_onnx_graph *g, const gm_onnx_name *a)
{
    const gm_onnx_name root = scalar(g, "root_of_half", 0.70710678118654752440);
    const gm_onnx_name one = scalar(g, "one", 1);
    const gm_onnx_name half = scalar(g, "half", 0.5);
    const gm_onnx_name scaled = gm_onnx_apply(g, "Mul", "scaled", a->text, root.text, NULL);
    const gm_onnx_name erf = gm_onnx_apply(g, "Erf", "erf", scaled.text, NULL, NULL);
    const gm_onnx_name sum = gm_onnx_apply(g, "Add", "sum", erf.text, one.text, NULL);
    const gm_onnx_name part = gm_onnx_apply(g, "Mul", "part", sum.text, half.text, NULL);
    return gm_onnx_apply(g, "Mul", "activation", a->text, part.text, NULL);
}

static gm_onnx_name mish(gm_onnx_graph *g, const gm_onnx_name *a)
{
    const gm_onnx_name soft = gm_onnx_apply(g, "Softplus", "softplus", a->text, NULL, NULL);
    const gm_onnx_name part = gm_onnx_apply(g, "Tanh", "part", soft.text, NULL, NULL);
    return gm_onnx_apply(g, "Mul", "activation", a->text, part.text, NULL);
}

static gm_onnx_name silu(gm_onnx_graph *g, const gm_onnx_name *a)
{
    const gm_onnx_name part = gm_onnx_apply(g, "Sigmoid", "part", a->text, NULL, NULL);
    return gm_onnx_apply(g, "Mul", "activation", a->text, part.text, NULL);
}

static gm_onnx_name activate(gm_onnx_graph *g, gemlet_activation activation, const gm_onnx_name *a)
{
    switch (activation) {
    case GEMLET_ACTIVATION_IDENTITY:
        break;
    case GEMLET_ACTIVATION_RELU:
        return gm_onnx_apply(g, "Relu", "activation", a->text, NULL, NULL);
    case GEMLET_ACTIVATION_SIGMOID:
        return gm_onnx_apply(g, "Sigmoid", "activation", a->text, NULL, NULL);
    case GEMLET_ACTIVATION_TANH:
        return gm_onnx_apply(g, "Tanh", "activation", a->text, NULL, NULL);
    case GEMLET_ACTIVATION_LEAKY_RELU:
        return with_attributes(g, "LeakyRelu", a, GM_LEAKY_RELU_SLOPE, NULL, 0);
    case GEMLET_ACTIVATION_ELU:
        return with_attributes(g, "Elu", a, 1, NULL, 0);
    case GEMLET_ACTIVATION_SELU:
        return with_attributes(g, "Selu", a, GM_SELU_ALPHA, "gamma", GM_SELU_SCALE);
    case GEMLET_ACTIVATION_GELU:
        return gelu(g, a);
    case GEMLET_ACTIVATION_SILU:
        return silu(g, a);
    case GEMLET_ACTIVATION_MISH:
        return mish(g, a);
    }
    return *a;
}

/* x weight + bias, activated. `order` is of the rows of the weights. */
static gm_onnx_name add_layer(gm_onnx_graph *graph, const gm_folded_layer *layer,
                              const gm_onnx_name *x, const gemlet_dim *order)
{
    const gm_onnx_name weight =
        gm_onnx_borrowed_matrix(graph, "weight", layer->weight, layer->n_in, layer->n_out, order);
    const gm_onnx_name bias = gm_onnx_floats(graph, "bias", layer->bias, layer->n_out);
    const gm_onnx_name a = gm_onnx_apply(graph, "Gemm", "layer", x->text, weight.text, bias.text);
    return activate(graph, layer->activation, &a);
}

/* ---- answers -------------------------------------------------------------------------------- */

static gm_onnx_name softmax(gm_onnx_graph *graph, const gm_onnx_name *logits, const char *base)
{
    gm_protobuf node = gm_onnx_node("Softmax");
    gm_onnx_node_input(&node, logits->text);
    gm_onnx_node_integer(&node, "axis", 1);
    return gm_onnx_add(graph, &node, base);
}

static void add_classes(gm_onnx_graph *graph, const gm_export_contents *c,
                        const gm_onnx_name *probabilities)
{
    gm_protobuf best = gm_onnx_node("ArgMax");
    gm_onnx_node_input(&best, probabilities->text);
    gm_onnx_node_integer(&best, "axis", 1);
    gm_onnx_node_integer(&best, "keepdims", 0);
    if (c->schema == NULL) {
        const gm_onnx_name number = gm_onnx_add(graph, &best, "label");
        gm_onnx_output(graph, &number, GM_ONNX_INT64, 0);
    } else {
        const gm_onnx_name number = gm_onnx_add(graph, &best, "class");
        const gm_onnx_name names =
            gm_onnx_texts(graph, "classes", c->schema->classes, c->schema->n_classes);
        const gm_onnx_name label =
            gm_onnx_apply(graph, "Gather", "label", names.text, number.text, NULL);
        gm_onnx_output(graph, &label, GM_ONNX_STRING, 0);
    }
    gm_onnx_output(graph, probabilities, GM_ONNX_FLOAT, c->n_outputs);
}

/* In the unit of the target, in double: a date has more digits than a float. */
static void add_number(gm_onnx_graph *graph, const gm_export_contents *c,
                       const gm_onnx_name *output)
{
    const double mean = c->schema != NULL ? c->schema->mean : 0;
    const double deviation = c->schema != NULL ? c->schema->deviation : 1;
    const gm_onnx_name factor = gm_onnx_doubles(graph, "deviation", &deviation, 0);
    const gm_onnx_name offset = gm_onnx_doubles(graph, "mean", &mean, 0);
    const gm_onnx_name exact = gm_onnx_cast(graph, "output", output->text, GM_ONNX_DOUBLE);
    const gm_onnx_name scaled =
        gm_onnx_apply(graph, "Mul", "from_mean", exact.text, factor.text, NULL);
    const gm_onnx_name value = gm_onnx_apply(graph, "Add", "value", scaled.text, offset.text, NULL);
    gm_onnx_output(graph, &value, GM_ONNX_DOUBLE, 1);
}

/* ---- the file ------------------------------------------------------------------------------- */

static void add_opset(gm_protobuf *model, const char *domain, uint64_t version)
{
    gm_protobuf opset = {0};
    gm_protobuf_text(&opset, 1, domain);
    gm_protobuf_integer(&opset, 2, version);
    gm_protobuf_message(model, MODEL_OPSET, &opset);
}

static void add_metadata(gm_protobuf *model, const char *key, const char *value)
{
    gm_protobuf entry = {0};
    gm_protobuf_text(&entry, 1, key);
    gm_protobuf_text(&entry, 2, value);
    gm_protobuf_message(model, MODEL_METADATA, &entry);
}

/* All of the file but the graph, which is announced. */
static gemlet_status make_head(gm_protobuf *model, const gm_export_contents *c, uint64_t graph_size)
{
    gm_protobuf_integer(model, MODEL_IR_VERSION, IR_VERSION);
    gm_protobuf_text(model, MODEL_PRODUCER, "gemlet");
    gm_protobuf_text(model, MODEL_PRODUCER_VERSION, gemlet_version());
    add_opset(model, "", OPSET);
    if (gm_onnx_needs_ml(c))
        add_opset(model, "ai.onnx.ml", ML_OPSET);
    for (size_t i = 0; i < c->n_facts; ++i)
        add_metadata(model, c->facts[i].key, c->facts[i].value);
    gm_protobuf_announce(model, MODEL_GRAPH, graph_size);
    return model->status;
}

static gemlet_status refuse_size(const gm_export_contents *c, uint64_t n_bytes)
{
    return gm_error(GEMLET_E_RANGE,
                    "%s: the model takes %" PRIu64 " bytes, expected at most the %" PRIu64
                    " that an ONNX file can have",
                    c->path, n_bytes, GM_ONNX_MAX_BYTES);
}

static gemlet_status write_file(const gm_protobuf *head, const gm_onnx_graph *graph,
                                const char *path)
{
    gm_atomic_file file;
    GEMLET_TRY(gm_atomic_file_open(&file, path));
    fwrite(head->bytes, 1, head->n, file.stream);
    const gemlet_status status = gm_onnx_graph_write(graph, file.stream);
    if (status == GEMLET_OK)
        return gm_atomic_file_commit(&file);
    gm_atomic_file_abort(&file);
    return status;
}

static gemlet_status finish(gm_onnx_graph *graph, const gm_export_contents *c)
{
    gm_protobuf head = {0};
    GEMLET_TRY(graph->body.status);
    const uint64_t size = gm_onnx_graph_size(graph);
    gemlet_status status = make_head(&head, c, size);
    if (status == GEMLET_OK && head.n + size > GM_ONNX_MAX_BYTES)
        status = refuse_size(c, head.n + size);
    if (status == GEMLET_OK)
        status = write_file(&head, graph, c->path);
    gm_protobuf_free(&head);
    return status;
}

/* The layers of a network, and the probabilities of classes. `order` as of add_layer(). */
static gm_onnx_name add_network(gm_onnx_graph *graph, const gm_export_contents *c,
                                const gm_folded *folded, gm_onnx_name x, const gemlet_dim *order,
                                const char *probabilities)
{
    for (unsigned l = 0; l < folded->n_layers; ++l)
        x = add_layer(graph, &folded->layers[l], &x, l == 0 ? order : NULL);
    return c->task == GEMLET_TASK_CLASSIFICATION ? softmax(graph, &x, probabilities) : x;
}

/* The mean of what the networks (n) answer. */
static gm_onnx_name add_networks(gm_onnx_graph *graph, const gm_export_contents *c,
                                 const gm_folded *folded, gemlet_dim n, const gm_onnx_name *x,
                                 const gemlet_dim *order)
{
    if (n == 1)
        return add_network(graph, c, folded, *x, order, "probabilities");
    gm_protobuf mean = gm_onnx_node("Mean");
    for (gemlet_dim i = 0; i < n; ++i) {
        const gm_onnx_name one = add_network(graph, c, &folded[i], *x, order, "of_network");
        gm_onnx_node_input(&mean, one.text);
    }
    return gm_onnx_add(graph, &mean,
                       c->task == GEMLET_TASK_CLASSIFICATION ? "probabilities" : "mean_output");
}

static gemlet_status write(const gm_export_contents *c, const gm_folded *folded)
{
    gm_onnx_graph graph = {0};
    gm_onnx_name x;
    gemlet_dim *order;
    GEMLET_TRY(GM_ALLOC(order, c->n_inputs, "order of inputs"));
    gm_protobuf_text(&graph.body, GRAPH_NAME, "gemlet");
    gemlet_status status = gm_onnx_add_inputs(&graph, &x, order, c);
    if (status == GEMLET_OK) {
        x = add_networks(&graph, c, folded, gm_model_n_networks(c->model), &x, order);
        if (c->task == GEMLET_TASK_CLASSIFICATION)
            add_classes(&graph, c, &x);
        else
            add_number(&graph, c, &x);
        status = finish(&graph, c);
    }
    gm_onnx_graph_free(&graph);
    free(order);
    return status;
}

gemlet_status gm_export_onnx(const gm_export_contents *contents)
{
    gm_folded *folded;
    const gemlet_dim n = gm_model_n_networks(contents->model);
    const uint64_t n_bytes =
        (uint64_t)gemlet_spec_n_parameters(gemlet_model_spec(contents->model)) * n * sizeof(float);
    if (n_bytes > GM_ONNX_MAX_BYTES) /* before they are folded */
        return refuse_size(contents, n_bytes);
    GEMLET_TRY(gm_folded_make_all(&folded, contents->model));
    const gemlet_status status = write(contents, folded);
    gm_folded_free_all(folded, n);
    return status;
}
