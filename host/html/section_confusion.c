/* SPDX-License-Identifier: MIT
 * What the rows of each class were taken for. */
#include <math.h>
#include <stdlib.h>

#include "core/memory.h"
#include "html/html.h"
#include "html/sections.h"
#include "html/words.h"

/* Of more the cells would not fit a page: they become a picture. */
#define MAX_CELLS  20u

#define MAX_LISTED 8u

static double count(const gm_run_page *page, size_t row, size_t answer)
{
    return page->confusion[row * page->n_classes + answer];
}

static double rows_of(const gm_run_page *page, size_t class_)
{
    double n = 0;
    for (size_t i = 0; i < page->n_classes; ++i)
        n += count(page, class_, i);
    return n;
}

/* How strongly a cell is coloured: mistakes are few, and must be seen. */
static double strength(double share, int is_right)
{
    if (!(share > 0))
        return 0;
    return is_right ? 0.08 + 0.42 * share : fmin(0.85, 0.12 + 0.9 * sqrt(share));
}

/* ---- as a table ----------------------------------------------------------------------------- */

static void write_cell(FILE *stream, const gm_run_page *page, size_t row, size_t answer, double n)
{
    char word[GM_WORD_SIZE];
    const double value = count(page, row, answer);
    if (value == 0) {
        fputs("<td class=\"zero\">0</td>", stream);
        return;
    }
    gm_html(stream, "<td class=\"%s\" style=\"--s:%.2f\">%s</td>",
            row == answer ? "right" : "wrong", strength(value / n, row == answer),
            gm_count_word(word, value));
}

static void write_table(FILE *stream, const gm_run_page *page)
{
    const size_t n = page->n_classes;
    fputs("<div class=\"wide\"><table class=\"matrix\"><thead><tr><th scope=\"col\">class</th>",
          stream);
    for (size_t i = 0; i < n; ++i)
        gm_html(stream, "<th scope=\"col\">%s</th>", page->classes[i]);
    fputs("</tr></thead><tbody>\n", stream);
    for (size_t row = 0; row < n; ++row) {
        gm_html(stream, "<tr><th scope=\"row\">%s</th>", page->classes[row]);
        for (size_t i = 0; i < n; ++i)
            write_cell(stream, page, row, i, rows_of(page, row));
        fputs("</tr>\n", stream);
    }
    fputs("</tbody></table></div>\n", stream);
}

/* ---- as a picture --------------------------------------------------------------------------- */

static void write_picture(FILE *stream, const gm_run_page *page)
{
    const size_t n = page->n_classes;
    gm_html(stream,
            "<figure style=\"max-width:560px\"><svg viewBox=\"0 0 %zu %zu\" role=\"img\" "
            "aria-label=\"Confusion matrix of %zu classes\">",
            n, n, n);
    for (size_t row = 0; row < n; ++row) {
        const double of_class = rows_of(page, row);
        for (size_t i = 0; i < n; ++i) {
            if (count(page, row, i) > 0)
                gm_html(stream,
                        "<rect x=\"%zu\" y=\"%zu\" width=\"1\" height=\"1\" "
                        "style=\"fill:rgba(var(--%s),%.2f)\"/>",
                        i, row, row == i ? "right" : "wrong",
                        fmin(1, 2 * strength(count(page, row, i) / of_class, row == i)));
        }
    }
    fputs("</svg></figure>\n", stream);
}

/* ---- the most frequent mistakes ------------------------------------------------------------- */

typedef struct mistake {
    size_t row;
    size_t answer;
    double n;
} mistake;

/* The largest first; of equal ones the first in the matrix. */
static int compare_mistakes(const void *a, const void *b)
{
    const mistake *x = a;
    const mistake *y = b;
    if (x->n != y->n)
        return x->n < y->n ? 1 : -1;
    if (x->row != y->row)
        return x->row < y->row ? -1 : 1;
    return (x->answer > y->answer) - (x->answer < y->answer);
}

static gemlet_status write_mistakes(FILE *stream, const gm_run_page *page)
{
    const size_t n = page->n_classes;
    mistake *mistakes;
    size_t n_mistakes = 0;
    char word[GM_WORD_SIZE];
    char all[GM_WORD_SIZE];
    GEMLET_TRY(GM_ALLOC(mistakes, n * n, "mistakes of a run"));
    for (size_t at = 0; at < n * n; ++at) {
        if (at / n != at % n && page->confusion[at] > 0)
            mistakes[n_mistakes++] = (mistake){at / n, at % n, page->confusion[at]};
    }
    qsort(mistakes, n_mistakes, sizeof *mistakes, compare_mistakes);
    if (n_mistakes == 0)
        fputs("<p>No row was taken for another class.</p>\n", stream);
    else
        fputs("<p>Most often taken for another: ", stream);
    for (size_t i = 0; i < n_mistakes && i < MAX_LISTED; ++i)
        gm_html(stream, "%s<b>%s</b> for <b>%s</b> (%s of %s)", i > 0 ? "; " : "",
                page->classes[mistakes[i].row], page->classes[mistakes[i].answer],
                gm_count_word(word, mistakes[i].n),
                gm_count_word(all, rows_of(page, mistakes[i].row)));
    if (n_mistakes > 0)
        fputs(".</p>\n", stream);
    free(mistakes);
    return GEMLET_OK;
}

static gemlet_status write_confusion(FILE *stream, const gm_run_page *page)
{
    fputs("<p class=\"soft\">One line for each class of the test rows, one column for each answer: "
          "blue is right, orange is wrong, the stronger the larger its share of the class.</p>\n",
          stream);
    if (page->n_classes <= MAX_CELLS)
        write_table(stream, page);
    else
        write_picture(stream, page);
    return write_mistakes(stream, page);
}

static int has_confusion(const gm_run_page *page)
{
    return page->n_classes > 0;
}

const gm_section gm_section_confusion = {"confusion", "Confusion matrix", has_confusion,
                                         write_confusion};
