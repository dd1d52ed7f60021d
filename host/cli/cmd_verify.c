/* SPDX-License-Identifier: MIT
 * gemlet verify: training steps on the device and on the reference in lockstep, or each on its own.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/device_settings.h"
#include "options/train_settings.h"
#include "core/clean_text.h"
#include "run/device.h"
#include "run/setup.h"
#include "verify/free_run.h"
#include "verify/free_run_report.h"
#include "verify/lockstep.h"
#include "verify/report.h"

typedef struct verify_run {
    gm_setup setup;
    const char *op;
    int free_run;
    int json;
    int quiet;
    int argc;
    char **argv;

    uint64_t n_steps;       /* asked for */
    char step_summary[128]; /* how the steps are handed to the device */
    gm_lockstep_result result;
    gm_free_run_result free_result;
} verify_run;

static int check_modes(const gm_command *command, const void *user)
{
    const verify_run *r = user;
    if (r->free_run && r->setup.settings.train.fused == GEMLET_FUSED_ON)
        return gm_options_error(command, "--free-run works operation by operation: leave out "
                                         "--fused on");
    if (r->free_run && r->op != NULL)
        return gm_options_error(command, "--free-run compares no single operations: leave out "
                                         "--op");
    return GM_OPTIONS_RUN;
}

static int parse(verify_run *r, int argc, char **argv)
{
    gm_run_settings *s = &r->setup.settings;
    gm_run_settings_init(s, GM_RECIPE_DEFAULT);
    const gm_option own[] = {
        GM_FLAG(MODE, "free-run", &r->free_run,
                "let the device, the float CPU path and the reference each train on their own, and "
                "report how far they drift apart"),
        GM_FLAG(DEVICE, "no-tuned", &s->no_tuned, "do not use what gemlet tune found"),
        GM_TEXT(REPORT, "op", "TEXT", &r->op,
                "compare only operations whose name in the table contains TEXT, e.g. 'layer 2' or "
                "dense_fwd"),
        GM_FLAG(REPORT, "json", &r->json, "print the report as JSON"),
        GM_FLAG(REPORT, "quiet", &r->quiet, "print the verdict only"),
    };
    const gm_train_command command = {
        .name = "verify",
        .description =
            "Runs training steps on the device and on the double-precision reference in lockstep "
            "and compares every result of every operation within the error bound that follows "
            "from the operation. Takes the options of gemlet train and verifies the steps that it "
            "would take, fused or operation by operation.\n"
            "Exit code 0: verified; 1: the device differs, or the training diverged.",
        .examples = "  gemlet verify --device gpu\n"
                    "  gemlet verify --hidden 300,100 --activation tanh --steps 50 --json\n",
        .default_steps = 200,
        .steps_help = "number of steps to verify; learning rates are those of a training run of "
                      "20000 steps, or of --epochs",
        .own = own,
        .n_own = GM_N_OPTIONS(own),
        .check = check_modes,
        .user = r,
    };
    return gm_train_settings_parse(s, &command, argc, argv);
}

/* ---- preparations --------------------------------------------------------------------------- */

static gemlet_status prepare(verify_run *r)
{
    gm_setup *s = &r->setup;
    GEMLET_TRY(gm_setup_load(s));
    GEMLET_TRY(gm_setup_open_device(s));
    GEMLET_TRY(gm_run_check_compared(s->device));
    GEMLET_TRY(gm_setup_create_model(s));
    return r->free_run ? GEMLET_OK : gm_setup_use_tuned(s);
}

static void print_head(const verify_run *r)
{
    if (r->json || r->quiet)
        return;
    gm_print_text(stdout, "device   %s; GEMM by %s\n", gemlet_device_choice(r->setup.device),
                  gemlet_device_gemm_name(r->setup.device));
    if (r->setup.tuned[0] != '\0')
        printf("tuned    %s\n", r->setup.tuned);
    printf("network  %s, batch %u, seed %llu\n", r->setup.spec_text, r->setup.settings.train.batch,
           (unsigned long long)r->setup.settings.train.seed);
    fflush(stdout);
}

/* ---- runs ----------------------------------------------------------------------------------- */

static void on_plan(const char *summary, const char *plan, void *user)
{
    verify_run *r = user;
    (void)plan;
    snprintf(r->step_summary, sizeof r->step_summary, "%s", summary);
    if (!r->json && !r->quiet)
        printf("steps    %s\n", summary);
    fflush(stdout);
}

static gemlet_status run_lockstep(verify_run *r, const gemlet_train_options *train)
{
    const gm_lockstep_options options = {
        .train = train,
        .n_steps = r->n_steps,
        .op = r->op,
        .stop = gm_interrupt_flag(),
    };
    return gm_lockstep_run(&r->result, r->setup.model, r->setup.device, r->setup.rows.train,
                           &options);
}

static gemlet_status run_freely(verify_run *r, const gemlet_train_options *train)
{
    const gm_free_run_options options = {
        .train = train,
        .n_steps = r->n_steps,
        .stop = gm_interrupt_flag(),
    };
    return gm_free_run(&r->free_result, r->setup.model, r->setup.device, r->setup.rows.train,
                       &options);
}

