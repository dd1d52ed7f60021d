/* SPDX-License-Identifier: MIT
 * The options become a command line of their own, which the table of a training reads. */
#include "fit/fit_settings.h"

#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "data/number.h"
#include "options/train_settings.h"

/* Where rows come from, how their text is read, and devices, of which the caller has opened one. */
static int check(const gm_command *command, const void *user)
{
    static const char *const others[] = {
        "data", "test", "header", "max-memory", "device", "device-memory-limit", "program-cache"};
    (void)user;
    for (size_t i = 0; i < GM_N_OPTIONS(others); ++i) {
        if (gm_options_given(command, others[i]))
            return gm_options_error(
                command, "--%s means nothing to a training from memory: leave it out", others[i]);
    }
    return GM_OPTIONS_RUN;
}

static gemlet_status add_argument(gm_fit_settings *s, const char *before, const char *text)
{
    GEMLET_TRY(gm_format_string(&s->argv[s->n], "%s%s", before, text));
    ++s->n;
    return GEMLET_OK;
}

static gemlet_status make_arguments(gm_fit_settings *s, const gemlet_fit_options *options,
                                    gm_recipe_id recipe)
{
    GEMLET_TRY(GM_ALLOC(s->argv, options->n_options + 2, "options"));
    GEMLET_TRY(add_argument(s, "", "fit"));
    GEMLET_TRY(add_argument(s, "--recipe=", gm_name_of(gm_recipe_names, recipe)));
    for (size_t i = 0; i < options->n_options; ++i) {
        /* Auto is what stands there already. */
        if (strcmp(options->options[i], "recipe=auto") != 0)
            GEMLET_TRY(add_argument(s, "--", options->options[i]));
    }
    return GEMLET_OK;
}

gemlet_status gm_fit_settings_read(gm_fit_settings *s, const gemlet_fit_options *options,
                                   gm_recipe_id recipe)
{
    gm_number_locale locale;
    gemlet_train_options *train = &s->run.train;
    gm_run_settings_init(&s->run, recipe);
    const gm_option own[] = {
        GM_NO_QUALIFY_OPTION(&train->no_qualify),
        GM_VALIDATION_OPTIONS(train),
        GM_ENSEMBLE_OPTION(&s->run),
        GM_LOG_EVERY_OPTION(train),
    };
    const gm_train_command command = {
        .name = "train",
        .default_steps = GM_RUN_DEFAULT_STEPS,
        .without = GM_GROUP_BIT(KERNELS) | GM_GROUP_BIT(VARIANT),
        .is_silent = 1,
        .own = own,
        .n_own = GM_N_OPTIONS(own),
        .check = check,
    };
    GEMLET_TRY(make_arguments(s, options, recipe));
    GEMLET_TRY(gm_number_enter(&locale));
    const int parsed = gm_train_settings_parse(&s->run, &command, s->n, s->argv);
    gm_number_leave(&locale);
    if (parsed != GM_OPTIONS_RUN)
        return GEMLET_E_ARGUMENT; /* with its message */
    s->run.data = GM_TABLE_IN_MEMORY;
    return GEMLET_OK;
}

void gm_fit_settings_free(gm_fit_settings *s)
{
    for (int i = 0; i < s->n; ++i)
        free(s->argv[i]);
    free(s->argv);
    *s = (gm_fit_settings){.n = 0};
}
