/* SPDX-License-Identifier: MIT
 * gemlet tune: finds the fastest right way to train one network on one device. */
#include <stdio.h>

#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/device_settings.h"
#include "options/train_settings.h"
#include "core/clean_text.h"
#include "run/setup.h"
#include "tune/tune.h"

typedef struct tune_command {
    gm_setup setup;
    uint64_t budget;
    gm_tune_result result;
} tune_command;

static int parse(tune_command *t, int argc, char **argv)
{
    gm_run_settings_init(&t->setup.settings, GM_RECIPE_DEFAULT);
    const gm_option own[] = {
        GM_UNSIGNED(TUNING, "budget", "SECONDS", &t->budget, 1, 86400,
                    "time after which nothing more is tried; what is being tried is finished"),
    };
    const gm_train_command command = {
        .name = "tune",
        .description =
            "Tries variants of the training step of one network on one device: fused or operation "
            "by operation, widths of the column panels, which layers are split, own GEMM or "
            "CLBlast, with its own and other parameters; with the kernels for GPUs every tile of "
            "each product. Each is compared with the reference "
            "before its time counts, runs in turn with the best so far, and must be faster by more "
            "than the noise. The best is kept under $XDG_CACHE_HOME/gemlet or ~/.cache/gemlet for "
            "gemlet train with the same device, network and batch; --no-tuned ignores it there.\n"
            "Takes the options of gemlet train. Training never needs it.",
        .examples = "  gemlet tune\n"
                    "  gemlet tune --hidden 1024,1024 --batch 256 --budget 300\n",
        .without = GM_GROUP_BIT(HELD_OUT) | GM_GROUP_BIT(LENGTH) | GM_GROUP_BIT(EPOCHS) |
                   GM_GROUP_BIT(VARIANT) | GM_GROUP_BIT(FUSED),
        .own = own,
        .n_own = GM_N_OPTIONS(own),
    };
    return gm_train_settings_parse(&t->setup.settings, &command, argc, argv);
}

static void on_device(const gm_tune_device *device, void *user)
{
    const tune_command *t = user;
    gm_print_text(stdout, "device   %s\n", device->choice);
    gm_print_text(stdout, "driver   %s\n", device->driver);
    printf("network  %s, batch %u\n\n", t->setup.spec_text, t->setup.settings.train.batch);
    printf("%10s  %6s  %-7s  %s\n", "us/step", "ratio", "checked", "variant");
    fflush(stdout);
}

static void on_trial(const gm_tune_trial *trial, void *user)
{
    static const char *const outcomes[] = {
        [GM_TUNE_FIRST] = "",          [GM_TUNE_BETTER] = ": the best so far",
        [GM_TUNE_NOT_BETTER] = "",     [GM_TUNE_SAME] = ": launches the same",
        [GM_TUNE_WRONG] = ": wrong: ", [GM_TUNE_FAILED] = ": not possible: "};
    char text[GM_TUNED_TEXT_SIZE];
    (void)user;
    gm_tuned_describe(text, &trial->tuning);
    if (trial->us_per_step > 0.0)
        printf("%10.1f  %6.3f", trial->us_per_step, trial->ratio);
    else
        printf("%10s  %6s", "-", "-");
    printf("  %-7s  %s%s%s\n", trial->is_checked ? "right" : "no", text, outcomes[trial->outcome],
           trial->note);
    fflush(stdout);
}

static void conclude(const tune_command *t)
{
    char text[GM_TUNED_TEXT_SIZE];
    const gm_tune_result *result = &t->result;
    gm_tuned_describe(text, &result->best);
    printf("\nbest     %s, %.3f of the time of the first\n", text, result->best_ratio);
    if (!result->is_complete)
        printf("%s after %u variants: not all were tried\n",
               *gm_interrupt_flag() ? "stopped " : "budget   over", result->n_trials);
    gm_print_text(stdout, "kept     %s%s\n", result->is_kept ? "for gemlet train, in " : "nowhere",
                  result->is_kept ? t->setup.cache_directory
                                  : ": the cache directory cannot be written");
}

static gemlet_status do_all(tune_command *t)
{
    gm_setup *s = &t->setup;
    GEMLET_TRY(gm_setup_load(s));
    GEMLET_TRY(gm_setup_create_model(s));
    s->settings.train.n_steps = GM_RUN_DEFAULT_STEPS;
    const gm_tune_options options = {
        .model = s->model,
        .dataset = s->rows.train,
        .train = s->settings.train,
        .device = s->settings.device,
        .directory = s->cache_directory,
        .budget_seconds = (double)t->budget,
        .stop = gm_interrupt_flag(),
        .on_device = on_device,
        .on_trial = on_trial,
        .user = t,
    };
    gm_interrupt_watch();
    GEMLET_TRY(gm_tune_run(&t->result, &options));
    conclude(t);
    return GEMLET_OK;
}

int gm_cmd_tune(int argc, char **argv)
{
    tune_command t = {.setup = {.events = GM_COMMAND_EVENTS("tune")}, .budget = 60};
    const int parsed = parse(&t, argc, argv);
    if (parsed != GM_OPTIONS_RUN)
        return parsed;
    int exit_code = GM_EXIT_OK;
    if (do_all(&t) != GEMLET_OK)
        exit_code = gm_report_error("tune");
    else if (!t.result.is_complete && *gm_interrupt_flag())
        exit_code = GM_EXIT_STOPPED;
    gm_setup_free(&t.setup);
    return exit_code;
}
