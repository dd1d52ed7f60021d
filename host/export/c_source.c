/* SPDX-License-Identifier: MIT
 * The header and the order of the source; see c_source.h. */
#include "export/c_source.h"

#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "core/memory.h"
#include "data/number.h"
#include "export/c_parts.h"
#include "model/model.h"

void gm_c_write(const gm_c_program *p, const char *template)
{
    gm_c_put(p->stream, &p->prefix, template);
}

gemlet_status gm_c_write_texts(const gm_c_program *p, const char *declaration, char *const *texts,
                               uint32_t n, const char *what)
{
    gm_c_write(p, declaration);
    fputs(" = {\n", p->stream);
    for (uint32_t i = 0; i < n; ++i) {
        fputs("    ", p->stream);
        GEMLET_TRY(gm_c_put_text(p->stream, texts[i], what));
        fputs(",\n", p->stream);
    }
    fputs("};\n\n", p->stream);
    return GEMLET_OK;
}

/* ---- the header ----------------------------------------------------------------------------- */

static void write_title(const gm_c_program *p)
{
    const gm_export_contents *c = p->contents;
    fprintf(p->stream, "/* Written by gemlet %s: ", gemlet_version());
    if (p->n_networks > 1)
        fprintf(p->stream, "an ensemble of %u networks ", p->n_networks);
    else
        fputs("the network ", p->stream);
    gm_c_put_comment(p->stream, c->network);
    if (c->schema != NULL) {
        fputs(",\n * which predicts ", p->stream);
        gm_c_put_comment(p->stream, c->schema->target);
        fputs(" from rows of a table", p->stream);
    }
    fputs(".\n *\n", p->stream);
}

/* What it takes, so far as this does not depend on the compiler. */
static void write_sizes(const gm_c_program *p)
{
    const gm_export_contents *c = p->contents;
    gemlet_dim widest[2];
    uint64_t n_weights = 0;
    uint64_t n_codes = c->schema != NULL ? c->n_inputs : 0;
    const uint64_t n_columns = c->schema != NULL ? c->schema->n_columns : 0;
    for (unsigned l = 0; l < p->folded->n_layers; ++l) {
        const gm_folded_layer *layer = &p->folded->layers[l];
        n_weights += ((uint64_t)layer->n_in + 1) * layer->n_out;
    }
    n_weights *= p->n_networks;
    gm_c_count_outputs(widest, p->folded);
    const uint64_t n_outputs = (uint64_t)widest[0] + widest[1];
    /* A double and a float of each class, of an ensemble. */
    const uint64_t n_sums = p->n_networks > 1 && c->task == GEMLET_TASK_CLASSIFICATION
                                ? 12 * (uint64_t)c->n_outputs
                                : 0;
    fprintf(
        p->stream,
        " * Constants, in flash or ROM: %ju bytes of weights, %ju of codes of inputs and scales,\n"
        " * beside names. Stack: %ju bytes of floats with ",
        (uintmax_t)(4 * n_weights), (uintmax_t)(16 * n_codes + 16 * n_columns),
        (uintmax_t)(4 * (n_outputs + n_columns) + n_sums));
    gm_c_write(p, "-D^_FLOAT, ");
    fprintf(p->stream,
            "%ju without, where sums\n * and functions are in double and the answers those of "
            "gemlet to 1e-6. No heap, no state:\n * any number of threads may call it. */\n",
            (uintmax_t)(8 * n_outputs + 4 * n_columns + n_sums));
}

static gemlet_status write_columns(const gm_c_program *p)
{
    const gm_schema *schema = p->contents->schema;
    gm_levels taken = {0};
    gemlet_status status = GEMLET_OK;
    fputs("/* Places of the columns in a row. */\nenum {\n", p->stream);
    for (gemlet_dim i = 0; i < schema->n_columns && status == GEMLET_OK; ++i) {
        char identifier[GM_C_IDENTIFIER_SIZE];
        const char *last = i + 1 < schema->n_columns ? "," : "";
        status = gm_c_identifier(identifier, &taken, schema->columns[i].name, i);
        gm_c_write(p, "    ^_COLUMN_");
        fprintf(p->stream, "%s = %u%s\n", identifier, i, last);
    }
    gm_levels_free(&taken);
    gm_c_write(p, "};\n\nextern const char *const @_column_names[^_N_COLUMNS];\n\n"
                  "/* The place of a column, or -1 if there is none of this name. */\n"
                  "int @_column(const char *name);\n\n");
    if (gm_c_has_texts(p))
        gm_c_write(p, "/* What a row holds for a text in a column of texts. NULL and the words for "
                      "gaps are gaps; what\n * training did not see, or rarely, counts as \"any "
                      "other\". -1 for any other column. */\n"
                      "double @_level(int column, const char *text);\n\n");
    return status;
}

static const char *describe_row(const gm_export_contents *c)
{
    if (c->schema != NULL)
        return "/* row: of a column of numbers the number, of dates the seconds since 1970-01-01 "
               "00:00 UTC, of\n * texts what @_level() gives; NAN for a gap. ";
    return "/* inputs: the raw values, as in the data set. ";
}

static const char *declare_row(const gm_export_contents *c)
{
    if (c->schema != NULL)
        return "const double row[^_N_COLUMNS]";
    return c->takes_bytes ? "const unsigned char inputs[^_N_INPUTS]"
                          : "const float inputs[^_N_INPUTS]";
}

