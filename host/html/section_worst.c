/* SPDX-License-Identifier: MIT
 * The test rows that the model did worst on: as pictures where they are, else as rows. */
#include <math.h>
#include <string.h>

#include "core/base64.h"
#include "core/json.h"
#include "html/html.h"
#include "html/sections.h"
#include "html/words.h"

static const cJSON *rows_of(const gm_run_page *page)
{
    return gm_json_at(page->evaluation, "worst_rows");
}

/* A class, or a number; "?" for neither. */
static const char *name_at(char word[GM_WORD_SIZE], const cJSON *row, const char *key)
{
    const cJSON *item = gm_json_at(row, key);
    return cJSON_IsString(item) ? item->valuestring
                                : gm_real_word(word, gm_json_number_at(row, key));
}

static const char *picture_of(const cJSON *row)
{
    const char *text = gm_json_text_at(row, "picture");
    return text != NULL && gm_base64_is(text) ? text : NULL;
}

/* The number of a row: in the table, where that is known. */
static const char *number_of(char word[GM_WORD_SIZE], const cJSON *row)
{
    const double file_row = gm_json_number_at(row, "file_row");
    return gm_count_word(word, isnan(file_row) ? gm_json_number_at(row, "row") : file_row);
}

static int is_right(const cJSON *row)
{
    return cJSON_Compare(gm_json_at(row, "target"), gm_json_at(row, "answer"), 1);
}

/* ---- pictures ------------------------------------------------------------------------------- */

static void write_picture(FILE *stream, const cJSON *row)
{
    char target[GM_WORD_SIZE], answer[GM_WORD_SIZE], number[GM_WORD_SIZE], share[GM_WORD_SIZE];
    const char *name = name_at(target, row, "target");
    gm_html(
        stream,
        "<div class=\"case\"><img alt=\"row %s, of class %s\" src=\"data:image/png;base64,%s\">",
        number_of(number, row), name, picture_of(row));
    gm_html(stream,
            "<b>%s</b>, %s <b>%s</b><br><span class=\"soft\">with %s; row %s</span></div>\n", name,
            is_right(row) ? "rightly" : "taken for", name_at(answer, row, "answer"),
            gm_share_word(share, gm_json_number_at(row, "confidence"), 1000), number);
}

/* ---- rows of a table ------------------------------------------------------------------------ */

static void write_header(FILE *stream, const gm_run_page *page, const cJSON *columns)
{
    const cJSON *column;
    fputs("<thead><tr><th class=\"n\" scope=\"col\">row</th><th scope=\"col\">target</th>"
          "<th scope=\"col\">answer</th>",
          stream);
    if (!page->is_regression)
        fputs("<th class=\"n\" scope=\"col\">with</th>", stream);
    cJSON_ArrayForEach(column, columns)
    {
        gm_html(stream, "<th scope=\"col\">%s</th>",
                cJSON_IsString(column) ? column->valuestring : "?");
    }
    fputs("</tr></thead>\n", stream);
}

static void write_row(FILE *stream, const gm_run_page *page, const cJSON *row)
{
    char target[GM_WORD_SIZE], answer[GM_WORD_SIZE], number[GM_WORD_SIZE], share[GM_WORD_SIZE];
    const cJSON *value;
    gm_html(stream, "<tr><td class=\"n\">%s</td><td><b>%s</b></td><td><b>%s</b></td>",
            number_of(number, row), name_at(target, row, "target"), name_at(answer, row, "answer"));
    if (!page->is_regression)
        gm_html(stream, "<td class=\"n\">%s</td>",
                gm_share_word(share, gm_json_number_at(row, "confidence"), 1000));
    cJSON_ArrayForEach(value, gm_json_at(row, "values"))
    {
        gm_html(stream, "<td class=\"soft\">%s</td>",
                cJSON_IsString(value) ? value->valuestring : "?");
    }
    fputs("</tr>\n", stream);
}

static void write_table(FILE *stream, const gm_run_page *page)
{
    const cJSON *row;
    fputs("<div class=\"wide\"><table id=\"worst-rows\">", stream);
    write_header(stream, page, gm_json_at(page->evaluation, "columns"));
    fputs("<tbody>\n", stream);
    cJSON_ArrayForEach(row, rows_of(page))
    {
        write_row(stream, page, row);
    }
    fputs("</tbody></table></div>\n", stream);
}

/* ---- the whole ------------------------------------------------------------------------------ */

static gemlet_status write_worst(FILE *stream, const gm_run_page *page)
{
    const cJSON *first = cJSON_GetArrayItem(rows_of(page), 0);
    const cJSON *row;
    gm_html(stream, "<p class=\"soft\">The test rows with the largest %s, the worst first%s.</p>\n",
            page->is_regression ? "error" : "loss: those whose class got the least probability",
            isnan(gm_json_number_at(first, "file_row")) ? ""
                                                        : "; row 1 is the first below the header");
    if (picture_of(first) == NULL) {
        write_table(stream, page);
        return GEMLET_OK;
    }
    fputs("<div class=\"cases\">\n", stream);
    cJSON_ArrayForEach(row, rows_of(page))
    {
        if (picture_of(row) != NULL)
            write_picture(stream, row);
    }
    fputs("</div>\n", stream);
    return GEMLET_OK;
}

static int has_worst(const gm_run_page *page)
{
    return cJSON_GetArraySize(rows_of(page)) > 0;
}

const gm_section gm_section_worst = {"worst", "Worst rows", has_worst, write_worst};
