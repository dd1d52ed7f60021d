/* SPDX-License-Identifier: MIT
 * The run in a few sentences and its main figures. */
#include <math.h>
#include <string.h>

#include "compare/inference.h"
#include "core/json.h"
#include "html/html.h"
#include "html/sections.h"
#include "html/words.h"

#define MAX_GAPS 6 /* columns that are named */

static double figure(const gm_run_page *page, gm_figure which)
{
    return page->record.figures[which];
}

/* ---- the sentence --------------------------------------------------------------------------- */

static void say_accuracy(FILE *stream, const gm_run_page *page)
{
    char right[GM_WORD_SIZE], all[GM_WORD_SIZE], share[GM_WORD_SIZE], low[GM_WORD_SIZE],
        high[GM_WORD_SIZE];
    const double accuracy = figure(page, GM_FIGURE_TEST_ACCURACY);
    const double n = page->record.test_rows;
    const gm_interval interval = gm_inference_wilson(accuracy, n);
    gm_html(stream, "<p class=\"lead\">Of %s test rows <b>%s</b> were right: <b>%s</b>. ",
            gm_count_word(all, n), gm_count_word(right, round(accuracy * n)),
            gm_share_word(share, accuracy, 1e4));
    gm_html(stream,
            "<span class=\"soft\">On other rows of the same kind it would be between %s and %s "
            "(95&nbsp;%% interval).</span></p>\n",
            gm_share_word(low, interval.low, n), gm_share_word(high, interval.high, n));
}

/* What is reached by always answering the largest class. */
static void say_largest_class(FILE *stream, const gm_run_page *page)
{
    size_t largest = 0;
    double n_largest = 0;
    double n = 0;
    char share[GM_WORD_SIZE];
    for (size_t c = 0; c < page->n_classes; ++c) {
        double n_of_class = 0;
        for (size_t i = 0; i < page->n_classes; ++i)
            n_of_class += page->confusion[c * page->n_classes + i];
        largest = n_of_class > n_largest ? c : largest;
        n_largest = fmax(n_largest, n_of_class);
        n += n_of_class;
    }
    if (n > 0)
        gm_html(stream,
                "Always answering &ldquo;%s&rdquo;, the most frequent class, would be right "
                "for %s. ",
                page->classes[largest], gm_share_word(share, n_largest / n, n));
}

static void say_errors(FILE *stream, const gm_run_page *page)
{
    char all[GM_WORD_SIZE], mae[GM_WORD_SIZE], rmse[GM_WORD_SIZE], mean[GM_WORD_SIZE];
    const double r2 = figure(page, GM_FIGURE_TEST_R2);
    const double error = figure(page, GM_FIGURE_TEST_RMSE);
    gm_html(stream,
            "<p class=\"lead\">For %s test rows the answers were off by <b>%s</b> on average "
            "(root mean square: <b>%s</b>).",
            gm_count_word(all, page->record.test_rows),
            gm_real_word(mae, figure(page, GM_FIGURE_TEST_MAE)), gm_real_word(rmse, error));
    if (r2 < 1)
        gm_html(stream,
                " <span class=\"soft\">Always answering the mean would be off by %s (root mean "
                "square).</span>",
                gm_real_word(mean, error / sqrt(1 - r2)));
    fputs("</p>\n", stream);
}

static void say_not_tested(FILE *stream, const gm_run_page *page)
{
    const char *verdict = gm_run_page_text(page, "diverged.verdict");
    const char *tensor = gm_run_page_text(page, "diverged.tensor");
    char step[GM_WORD_SIZE], kept[GM_WORD_SIZE];
    fputs("<p class=\"lead\">This run was <b>not tested</b>", stream);
    if (verdict != NULL)
        gm_html(stream, ": it diverged at step %s%s%s (%s). The model is that after step %s.",
                gm_count_word(step, gm_run_page_number(page, "diverged.step")),
                tensor != NULL ? ", in " : "", tensor != NULL ? tensor : "",
                strcmp(verdict, "training") == 0 ? "so it does on the CPU: it is the training"
                : strcmp(verdict, "device") == 0 ? "the device differs from the CPU"
                                                 : "whether by the training or by the device is "
                                                   "unknown",
                gm_count_word(kept, gm_run_page_number(page, "diverged.good_steps")));
    else
        fputs(": it failed before.", stream);
    fputs("</p>\n", stream);
}

/* ---- how it came about ---------------------------------------------------------------------- */

/* One, or those of an ensemble. */
static void say_networks(FILE *stream, const gm_run_page *page)
{
    char parameters[GM_WORD_SIZE], n[GM_WORD_SIZE];
    const char *network = gm_run_record_trait(&page->record, "network");
    const double n_networks = gm_run_page_number(page, "options.ensemble");
    gm_count_word(parameters, figure(page, GM_FIGURE_PARAMETERS));
    if (n_networks > 1)
        gm_html(stream,
                "It answers with the mean of %s networks <code>%s</code>, which have %s parameters "
                "together. They learned, all steps counted together, ",
                gm_count_word(n, n_networks), network, parameters);
    else
        gm_html(stream, "The network <code>%s</code> has %s parameters. It learned ", network,
                parameters);
}

