/* SPDX-License-Identifier: MIT
 * A text as a field of a CSV file that is written. */
#ifndef GM_DATA_CSV_FIELD_H
#define GM_DATA_CSV_FIELD_H

#include <stdio.h>

/* In quotes where it needs them, so that numbers stay numbers. */
void gm_csv_write_field(FILE *stream, const char *text);

#endif
