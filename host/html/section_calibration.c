/* SPDX-License-Identifier: MIT
 * Whether the probabilities of the answers can be believed: a reliability diagram (DeGroot and
 * Fienberg 1983; Guo et al. 2017). */
#include <math.h>

#include "core/json.h"
#include "html/chart.h"
#include "html/html.h"
#include "html/sections.h"
#include "html/words.h"

#define MAX_BINS 100

typedef struct bin {
    double n;
    double confidence;
    double accuracy;
} bin;

static const cJSON *bins_of(const gm_run_page *page)
{
    return gm_json_at(page->evaluation, "calibration.bins");
}

/* Returns the number of bins; all are of equal width. */
static size_t read_bins(bin bins[MAX_BINS], const gm_run_page *page)
{
    const cJSON *item;
    size_t n = 0;
    cJSON_ArrayForEach(item, bins_of(page))
    {
        if (n < MAX_BINS)
            bins[n++] =
                (bin){gm_json_number_at(item, "rows"), gm_json_number_at(item, "confidence"),
                      gm_json_number_at(item, "accuracy")};
    }
    return n;
}

static void draw_diagram(FILE *stream, const bin *bins, size_t n)
{
    const gm_chart chart = {
        .title = "Share of right answers against their probability",
        .x = {"probability of the answer", GM_AXIS_SHARES, 0, 1},
        .y = {NULL, GM_AXIS_SHARES, 0, 1},
    };
    fputs("<figure><figcaption>Right answers <small class=\"soft\">by the probability the model "
          "gave them; on the dashed line it would be exactly right</small></figcaption>",
          stream);
    gm_chart_begin(stream, &chart);
    for (size_t i = 0; i < n; ++i) {
        if (bins[i].n > 0 && bins[i].accuracy >= 0 && bins[i].accuracy <= 1)
            gm_chart_bar(stream, &chart, ((double)i + 0.08) / (double)n,
                         ((double)i + 0.92) / (double)n, bins[i].accuracy, "c1");
    }
    gm_chart_line(stream, &chart, 0, 0, 1, 1, "c0 dash");
    gm_chart_end(stream);
    fputs("</figure>\n", stream);
}

static void draw_counts(FILE *stream, const bin *bins, size_t n)
{
    double most = 0;
    for (size_t i = 0; i < n; ++i)
        most = fmax(most, bins[i].n);
    gm_chart chart = {
        .title = "Number of rows by the probability of their answer",
        .x = {"probability of the answer", GM_AXIS_SHARES, 0, 1},
    };
    gm_axis_fit(&chart.y, 0, fmax(most, 1));
    fputs("<figure><figcaption>Rows <small class=\"soft\">by the same probability</small>"
          "</figcaption>",
          stream);
    gm_chart_begin(stream, &chart);
    for (size_t i = 0; i < n; ++i) {
        if (bins[i].n > 0)
            gm_chart_bar(stream, &chart, ((double)i + 0.08) / (double)n,
                         ((double)i + 0.92) / (double)n, bins[i].n, "c3");
    }
    gm_chart_end(stream);
    fputs("</figure>\n", stream);
}

static gemlet_status write_calibration(FILE *stream, const gm_run_page *page)
{
    bin bins[MAX_BINS];
    const size_t n = read_bins(bins, page);
    const double error = gm_json_number_at(page->evaluation, "calibration.expected_error");
    double rows = 0;
    double confidence = 0;
    double accuracy = 0;
    for (size_t i = 0; i < n; ++i) {
        if (!(bins[i].n > 0))
            continue;
        rows += bins[i].n;
        confidence += bins[i].n * bins[i].confidence;
        accuracy += bins[i].n * bins[i].accuracy;
    }
    gm_html(
        stream,
        "<p>The model gave its answers a probability of %.2f&nbsp;%% on average, and %.2f&nbsp;%% "
        "of them were right: it is %s. Bin by bin the two differ by <b>%.2f points</b> "
        "(expected calibration error, 10 bins).</p>\n<div class=\"charts\">\n",
        100 * confidence / rows, 100 * accuracy / rows,
        confidence > accuracy ? "a little too sure, on the whole"
                              : "rather too careful, on the whole",
        100 * error);
    draw_diagram(stream, bins, n);
    draw_counts(stream, bins, n);
    fputs("</div>\n", stream);
    return GEMLET_OK;
}

static int has_calibration(const gm_run_page *page)
{
    return cJSON_GetArraySize(bins_of(page)) > 0;
}

const gm_section gm_section_calibration = {"calibration", "Calibration", has_calibration,
                                           write_calibration};
