/* SPDX-License-Identifier: MIT
 * See onnx_inputs.h. The formulas are those of encode_batch in backend/backend.h, each for all
 * inputs of its kind at once. */
#include "export/onnx_inputs.h"

#include <float.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "table/encode.h"

/* What is made on the way from columns to inputs. */
typedef struct inputs {
    gm_onnx_graph *graph;
    const gm_export_contents *contents;
    int64_t *places;    /* (n_columns) of a column among those of numbers, or of texts */
    gm_onnx_name z;     /* (batch, numbers) float */
    gm_onnx_name gaps;  /* (batch, numbers) float: 1 for a gap */
    gm_onnx_name codes; /* (batch, texts) float */
    gemlet_dim *order;  /* (n_inputs) of the kinds so far */
    gemlet_dim n_ordered;
} inputs;

static gm_onnx_name scalar(inputs *in, const char *base, float value)
{
    return gm_onnx_floats(in->graph, base, &value, 0);
}

static gm_onnx_name gather(inputs *in, const gm_onnx_name *from, const int64_t *places, size_t n)
{
    const gm_onnx_name columns = gm_onnx_integers(in->graph, "column", places, n);
    gm_protobuf node = gm_onnx_node("Gather");
    gm_onnx_node_input(&node, from->text);
    gm_onnx_node_input(&node, columns.text);
    gm_onnx_node_integer(&node, "axis", 1);
    return gm_onnx_add(in->graph, &node, "of_column");
}

/* ---- columns -------------------------------------------------------------------------------- */

static const char *describe(const gm_schema_column *column)
{
    switch (column->kind) {
    case GM_COLUMN_DATES:
        return "date: seconds since 1970-01-01 00:00 UTC, NaN for a gap";
    case GM_COLUMN_TEXTS:
        return "category";
    default:
        return "number, NaN for a gap";
    }
}

/* An input for each. */
static void add_columns(inputs *in)
{
    const gm_schema *schema = in->contents->schema;
    for (gemlet_dim i = 0; i < schema->n_columns; ++i) {
        const int is_text = gm_export_is_text(in->contents, i);
        gm_onnx_input(in->graph, schema->columns[i].name, is_text ? GM_ONNX_STRING : GM_ONNX_DOUBLE,
                      1, describe(&schema->columns[i]));
    }
}

/* Those of numbers and dates beside each other, if there are any: *name out. */
static size_t join_numbers(inputs *in, gm_onnx_name *name)
{
    const gm_schema *schema = in->contents->schema;
    gm_protobuf node = gm_onnx_node("Concat");
    size_t n = 0;
    for (gemlet_dim i = 0; i < schema->n_columns; ++i) {
        if (gm_export_is_text(in->contents, i))
            continue;
        gm_onnx_node_input(&node, schema->columns[i].name);
        in->places[i] = (int64_t)n++;
    }
    gm_onnx_node_integer(&node, "axis", 1);
    if (n > 0)
        *name = gm_onnx_add(in->graph, &node, "numbers");
    gm_protobuf_free(&node);
    return n;
}

/* z = (x - centre) scale, as gm_encode_number(), and 0 for a gap. */
static void scale_numbers(inputs *in, const gm_onnx_name *numbers, const double *centres,
                          const double *scales, size_t n)
{
    static const double limits[2] = {-GM_MAX_Z, GM_MAX_Z};
    static const double zero = 0;
    static const double smallest = FLT_MIN;
    gm_onnx_graph *g = in->graph;
    const gm_onnx_name centre = gm_onnx_doubles(g, "centre", centres, n);
    const gm_onnx_name scale = gm_onnx_doubles(g, "scale", scales, n);
    const gm_onnx_name low = gm_onnx_doubles(g, "lowest", &limits[0], 0);
    const gm_onnx_name high = gm_onnx_doubles(g, "highest", &limits[1], 0);
    const gm_onnx_name none = gm_onnx_doubles(g, "none", &zero, 0);
    const gm_onnx_name least = gm_onnx_doubles(g, "least", &smallest, 0);
    const gm_onnx_name gap = gm_onnx_apply(g, "IsNaN", "is_gap", numbers->text, NULL, NULL);
    const gm_onnx_name known =
        gm_onnx_apply(g, "Where", "known", gap.text, centre.text, numbers->text);
    const gm_onnx_name off = gm_onnx_apply(g, "Sub", "distance", known.text, centre.text, NULL);
    const gm_onnx_name exact = gm_onnx_apply(g, "Mul", "scaled", off.text, scale.text, NULL);
    const gm_onnx_name cut = gm_onnx_apply(g, "Clip", "cut", exact.text, low.text, high.text);
    const gm_onnx_name size = gm_onnx_apply(g, "Abs", "size", cut.text, NULL, NULL);
    const gm_onnx_name tiny = gm_onnx_apply(g, "Less", "is_tiny", size.text, least.text, NULL);
    const gm_onnx_name normal = gm_onnx_apply(g, "Where", "normal", tiny.text, none.text, cut.text);
    in->z = gm_onnx_cast(g, "z", normal.text, GM_ONNX_FLOAT);
    in->gaps = gm_onnx_cast(g, "gap", gap.text, GM_ONNX_FLOAT);
}

