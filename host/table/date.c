/* SPDX-License-Identifier: MIT
 * See date.h. Days are counted in the Gregorian calendar, before it too, as ISO 8601 has it. */
#include "table/date.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>

#define DAY 86400.0

const char *gm_date_order_name(gm_date_order order)
{
    static const char *const names[GM_N_DATE_ORDERS] = {"year-month-day", "day-month-year",
                                                        "month-day-year", "unknown"};
    return names[order];
}

/* ---- the calendar --------------------------------------------------------------------------- */

static int is_leap(int64_t year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_of_month(int64_t year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

/* Days from 1970-01-01 to the first of January. */
static int64_t days_before_year(int64_t year)
{
    const int64_t y = year - 1;
    return 365 * y + y / 4 - y / 100 + y / 400 - 719162;
}

static int days_since_1970(double *days, int year, int month, int day)
{
    if (year < 1 || month < 1 || month > 12 || day < 1 || day > days_of_month(year, month))
        return 0;
    int64_t n = days_before_year(year) + day - 1;
    for (int m = 1; m < month; ++m)
        n += days_of_month(year, m);
    *days = (double)n;
    return 1;
}

static void split_days(int64_t days, int *year, int *month, int *day)
{
    int64_t y = 1970 + days / 366; /* never too late from 1970 on */
    if (days < 0)
        y = 1970 + days / 365 - 1;
    while (days_before_year(y + 1) <= days)
        ++y;
    int64_t rest = days - days_before_year(y);
    *year = (int)y;
    for (*month = 1; rest >= days_of_month(y, *month); ++*month)
        rest -= days_of_month(y, *month);
    *day = (int)rest + 1;
}

/* ---- text ----------------------------------------------------------------------------------- */

typedef struct cursor {
    const char *at;
    const char *end;
} cursor;

/* Reads from min to max digits. 1, or 0 if there are fewer. */
static int take_digits(cursor *c, int *value, int min, int max)
{
    int n = 0;
    for (*value = 0; n < max && c->at < c->end && *c->at >= '0' && *c->at <= '9'; ++n)
        *value = 10 * *value + (*c->at++ - '0');
    return n >= min;
}

static int take(cursor *c, char wanted)
{
    if (c->at == c->end || *c->at != wanted)
        return 0;
    ++c->at;
    return 1;
}

/* Three numbers with the same sign between them; *sign out. */
static int take_parts(cursor *c, int parts[3], char *sign, int *n_first)
{
    const char *begin = c->at;
    if (!take_digits(c, &parts[0], 1, 4) || c->at == c->end)
        return 0;
    *n_first = (int)(c->at - begin);
    *sign = *c->at;
    if (*sign != '-' && *sign != '/' && *sign != '.')
        return 0;
    ++c->at;
    if (!take_digits(c, &parts[1], 1, 2) || !take(c, *sign))
        return 0;
    return *n_first == 4 ? take_digits(c, &parts[2], 1, 2)
                         : *n_first <= 2 && take_digits(c, &parts[2], 4, 4);
}

/* Settles the order of a date that does not begin with the year. 1, or 0 if it is of none, or not
 * of the one that is settled. */
static int settle(gm_date_order *order, const int parts[3], char sign)
{
    if (*order == GM_DATE_YEAR_FIRST || parts[0] > 31 || parts[1] > 31 ||
        (parts[0] > 12 && parts[1] > 12))
        return 0;
    gm_date_order found = GM_DATE_EITHER;
    if (sign == '.' || parts[0] > 12)
        found = GM_DATE_DAY_FIRST;
    else if (parts[1] > 12)
        found = GM_DATE_MONTH_FIRST;
    if (found != GM_DATE_EITHER && *order != GM_DATE_EITHER && *order != found)
        return 0;
    if (*order == GM_DATE_EITHER)
        *order = found;
    return 1;
}

static int take_date(cursor *c, double *seconds, gm_date_order *order)
{
    int parts[3];
    char sign;
    int n_first;
    if (!take_parts(c, parts, &sign, &n_first))
        return 0;
    double days;
    if (n_first == 4) {
        if (*order != GM_DATE_YEAR_FIRST && *order != GM_DATE_EITHER)
            return 0;
        *order = GM_DATE_YEAR_FIRST;
        if (!days_since_1970(&days, parts[0], parts[1], parts[2]))
            return 0;
    } else {
        if (!settle(order, parts, sign))
            return 0;
        const int is_month_first = *order == GM_DATE_MONTH_FIRST;
        if (!days_since_1970(&days, parts[2], parts[!is_month_first], parts[is_month_first]))
            return 0;
    }
    *seconds = days * DAY;
    return 1;
}

/* "+01:00", "-0530", "+01" or "Z", or nothing; taken from *seconds. */
static int take_offset(cursor *c, double *seconds)
{
    int hours;
    int minutes = 0;
    if (c->at == c->end || take(c, 'Z'))
        return 1;
    const double sign = *c->at == '-' ? -1 : 1;
    if ((!take(c, '+') && !take(c, '-')) || !take_digits(c, &hours, 2, 2))
        return 0;
    if (c->at < c->end) {
        take(c, ':');
        if (!take_digits(c, &minutes, 2, 2))
            return 0;
    }
    *seconds -= sign * (hours * 3600.0 + minutes * 60.0);
    return hours < 24 && minutes < 60;
}

static int take_time(cursor *c, double *seconds)
{
    int hours;
    int minutes;
    int whole = 0;
    double fraction = 0;
    if (!take_digits(c, &hours, 1, 2) || !take(c, ':') || !take_digits(c, &minutes, 2, 2))
        return 0;
    if (take(c, ':')) {
        if (!take_digits(c, &whole, 2, 2))
            return 0;
        double unit = 0.1;
        if (take(c, '.')) {
            for (; c->at < c->end && *c->at >= '0' && *c->at <= '9'; unit /= 10)
                fraction += unit * (*c->at++ - '0');
        }
    }
    *seconds += hours * 3600.0 + minutes * 60.0 + whole + fraction;
    return hours < 24 && minutes < 60 && whole < 61;
}

int gm_date_parse(double *seconds, gm_date_order *order, const char *text, size_t length)
{
    cursor c = {text, text + length};
    gm_date_order found = *order;
    double value;
    if (!take_date(&c, &value, &found))
        return 0;
    if (c.at < c.end) {
        if ((!take(&c, ' ') && !take(&c, 'T')) || !take_time(&c, &value))
            return 0;
        if (!take_offset(&c, &value))
            return 0;
    }
    if (c.at != c.end)
        return 0;
    *seconds = value;
    *order = found;
    return 1;
}

int gm_date_swap(double *seconds)
{
    int year;
    int month;
    int day;
    double swapped;
    const double days = floor(*seconds / DAY);
    split_days((int64_t)days, &year, &month, &day);
    if (!days_since_1970(&swapped, year, day, month))
        return 0;
    *seconds += (swapped - days) * DAY;
    return 1;
}

void gm_date_show(char *out, size_t size, double seconds)
{
    int year;
    int month;
    int day;
    const double days = floor(seconds / DAY);
    split_days((int64_t)days, &year, &month, &day);
    const int rest = (int)(seconds - days * DAY);
    if (rest == 0)
        snprintf(out, size, "%04d-%02d-%02d", year, month, day);
    else
        snprintf(out, size, "%04d-%02d-%02d %02d:%02d:%02d", year, month, day, rest / 3600,
                 rest / 60 % 60, rest % 60);
}