static void declare_predict(const gm_c_program *p)
{
    const int is_regression = p->contents->task == GEMLET_TASK_REGRESSION;
    gm_c_write(p, is_regression ? "double @_predict(" : "int @_predict(");
    gm_c_write(p, declare_row(p->contents));
    gm_c_write(p, is_regression ? ")" : ", float probabilities[^_N_CLASSES])");
}

static gemlet_status write_header(const gm_c_program *p)
{
    const gm_export_contents *c = p->contents;
    const int is_regression = c->task == GEMLET_TASK_REGRESSION;
    write_title(p);
    write_sizes(p);
    gm_c_write(p, "#ifndef ^_H\n#define ^_H\n\n#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n");
    gm_c_write(p, c->schema != NULL ? "#define ^_N_COLUMNS" : "#define ^_N_INPUTS");
    fprintf(p->stream, " %u\n", c->schema != NULL ? c->schema->n_columns : c->n_inputs);
    if (!is_regression) {
        gm_c_write(p, "#define ^_N_CLASSES");
        fprintf(p->stream, " %u\n", c->n_outputs);
    }
    fputc('\n', p->stream);
    if (c->schema != NULL)
        GEMLET_TRY(write_columns(p));
    if (c->schema != NULL && !is_regression)
        gm_c_write(p, "extern const char *const @_class_names[^_N_CLASSES];\n\n");
    gm_c_write(p, describe_row(c));
    gm_c_write(p, is_regression
                      ? "Returns the number, in the unit of the target. */\n"
                      : "Fills the probabilities and\n * returns the most probable class. */\n");
    declare_predict(p);
    gm_c_write(p, ";\n\n#ifdef __cplusplus\n}\n#endif\n\n#endif\n");
    return GEMLET_OK;
}

/* ---- the source ----------------------------------------------------------------------------- */

static const char *find_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

static gemlet_status write_source(const gm_c_program *p, const char *header)
{
    const gm_export_contents *c = p->contents;
    const char *name = find_name(header);
    if (strpbrk(name, "\"\\\n\r") != NULL) /* what may be in an #include line */
        return gm_error(GEMLET_E_ARGUMENT,
                        "%s: expected a name without quotes, backslashes and line ends, which an "
                        "#include cannot have",
                        c->path);
    fprintf(p->stream, "#include \"%s\"\n\n", name);
    gm_c_write(p, c->schema != NULL
                      ? "#include <float.h>\n#include <math.h>\n#include <string.h>\n\n"
                      : "#include <math.h>\n#include <stddef.h>\n\n");
    if (c->schema != NULL)
        GEMLET_TRY(gm_c_write_table(p));
    if (c->schema != NULL && c->task == GEMLET_TASK_CLASSIFICATION)
        GEMLET_TRY(gm_c_write_texts(p, "const char *const @_class_names[^_N_CLASSES]",
                                    c->schema->classes, c->schema->n_classes, "class"));
    gm_c_write_network(p);
    declare_predict(p);
    gm_c_write_predict(p);
    return GEMLET_OK;
}

/* ---- both ----------------------------------------------------------------------------------- */

static gemlet_status write_files(gm_c_program *p, gm_atomic_file files[2], const char *header)
{
    gm_number_locale locale;
    GEMLET_TRY(gm_number_enter(&locale));
    p->stream = files[0].stream;
    gemlet_status status = write_header(p);
    p->stream = files[1].stream;
    if (status == GEMLET_OK)
        status = write_source(p, header);
    gm_number_leave(&locale);
    return status;
}

static gemlet_status write_pair(gm_c_program *p, const char *header)
{
    gm_atomic_file files[2] = {{0}};
    gemlet_status status = GEMLET_OK;
    GEMLET_TRY_CLEANUP(status, gm_atomic_file_open(&files[0], header));
    GEMLET_TRY_CLEANUP(status, gm_atomic_file_open(&files[1], p->contents->path));
    GEMLET_TRY_CLEANUP(status, write_files(p, files, header));
    GEMLET_TRY_CLEANUP(status, gm_atomic_file_complete(&files[0]));
    GEMLET_TRY_CLEANUP(status, gm_atomic_file_complete(&files[1]));
    GEMLET_TRY_CLEANUP(status, gm_atomic_file_commit(&files[0]));
    status = gm_atomic_file_commit(&files[1]);
cleanup:
    gm_atomic_file_abort(&files[1]);
    gm_atomic_file_abort(&files[0]);
    return status;
}

gemlet_status gm_export_c_header(char **header, const char *path)
{
    const size_t length = strlen(path);
    *header = NULL;
    if (length < 3 || strcmp(path + length - 2, ".c") != 0 || path[length - 3] == '/')
        return gm_error(GEMLET_E_ARGUMENT,
                        "%s: expected a name that ends in .c, beside which the header goes", path);
    GEMLET_TRY(gm_copy_string(header, path));
    (*header)[length - 1] = 'h';
    return GEMLET_OK;
}

gemlet_status gm_export_c(const gm_export_contents *contents)
{
    gm_c_program program = {.contents = contents};
    gm_folded *folded;
    char *header;
    GEMLET_TRY(gm_export_c_header(&header, contents->path));
    gemlet_status status = gm_folded_make_all(&folded, contents->model);
    if (status == GEMLET_OK) {
        program.folded = folded;
        program.n_networks = gm_model_n_networks(contents->model);
        gm_c_prefix_make(&program.prefix, contents->path);
        status = write_pair(&program, header);
        gm_folded_free_all(folded, program.n_networks);
    }
    free(header);
    return status;
}
