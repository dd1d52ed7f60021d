/* SPDX-License-Identifier: MIT
 * The network of a C program: weights, layers, and the function that predicts; see c_parts.h. */
#include <string.h>

#include "backend/activation.h"
#include "core/names.h"
#include "export/c_parts.h"

/* ---- weights -------------------------------------------------------------------------------- */

static void write_floats(const gm_c_program *p, const char *name, unsigned layer,
                         const float *values, size_t n)
{
    fprintf(p->stream, "static const float %s_%s%u[%zu] = {", name, p->part, layer, n);
    for (size_t i = 0; i < n; ++i) {
        fputs(i % 8 == 0 ? "\n    " : " ", p->stream);
        gm_c_put_float(p->stream, values[i]);
        fputc(',', p->stream);
    }
    fputs("\n};\n\n", p->stream);
}

static void write_weights(const gm_c_program *p)
{
    for (unsigned l = 0; l < p->folded->n_layers; ++l) {
        const gm_folded_layer *layer = &p->folded->layers[l];
        write_floats(p, "weight", l + 1, layer->weight, (size_t)layer->n_in * layer->n_out);
        write_floats(p, "bias", l + 1, layer->bias, layer->n_out);
    }
}

/* ---- functions ------------------------------------------------------------------------------ */

static const char real_type[] = "#ifdef ^_FLOAT\n"
                                "typedef float real;\n"
                                "#define FUNCTION(name) name##f\n"
                                "#else\n"
                                "typedef double real;\n"
                                "#define FUNCTION(name) name\n"
                                "#endif\n\n";

static const char dense_functions[] = "/* y (n) += x w (n) */\n"
                                      "static void add(real *y, real x, const float *w, size_t n)\n"
                                      "{\n"
                                      "    size_t j;\n"
                                      "    for (j = 0; j < n; ++j)\n"
                                      "        y[j] += x * (real)w[j];\n"
                                      "}\n\n"
                                      "static void copy(real *y, const float *bias, size_t n)\n"
                                      "{\n"
                                      "    size_t j;\n"
                                      "    for (j = 0; j < n; ++j)\n"
                                      "        y[j] = (real)bias[j];\n"
                                      "}\n\n";

static const char dense_layer[] = "/* y (n_out) = x (n_in) weight (n_in, n_out) + bias (n_out) */\n"
                                  "static void dense(real *y, const real *x, size_t n_in, const "
                                  "float *weight, const float *bias,\n"
                                  "                  size_t n_out)\n"
                                  "{\n"
                                  "    size_t i;\n"
                                  "    copy(y, bias, n_out);\n"
                                  "    for (i = 0; i < n_in; ++i)\n"
                                  "        add(y, x[i], weight + i * n_out, n_out);\n"
                                  "}\n\n";

static const char sigmoid_function[] = "static real sigmoid_of(real z)\n"
                                       "{\n"
                                       "    const real e = FUNCTION(exp)(z < 0 ? z : -z);\n"
                                       "    return (z < 0 ? e : 1) / (1 + e);\n"
                                       "}\n\n";

/* Of z; NULL: the layer has none. Those of PyTorch, as in gemlet/model.h. */
static const char *formula_of(gemlet_activation activation)
{
    switch (activation) {
    case GEMLET_ACTIVATION_IDENTITY:
        break;
    case GEMLET_ACTIVATION_RELU:
        return "z < 0 ? 0 : z";
    case GEMLET_ACTIVATION_SIGMOID:
        return "sigmoid_of(z)";
    case GEMLET_ACTIVATION_TANH:
        return "FUNCTION(tanh)(z)";
    case GEMLET_ACTIVATION_LEAKY_RELU:
        return "z > 0 ? z : (real)" GM_C_TEXT(GM_LEAKY_RELU_SLOPE) " * z";
    case GEMLET_ACTIVATION_ELU:
        return "z > 0 ? z : FUNCTION(expm1)(z)";
    case GEMLET_ACTIVATION_SELU:
        return "(real)" GM_C_TEXT(GM_SELU_SCALE) " * (z > 0 ? z : (real)" GM_C_TEXT(
            GM_SELU_ALPHA) " * FUNCTION(expm1)(z))";
    case GEMLET_ACTIVATION_GELU:
        return "z * FUNCTION(erfc)(z * (real)-0.70710678118654752) / 2";
    case GEMLET_ACTIVATION_SILU:
        return "z * sigmoid_of(z)";
    case GEMLET_ACTIVATION_MISH:
        return "z * FUNCTION(tanh)(z < " GM_C_TEXT(
            GM_MISH_LIMIT) " ? FUNCTION(log1p)(FUNCTION(exp)(z)) : z)";
    }
    return NULL;
}

