/* SPDX-License-Identifier: MIT
 * What every format is made of: the network, and how raw values become its inputs. */
#ifndef GM_EXPORT_CONTENTS_H
#define GM_EXPORT_CONTENTS_H

#include "data/encoding.h"
#include "gemlet/export.h"
#include "table/schema.h"

/* What a file says of its model beside tensors. */
typedef struct gm_export_fact {
    const char *key; /* static text */
    char *value;
    double number; /* that the text is; NaN: none */
} gm_export_fact;

#define GM_EXPORT_MAX_FACTS 12u

typedef struct gm_export_contents {
    const gemlet_model *model;
    const char *path;    /* where to, as the user names it */
    const char *network; /* "784-150bn-relu-10"; one of the facts */
    unsigned n_facts;
    gm_export_fact facts[GM_EXPORT_MAX_FACTS]; /* docs/export.md has the list */
    gemlet_dim n_inputs;
    gemlet_dim n_outputs;
    gemlet_task task;
    /* of no table: inputs are input_scale times the raw values */
    int takes_bytes;
    float input_scale;
    /* of a table; else NULL */
    const gm_schema *schema;
    int takes_matrix; /* ONNX: of all columns, of floats if takes_floats, else doubles */
    int takes_floats;
    char *schema_text; /* JSON */
    gm_encoding
        *encoding;   /* inputs from z = (x - centre) scale of numbers and the codes of texts */
    double *centres; /* (n_columns) 0 of texts */
    double *scales;  /* (n_columns) 1 of texts */
    unsigned n_gap_words;
    char **gap_words; /* (n_gap_words) texts that are gaps; the empty one comes first */
} gm_export_contents;

/* The model must outlive the result. GEMLET_E_FORMAT for names that are not UTF-8,
 * GEMLET_E_ARGUMENT for a schema that names no target. On failure nothing is left. Release with
 * gm_export_contents_free(). */
gemlet_status gm_export_contents_make(gm_export_contents *out, const gemlet_model *model,
                                      const char *path, const gemlet_export_options *options);

void gm_export_contents_free(gm_export_contents *contents);

/* Of codes (n_inputs): part `part` of input `input`, as an integer. Only with a schema. */
unsigned gm_export_code(const gm_export_contents *contents, gm_input_code_part part,
                        gemlet_dim input);

/* GEMLET_E_ARGUMENT for an ensemble, which not every format holds. */
gemlet_status gm_export_check_single(const gm_export_contents *contents);

/* Whether the column of the table holds texts. */
int gm_export_is_text(const gm_export_contents *contents, gemlet_dim column);

/* The code of a gap in a column of texts: its own, or that of any other text. */
uint32_t gm_export_gap_code(const gm_schema_column *column);

#endif