static void say_training(FILE *stream, const gm_run_page *page)
{
    char rows[GM_WORD_SIZE], steps[GM_WORD_SIZE], batch[GM_WORD_SIZE], time[GM_WORD_SIZE];
    const char *device = gm_run_page_text(page, "device");
    say_networks(stream, page);
    gm_html(stream,
            "from %s rows in %s steps of %s rows each (%.1f passes over them), which took %s on "
            "%s. ",
            gm_count_word(rows, gm_run_page_number(page, "data.train_rows")),
            gm_count_word(steps, gm_run_page_number(page, "steps")),
            gm_count_word(batch, gm_run_page_number(page, "options.batch")),
            gm_run_page_number(page, "steps") * gm_run_page_number(page, "options.batch") /
                gm_run_page_number(page, "data.train_rows"),
            gm_seconds_word(time, figure(page, GM_FIGURE_TRAIN_SECONDS)),
            device != NULL ? device : "an unknown device");
}

/* "sex in 11 rows" */
static void say_gaps_of(FILE *stream, const cJSON *gap)
{
    const char *column = gm_json_text_at(gap, "column");
    const double n = gm_json_number_at(gap, "rows");
    char rows[GM_WORD_SIZE];
    gm_html(stream, "%s in %s row%s", column != NULL ? column : "?", gm_count_word(rows, n),
            n == 1 ? "" : "s");
}

/* Of a table. */
static void say_gaps(FILE *stream, const gm_run_page *page)
{
    const cJSON *gaps = gm_json_at(page->record.json, "data.gaps");
    const int n = cJSON_GetArraySize(gaps);
    if (!cJSON_IsArray(gaps))
        return;
    if (n == 0) {
        fputs("No value of the table is missing. ", stream);
        return;
    }
    fputs("Values are missing: ", stream);
    for (int i = 0; i < n && i < MAX_GAPS; ++i) {
        fputs(i > 0 ? ", " : "", stream);
        say_gaps_of(stream, cJSON_GetArrayItem(gaps, i));
    }
    if (n > MAX_GAPS)
        gm_html(stream, ", and some of %d further columns", n - MAX_GAPS);
    fputs(". ", stream);
}

static void say_validation(FILE *stream, const gm_run_page *page)
{
    char rows[GM_WORD_SIZE], step[GM_WORD_SIZE], loss[GM_WORD_SIZE];
    const double best = gm_run_page_number(page, "best_step");
    if (isnan(best))
        return;
    gm_html(stream,
            "The model is that after step %s, where the loss on %s validation rows was lowest "
            "(%s). ",
            gm_count_word(step, best),
            gm_count_word(rows, gm_run_page_number(page, "validation_rows")),
            gm_real_word(loss, figure(page, GM_FIGURE_VALIDATION_LOSS)));
    if (cJSON_IsTrue(gm_json_at(page->record.json, "stopped_early")))
        fputs("The training ended early, as it had stopped to get better. ", stream);
}

static void say_end(FILE *stream, const gm_run_page *page)
{
    char planned[GM_WORD_SIZE];
    if (cJSON_IsTrue(gm_json_at(page->record.json, "stopped")))
        gm_html(stream, "It was stopped; %s steps were planned. ",
                gm_count_word(planned, gm_run_page_number(page, "options.steps")));
}

/* ---- tiles ---------------------------------------------------------------------------------- */

static void write_tile(FILE *stream, const char *name, const char *word)
{
    gm_html(stream, "<div class=\"tile\"><b>%s</b><span>%s</span></div>", word, name);
}

static void write_figure(FILE *stream, const gm_run_page *page, gm_figure which, const char *name)
{
    char word[GM_WORD_SIZE];
    const double value = figure(page, which);
    if (isnan(value))
        return;
    if (which == GM_FIGURE_TEST_ACCURACY || which == GM_FIGURE_BALANCED_ACCURACY ||
        which == GM_FIGURE_VALIDATION_ACCURACY)
        gm_share_word(word, value, 1e4);
    else if (which == GM_FIGURE_TRAIN_SECONDS)
        gm_seconds_word(word, value);
    else
        gm_real_word(word, value);
    write_tile(stream, name, word);
}

static void write_tiles(FILE *stream, const gm_run_page *page)
{
    static const struct {
        gm_figure which;
        const char *name;
    } tiles[] = {
        {GM_FIGURE_TEST_ACCURACY, "test accuracy"},
        {GM_FIGURE_BALANCED_ACCURACY, "balanced accuracy"},
        {GM_FIGURE_MACRO_F1, "macro F1"},
        {GM_FIGURE_AUC, "area under ROC curve"},
        {GM_FIGURE_TEST_RMSE, "root mean square error"},
        {GM_FIGURE_TEST_MAE, "mean absolute error"},
        {GM_FIGURE_TEST_R2, "R\302\262, explained variance"},
        {GM_FIGURE_TEST_LOSS, "test loss"},
        {GM_FIGURE_VALIDATION_ACCURACY, "validation accuracy"},
        {GM_FIGURE_VALIDATION_LOSS, "validation loss"},
        {GM_FIGURE_TRAIN_SECONDS, "training time"},
    };
    fputs("<div class=\"tiles\">", stream);
    for (size_t i = 0; i < sizeof tiles / sizeof tiles[0]; ++i)
        write_figure(stream, page, tiles[i].which, tiles[i].name);
    fputs("</div>\n", stream);
}

void gm_section_summary(FILE *stream, const gm_run_page *page)
{
    if (!isnan(figure(page, GM_FIGURE_TEST_RMSE)))
        say_errors(stream, page);
    else if (!isnan(figure(page, GM_FIGURE_TEST_ACCURACY)))
        say_accuracy(stream, page);
    else
        say_not_tested(stream, page);
    write_tiles(stream, page);
    fputs("<p>", stream);
    say_largest_class(stream, page);
    say_training(stream, page);
    say_gaps(stream, page);
    say_validation(stream, page);
    say_end(stream, page);
    fputs("</p>\n", stream);
}
