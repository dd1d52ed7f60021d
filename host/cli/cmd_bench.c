/* SPDX-License-Identifier: MIT
 * gemlet bench: how fast this machine trains one network, in each of three ways. */
#include <stdio.h>
#include <string.h>

#include "bench/synthetic.h"
#include "cli/bench_report.h"
#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/device_settings.h"
#include "options/train_settings.h"
#include "core/clean_text.h"
#include "run/setup.h"

/* Learning rates are those of a training run. */
#define SCHEDULE_STEPS GM_RUN_DEFAULT_STEPS

typedef struct bench_command {
    gm_setup setup;
    const char *modes_text; /* NULL: all that there are */
    int modes[GM_BENCH_N_MODES];
    uint64_t rounds;
    int no_starts;
    const char *json;    /* NULL: none */
    gemlet_dim features; /* 0: the data set of --data */
    gemlet_dim classes;
    gemlet_dim n_rows;
    double density;

    gm_bench_subject subject;
    gm_bench_result result;
} bench_command;

/* ---- the command line ----------------------------------------------------------------------- */

/* "fused,cpu"; 0 if a word is none of the names. */
static int read_modes(bench_command *b)
{
    const char *rest = b->modes_text;
    for (;;) {
        const size_t length = strcspn(rest, ",");
        int is_known = 0;
        for (gm_bench_mode mode = 0; mode < GM_BENCH_N_MODES; ++mode) {
            const char *name = gm_bench_mode_name(mode);
            if (strlen(name) == length && strncmp(rest, name, length) == 0)
                b->modes[mode] = is_known = 1;
        }
        if (!is_known)
            return 0;
        if (rest[length] == '\0')
            return 1;
        rest += length + 1;
    }
}

static int check_options(const gm_command *command, const void *user)
{
    const bench_command *b = user;
    static const char *const of_made_up_data[] = {"classes", "rows", "density"};
    if (b->features > 0 && gm_options_given(command, "data"))
        return gm_options_error(command, "--features makes up data instead of --data: use one");
    for (size_t i = 0; i < sizeof of_made_up_data / sizeof of_made_up_data[0]; ++i) {
        if (b->features == 0 && gm_options_given(command, of_made_up_data[i]))
            return gm_options_error(command, "--%s needs --features N", of_made_up_data[i]);
    }
    return GM_OPTIONS_RUN;
}

static int parse(bench_command *b, int argc, char **argv)
{
    gm_run_settings_init(&b->setup.settings, GM_RECIPE_DEFAULT);
    const gm_option own[] = {
        GM_DIM(MADE_UP, "features", "N", &b->features, 1, UINT32_MAX, "values of a row"),
        GM_DIM(MADE_UP, "classes", "N", &b->classes, 1, GEMLET_MAX_CLASSES, "number of classes"),
        GM_DIM(MADE_UP, "rows", "N", &b->n_rows, 1, UINT32_MAX, "number of rows"),
        GM_REAL_RANGE(MADE_UP, "density", "X", &b->density, 0.0, 1.0,
                      "share of the values that is not 0"),
        GM_TEXT(BENCHMARK, "modes", "LIST", &b->modes_text,
                "what to measure: fused and ops (the OpenCL device, few launches per step or "
                "operation by operation), cpu (the path without OpenCL); default all that are "
                "possible"),
        GM_UNSIGNED(BENCHMARK, "rounds", "N", &b->rounds, 1, GM_BENCH_MAX_ROUNDS,
                    "times that each mode has its turn"),
        GM_FLAG(BENCHMARK, "no-starts", &b->no_starts,
                "measure no starts: saves the time in which drivers compile with empty caches"),
        GM_OUTPUT_FILE(BENCHMARK, "json", &b->json, "write everything measured to FILE"),
    };
    const gm_train_command command = {
        .name = "bench",
        .description =
            "Measures training steps of one network on this machine: on an OpenCL device with "
            "fused steps, on the same device operation by operation, and on the CPU without "
            "OpenCL. All three do the same steps on the same data from the same weights, each in "
            "a process of its own, in turn, so that other load on the machine affects all of "
            "them. Takes the options of gemlet train.\n"
            "cold s: seconds to the end of the first step with empty caches; warm s: the same "
            "with filled caches; MiB: peak memory; loss: mean of the last steps; of peak: share of "
            "the most multiply-adds per second that the device was measured to do.",
        .examples = "  gemlet bench\n"
                    "  gemlet bench --hidden 1024,1024 --batch 256 --modes fused,cpu\n"
                    "  gemlet bench --features 100 --classes 3 --density 0.1 --json bench.json\n",
        .steps_help = "steps of a round; default as many as take the slowest mode 0.25 s",
        .without = GM_GROUP_BIT(HELD_OUT) | GM_GROUP_BIT(EPOCHS) | GM_GROUP_BIT(FUSED),
        .own = own,
        .n_own = GM_N_OPTIONS(own),
        .check = check_options,
        .user = b,
    };
    const int parsed = gm_train_settings_parse(&b->setup.settings, &command, argc, argv);
    if (parsed != GM_OPTIONS_RUN || b->modes_text == NULL)
        return parsed;
    if (read_modes(b))
        return GM_OPTIONS_RUN;
    gm_print_text(
        stderr,
        "gemlet bench: --modes: found '%s', expected fused, ops and cpu separated by commas\n",
        b->modes_text);
    return GM_EXIT_USAGE;
}

