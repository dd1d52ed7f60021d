/* SPDX-License-Identifier: MIT
 * Dates and times as text, and as the seconds since 1970-01-01 00:00:00 UTC. */
#ifndef GM_TABLE_DATE_H
#define GM_TABLE_DATE_H

#include <stddef.h>

/* In which order a date is written. Months by name and years of two digits are no dates here. */
typedef enum gm_date_order {
    GM_DATE_YEAR_FIRST,  /* 2026-01-31 (ISO 8601), 2026/01/31 */
    GM_DATE_DAY_FIRST,   /* 31.01.2026, 31/01/2026 */
    GM_DATE_MONTH_FIRST, /* 01/31/2026 */
    GM_DATE_EITHER,      /* 01/02/2026: day or month first, only other rows can tell */
    GM_N_DATE_ORDERS
} gm_date_order;

/* "year-month-day", ... Static text. */
const char *gm_date_order_name(gm_date_order order);

/* Parses all of `text` (length bytes): a date, then, if there is one, a space or T and a time,
 * hh:mm[:ss[.fraction]], and Z or an offset as +01:00. 1 and the results if it is a date of the
 * calendar, else 0. With *order GM_DATE_EITHER in, a date that is of one order only sets it; with
 * another, the date must be of that order. *seconds out is by *order, day first for
 * GM_DATE_EITHER. */
int gm_date_parse(double *seconds, gm_date_order *order, const char *text, size_t length);

/* Seconds of a date of GM_DATE_DAY_FIRST as they are if its day and month change places. 1, or 0 if
 * there is no such date. */
int gm_date_swap(double *seconds);

/* Writes "2026-01-31" or, unless it is midnight, "2026-01-31 12:30:00" (at most size bytes). */
void gm_date_show(char *out, size_t size, double seconds);

#endif
