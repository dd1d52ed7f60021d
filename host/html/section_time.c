/* SPDX-License-Identifier: MIT
 * Where the time of the run went. */
#include <math.h>

#include "core/json.h"
#include "html/html.h"
#include "html/sections.h"
#include "html/words.h"

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

static gemlet_status write_time(FILE *stream, const gm_run_page *page)
{
    char total[GM_WORD_SIZE], step[GM_WORD_SIZE], rate[GM_WORD_SIZE];
    gm_html(stream, "<p>%s in all, of it:</p>\n",
            gm_seconds_word(total, gm_run_page_number(page, "timings.total_seconds")));
    write_stages(stream, page);
    gm_html(stream,
            "<p class=\"soft\">A step took %s &micro;s, which makes %s rows a second; %s. "
            "<code>gemlet profile</code> shows the time of each kernel.</p>\n",
            gm_real_word(step, gm_run_page_number(page, "us_per_step")),
            gm_count_word(rate, gm_run_page_number(page, "samples_per_second")),
            cJSON_IsTrue(gm_json_at(page->record.json, "step.fused"))
                ? "steps were fused into few launches"
                : "steps went operation by operation");
    return GEMLET_OK;
}

static int has_time(const gm_run_page *page)
{
    return longest(page) > 0;
}

const gm_section gm_section_time = {"time", "Time", has_time, write_time};
