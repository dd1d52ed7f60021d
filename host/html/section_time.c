/* SPDX-License-Identifier: MIT
 * Where the time of the run went. */
#include <math.h>

#include "core/json.h"
#include "html/html.h"
#include "html/sections.h"
#include "html/words.h"

#define MAX_LISTED 20 /* kernels */

static const struct {
    const char *key;
    const char *name;
} stages[] = {
    {"timings.load_seconds", "loading the data"},
    {"timings.device_seconds", "opening the device, with its kernels"},
    {"timings.qualify_seconds", "trying the device before the first step"},
    {"timings.train_seconds", "training"},
    {"timings.validation_seconds", "validation"},
    {"timings.test_seconds", "test"},
};

static double longest(const gm_run_page *page)
{
    double most = 0;
    for (size_t i = 0; i < sizeof stages / sizeof stages[0]; ++i)
        most = fmax(most, gm_run_page_number(page, stages[i].key));
    return most;
}

static void write_stages(FILE *stream, const gm_run_page *page)
{
    const double most = longest(page);
    char word[GM_WORD_SIZE];
    fputs("<div class=\"wide\"><table><tbody>\n", stream);
    for (size_t i = 0; i < sizeof stages / sizeof stages[0]; ++i) {
        const double seconds = gm_run_page_number(page, stages[i].key);
        if (seconds > 0)
            gm_html(stream,
                    "<tr><th class=\"text\" scope=\"row\">%s</th><td class=\"n\">%s</td>"
                    "<td class=\"meter\" style=\"--w:%.1f%%\"></td></tr>\n",
                    stages[i].name, gm_seconds_word(word, seconds), 100 * seconds / most);
    }
    fputs("</tbody></table></div>\n", stream);
}

/* ---- kernels -------------------------------------------------------------------------------- */

static const cJSON *kernels_of(const gm_run_page *page)
{
    const cJSON *kernels = gm_json_at(gm_json_at(page->record.json, "step.profile"), "kernels");
    return cJSON_IsArray(kernels) ? kernels : NULL;
}

static double sum_of_kernels(const cJSON *kernels)
{
    double sum = 0;
    const cJSON *kernel;
    cJSON_ArrayForEach(kernel, kernels)
    {
        sum += fmax(0, gm_json_number_at(kernel, "us_per_step"));
    }
    return sum;
}

static void write_kernel(FILE *stream, const cJSON *kernel, double sum)
{
    const char *operation = gm_json_text_at(kernel, "operation");
    const char *shape = gm_json_text_at(kernel, "shape");
    const char *name = gm_json_text_at(kernel, "kernel");
    const double us = gm_json_number_at(kernel, "us_per_step");
    const double share = sum > 0 && us > 0 ? us / sum : 0;
    char launches[GM_WORD_SIZE], time[GM_WORD_SIZE];
    gm_html(stream,
            "<tr><th class=\"text\" scope=\"row\">%s %s</th><td class=\"text\">%s</td>"
            "<td class=\"n\">%s</td><td class=\"n\">%s</td><td class=\"n\">%.1f %%</td>"
            "<td class=\"meter\" style=\"--w:%.1f%%\"></td></tr>\n",
            operation != NULL ? operation : "?", shape != NULL ? shape : "",
            name != NULL ? name : "",
            gm_real_word(launches, gm_json_number_at(kernel, "launches_per_step")),
            gm_real_word(time, us), 100 * share, 100 * share);
}

static void write_kernels(FILE *stream, const gm_run_page *page)
{
    const cJSON *kernels = kernels_of(page);
    const double sum = sum_of_kernels(kernels);
    const int n = cJSON_GetArraySize(kernels);
    char steps[GM_WORD_SIZE], time[GM_WORD_SIZE];
    int i = 0;
    gm_html(
        stream,
        "<h3>Kernel by kernel</h3><p class=\"soft\">%s steps were taken once more when the "
        "training "
        "was over, with the clock of the device: kernels take %s &micro;s of a step, the rest lies "
        "between them.%s</p>\n"
        "<div class=\"wide\"><table id=\"kernels\"><thead><tr>"
        "<th scope=\"col\">operation</th><th scope=\"col\">kernel</th>"
        "<th class=\"n\" scope=\"col\">launches a step</th>"
        "<th class=\"n\" scope=\"col\">&micro;s a step</th>"
        "<th class=\"n\" scope=\"col\">share</th><th scope=\"col\"></th></tr></thead><tbody>\n",
        gm_count_word(steps,
                      gm_json_number_at(gm_json_at(page->record.json, "step.profile"), "steps")),
        gm_real_word(time, sum),
        cJSON_IsTrue(gm_json_at(page->record.json, "step.fused"))
            ? " F, B and U: forward, backward and update, with the number of the layer."
            : "");
    const cJSON *kernel;
    cJSON_ArrayForEach(kernel, kernels)
    {
        if (i++ < MAX_LISTED)
            write_kernel(stream, kernel, sum);
    }
    fputs("</tbody></table></div>\n", stream);
    if (n > MAX_LISTED)
        gm_html(stream, "<p class=\"note\">The first %d of %d.</p>\n", MAX_LISTED, n);
}

static gemlet_status write_time(FILE *stream, const gm_run_page *page)
{
    char total[GM_WORD_SIZE], step[GM_WORD_SIZE], rate[GM_WORD_SIZE];
    gm_html(stream, "<p>%s in all, of it:</p>\n",
            gm_seconds_word(total, gm_run_page_number(page, "timings.total_seconds")));
    write_stages(stream, page);
    gm_html(stream,
            "<p class=\"soft\">A step took %s &micro;s, which makes %s rows a second; %s.%s</p>\n",
            gm_real_word(step, gm_run_page_number(page, "us_per_step")),
            gm_count_word(rate, gm_run_page_number(page, "samples_per_second")),
            cJSON_IsTrue(gm_json_at(page->record.json, "step.fused"))
                ? "steps were fused into few launches"
                : "steps went operation by operation",
            kernels_of(page) == NULL ? " gemlet profile shows the time of each kernel." : "");
    if (kernels_of(page) != NULL)
        write_kernels(stream, page);
    return GEMLET_OK;
}

static int has_time(const gm_run_page *page)
{
    return longest(page) > 0;
}

const gm_section gm_section_time = {"time", "Time", has_time, write_time};