/* ---- the work ------------------------------------------------------------------------------- */

static gemlet_status load_data(bench_command *b)
{
    const gm_synthetic_options made_up = {
        .rows = b->n_rows,
        .features = b->features,
        .classes = b->classes,
        .density = b->density,
        .seed = b->setup.settings.train.seed,
    };
    gemlet_dataset *rows;
    if (b->features == 0)
        return gm_setup_load(&b->setup);
    b->setup.settings.data = "made-up data";
    GEMLET_TRY(gm_synthetic_create(&rows, &made_up));
    return gm_setup_take_rows(&b->setup, rows, b->classes);
}

static gemlet_status prepare(bench_command *b)
{
    const gm_setup *s = &b->setup;
    GEMLET_TRY(load_data(b));
    GEMLET_TRY(gm_setup_create_model(&b->setup));
    b->subject = (gm_bench_subject){.data = s->settings.data,
                                    .spec_text = s->spec_text,
                                    .spec = &s->spec,
                                    .dataset = s->rows.train,
                                    .batch = s->settings.train.batch};
    return GEMLET_OK;
}

static void on_device(const gm_bench_result *result, void *user)
{
    const bench_command *b = user;
    gm_bench_print_subject(&b->subject, result);
}

static void on_rounds(const gm_bench_result *result, void *user)
{
    (void)user;
    printf("rounds   %u of %llu steps for each mode, in turn\n\n", result->n_rounds,
           (unsigned long long)result->steps_per_round);
    fflush(stdout);
}

static gemlet_status do_all(bench_command *b)
{
    GEMLET_TRY(prepare(b));
    const gm_setup *s = &b->setup;
    gm_bench_options options = {
        .model = s->model,
        .dataset = s->rows.train,
        .train = s->settings.train,
        .device = s->settings.device,
        .must_measure_all = b->modes_text != NULL,
        .no_starts = b->no_starts,
        .n_rounds = (unsigned)b->rounds,
        .steps = s->settings.train.n_steps,
        .stop = gm_interrupt_flag(),
        .on_device = on_device,
        .on_rounds = on_rounds,
        .user = b,
    };
    options.train.n_steps = SCHEDULE_STEPS;
    for (gm_bench_mode mode = 0; mode < GM_BENCH_N_MODES; ++mode)
        options.modes[mode] = b->modes_text == NULL || b->modes[mode];
    gm_interrupt_watch();
    GEMLET_TRY(gm_bench_run(&b->result, &options));
    if (b->result.is_stopped)
        return GEMLET_OK;
    GEMLET_TRY(gm_bench_print_table(&b->subject, &b->result));
    return b->json != NULL ? gm_bench_write_json(b->json, &b->subject, &b->result) : GEMLET_OK;
}

int gm_cmd_bench(int argc, char **argv)
{
    bench_command b = {
        .setup = {.events = GM_COMMAND_EVENTS("bench")},
        .rounds = 9,
        .classes = 10,
        .n_rows = 10000,
        .density = 1.0,
    };
    const int parsed = parse(&b, argc, argv);
    if (parsed != GM_OPTIONS_RUN)
        return parsed;
    int exit_code = GM_EXIT_OK;
    if (do_all(&b) != GEMLET_OK)
        exit_code = gm_report_error("bench");
    else if (b.result.is_stopped)
        exit_code = GM_EXIT_STOPPED;
    gm_setup_free(&b.setup);
    return exit_code;
}
