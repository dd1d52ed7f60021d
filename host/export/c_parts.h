/* SPDX-License-Identifier: MIT
 * The parts of the source of a C program: what a table needs, and the network. They write what the
 * next part uses, and are called within gm_number_enter(). */
#ifndef GM_EXPORT_C_PARTS_H
#define GM_EXPORT_C_PARTS_H

#include <stdio.h>

#include "export/c_text.h"
#include "export/contents.h"
#include "export/folded.h"

typedef struct gm_c_program {
    FILE *stream;
    gm_c_prefix prefix;
    const gm_export_contents *contents;
    const gm_folded *folded; /* (n_networks) of the same shape */
    gemlet_dim n_networks;
    char part[16]; /* "2_" behind the names of what belongs to one network of several, else "" */
} gm_c_program;

/* gm_c_put() of the program's prefix. */
void gm_c_write(const gm_c_program *p, const char *template);

/* An array of texts, `static const char *const <name>[n]`, or the one that the header declares. */
gemlet_status gm_c_write_texts(const gm_c_program *p, const char *declaration, char *const *texts,
                               uint32_t n, const char *what);

/* Of a table: names of columns, levels, codes of inputs; the functions <name>_column(),
 * <name>_level(), and the static ones `compact`, of a value in a row, and `input`, of a code. */
gemlet_status gm_c_write_table(const gm_c_program *p);

/* Of a table with columns of texts. */
int gm_c_has_texts(const gm_c_program *p);

/* Weights, and the functions that layers need; of an ensemble also one for each network. */
void gm_c_write_network(const gm_c_program *p);

/* What <name>_predict() does, in braces. */
void gm_c_write_predict(const gm_c_program *p);

/* Widths of the widest of the first, third, ... and of the second, fourth, ... layer, which are all
 * that is kept while it runs. */
void gm_c_count_outputs(gemlet_dim widest[2], const gm_folded *folded);

#endif
