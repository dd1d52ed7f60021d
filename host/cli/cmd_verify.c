/* SPDX-License-Identifier: MIT
 * gemlet verify: training steps on the device and on the reference in lockstep; or against a file
 * that another machine wrote; or each on its own. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/interrupt.h"
#include "cli/report_error.h"
#include "cli/train_job.h"
#include "cli/tuned_report.h"
#include "tune/tuned.h"
#include "verify/free_run.h"
#include "verify/free_run_report.h"
#include "verify/lockstep.h"
#include "verify/replay.h"
#include "verify/report.h"
#include "verify/trace_reader.h"
#include "verify/trace_writer.h"

typedef struct verify_run {
    gm_train_settings settings;
    const char *op;
    int free_run;
    const char *write_reference;
    const char *against;
    int json;
    int quiet;
    int argc;
    char **argv;

    gm_train_rows rows;
    gemlet_spec spec;
    char spec_text[GEMLET_SPEC_TEXT_SIZE];
    gemlet_device *device;
    gemlet_model *model;
    gm_trace_info trace; /* about the reference file that is written */
    gm_trace_writer *writer;
    int is_written;
    gm_trace_reader *reader;
    uint64_t n_steps;               /* asked for */
    char tuned[GM_TUNED_TEXT_SIZE]; /* what of the device is tuned; may be empty */
    char step_summary[128];         /* how the steps are handed to the device */
    gm_lockstep_result result;
    gm_free_run_result free_result;
} verify_run;

/* Modes in which no step is fused. */
static int has_operations_only(const verify_run *r)
{
    return r->free_run || r->write_reference != NULL || r->against != NULL;
}

static int check_modes(const gm_command *command, const void *user)
{
    const verify_run *r = user;
    static const char *const from_file[] = {
        "data",
        "hold-out",
        "input-scale",
        "hidden",
        "activation",
        "no-batch-norm",
        "batch-norm-output",
        "init",
        "init-scale",
        "output-gain",
        "recipe",
        "batch",
        "steps",
        "epochs",
        "lr",
        "lr-schedule",
        "lr-step-every",
        "lr-step-factor",
        "weight-decay",
        "seed",
        "free-run",
        "write-reference",
    };
    for (size_t i = 0; r->against != NULL && i < sizeof from_file / sizeof from_file[0]; ++i) {
        if (gm_options_given(command, from_file[i]))
            return gm_options_error(command, "--against does what its file says: leave out --%s",
                                    from_file[i]);
    }
    if (r->settings.fused == GEMLET_FUSED_ON && has_operations_only(r))
        return gm_options_error(command, "--free-run, --write-reference and --against work "
                                         "operation by operation: leave out --fused on");
    if (r->free_run && r->write_reference != NULL)
        return gm_options_error(command, "--free-run and --write-reference exclude each other");
    if (r->free_run && r->op != NULL)
        return gm_options_error(command, "--free-run compares no single operations: leave out "
                                         "--op");
    if (r->write_reference != NULL && r->op != NULL)
        return gm_options_error(command,
                                "--write-reference records all operations: leave out --op");
    return GM_OPTIONS_RUN;
}

static int parse(verify_run *r, int argc, char **argv)
{
    gm_train_settings_defaults(&r->settings);
    const gm_option own[] = {
        GM_OPTION_HEADING("Mode"),
        GM_FLAG("free-run", &r->free_run,
                "let the device, the float CPU path and the reference each train on their own, and "
                "report how far they drift apart"),
        GM_TEXT("write-reference", "FILE", &r->write_reference,
                "record the first two steps and the last, for --against on another machine"),
        GM_TEXT("against", "FILE", &r->against,
                "compare the device with what another one recorded; of the other options only "
                "those of the device, the report and --network are taken"),
        GM_FLAG("no-tuned", &r->settings.no_tuned, "do not use what gemlet tune found"),
        GM_OPTION_HEADING("Report"),
        GM_TEXT("op", "TEXT", &r->op,
                "compare only operations whose name in the table contains TEXT, e.g. 'layer 2' or "
                "dense_fwd"),
        GM_FLAG("json", &r->json, "print the report as JSON"),
        GM_FLAG("quiet", &r->quiet, "print the verdict only"),
    };
    const gm_train_command command = {
        .name = "verify",
        .description =
            "Runs training steps on the device and on the double-precision reference in lockstep "
            "and compares every result of every operation within the error bound that follows "
            "from the operation. Takes the options of gemlet train and verifies the steps that it "
            "would take, fused or operation by operation.\n"
            "With --write-reference these steps are also recorded, with --device reference as the "
            "reference calculates them; --against FILE then verifies a device of another machine, "
            "which needs no data set.\n"
            "Exit code 0: verified; 1: the device differs, or the training diverged.",
        .examples = "  gemlet verify --device gpu\n"
                    "  gemlet verify --hidden 300,100 --activation tanh --steps 50 --json\n"
                    "  gemlet verify --device cpu --steps 20 --write-reference cpu.npz\n"
                    "  gemlet verify --device gpu --against cpu.npz\n",
        .default_steps = 200,
        .steps_help = "number of steps to verify; learning rates are those of a training run of "
                      "20000 steps, or of --epochs",
        .own = own,
        .n_own = GM_N_OPTIONS(own),
        .check = check_modes,
        .user = r,
    };
    return gm_train_settings_parse(&r->settings, &command, argc, argv);
}

