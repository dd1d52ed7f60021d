/* SPDX-License-Identifier: MIT
 * See options_texts.h. */
#include "options/options_texts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"

static gemlet_status format_whole(char **text, const gm_option *option)
{
    const uint64_t value =
        option->kind == GM_KIND_DIM ? *option->target.dim : *option->target.number;
    if (value < option->min || value > option->max)
        return GEMLET_OK;
    return gm_format_string(text, "%" PRIu64, value);
}

/* With as few digits as read back as the same value. */
static gemlet_status format_real(char **text, const gm_option *option)
{
    const double value = *option->target.real;
    char digits[32];
    if (!(value >= option->low && value <= option->high))
        return GEMLET_OK;
    for (int n = 6; n <= 17; ++n) {
        snprintf(digits, sizeof digits, "%.*g", n, value);
        if (strtod(digits, NULL) == value)
            break;
    }
    return gm_copy_string(text, digits);
}

static gemlet_status format_dim_list(char **text, const gm_dim_list *list)
{
    char numbers[GM_MAX_LIST * 11 + 1] = "";
    size_t used = 0;
    for (unsigned i = 0; i < list->n; ++i)
        used += (size_t)snprintf(numbers + used, sizeof numbers - used, "%s%u", i == 0 ? "" : ",",
                                 list->values[i]);
    return list->n > 0 ? gm_copy_string(text, numbers) : GEMLET_OK;
}

gemlet_status gm_option_format(char **text, const gm_option *option)
{
    *text = NULL;
    switch (option->kind) {
    case GM_KIND_FLAG:
        return *option->target.flag ? gm_copy_string(text, "yes") : GEMLET_OK;
    case GM_KIND_DIM:
    case GM_KIND_SIZE:
    case GM_KIND_UNSIGNED:
        return format_whole(text, option);
    case GM_KIND_REAL:
        return format_real(text, option);
    case GM_KIND_TEXT:
        return *option->target.text != NULL ? gm_copy_string(text, *option->target.text)
                                            : GEMLET_OK;
    case GM_KIND_CHOICE:
        return gm_copy_string(text, gm_name_of(option->choices, *option->target.choice));
    case GM_KIND_DIM_LIST:
        return format_dim_list(text, option->target.dim_list);
    }
    return GEMLET_OK;
}

/* ---- kept options --------------------------------------------------------------------------- */

static int is_in(const char *name, const char *const *names)
{
    for (; *names != NULL; ++names) {
        if (strcmp(name, *names) == 0)
            return 1;
    }
    return 0;
}

static int is_kept(const gm_command *command, const gm_kept_options *kept, const gm_option *option)
{
    return gm_options_takes(command, option) && !is_in(option->name, kept->of_command);
}

/* As it is kept: an empty list is a value, not the lack of one. */
static gemlet_status format_kept(char **text, const gm_option *option)
{
    GEMLET_TRY(gm_option_format(text, option));
    return *text == NULL && option->kind == GM_KIND_DIM_LIST ? gm_copy_string(text, "none")
                                                             : GEMLET_OK;
}

gemlet_status gm_options_keep(const gm_command *command, const gm_kept_options *kept)
{
    gm_pairs_free(kept->now);
    for (size_t i = 0; i < command->n_options; ++i) {
        const gm_option *option = &command->options[i];
        char *text;
        if (!is_kept(command, kept, option))
            continue;
        GEMLET_TRY(format_kept(&text, option));
        const gemlet_status status =
            text != NULL ? gm_pairs_set(kept->now, option->name, "%s", text) : GEMLET_OK;
        free(text);
        GEMLET_TRY(status);
    }
    return GEMLET_OK;
}

int gm_options_recall(const gm_command *command, const gm_kept_options *kept)
{
    for (size_t i = 0; i < kept->before->count; ++i) {
        const gm_pair *pair = &kept->before->items[i];
        if (is_in(pair->name, kept->of_command))
            return gm_options_error(command,
                                    "--%s: found among the options of the run, which has "
                                    "no such option",
                                    pair->name);
        const int recalled = gm_options_set(command, pair->name, pair->value);
        if (recalled != GM_OPTIONS_RUN)
            return recalled;
    }
    return GM_OPTIONS_RUN;
}

static int may_change(const gm_kept_options *kept, const gm_option *option)
{
    return (kept->may_change_groups >> option->group & 1u) != 0 ||
           is_in(option->name, kept->may_change);
}

static int check_kept(const gm_command *command, const gm_kept_options *kept,
                      const gm_option *option)
{
    const char *before = gm_pairs_get(kept->before, option->name);
    char *now;
    int checked = GM_OPTIONS_RUN;
    if (format_kept(&now, option) != GEMLET_OK)
        return gm_options_error(command, "%s", gemlet_last_error());
    if ((now == NULL) != (before == NULL) || (now != NULL && strcmp(now, before) != 0))
        checked = gm_options_error(
            command, "--%s: found %s, expected %s as the run began with: it cannot change",
            option->name, now != NULL ? now : "none", before != NULL ? before : "none");
    free(now);
    return checked;
}

int gm_options_check_kept(const gm_command *command, const gm_kept_options *kept)
{
    for (size_t i = 0; i < command->n_options; ++i) {
        const gm_option *option = &command->options[i];
        if (!is_kept(command, kept, option) || may_change(kept, option))
            continue;
        const int checked = check_kept(command, kept, option);
        if (checked != GM_OPTIONS_RUN)
            return checked;
    }
    return GM_OPTIONS_RUN;
}