/* Of the columns of numbers (batch, n). */
static gemlet_status take_numbers(inputs *in, const gm_onnx_name *numbers, size_t n)
{
    const gm_export_contents *c = in->contents;
    double *values;
    GEMLET_TRY(GM_ALLOC(values, 2 * n, "scales of an export"));
    for (gemlet_dim i = 0; i < c->schema->n_columns; ++i) {
        if (gm_export_is_text(c, i))
            continue;
        values[in->places[i]] = c->centres[i];
        values[n + (size_t)in->places[i]] = c->scales[i];
    }
    scale_numbers(in, numbers, values, values + n, n);
    free(values);
    return GEMLET_OK;
}

static gemlet_status add_numbers(inputs *in)
{
    gm_onnx_name numbers;
    const size_t n = join_numbers(in, &numbers);
    return n > 0 ? take_numbers(in, &numbers, n) : GEMLET_OK;
}

/* A text becomes its code; words for gaps that are no level are gaps. */
static gemlet_status add_codes(inputs *in, gm_onnx_name *name, const gm_schema_column *column)
{
    const gm_export_contents *c = in->contents;
    const size_t most = (size_t)column->n_levels + c->n_gap_words;
    gm_levels keys = {0}; /* each once */
    char **texts = NULL;
    float *codes = NULL;
    size_t n = 0;
    gemlet_status status = GEMLET_OK;
    GEMLET_TRY_CLEANUP(status, GM_ALLOC(texts, most, "categories of an export"));
    GEMLET_TRY_CLEANUP(status, GM_ALLOC(codes, most, "categories of an export"));
    for (size_t i = 0; i < most; ++i) {
        const int is_level = i < column->n_levels;
        uint32_t number;
        texts[n] = is_level ? column->levels[i] : c->gap_words[i - column->n_levels];
        codes[n] = (float)(is_level ? i : gm_export_gap_code(column));
        GEMLET_TRY_CLEANUP(status, gm_levels_add(&keys, &number, texts[n], strlen(texts[n]),
                                                 GM_NO_LEVEL - 1, "categories of an export"));
        n += number == n;
    }
    gm_protobuf node = gm_onnx_node("LabelEncoder");
    gm_onnx_node_domain(&node, "ai.onnx.ml");
    gm_onnx_node_input(&node, column->name);
    gm_onnx_node_texts(&node, "keys_strings", texts, n);
    gm_onnx_node_reals(&node, "values_floats", codes, n);
    gm_onnx_node_real(&node, "default_float", (float)(gm_schema_n_codes(column) - 1));
    *name = gm_onnx_add(in->graph, &node, "code");
cleanup:
    gm_levels_free(&keys);
    free(codes);
    free(texts);
    return status;
}

