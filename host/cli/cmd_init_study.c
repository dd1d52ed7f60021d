/* SPDX-License-Identifier: MIT
 * gemlet init-study: what initial weights do to a network, measured and drawn. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/commands.h"
#include "cli/device_settings.h"
#include "cli/interrupt.h"
#include "cli/report_error.h"
#include "core/clean_text.h"
#include "core/clock.h"
#include "report/result_directory.h"
#include "study/study_graph.h"
#include "study/study_json.h"

static const gm_name batch_norm_names[] = {
    {"both", GM_STUDY_ALL}, {"without", 0}, {"with", 1}, {NULL, 0}};

/* "all", and the names behind it. */
#define MAX_CHOICES 16
typedef gm_name choices[MAX_CHOICES];

static void add_all(choices out, const gm_name *names)
{
    out[0] = (gm_name){"all", GM_STUDY_ALL};
    for (size_t i = 0; i + 1 < MAX_CHOICES; ++i) {
        out[i + 1] = names[i];
        if (names[i].name == NULL)
            return;
    }
    assert(!"too many names");
}

#define MAX_NAMES 320
#define NAME_SIZE 80

typedef struct init_study {
    const char *data;
    const char *out;
    gemlet_device_options device;
    int quiet;
    uint64_t max_memory;
    gm_study_options options;
    int is_stopped;
    gm_result_directory results;
    char name_texts[MAX_NAMES][NAME_SIZE];
    const char *names[MAX_NAMES]; /* (n_names) of all files that studies leave */
    size_t n_names;
} init_study;

static int parse(init_study *s, int argc, char **argv)
{
    gm_study_options *o = &s->options;
    choices activations;
    choices schemes;
    add_all(activations, gm_hidden_activation_names);
    add_all(schemes, gm_init_scheme_names + 1); /* without auto */
    gm_option options[] = {
        GM_DATA_DIRECTORY(DATA, "data", &s->data, "directory of the data set, as for gemlet train"),
        GM_MAX_MEMORY_OPTION(DATA, &s->max_memory),
        GM_CHOICE(CASES, "activation", "NAME", &o->activation, activations,
                  "activation of the hidden layers; all: relu, tanh and sigmoid"),
        GM_CHOICE(CASES, "init", "SCHEME", &o->scheme, schemes,
                  "initial weights, as for gemlet train"),
        GM_CHOICE(CASES, "batch-norm", "WHICH", &o->batch_norm, batch_norm_names,
                  "networks without batch-norm, with it, or both"),
        GM_DIM(STUDY, "depth", "N", &o->depth, 1, GEMLET_MAX_LAYERS - 1, "number of hidden layers"),
        GM_DIM(STUDY, "width", "N", &o->width, 1, UINT32_MAX, "width of each"),
        GM_DIM(STUDY, "rows", "N", &o->rows, 2, UINT32_MAX, "rows of the batch that is measured"),
        GM_UNSIGNED(STUDY, "steps", "N", &o->steps, 0, UINT32_MAX,
                    "training steps of each case; 0: no training"),
        GM_DIM(STUDY, "batch", "N", &o->batch, 1, UINT32_MAX, "rows per step"),
        GM_REAL_ABOVE(STUDY, "lr", "X", &o->learning_rate, 0.0, "learning rate, constant"),
        GM_UNSIGNED(STUDY, "seed", "N", &o->seed, 0, UINT64_MAX, "of weights and order of rows"),
        GM_DEVICE_OPTIONS(&s->device),
        GM_TEXT(OUTPUT, "out", "DIR", &s->out,
                "directory of the results; those of an earlier study there are replaced"),
        GM_FLAG(OUTPUT, "quiet", &s->quiet, "print errors only"),
    };
    const gm_command command = {
        .name = "init-study",
        .description =
            "Shows what initial weights do: for each activation, each scheme of initialisation, "
            "with and without batch-norm, a network is initialised, a batch of real data goes "
            "forward and backward, and the outputs and gradients of each layer are measured on the "
            "device. Then each network is trained for some steps.\n"
            "Leaves a picture of each case, layer by layer, a summary (init_study.png), the loss "
            "curves (init_study_loss.png), all figures (init_study.json), and prints a verdict on "
            "each case. docs/initialisation.md explains them.",
        .options = options,
        .n_options = GM_N_OPTIONS(options),
        .examples = "  gemlet init-study\n"
                    "  gemlet init-study --activation tanh --init lecun --depth 20 --steps 0\n",
    };
    const int parsed = gm_options_parse(&command, argc, argv);
    if (parsed == GM_OPTIONS_RUN)
        gemlet_memory_limit_set((size_t)s->max_memory);
    return parsed;
}

static void print_verdict(const gm_study_case *done, void *user)
{
    const init_study *s = user;
    if (s->quiet)
        return;
    printf("%s\n", done->verdict.text);
    if (done->diverged_step > 0)
        printf("    training diverged at step %llu\n", (unsigned long long)done->diverged_step);
    else if (done->n_losses > 0)
        printf("    after %llu steps: training loss %.4f, accuracy %.1f %%\n",
               (unsigned long long)done->losses[done->n_losses - 1].step,
               done->losses[done->n_losses - 1].loss, 100 * done->final_accuracy);
    fflush(stdout);
}

