/* SPDX-License-Identifier: MIT
 * See csv_field.h. */
#include "data/csv_field.h"

#include <csv.h>
#include <string.h>

void gm_csv_write_field(FILE *stream, const char *text)
{
    if (*text != '\0' && strpbrk(text, ",\"\r\n;\t| ") == NULL)
        fputs(text, stream);
    else
        csv_fwrite(stream, text, strlen(text));
}