static void write_activations(const gm_c_program *p)
{
    unsigned written = 0;
    int needs_sigmoid = 0;
    for (unsigned l = 0; l < p->folded->n_layers; ++l) {
        const gemlet_activation activation = p->folded->layers[l].activation;
        needs_sigmoid |=
            activation == GEMLET_ACTIVATION_SIGMOID || activation == GEMLET_ACTIVATION_SILU;
    }
    fputs(needs_sigmoid ? sigmoid_function : "", p->stream);
    for (unsigned l = 0; l < p->folded->n_layers; ++l) {
        const gemlet_activation activation = p->folded->layers[l].activation;
        const char *formula = formula_of(activation);
        if (formula == NULL || (written >> activation & 1u) != 0)
            continue;
        written |= 1u << activation;
        fprintf(p->stream,
                "static void act_%s(real *y, size_t n)\n"
                "{\n"
                "    size_t j;\n"
                "    for (j = 0; j < n; ++j) {\n"
                "        const real z = y[j];\n"
                "        y[j] = %s;\n"
                "    }\n"
                "}\n\n",
                gm_name_of(gm_activation_names, activation), formula);
    }
}

static const char softmax_function[] =
    "/* p (n) of the logits y (n), which become their exponentials; returns the first largest. */\n"
    "static int softmax(float *p, real *y, int n)\n"
    "{\n"
    "    real largest = y[0], sum = 0;\n"
    "    int j, best = 0;\n"
    "    for (j = 1; j < n; ++j)\n"
    "        largest = y[j] > largest ? y[j] : largest;\n"
    "    for (j = 0; j < n; ++j) {\n"
    "        y[j] = FUNCTION(exp)(y[j] - largest);\n"
    "        sum += y[j];\n"
    "    }\n"
    "    for (j = 0; j < n; ++j) {\n"
    "        p[j] = (float)(y[j] / sum);\n"
    "        best = p[j] > p[best] ? j : best;\n"
    "    }\n"
    "    return best;\n"
    "}\n\n";

/* ---- the prediction ------------------------------------------------------------------------- */

void gm_c_count_outputs(gemlet_dim widest[2], const gm_folded *folded)
{
    widest[0] = 0;
    widest[1] = 0;
    for (unsigned l = 0; l < folded->n_layers; ++l) {
        if (folded->layers[l].n_out > widest[l % 2])
            widest[l % 2] = folded->layers[l].n_out;
    }
}

/* The first layer, whose inputs are never all in memory. */
static void write_first_layer(const gm_c_program *p)
{
    const gm_export_contents *c = p->contents;
    const unsigned n_out = p->folded->layers[0].n_out;
    fprintf(p->stream, "    copy(y_0, bias_%s1, %u);\n", p->part, n_out);
    if (c->schema != NULL) {
        gm_c_write(p, "    for (i = 0; i < ^_N_COLUMNS; ++i)\n"
                      "        values[i] = compact(&columns[i], row[i]);\n"
                      "    for (i = 0; i < N_INPUTS; ++i) {\n"
                      "        const float x = input(&codes[i], values[codes[i].column]);\n");
    } else {
        gm_c_write(p, "    for (i = 0; i < ^_N_INPUTS; ++i) {\n        const float x = ");
        gm_c_put_float(p->stream, c->input_scale);
        fprintf(p->stream, " * %sinputs[i];\n", c->takes_bytes ? "(float)" : "");
    }
    fprintf(p->stream,
            "        if (x != 0)\n"
            "            add(y_0, (real)x, weight_%s1 + i * %u, %u);\n"
            "    }\n",
            p->part, n_out, n_out);
}

static void write_activation(const gm_c_program *p, unsigned l)
{
    const gm_folded_layer *layer = &p->folded->layers[l];
    if (formula_of(layer->activation) != NULL)
        fprintf(p->stream, "    act_%s(y_%u, %u);\n",
                gm_name_of(gm_activation_names, layer->activation), l % 2, layer->n_out);
}

static void write_answer(const gm_c_program *p)
{
    const gm_schema *schema = p->contents->schema;
    const unsigned last = (p->folded->n_layers - 1) % 2;
    if (p->contents->task == GEMLET_TASK_CLASSIFICATION) {
        fprintf(p->stream, "    return softmax(probabilities, y_%u, %u);\n", last,
                p->contents->n_outputs);
        return;
    }
    fputs("    return ", p->stream);
    if (schema != NULL) {
        gm_c_put_double(p->stream, schema->mean);
        fputs(" + ", p->stream);
        gm_c_put_double(p->stream, schema->deviation);
        fputs(" * ", p->stream);
    }
    fprintf(p->stream, "(double)(float)y_%u[0];\n", last);
}