/* ---- preparations --------------------------------------------------------------------------- */

static void describe_device(gm_trace_info *trace, const gemlet_device *device)
{
    const gemlet_device_info *info = gemlet_device_get_info(device);
    trace->is_double = info->type == GEMLET_DEVICE_REFERENCE;
    snprintf(trace->device, sizeof trace->device, "%s", info->name);
    snprintf(trace->driver, sizeof trace->driver, "%s", info->driver);
    snprintf(trace->gemm, sizeof trace->gemm, "%s", gemlet_device_gemm_name(device));
}

/* The reference cannot be verified, but it can write what others are verified with. The steps are
 * then those of the float CPU path, because inputs must be floats. */
static gemlet_status open_device(verify_run *r)
{
    gm_device_settings settings = r->settings.device;
    GEMLET_TRY(gm_device_settings_open(&r->device, &settings));
    describe_device(&r->trace, r->device);
    if (!r->trace.is_double)
        return GEMLET_OK;
    if (r->write_reference == NULL)
        return gm_error(GEMLET_E_DEVICE,
                        "the reference is what devices are compared with: name another device");
    gemlet_device_close(r->device);
    r->device = NULL;
    settings.selector = "cpu";
    return gm_device_settings_open(&r->device, &settings);
}

static gemlet_status prepare_record(verify_run *r)
{
    if (r->write_reference == NULL)
        return GEMLET_OK;
    gm_trace_info *trace = &r->trace;
    snprintf(trace->network, sizeof trace->network, "%s", r->spec_text);
    trace->batch = r->settings.batch;
    trace->seed = r->settings.seed;
    trace->data_crc32 = gemlet_dataset_crc32(r->rows.train);
    trace->input_scale = gemlet_model_input_scale(r->model);
    return gm_trace_writer_create(&r->writer, trace);
}

/* From the options: data, network, device, model. */
static gemlet_status prepare_job(verify_run *r)
{
    const gm_train_settings *s = &r->settings;
    GEMLET_TRY(gm_train_job_load(&r->rows, &r->spec, s));
    GEMLET_TRY(gemlet_spec_format(&r->spec, r->spec_text, sizeof r->spec_text));
    GEMLET_TRY(open_device(r));
    GEMLET_TRY(gm_train_job_create_model(&r->model, s, &r->spec, r->rows.train));
    if (!has_operations_only(r))
        GEMLET_TRY(gm_tuned_use("verify", r->tuned, &r->settings, r->device, &r->spec));
    return prepare_record(r);
}

/* From the file. */
static gemlet_status prepare_against(verify_run *r)
{
    GEMLET_TRY(gm_trace_reader_open(&r->reader, r->against));
    const gm_trace_info *info = gm_trace_reader_info(r->reader);
    GEMLET_TRY(gm_trace_reader_spec(r->reader, &r->spec));
    GEMLET_TRY(gemlet_spec_format(&r->spec, r->spec_text, sizeof r->spec_text));
    if (r->settings.network != NULL) {
        gemlet_spec asked;
        char asked_text[GEMLET_SPEC_TEXT_SIZE];
        GEMLET_TRY(gemlet_spec_parse(&asked, r->settings.network));
        GEMLET_TRY(gemlet_spec_format(&asked, asked_text, sizeof asked_text));
        if (strcmp(asked_text, r->spec_text) != 0)
            return gm_error(GEMLET_E_SHAPE, "%s: network %.200s, --network says %.200s", r->against,
                            r->spec_text, asked_text);
    }
    r->settings.batch = info->batch;
    r->settings.seed = info->seed;
    return open_device(r);
}

static void print_head(const verify_run *r)
{
    if (r->json || r->quiet)
        return;
    printf("device   %s; GEMM by %s\n", gemlet_device_choice(r->device),
           gemlet_device_gemm_name(r->device));
    if (r->tuned[0] != '\0')
        printf("tuned    %s\n", r->tuned);
    printf("network  %s, batch %u, seed %llu\n", r->spec_text, r->settings.batch,
           (unsigned long long)r->settings.seed);
    if (r->reader != NULL) {
        const gm_trace_info *info = gm_trace_reader_info(r->reader);
        printf("against  %s, driver %s; GEMM by %s; in %s; data CRC-32 %08lx\n", info->device,
               info->driver, info->gemm, info->is_double ? "double" : "float",
               (unsigned long)info->data_crc32);
    }
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
        .record = r->writer,
    };
    GEMLET_TRY(gm_lockstep_run(&r->result, r->model, r->device, r->rows.train, &options));
    if (r->writer == NULL || !gm_lockstep_is_verified(&r->result) || r->result.diverged_step > 0 ||
        r->result.steps < r->n_steps)
        return GEMLET_OK;
    GEMLET_TRY(gm_trace_writer_write(r->writer, r->write_reference));
    r->is_written = 1;
    return GEMLET_OK;
}