/* The first note says why there are no pictures; the others would say the same. */
static void take_note(const init_study *s, int *has_note, char *note)
{
    if (note != NULL && !*has_note) {
        char text[1024];
        gm_result_directory_name(text, sizeof text, &s->results, note);
        gm_print_text(stderr, "gemlet init-study: %s\n", text);
    }
    *has_note = *has_note || note != NULL;
    free(note);
}

static gemlet_status draw(const init_study *s, const gm_study *study)
{
    const char *directory = s->results.stage;
    char *note;
    int has_note = 0;
    for (size_t i = 0; i < study->n_cases && !has_note; ++i) {
        GEMLET_TRY(gm_study_graph_case(&note, directory, &study->cases[i]));
        take_note(s, &has_note, note);
    }
    if (!has_note) {
        GEMLET_TRY(gm_study_graph_summary(&note, directory, study));
        take_note(s, &has_note, note);
    }
    if (!has_note && study->options.steps > 0) {
        GEMLET_TRY(gm_study_graph_loss(&note, directory, study));
        take_note(s, &has_note, note);
    }
    return GEMLET_OK;
}

/* The figures first, so that they are there whatever becomes of the pictures. */
static gemlet_status save(init_study *s, const gm_study *study, const gemlet_device *device)
{
    GEMLET_TRY(gm_study_json_write(s->results.stage, study, gemlet_device_get_info(device)->name,
                                   s->data));
    GEMLET_TRY(gm_result_directory_commit(&s->results));
    GEMLET_TRY(draw(s, study));
    return gm_result_directory_commit(&s->results);
}

/* ---- the names of its files ----------------------------------------------------------------- */

static const char *const endings[] = {"gp", "png", "svg"};
#define N_ENDINGS (sizeof endings / sizeof endings[0])

static void add_pictures(init_study *s, const char *name)
{
    for (size_t i = 0; i < N_ENDINGS && s->n_names < MAX_NAMES; ++i) {
        char *text = s->name_texts[s->n_names];
        snprintf(text, NAME_SIZE, "%s.%s", name, endings[i]);
        s->names[s->n_names++] = text;
    }
}

/* Of every study: what an earlier one left in the directory goes when this one's comes. */
static gemlet_status open_results(init_study *s)
{
    gm_study all;
    gemlet_status status = gm_study_list_all(&all);
    s->names[s->n_names++] = GM_STUDY_JSON_NAME;
    add_pictures(s, "init_study");
    add_pictures(s, "init_study_loss");
    for (size_t i = 0; status == GEMLET_OK && i < all.n_cases; ++i)
        add_pictures(s, all.cases[i].name);
    gm_study_free(&all);
    GEMLET_TRY(status);
    return gm_result_directory_open(&s->results, s->out, s->names, s->n_names);
}

/* ---- the command ---------------------------------------------------------------------------- */

static gemlet_status run_all(init_study *s, gemlet_dataset **dataset, gemlet_device **device,
                             gm_study *study)
{
    const double started = gm_clock_seconds();
    char message[512] = "";
    GEMLET_TRY(open_results(s));
    GEMLET_TRY(gemlet_dataset_load_directory(dataset, s->data, GEMLET_SPLIT_TRAIN));
    if (gemlet_dataset_classes(*dataset) == 0)
        return gm_error(GEMLET_E_SHAPE, "%s: rows without labels", s->data);
    GEMLET_TRY(gm_device_settings_open(device, &s->device));
    if (!s->quiet)
        gm_print_text(stdout, "device   %s\n", gemlet_device_choice(*device));
    s->options.stop = gm_interrupt_flag();
    gm_interrupt_survive_pipes();
    gm_interrupt_watch();
    const gemlet_status status =
        gm_study_run(study, *device, *dataset, &s->options, print_verdict, s);
    snprintf(message, sizeof message, "%s", gemlet_last_error());
    s->is_stopped = status == GEMLET_OK && *s->options.stop != 0;
    if (study->n_cases > 0) /* finished, whatever came then */
        GEMLET_TRY(save(s, study, *device));
    if (!s->quiet)
        gm_print_text(stdout, "results  %s: %zu cases in %.1f s%s\n",
                      study->n_cases > 0 ? s->out : "none", study->n_cases,
                      gm_clock_seconds() - started, s->is_stopped ? ", stopped" : "");
    return status == GEMLET_OK ? GEMLET_OK : gm_error(status, "%s", message);
}

int gm_cmd_init_study(int argc, char **argv)
{
    init_study s = {
        .data = "datasets/mnist",
        .out = "runs/init-study",
        .options = {.activation = GM_STUDY_ALL,
                    .scheme = GM_STUDY_ALL,
                    .batch_norm = GM_STUDY_ALL,
                    .depth = 5,
                    .width = 150,
                    .rows = 256,
                    .steps = 1000,
                    .batch = 64,
                    .learning_rate = 0.1,
                    .seed = 1},
    };
    gemlet_device_options_init(&s.device);
    const int parsed = parse(&s, argc, argv);
    if (parsed != GM_OPTIONS_RUN)
        return parsed;
    gemlet_dataset *dataset = NULL;
    gemlet_device *device = NULL;
    gm_study study = {0};
    int exit_code = GM_EXIT_OK;
    if (run_all(&s, &dataset, &device, &study) != GEMLET_OK)
        exit_code = gm_report_error("init-study");
    else if (s.is_stopped)
        exit_code = GM_EXIT_STOPPED;
    gm_result_directory_close(&s.results);
    gm_study_free(&study);
    gemlet_device_close(device);
    gemlet_dataset_destroy(dataset);
    return exit_code;
}