static gemlet_status add_texts(inputs *in)
{
    const gm_schema *schema = in->contents->schema;
    gm_protobuf node = gm_onnx_node("Concat");
    gemlet_status status = GEMLET_OK;
    int64_t n = 0;
    for (gemlet_dim i = 0; i < schema->n_columns && status == GEMLET_OK; ++i) {
        gm_onnx_name code;
        if (!gm_export_is_text(in->contents, i))
            continue;
        status = add_codes(in, &code, &schema->columns[i]);
        if (status == GEMLET_OK)
            gm_onnx_node_input(&node, code.text);
        in->places[i] = n++;
    }
    gm_onnx_node_integer(&node, "axis", 1);
    if (status == GEMLET_OK && n > 0)
        in->codes = gm_onnx_add(in->graph, &node, "codes");
    gm_protobuf_free(&node);
    return status;
}

/* ---- columns as one matrix ------------------------------------------------------------------ */

/* The columns of texts, or the others: their places in the table, and in->places. */
static size_t list_columns(inputs *in, int64_t *of_table, int are_texts)
{
    size_t n = 0;
    for (gemlet_dim i = 0; i < in->contents->schema->n_columns; ++i) {
        if (gm_export_is_text(in->contents, i) != are_texts)
            continue;
        in->places[i] = (int64_t)n;
        of_table[n++] = (int64_t)i;
    }
    return n;
}

/* Codes (batch, n): what is none counts as any other text, NaN as a gap. */
static gemlet_status take_codes(inputs *in, const gm_onnx_name *values, const int64_t *of_table,
                                size_t n)
{
    static const double zero = 0;
    gm_onnx_graph *g = in->graph;
    double *codes;
    GEMLET_TRY(GM_ALLOC(codes, 2 * n, "categories of an export"));
    for (size_t i = 0; i < n; ++i) {
        const gm_schema_column *column = &in->contents->schema->columns[of_table[i]];
        codes[i] = gm_export_gap_code(column);
        codes[n + i] = gm_schema_n_codes(column) - 1;
    }
    const gm_onnx_name gap = gm_onnx_doubles(g, "code_of_gap", codes, n);
    const gm_onnx_name other = gm_onnx_doubles(g, "code_of_other", codes + n, n);
    const gm_onnx_name least = gm_onnx_doubles(g, "first_code", &zero, 0);
    const gm_onnx_name is_gap = gm_onnx_apply(g, "IsNaN", "is_gap", values->text, NULL, NULL);
    const gm_onnx_name known =
        gm_onnx_apply(g, "Where", "known", is_gap.text, gap.text, values->text);
    const gm_onnx_name low = gm_onnx_apply(g, "Less", "is_low", known.text, least.text, NULL);
    const gm_onnx_name high = gm_onnx_apply(g, "Greater", "is_high", known.text, other.text, NULL);
    const gm_onnx_name none = gm_onnx_apply(g, "Or", "is_none", low.text, high.text, NULL);
    const gm_onnx_name whole = gm_onnx_apply(g, "Floor", "whole", known.text, NULL, NULL);
    const gm_onnx_name code = gm_onnx_apply(g, "Where", "code", none.text, other.text, whole.text);
    in->codes = gm_onnx_cast(g, "codes", code.text, GM_ONNX_FLOAT);
    free(codes);
    return GEMLET_OK;
}

static gemlet_status add_matrix(inputs *in)
{
    const gm_export_contents *c = in->contents;
    const gemlet_dim n_columns = c->schema->n_columns;
    int64_t *of_table;
    GEMLET_TRY(GM_ALLOC(of_table, n_columns, "columns of an export"));
    gm_onnx_input(
        in->graph, "x", c->takes_floats ? GM_ONNX_FLOAT : GM_ONNX_DOUBLE, n_columns,
        "a value for each column of the schema: the number; seconds since 1970-01-01 00:00 "
        "UTC; the place of a text among its levels; NaN for a gap");
    const gm_onnx_name rows = gm_onnx_cast(in->graph, "rows", "x", GM_ONNX_DOUBLE);
    gemlet_status status = GEMLET_OK;
    size_t n = list_columns(in, of_table, 0);
    if (n > 0) {
        const gm_onnx_name numbers = gather(in, &rows, of_table, n);
        status = take_numbers(in, &numbers, n);
    }
    n = list_columns(in, of_table, 1);
    if (n > 0 && status == GEMLET_OK) {
        const gm_onnx_name texts = gather(in, &rows, of_table, n);
        status = take_codes(in, &texts, of_table, n);
    }
    free(of_table);
    return status;
}