static gemlet_status run_freely(verify_run *r, const gemlet_train_options *train)
{
    const gm_free_run_options options = {
        .train = train,
        .n_steps = r->n_steps,
        .stop = gm_interrupt_flag(),
    };
    return gm_free_run(&r->free_result, r->model, r->device, r->rows.train, &options);
}

static gemlet_status run_against(verify_run *r)
{
    const gm_replay_options options = {.op = r->op, .stop = gm_interrupt_flag()};
    r->n_steps = gm_trace_reader_info(r->reader)->n_steps;
    return gm_replay_run(&r->result, r->reader, r->device, &options);
}

static gemlet_status verify(verify_run *r)
{
    gm_interrupt_watch();
    if (r->reader != NULL)
        return run_against(r);
    const gm_train_settings *s = &r->settings;
    /* The run whose first steps are verified: how many of them are must not change their rates. */
    gm_train_settings whole = *s;
    whole.steps = s->steps > GM_TRAIN_DEFAULT_STEPS ? s->steps : GM_TRAIN_DEFAULT_STEPS;
    uint64_t n_train_steps;
    GEMLET_TRY(gm_train_job_count_steps(&n_train_steps, &whole, r->rows.train));
    gemlet_train_options train = gm_train_job_options(s, n_train_steps);
    if (has_operations_only(r))
        train.fused = GEMLET_FUSED_OFF;
    train.on_plan = on_plan;
    train.user = r;
    r->n_steps = s->epochs > 0 ? n_train_steps : s->steps;
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
    const char *label = gm_report_first_wrong(&r->result, &step);
    if (label == NULL)
        return;
    static const char record[] = "--write-reference";
    const size_t n = sizeof record - 1;
    printf("  to repeat: gemlet");
    for (int i = 0; i < r->argc; ++i) {
        if (strncmp(r->argv[i], record, n) == 0 && (r->argv[i][n] == '\0' || r->argv[i][n] == '='))
            i += r->argv[i][n] == '\0'; /* nor its value */
        else
            print_argument(r->argv[i]);
    }
    if (r->trace.is_double)
        printf(" --device cpu");
    if (r->settings.epochs == 0 && r->reader == NULL)
        printf(" --steps %llu", (unsigned long long)step);
    printf(" --op");
    print_argument(label);
    printf("\n");
}

static gemlet_status print_json(const verify_run *r)
{
    const gm_report_job job = {
        .network = r->spec_text,
        .data = r->reader != NULL ? r->against : r->settings.data,
        .device = gemlet_device_get_info(r->device)->name,
        .gemm = gemlet_device_gemm_name(r->device),
        .batch = r->settings.batch,
        .seed = r->settings.seed,
        .n_steps = r->n_steps,
        .step = r->step_summary[0] != '\0' ? r->step_summary : NULL,
        .against = r->reader != NULL ? gm_trace_reader_info(r->reader)->device : NULL,
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
        gm_report_table(stdout, &r->result);
        gm_report_families(stdout, &r->result);
        printf("%.1f s, loss %.4f to %.4f\n", r->result.seconds, r->result.first_loss,
               r->result.last_loss);
    }
    gm_report_verdict(stdout, &r->result, r->n_steps);
    if (r->is_written && !r->quiet)
        printf("recorded: %s\n", r->write_reference);
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
    int exit_code = GM_EXIT_OK;
    if (!is_good(r))
        exit_code = GM_EXIT_FAILURE;
    else if (n_done < r->n_steps && *gm_interrupt_flag())
        exit_code = GM_EXIT_STOPPED;
    if (r->writer != NULL && !r->is_written)
        fprintf(stderr, "gemlet verify: %s: not written, because %s\n", r->write_reference,
                exit_code == GM_EXIT_STOPPED ? "the run was stopped" : "the run was not verified");
    return exit_code;
}

static void close_run(verify_run *r)
{
    gm_lockstep_result_free(&r->result);
    gm_trace_reader_close(r->reader);
    gm_trace_writer_destroy(r->writer);
    gemlet_model_destroy(r->model);
    gemlet_device_close(r->device);
    gm_train_rows_free(&r->rows);
}

int gm_cmd_verify(int argc, char **argv)
{
    verify_run r = {.argc = argc, .argv = argv};
    const int parsed = parse(&r, argc, argv);
    if (parsed != GM_OPTIONS_RUN)
        return parsed;
    gemlet_status status = r.against != NULL ? prepare_against(&r) : prepare_job(&r);
    if (status == GEMLET_OK) {
        print_head(&r);
        status = verify(&r);
    }
    if (status == GEMLET_OK)
        status = report(&r);
    const int exit_code = status == GEMLET_OK ? find_exit_code(&r) : gm_report_error("verify");
    close_run(&r);
    return exit_code;
}
