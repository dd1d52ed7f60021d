/* SPDX-License-Identifier: MIT
 * Text of C programs: templates, literals of numbers and texts, identifiers of names. */
#ifndef GM_EXPORT_C_TEXT_H
#define GM_EXPORT_C_TEXT_H

#include <stdio.h>

#include "core/error.h"
#include "table/levels.h"

/* What all names of a program begin with: "iris" and "IRIS". */
typedef struct gm_c_prefix {
    char lower[64];
    char upper[64];
} gm_c_prefix;

/* The prefix from the name of the file, without directories and what follows the first point: a
 * letter, then letters, digits and low lines; "model_" stands before what begins otherwise, and a
 * low line for any other character. */
void gm_c_prefix_make(gm_c_prefix *prefix, const char *path);

/* What a macro stands for, as text. */
#define GM_C_TEXT_OF(tokens) #tokens
#define GM_C_TEXT(macro)     GM_C_TEXT_OF(macro)

/* Writes the template with @ and ^ replaced by the prefix in lower and upper case. */
void gm_c_put(FILE *stream, const gm_c_prefix *prefix, const char *template);

/* Writes a literal in quotes of the same bytes. What is not printable ASCII is escaped, and
 * question marks, so that no trigraph arises. GEMLET_E_RANGE for more than GM_C_MAX_TEXT bytes;
 * `what` names the text in the message. */
#define GM_C_MAX_TEXT 4095u /* that C99 promises; in source each takes at most four */
gemlet_status gm_c_put_text(FILE *stream, const char *text, const char *what);

/* Write a finite number that reads back the same, with a point or an exponent. Call within
 * gm_number_enter(). */
void gm_c_put_float(FILE *stream, float value);
void gm_c_put_double(FILE *stream, double value);

/* Writes the text as part of a comment: what is not a letter, digit, blank or harmless sign becomes
 * a low line, and long texts are cut. */
void gm_c_put_comment(FILE *stream, const char *text);

/* identifier out: the name in upper case as a part of an identifier, unlike all in `taken`, to
 * which it is added: "BILL_LENGTH_MM", and "BILL_LENGTH_MM_7" if that is taken, with the number
 * given. */
#define GM_C_IDENTIFIER_SIZE 96u
gemlet_status gm_c_identifier(char identifier[GM_C_IDENTIFIER_SIZE], gm_levels *taken,
                              const char *name, unsigned number);

#endif