static gemlet_status verify(verify_run *r)
{
    gm_interrupt_watch();
    const gm_run_settings *s = &r->setup.settings;
    r->n_steps = gm_run_settings_count_steps(s, gemlet_dataset_rows(r->setup.rows.train));
    gemlet_train_options train = s->train;
    /* The run whose first steps are verified: how many of them are must not change their rates. */
    train.n_steps =
        s->epochs == 0 && r->n_steps < GM_RUN_DEFAULT_STEPS ? GM_RUN_DEFAULT_STEPS : r->n_steps;
    if (r->free_run)
        train.fused = GEMLET_FUSED_OFF;
    train.on_plan = on_plan;
    train.user = r;
    return r->free_run ? run_freely(r, &train) : run_lockstep(r, &train);
}

/* ---- report --------------------------------------------------------------------------------- */

static int needs_quotes(const char *text)
{
    return text[0] == '\0' ||
           strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=+./,:") !=
               strlen(text);
}

static void print_argument(const char *text)
{
    if (!needs_quotes(text)) {
        printf(" %s", text);
        return;
    }
    printf(" '");
    for (; *text != '\0'; ++text) {
        if (*text == '\'')
            printf("'\\''");
        else
            putchar(*text);
    }
    printf("'");
}

/* The command line that runs to the first wrong operation and compares nothing else: of a repeated
 * option the last one wins. */
static void print_repetition(const verify_run *r)
{
    uint64_t step = 0;
    const char *label = gm_lockstep_first_wrong(&r->result, &step);
    if (label == NULL)
        return;
    printf("  to repeat: gemlet");
    for (int i = 0; i < r->argc; ++i)
        print_argument(r->argv[i]);
    if (r->setup.settings.epochs == 0)
        printf(" --steps %llu", (unsigned long long)step);
    printf(" --op");
    print_argument(label);
    printf("\n");
}

static gemlet_status print_json(const verify_run *r)
{
    const gm_report_job job = {
        .network = r->setup.spec_text,
        .data = r->setup.settings.data,
        .device = gemlet_device_get_info(r->setup.device)->name,
        .gemm = gemlet_device_gemm_name(r->setup.device),
        .batch = r->setup.settings.train.batch,
        .seed = r->setup.settings.train.seed,
        .n_steps = r->n_steps,
        .step = r->step_summary[0] != '\0' ? r->step_summary : NULL,
    };
    char *text;
    if (r->free_run)
        GEMLET_TRY(gm_free_run_json(&text, &r->free_result, &job));
    else
        GEMLET_TRY(gm_report_json(&text, &r->result, &job));
    printf("%s\n", text);
    free(text);
    return GEMLET_OK;
}

static void print_free_run(const verify_run *r)
{
    if (!r->quiet)
        gm_free_run_table(stdout, &r->free_result);
    gm_free_run_print_verdict(stdout, &r->free_result);
}

static gemlet_status report(const verify_run *r)
{
    if (r->json)
        return print_json(r);
    if (r->free_run) {
        print_free_run(r);
        return GEMLET_OK;
    }
    if (!r->quiet) {
        GEMLET_TRY(gm_report_table(stdout, &r->result));
        gm_report_families(stdout, &r->result);
        printf("%.1f s, loss %.4f to %.4f\n", r->result.seconds, r->result.first_loss,
               r->result.last_loss);
    }
    gm_report_verdict(stdout, &r->result, r->n_steps);
    print_repetition(r);
    return GEMLET_OK;
}

static int is_good(const verify_run *r)
{
    return r->free_run ? r->free_result.verdict == GM_FREE_RUN_FINITE
                       : gm_lockstep_is_verified(&r->result) && r->result.diverged_step == 0;
}

/* What is left to say once the report is printed. */
static int find_exit_code(const verify_run *r)
{
    const uint64_t n_done = r->free_run ? r->free_result.steps : r->result.steps;
    if (!is_good(r))
        return GM_EXIT_FAILURE;
    return n_done < r->n_steps && *gm_interrupt_flag() ? GM_EXIT_STOPPED : GM_EXIT_OK;
}

int gm_cmd_verify(int argc, char **argv)
{
    verify_run r = {
        .setup = {.events = GM_COMMAND_EVENTS("verify")},
        .argc = argc,
        .argv = argv,
    };
    const int parsed = parse(&r, argc, argv);
    if (parsed != GM_OPTIONS_RUN)
        return parsed;
    gemlet_status status = prepare(&r);
    if (status == GEMLET_OK) {
        print_head(&r);
        status = verify(&r);
    }
    if (status == GEMLET_OK)
        status = report(&r);
    const int exit_code = status == GEMLET_OK ? find_exit_code(&r) : gm_report_error("verify");
    gm_lockstep_result_free(&r.result);
    gm_setup_free(&r.setup);
    return exit_code;
}
