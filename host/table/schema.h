/* SPDX-License-Identifier: MIT
 * How the columns of a table become the inputs of a network, learned from the rows it is trained
 * on. It is kept in the model, so that new tables are read in the same way.
 *
 * A number x becomes z = (x - centre) * scale, a text a code. That is the compact form: one float
 * per column and row. From it follow the inputs (encode.h): of a number its scaled value, a code of
 * its place between quantiles, and whether it was a gap; of a text one input for each level that is
 * not rare and one for all others. */
#ifndef GM_TABLE_SCHEMA_H
#define GM_TABLE_SCHEMA_H

#include "table/column_use.h"
#include "table/target.h"

typedef enum gm_scaling {
    /* (x - median) / (q75 - q25), or 2 (x - median) / (max - min) where the quartiles are equal,
       then 3 z / sqrt(1 + (z / 3)^2): near 0 as it is, times 3, and nowhere beyond 9. After RealMLP
       (Holzmueller et al., "Better by default", NeurIPS 2024). */
    GM_SCALING_ROBUST,
    GM_SCALING_STANDARD, /* (x - mean) / deviation */
    GM_N_SCALINGS
} gm_scaling;

#define GM_MAX_BINS         64u /* of the piecewise-linear code */
#define GM_MIN_LEVEL_ROWS   5u  /* a level in fewer rows has no input of its own */
#define GM_MAX_TABLE_INPUTS (1u << 24)

typedef struct gm_schema_options {
    gm_scaling scaling;
    unsigned n_bins;     /* 0: no piecewise-linear code */
    const char *missing; /* of the schema; borrowed */
} gm_schema_options;

/* 16 bins beside the robust scaling. */
void gm_schema_options_init(gm_schema_options *options);

typedef struct gm_schema_column {
    char *name;
    gm_column_kind kind; /* numbers, dates or texts */
    /* numbers and dates */
    gm_date_order date_order;
    double min;
    double quartiles[3];
    double max;
    double mean;
    double deviation; /* divisor: the number of values */
    int has_gaps;     /* an input says so */
    unsigned n_edges; /* of bins; 0: no code, else at least 3 */
    double *edges;    /* (n_edges) ascending, none twice */
    /* texts */
    int keeps_texts;
    int has_missing_level;
    uint32_t n_levels; /* that have an input, without "missing" and "any other" */
    char **levels;     /* (n_levels) ascending by their bytes */
    uint32_t n_merged; /* further ones, which have none */
    /* of all */
    uint32_t n_inputs;
} gm_schema_column;

typedef struct gm_schema {
    unsigned n_owners;
    gm_scaling scaling;
    gemlet_dim rows;      /* it was learned from */
    gemlet_dim n_columns; /* that are inputs */
    gm_schema_column *columns;
    gemlet_dim n_inputs; /* of the network */
    /* the target */
    char *target;
    gm_task task;
    int target_keeps_texts;
    gm_column_kind target_kind;
    uint32_t n_classes;
    char **classes;   /* (n_classes) */
    double mean;      /* of the target of a regression, and its deviation with the number of rows */
    double deviation; /* as divisor: what the network learns is (y - mean) / deviation */
    char *id;         /* column that goes through; NULL: none */
    char *missing;    /* further words for gaps, as of gm_missing_is(); NULL: none */
} gm_schema;

/* Learns from the rows (n_rows) of the table. Columns that have nothing to say in these rows lose
 * their role in `roles`, with the reason. `target` may be NULL: a schema without one, to look at.
 * GEMLET_E_RANGE if no input is left. On failure *out = NULL. Release with gm_schema_destroy(). */
gemlet_status gm_schema_fit(gm_schema **out, const gm_table *table, gm_column_role *roles,
                            const gm_target *target, const gemlet_dim *rows, gemlet_dim n_rows,
                            const gm_schema_options *options, const char *path);

/* *text out: as JSON, which gm_schema_from_json() reads back the same. Release with free(). */
gemlet_status gm_schema_to_json(char **text, const gm_schema *schema);

/* Reads a schema that anybody may have written: GEMLET_E_FORMAT names `path`, the place, what was
 * found and what was expected. On failure *out = NULL. */
gemlet_status gm_schema_from_json(gm_schema **out, const char *text, const char *path);

/* Centre and scale of a column of numbers or dates under a scaling. */
double gm_schema_centre(const gm_schema_column *column, gm_scaling scaling);
double gm_schema_scale(const gm_schema_column *column, gm_scaling scaling);

/* Number of codes of a column of texts: levels, then "missing" if there is such a level, then "any
 * other". */
uint32_t gm_schema_n_codes(const gm_schema_column *column);

/* GEMLET_E_ARGUMENT unless the schema has a target to predict. `path` names its model. */
gemlet_status gm_schema_check_target(const gm_schema *schema, const char *path);

/* What 1 in the answers of a regression stands for in the unit of its target; else 1. `schema` may
 * be NULL. */
double gm_schema_target_unit(const gm_schema *schema);

/* Sets n_inputs of the columns and the whole. */
gemlet_status gm_schema_count_inputs(gm_schema *schema, const char *path);

/* "robust", "standard". Static text. */
const char *gm_scaling_name(gm_scaling scaling);

/* Another owner, who destroys it too. Not for several threads at a time. */
gm_schema *gm_schema_share(gm_schema *schema);

/* Goes with its last owner. NULL is allowed. */
void gm_schema_destroy(gm_schema *schema);

#endif
