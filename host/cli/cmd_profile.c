/* SPDX-License-Identifier: MIT
 * gemlet profile: where the time of a training step goes, launch by launch. */
#include <stdio.h>

#include "cli/bench_report.h"
#include "cli/commands.h"
#include "cli/profile_report.h"
#include "cli/device_settings.h"
#include "options/train_settings.h"
#include "core/clean_text.h"
#include "run/gate.h"
#include "run/setup.h"

/* Learning rates are those of a training run. */
#define SCHEDULE_STEPS GM_RUN_DEFAULT_STEPS

/* Steps before the profile: threads are awake, caches are full. */
#define N_WARM 50u

/* Every launch is an event in the driver's memory until the end. */
#define MAX_STEPS 10000u

typedef struct profile_command {
    gm_setup setup;
    const char *csv; /* NULL: none */
    const char *trace;
    gm_profile profile;
} profile_command;

static int check_options(const gm_command *command, const void *user)
{
    const profile_command *c = user;
    if (c->setup.settings.train.n_steps > MAX_STEPS)
        return gm_options_error(command, "--steps: found %llu, expected 1 to %u",
                                (unsigned long long)c->setup.settings.train.n_steps, MAX_STEPS);
    return GM_OPTIONS_RUN;
}

static int parse(profile_command *c, int argc, char **argv)
{
    gm_run_settings_init(&c->setup.settings, GM_RECIPE_DEFAULT);
    const gm_option own[] = {
        GM_OUTPUT_FILE(OUTPUT, "csv", &c->csv, "write the table to FILE"),
        GM_OUTPUT_FILE(OUTPUT, "trace", &c->trace,
                       "write every launch to FILE, for chrome://tracing or ui.perfetto.dev"),
    };
    const gm_train_command command = {
        .name = "profile",
        .description =
            "Shows where the time of training steps goes: for every launch its time, the gap in "
            "which the device waited for it, the rates it reaches, and which limit of the device "
            "it meets (the cost of a launch, multiply-adds, or copying memory) and how closely. "
            "The limits are measured first. On the CPU path operations take the place of "
            "launches. Takes the options of gemlet train.",
        .examples = "  gemlet profile\n"
                    "  gemlet profile --fused on --trace step.json\n"
                    "  gemlet profile --device gpu --hidden 1024,1024 --csv profile.csv\n",
        .default_steps = 200,
        .steps_help = "steps to profile",
        .without = GM_GROUP_BIT(HELD_OUT) | GM_GROUP_BIT(EPOCHS),
        .own = own,
        .n_own = GM_N_OPTIONS(own),
        .check = check_options,
        .user = c,
    };
    return gm_train_settings_parse(&c->setup.settings, &command, argc, argv);
}

static gemlet_status prepare(gm_setup *s)
{
    GEMLET_TRY(gm_setup_load(s));
    GEMLET_TRY(gm_setup_open_device(s));
    GEMLET_TRY(gm_setup_create_model(s));
    const gm_gate gate = {.device = s->device,
                          .cache_directory = s->cache_directory,
                          .on_note = s->events.on_note,
                          .user = s->events.user};
    return gm_gate_products(&gate, &s->spec, s->settings.train.batch);
}

static gemlet_status do_all(profile_command *c)
{
    gm_setup *s = &c->setup;
    GEMLET_TRY(prepare(s));
    gemlet_train_options options = s->settings.train;
    options.n_steps = SCHEDULE_STEPS;
    gm_print_text(stdout, "device   %s\n", gemlet_device_choice(s->device));
    printf("GEMM     %s\nnetwork  %s, batches of %u rows\n", gemlet_device_gemm_name(s->device),
           s->spec_text, options.batch);
    fflush(stdout);
    GEMLET_TRY(gm_profile_run(&c->profile, s->model, s->device, s->rows.train, &options, N_WARM,
                              s->settings.train.n_steps));
    printf("step     %s; %llu steps\n", c->profile.is_fused ? "fused" : "operation by operation",
           (unsigned long long)c->profile.n_steps);
    if (c->profile.has_limits)
        gm_bench_print_limits(&c->profile.limits);
    printf("\n");
    if (c->trace != NULL)
        GEMLET_TRY(
            gm_profile_write_trace(c->trace, &c->profile, gemlet_device_get_info(s->device)->name));
    gm_profile_sort(&c->profile);
    GEMLET_TRY(gm_profile_print_table(&c->profile));
    return c->csv != NULL ? gm_profile_write_csv(c->csv, &c->profile) : GEMLET_OK;
}

int gm_cmd_profile(int argc, char **argv)
{
    profile_command c = {.setup = {.events = GM_COMMAND_EVENTS("profile")}};
    const int parsed = parse(&c, argc, argv);
    if (parsed != GM_OPTIONS_RUN)
        return parsed;
    int exit_code = GM_EXIT_OK;
    if (do_all(&c) != GEMLET_OK)
        exit_code = gm_report_error("profile");
    gm_profile_free(&c.profile);
    gm_setup_free(&c.setup);
    return exit_code;
}
