/* SPDX-License-Identifier: MIT
 * The command that makes the run again. */
#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "core/memory.h"
#include "html/html.h"
#include "html/sections.h"

/* What a shell takes as one word without quotes. */
static int is_plain(const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "-_./=:,+@%";
    return word[0] != '\0' && word[strspn(word, plain)] == '\0';
}

/* In single quotes, in which a single quote is written '\''. */
static gemlet_status write_quoted(FILE *stream, const char *word)
{
    char *quoted;
    GEMLET_TRY(GM_ALLOC(quoted, 4 * strlen(word) + 3, "command of a run"));
    char *to = quoted;
    *to++ = '\'';
    for (; *word != '\0'; ++word) {
        if (*word == '\'') {
            memcpy(to, "'\\'", 3);
            to += 3;
        }
        *to++ = *word;
    }
    *to = '\'';
    gm_html(stream, "%s", quoted);
    free(quoted);
    return GEMLET_OK;
}

static const cJSON *command_of(const gm_run_page *page)
{
    return gm_json_at(page->record.json, "command");
}

static gemlet_status write_repeat(FILE *stream, const gm_run_page *page)
{
    const char *started = gm_run_page_text(page, "started_at");
    const char *version = gm_run_page_text(page, "gemlet_version");
    const cJSON *word;
    int is_first = 1;
    fputs(
        "<p class=\"soft\">The command of this run. With the same data, device, driver and version "
        "it gives the same model, byte for byte; to keep this run, name another directory.</p>\n"
        "<pre><code>",
        stream);
    cJSON_ArrayForEach(word, command_of(page))
    {
        const char *text = cJSON_IsString(word) ? word->valuestring : "";
        if (!is_first)
            fputc(' ', stream);
        is_first = 0;
        if (is_plain(text))
            gm_html(stream, "%s", text);
        else
            GEMLET_TRY(write_quoted(stream, text));
    }
    gm_html(stream, "</code></pre>\n<p class=\"note\">Seed %.0f; gemlet %s; begun %s.</p>\n",
            gm_run_page_number(page, "seed"), version != NULL ? version : "of unknown version",
            started != NULL ? started : "at an unknown time");
    return GEMLET_OK;
}

static int has_command(const gm_run_page *page)
{
    return cJSON_GetArraySize(command_of(page)) > 0;
}

const gm_section gm_section_repeat = {"repeat", "To repeat it", has_command, write_repeat};