/* In braces. */
static void write_one(const gm_c_program *p)
{
    gemlet_dim widest[2];
    gm_c_count_outputs(widest, p->folded);
    fputs("\n{\n    size_t i;\n", p->stream);
    if (p->contents->schema != NULL)
        gm_c_write(p, "    float values[^_N_COLUMNS];\n");
    for (unsigned i = 0; i < 2; ++i) {
        if (widest[i] > 0)
            fprintf(p->stream, "    real y_%u[%u];\n", i, widest[i]);
    }
    write_first_layer(p);
    write_activation(p, 0);
    for (unsigned l = 1; l < p->folded->n_layers; ++l) {
        const gm_folded_layer *layer = &p->folded->layers[l];
        fprintf(p->stream, "    dense(y_%u, y_%u, %u, weight_%s%u, bias_%s%u, %u);\n", l % 2,
                (l - 1) % 2, layer->n_in, p->part, l + 1, p->part, l + 1, layer->n_out);
        write_activation(p, l);
    }
    write_answer(p);
    fputs("}\n", p->stream);
}

/* ---- several networks ----------------------------------------------------------------------- */

/* Writes something for each network of an ensemble. */
static void for_each_network(const gm_c_program *p, void (*write)(const gm_c_program *))
{
    for (gemlet_dim i = 0; i < p->n_networks; ++i) {
        gm_c_program one = *p;
        one.folded = &p->folded[i];
        if (p->n_networks > 1)
            snprintf(one.part, sizeof one.part, "%u_", i + 1);
        write(&one);
    }
}

static const char *row_of(const gm_export_contents *c)
{
    if (c->schema != NULL)
        return "const double *row";
    return c->takes_bytes ? "const unsigned char *inputs" : "const float *inputs";
}

/* As <name>_predict(), of one network. */
static void write_function(const gm_c_program *p)
{
    const int is_regression = p->contents->task == GEMLET_TASK_REGRESSION;
    fprintf(p->stream, "static %s network_%.*s(%s%s)", is_regression ? "double" : "int",
            (int)strcspn(p->part, "_"), p->part, row_of(p->contents),
            is_regression ? "" : ", float *probabilities");
    write_one(p);
    fputc('\n', p->stream);
}

static void write_place(const gm_c_program *p)
{
    fprintf(p->stream, "    network_%.*s,\n", (int)strcspn(p->part, "_"), p->part);
}

static void write_networks(const gm_c_program *p)
{
    const int is_regression = p->contents->task == GEMLET_TASK_REGRESSION;
    for_each_network(p, write_function);
    fprintf(p->stream, "static %s (*const networks[%u])(%s%s) = {\n",
            is_regression ? "double" : "int", p->n_networks, row_of(p->contents),
            is_regression ? "" : ", float *probabilities");
    for_each_network(p, write_place);
    fputs("};\n\n", p->stream);
}

/* The mean of what they answer, in braces. */
static void write_mean(const gm_c_program *p)
{
    const char *row = p->contents->schema != NULL ? "row" : "inputs";
    const unsigned n = p->n_networks;
    if (p->contents->task == GEMLET_TASK_REGRESSION) {
        fprintf(p->stream,
                "\n{\n    double sum = 0;\n    int k;\n    for (k = 0; k < %u; ++k)\n"
                "        sum += networks[k](%s);\n    return sum / %u;\n}\n",
                n, row, n);
        return;
    }
    gm_c_write(p, "\n{\n    double sum[^_N_CLASSES] = {0};\n    float p[^_N_CLASSES];\n"
                  "    int j, k, best = 0;\n");
    fprintf(p->stream,
            "    for (k = 0; k < %u; ++k) {\n        networks[k](%s, p);\n"
            "        for (j = 0; j < %u; ++j)\n            sum[j] += (double)p[j];\n    }\n"
            "    for (j = 0; j < %u; ++j) {\n"
            "        probabilities[j] = (float)(sum[j] / %u);\n"
            "        best = probabilities[j] > probabilities[best] ? j : best;\n    }\n"
            "    return best;\n}\n",
            n, row, p->contents->n_outputs, p->contents->n_outputs, n);
}

void gm_c_write_network(const gm_c_program *p)
{
    gm_c_write(p, real_type);
    for_each_network(p, write_weights);
    gm_c_write(p, dense_functions);
    fputs(p->folded->n_layers > 1 ? dense_layer : "", p->stream);
    write_activations(p);
    if (p->contents->task == GEMLET_TASK_CLASSIFICATION)
        fputs(softmax_function, p->stream);
    if (p->n_networks > 1)
        write_networks(p);
}

void gm_c_write_predict(const gm_c_program *p)
{
    if (p->n_networks > 1)
        write_mean(p);
    else
        write_one(p);
}
