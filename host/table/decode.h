/* SPDX-License-Identifier: MIT
 * Values of the compact form as a reader of the table knows them. */
#ifndef GM_TABLE_DECODE_H
#define GM_TABLE_DECODE_H

#include "table/schema.h"

/* *text out: the value of a column: a number with 6 significant digits, as the compact form has
 * about 7; a date; a level; "" for a gap. A text without an input of its own is "any other".
 * Release with free(). */
gemlet_status gm_decode_value(char **text, const gm_schema *schema, gemlet_dim column, float value);

#endif
