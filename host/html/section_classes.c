/* SPDX-License-Identifier: MIT
 * Precision, recall and F1 of each class, from the confusion matrix. */
#include <math.h>

#include "html/html.h"
#include "html/sections.h"
#include "html/words.h"

typedef struct class_counts {
    double n;        /* rows of the class */
    double answered; /* rows it was the answer for */
    double right;    /* both */
} class_counts;

static class_counts count_class(const gm_run_page *page, size_t class_)
{
    const size_t n = page->n_classes;
    class_counts c = {0, 0, page->confusion[class_ * n + class_]};
    for (size_t i = 0; i < n; ++i) {
        c.n += page->confusion[class_ * n + i];
        c.answered += page->confusion[i * n + class_];
    }
    return c;
}

/* "-" where it is 0 / 0. */
static void write_share(FILE *stream, double part, double of)
{
    if (of > 0)
        gm_html(stream, "<td class=\"n\">%.4f</td>", part / of);
    else
        fputs("<td class=\"n\">-</td>", stream);
}

static void write_row(FILE *stream, const gm_run_page *page, size_t class_)
{
    const class_counts c = count_class(page, class_);
    const double named = c.n + c.answered; /* = 2 tp + fp + fn */
    char n[GM_WORD_SIZE];
    char answered[GM_WORD_SIZE];
    gm_html(stream,
            "<tr><th class=\"text\" scope=\"row\">%s</th><td class=\"n\">%s</td>"
            "<td class=\"n\">%s</td>",
            page->classes[class_], gm_count_word(n, c.n), gm_count_word(answered, c.answered));
    write_share(stream, c.right, c.answered);
    write_share(stream, c.right, c.n);
    write_share(stream, 2 * c.right, named);
    gm_html(stream, "<td class=\"meter\" style=\"--w:%.1f%%\"></td></tr>\n",
            named > 0 ? 200 * c.right / named : 0.0);
}

static gemlet_status write_classes(FILE *stream, const gm_run_page *page)
{
    fputs("<p class=\"soft\">Precision: of the rows that got this answer, the share that is of the "
          "class. Recall: of the rows of the class, the share that got the answer. F1: their "
          "harmonic mean.</p>\n<div class=\"wide\"><table id=\"per-class\"><thead><tr>"
          "<th scope=\"col\">class</th><th class=\"n\" scope=\"col\">rows</th>"
          "<th class=\"n\" scope=\"col\">answers</th><th class=\"n\" scope=\"col\">precision</th>"
          "<th class=\"n\" scope=\"col\">recall</th><th class=\"n\" scope=\"col\">F1</th>"
          "<th scope=\"col\"></th></tr></thead><tbody>\n",
          stream);
    for (size_t c = 0; c < page->n_classes; ++c)
        write_row(stream, page, c);
    fputs("</tbody></table></div>\n", stream);
    return GEMLET_OK;
}

static int has_classes(const gm_run_page *page)
{
    return page->n_classes > 0;
}

const gm_section gm_section_classes = {"classes", "Class by class", has_classes, write_classes};