/* ---- kinds of inputs ------------------------------------------------------------------------ */

/* All inputs of one kind. */
typedef struct kind_list {
    gemlet_dim n;
    int64_t *places; /* (n) of the columns they follow from */
    float *a;        /* (n) */
    float *width;    /* (n) b - a */
} kind_list;

static void free_list(kind_list *list)
{
    free(list->places);
    free(list->a);
    free(list->width);
}

static gemlet_status list_kind(kind_list *list, inputs *in, gm_input_code_kind kind)
{
    const gm_export_contents *c = in->contents;
    const float *codes = c->encoding->codes;
    *list = (kind_list){0};
    gemlet_status status = GM_ALLOC(list->places, c->n_inputs, "inputs of a kind");
    if (status == GEMLET_OK)
        status = GM_ALLOC(list->a, c->n_inputs, "inputs of a kind");
    if (status == GEMLET_OK)
        status = GM_ALLOC(list->width, c->n_inputs, "inputs of a kind");
    for (gemlet_dim f = 0; f < c->n_inputs && status == GEMLET_OK; ++f) {
        if (gm_export_code(c, GM_CODE_KIND, f) != (unsigned)kind)
            continue;
        const float a = codes[(size_t)GM_CODE_A * c->n_inputs + f];
        const float b = codes[(size_t)GM_CODE_B * c->n_inputs + f];
        list->places[list->n] = in->places[gm_export_code(c, GM_CODE_COLUMN, f)];
        list->a[list->n] = a;
        list->width[list->n++] = b - a;
        in->order[in->n_ordered++] = f;
    }
    if (status != GEMLET_OK)
        free_list(list);
    return status;
}

static gm_onnx_name clip(inputs *in, const gm_onnx_name *z)
{
    gm_onnx_graph *g = in->graph;
    const gm_onnx_name three = scalar(in, "three", 3);
    const gm_onnx_name one = scalar(in, "one", 1);
    const gm_onnx_name third = gm_onnx_apply(g, "Div", "third", z->text, three.text, NULL);
    const gm_onnx_name square = gm_onnx_apply(g, "Mul", "square", third.text, third.text, NULL);
    const gm_onnx_name sum = gm_onnx_apply(g, "Add", "sum", square.text, one.text, NULL);
    const gm_onnx_name root = gm_onnx_apply(g, "Sqrt", "root", sum.text, NULL, NULL);
    const gm_onnx_name triple = gm_onnx_apply(g, "Mul", "triple", z->text, three.text, NULL);
    return gm_onnx_apply(g, "Div", "clipped", triple.text, root.text, NULL);
}

static gm_onnx_name ramp(inputs *in, const kind_list *list, const gm_onnx_name *z)
{
    gm_onnx_graph *g = in->graph;
    const gm_onnx_name edge = gm_onnx_floats(g, "edge", list->a, list->n);
    const gm_onnx_name width = gm_onnx_floats(g, "width", list->width, list->n);
    const gm_onnx_name zero = scalar(in, "zero", 0);
    const gm_onnx_name one = scalar(in, "one", 1);
    const gm_onnx_name half = scalar(in, "half", 0.5f);
    const gm_onnx_name off = gm_onnx_apply(g, "Sub", "beyond", z->text, edge.text, NULL);
    const gm_onnx_name place = gm_onnx_apply(g, "Div", "place", off.text, width.text, NULL);
    const gm_onnx_name cut = gm_onnx_apply(g, "Clip", "within", place.text, zero.text, one.text);
    return gm_onnx_apply(g, "Sub", "ramp", cut.text, half.text, NULL);
}

static gm_onnx_name step(inputs *in, const kind_list *list, const gm_onnx_name *z)
{
    gm_onnx_graph *g = in->graph;
    const gm_onnx_name edge = gm_onnx_floats(g, "edge", list->a, list->n);
    const gm_onnx_name below = scalar(in, "below", -0.5f);
    const gm_onnx_name above = scalar(in, "above", 0.5f);
    const gm_onnx_name is_below = gm_onnx_apply(g, "Less", "is_below", z->text, edge.text, NULL);
    return gm_onnx_apply(g, "Where", "step", is_below.text, below.text, above.text);
}

