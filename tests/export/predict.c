/* SPDX-License-Identifier: MIT
 * Runs an exported program over rows from standard input; see check_c.py. Macros say which:
 *   HEADER, NAME, UPPER  its header, and what its names begin with
 *   ROWS_OF_TABLE        fields end with byte 31, a row with byte 30; a field is "n" and a number,
 * "t" and a text (ROWS_WITH_TEXTS: there are any), or "g", a gap ROWS_OF_BYTES        raw values
 * come as they are; neither: as floats ANSWERS_WITH_NUMBER  a regression; else class and
 * probabilities */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include HEADER

#define JOIN_(a, b) a##b
#define JOIN(a, b)  JOIN_(a, b)
#define OF(name)    JOIN(NAME, name)
#define SIZE(name)  JOIN(UPPER, name)

#ifdef ROWS_OF_TABLE
typedef double value;
#define N_VALUES SIZE(_N_COLUMNS)
#elif defined ROWS_OF_BYTES
typedef unsigned char value;
#define N_VALUES SIZE(_N_INPUTS)
#else
typedef float value;
#define N_VALUES SIZE(_N_INPUTS)
#endif

static value row[N_VALUES];

#ifdef ROWS_OF_TABLE
/* Ends with `end`; 0 at the end of the input. */
static int read_field(char *field, size_t size, int end)
{
    size_t n = 0;
    int c;
    while ((c = getchar()) != end) {
        if (c == EOF || n + 1 == size)
            return 0;
        field[n++] = (char)c;
    }
    field[n] = '\0';
    return 1;
}

static int read_row(void)
{
    static char field[1 << 16];
    int i;
    for (i = 0; i < N_VALUES; ++i) {
        if (!read_field(field, sizeof field, 31))
            return 0;
        if (OF(_column)(OF(_column_names)[i]) != i)
            exit(3);
        row[i] = field[0] == 'n' ? strtod(field + 1, NULL) : NAN;
#ifdef ROWS_WITH_TEXTS
        if (field[0] == 't')
            row[i] = OF(_level)(i, field + 1);
#endif
    }
    return read_field(field, sizeof field, 30);
}
#else
static int read_row(void)
{
    return fread(row, sizeof row, 1, stdin) == 1;
}
#endif

int main(void)
{
    while (read_row()) {
#ifdef ANSWERS_WITH_NUMBER
        printf("%.17g\n", OF(_predict)(row));
#else
        float p[SIZE(_N_CLASSES)];
        int i;
        printf("%d", OF(_predict)(row, p));
        for (i = 0; i < SIZE(_N_CLASSES); ++i)
            printf(" %.9g", (double)p[i]);
        putchar('\n');
#endif
    }
#if defined ROWS_OF_TABLE && !defined ANSWERS_WITH_NUMBER
    {
        int i;
        putchar(29); /* the names of classes, to be compared byte by byte */
        for (i = 0; i < SIZE(_N_CLASSES); ++i)
            printf("%s%c", OF(_class_names)[i], 30);
    }
#endif
    return 0;
}
