/* SPDX-License-Identifier: MIT
 * gemlet profile: where the time of a training step goes, launch by launch. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/bench_report.h"
#include "cli/cache_directory.h"
#include "cli/commands.h"
#include "cli/profile_report.h"
#include "cli/report_error.h"
#include "cli/train_job.h"
#include "core/clean_text.h"
#include "run/gate.h"

/* Learning rates are those of a training run. */
#define SCHEDULE_STEPS GM_TRAIN_DEFAULT_STEPS

/* Steps before the profile: threads are awake, caches are full. */
#define N_WARM 50u

/* Every launch is an event in the driver's memory until the end. */
#define MAX_STEPS 10000u

typedef struct profile_command {
    gm_train_settings settings;
    const char *csv; /* NULL: none */
    const char *trace;

    gm_train_rows rows;
    gemlet_spec spec;
    char spec_text[GEMLET_SPEC_TEXT_SIZE];
    gemlet_device *device;
    gemlet_model *model;
    gm_profile profile;
} profile_command;

static int check_options(const gm_command *command, const void *user)
{
    const profile_command *c = user;
    if (c->settings.train.n_steps > MAX_STEPS)
        return gm_options_error(command, "--steps: found %llu, expected 1 to %u",
                                (unsigned long long)c->settings.train.n_steps, MAX_STEPS);
    return GM_OPTIONS_RUN;
}

static int parse(profile_command *c, int argc, char **argv)
{
    gm_train_settings_defaults(&c->settings);
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
    return gm_train_settings_parse(&c->settings, &command, argc, argv);
}

static gemlet_status prepare(profile_command *c)
{
    GEMLET_TRY(gm_train_job_load(&c->rows, &c->spec, "profile", &c->settings));
    GEMLET_TRY(gemlet_spec_format(&c->spec, c->spec_text, sizeof c->spec_text));
    GEMLET_TRY(gm_device_settings_open(&c->device, &c->settings.device));
    GEMLET_TRY(gm_train_job_create_model(&c->model, &c->settings, &c->spec, c->rows.train));
    char *directory;
    GEMLET_TRY(gm_cache_directory(&directory));
    const gm_gate gate = {.device = c->device,
                          .cache_directory = directory,
                          .on_note = gm_print_note,
                          .user = (char[]){"profile"}};
    const gemlet_status status = gm_gate_products(&gate, &c->spec, c->settings.train.batch);
    free(directory);
    return status;
}

static gemlet_status do_all(profile_command *c)
{
    GEMLET_TRY(prepare(c));
    const gemlet_train_options options = gm_train_job_options(&c->settings, SCHEDULE_STEPS);
    gm_print_text(stdout, "device   %s\n", gemlet_device_choice(c->device));
    printf("GEMM     %s\nnetwork  %s, batches of %u rows\n", gemlet_device_gemm_name(c->device),
           c->spec_text, c->settings.train.batch);
    fflush(stdout);
    GEMLET_TRY(gm_profile_run(&c->profile, c->model, c->device, c->rows.train, &options, N_WARM,
                              c->settings.train.n_steps));
    printf("step     %s; %llu steps\n", c->profile.is_fused ? "fused" : "operation by operation",
           (unsigned long long)c->profile.n_steps);
    if (c->profile.has_limits)
        gm_bench_print_limits(&c->profile.limits);
    printf("\n");
    if (c->trace != NULL)
        GEMLET_TRY(
            gm_profile_write_trace(c->trace, &c->profile, gemlet_device_get_info(c->device)->name));
    gm_profile_sort(&c->profile);
    GEMLET_TRY(gm_profile_print_table(&c->profile));
    return c->csv != NULL ? gm_profile_write_csv(c->csv, &c->profile) : GEMLET_OK;
}

int gm_cmd_profile(int argc, char **argv)
{
    profile_command c = {.csv = NULL};
    const int parsed = parse(&c, argc, argv);
    if (parsed != GM_OPTIONS_RUN)
        return parsed;
    int exit_code = GM_EXIT_OK;
    if (do_all(&c) != GEMLET_OK)
        exit_code = gm_report_error("profile");
    gm_profile_free(&c.profile);
    gemlet_model_destroy(c.model);
    gemlet_device_close(c.device);
    gm_train_rows_free(&c.rows);
    return exit_code;
}