static gm_onnx_name level(inputs *in, const kind_list *list, const gm_onnx_name *code)
{
    gm_onnx_graph *g = in->graph;
    const gm_onnx_name wanted = gm_onnx_floats(g, "level", list->a, list->n);
    const gm_onnx_name is_it = gm_onnx_apply(g, "Equal", "is_level", code->text, wanted.text, NULL);
    return gm_onnx_cast(g, "one_hot", is_it.text, GM_ONNX_FLOAT);
}

static gm_onnx_name make_kind(inputs *in, const kind_list *list, gm_input_code_kind kind)
{
    const gm_onnx_name *from = kind == GM_CODE_LEVEL ? &in->codes
                               : kind == GM_CODE_GAP ? &in->gaps
                                                     : &in->z;
    const gm_onnx_name values = gather(in, from, list->places, list->n);
    switch (kind) {
    case GM_CODE_CLIPPED:
        return clip(in, &values);
    case GM_CODE_RAMP:
        return ramp(in, list, &values);
    case GM_CODE_STEP:
        return step(in, list, &values);
    case GM_CODE_LEVEL:
        return level(in, list, &values);
    case GM_CODE_VALUE:
    case GM_CODE_GAP:
        break;
    }
    return values;
}

/* ---- the whole ------------------------------------------------------------------------------ */

static gemlet_status add_kinds(inputs *in, gm_onnx_name *name)
{
    static const gm_input_code_kind kinds[] = {GM_CODE_VALUE, GM_CODE_CLIPPED, GM_CODE_RAMP,
                                               GM_CODE_STEP,  GM_CODE_GAP,     GM_CODE_LEVEL};
    gm_protobuf node = gm_onnx_node("Concat");
    gemlet_status status = GEMLET_OK;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0] && status == GEMLET_OK; ++i) {
        kind_list list;
        status = list_kind(&list, in, kinds[i]);
        if (status != GEMLET_OK)
            break;
        if (list.n > 0)
            gm_onnx_node_input(&node, make_kind(in, &list, kinds[i]).text);
        free_list(&list);
    }
    gm_onnx_node_integer(&node, "axis", 1);
    if (status == GEMLET_OK)
        *name = gm_onnx_add(in->graph, &node, "inputs");
    gm_protobuf_free(&node);
    return status;
}

static gemlet_status add_values(inputs *in)
{
    if (in->contents->takes_matrix)
        return add_matrix(in);
    add_columns(in);
    GEMLET_TRY(add_numbers(in));
    return add_texts(in);
}

static gemlet_status add_table(inputs *in, gm_onnx_name *name)
{
    GEMLET_TRY(GM_ALLOC(in->places, in->contents->schema->n_columns, "places of columns"));
    gemlet_status status = add_values(in);
    if (status == GEMLET_OK)
        status = add_kinds(in, name);
    free(in->places);
    return status;
}

gemlet_status gm_onnx_add_inputs(gm_onnx_graph *graph, gm_onnx_name *name, gemlet_dim *order,
                                 const gm_export_contents *contents)
{
    inputs in = {.graph = graph, .contents = contents, .order = order};
    if (contents->schema != NULL)
        return add_table(&in, name);
    gm_onnx_input(graph, "x", contents->takes_bytes ? GM_ONNX_UINT8 : GM_ONNX_FLOAT,
                  contents->n_inputs, "raw values, as in the data set");
    const gm_onnx_name values = gm_onnx_cast(graph, "values", "x", GM_ONNX_FLOAT);
    const gm_onnx_name scale = scalar(&in, "input_scale", contents->input_scale);
    *name = gm_onnx_apply(graph, "Mul", "inputs", values.text, scale.text, NULL);
    for (gemlet_dim f = 0; f < contents->n_inputs; ++f)
        order[f] = f;
    return GEMLET_OK;
}

int gm_onnx_needs_ml(const gm_export_contents *contents)
{
    if (contents->takes_matrix)
        return 0;
    for (gemlet_dim i = 0; contents->schema != NULL && i < contents->schema->n_columns; ++i) {
        if (gm_export_is_text(contents, i))
            return 1;
    }
    return 0;
}
