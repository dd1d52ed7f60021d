/* SPDX-License-Identifier: MIT
 * gemlet init-study: what initial weights do to a network, measured and drawn. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/commands.h"
#include "cli/device_settings.h"
#include "cli/report_error.h"
#include "core/clock.h"
#include "core/file.h"
#include "study/study_graph.h"
#include "study/study_json.h"

/* "all" first; then in the order of gm_study_activations and gm_study_schemes, then other names of
 * the latter. */
static const char *const activation_names[] = {"all", "relu", "tanh", "sigmoid", NULL};
static const char *const scheme_names[] = {
    "all", "normal", "scaled-normal", "xavier", "kaiming", "lecun", "glorot", "he", NULL};
static const char *const batch_norm_names[] = {"both", "without", "with", NULL};

typedef struct init_study {
    const char *data;
    const char *out;
    gm_device_settings device;
    int activation; /* positions in the names */
    int scheme;
    int batch_norm;
    int quiet;
    gm_study_options options;
} init_study;

static void translate_choices(init_study *s)
{
    const int glorot = 1 + GM_STUDY_N_SCHEMES;
    if (s->scheme >= glorot) /* xavier, kaiming */
        s->scheme -= 3;
    s->options.activation = s->activation == 0 ? -1 : (int)gm_study_activations[s->activation - 1];
    s->options.scheme = s->scheme == 0 ? -1 : (int)gm_study_schemes[s->scheme - 1];
    s->options.batch_norm = s->batch_norm - 1;
}

static int parse(init_study *s, int argc, char **argv)
{
    gm_study_options *o = &s->options;
    gm_option options[] = {
        GM_OPTION_HEADING("Data"),
        GM_TEXT("data", "DIR", &s->data, "directory of the data set, as for gemlet train"),
        GM_OPTION_HEADING("Cases"),
        GM_CHOICE("activation", "NAME", &s->activation, activation_names,
                  "activation of the hidden layers"),
        GM_CHOICE("init", "SCHEME", &s->scheme, scheme_names,
                  "initial weights, as for gemlet train"),
        GM_CHOICE("batch-norm", "WHICH", &s->batch_norm, batch_norm_names,
                  "networks without batch-norm, with it, or both"),
        GM_OPTION_HEADING("Network and training"),
        GM_DIM("depth", "N", &o->depth, 1, GEMLET_MAX_LAYERS - 1, "number of hidden layers"),
        GM_DIM("width", "N", &o->width, 1, UINT32_MAX, "width of each"),
        GM_DIM("rows", "N", &o->rows, 2, UINT32_MAX, "rows of the batch that is measured"),
        GM_UNSIGNED("steps", "N", &o->steps, 0, UINT32_MAX,
                    "training steps of each case; 0: no training"),
        GM_DIM("batch", "N", &o->batch, 1, UINT32_MAX, "rows per step"),
        GM_REAL_ABOVE("lr", "X", &o->learning_rate, 0.0, "learning rate, constant"),
        GM_UNSIGNED("seed", "N", &o->seed, 0, UINT64_MAX, "of weights and order of rows"),
        GM_DEVICE_OPTIONS(&s->device),
        GM_OPTION_HEADING("Output"),
        GM_TEXT("out", "DIR", &s->out, "directory of the results"),
        GM_FLAG("quiet", &s->quiet, "print errors only"),
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
        translate_choices(s);
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
static void take_note(int *has_note, char *note)
{
    if (note != NULL && !*has_note)
        fprintf(stderr, "gemlet init-study: %s\n", note);
    *has_note = *has_note || note != NULL;
    free(note);
}

static gemlet_status draw(const init_study *s, const gm_study *study)
{
    char *note;
    int has_note = 0;
    for (size_t i = 0; i < study->n_cases && !has_note; ++i) {
        GEMLET_TRY(gm_study_graph_case(&note, s->out, &study->cases[i]));
        take_note(&has_note, note);
    }
    if (!has_note) {
        GEMLET_TRY(gm_study_graph_summary(&note, s->out, study));
        take_note(&has_note, note);
    }
    if (!has_note && study->options.steps > 0) {
        GEMLET_TRY(gm_study_graph_loss(&note, s->out, study));
        take_note(&has_note, note);
    }
    return GEMLET_OK;
}

static gemlet_status run_all(const init_study *s, gemlet_dataset **dataset, gemlet_device **device,
                             gm_study *study)
{
    const double started = gm_clock_seconds();
    GEMLET_TRY(gm_directory_create(s->out));
    GEMLET_TRY(gemlet_dataset_load_directory(dataset, s->data, GEMLET_SPLIT_TRAIN));
    if (gemlet_dataset_classes(*dataset) == 0)
        return gm_error(GEMLET_E_SHAPE, "%s: rows without labels", s->data);
    GEMLET_TRY(gm_device_settings_open(device, &s->device));
    if (!s->quiet)
        printf("device   %s\n", gemlet_device_choice(*device));
    GEMLET_TRY(
        gm_study_run(study, *device, *dataset, &s->options, print_verdict, (void *)(uintptr_t)s));
    GEMLET_TRY(gm_study_json_write(s->out, study, gemlet_device_get_info(*device)->name, s->data));
    GEMLET_TRY(draw(s, study));
    if (!s->quiet)
        printf("results  %s: %zu cases in %.1f s, %s\n", s->out, study->n_cases,
               gm_clock_seconds() - started, GM_STUDY_JSON_NAME);
    return GEMLET_OK;
}

int gm_cmd_init_study(int argc, char **argv)
{
    init_study s = {
        .data = "datasets/mnist",
        .out = "runs/init-study",
        .device = GM_DEVICE_SETTINGS_DEFAULT,
        .options = {.depth = 5,
                    .width = 150,
                    .rows = 256,
                    .steps = 1000,
                    .batch = 64,
                    .learning_rate = 0.1,
                    .seed = 1},
    };
    const int parsed = parse(&s, argc, argv);
    if (parsed != GM_OPTIONS_RUN)
        return parsed;
    gemlet_dataset *dataset = NULL;
    gemlet_device *device = NULL;
    gm_study study = {0};
    const gemlet_status status = run_all(&s, &dataset, &device, &study);
    gm_study_free(&study);
    gemlet_device_close(device);
    gemlet_dataset_destroy(dataset);
    return status == GEMLET_OK ? GM_EXIT_OK : gm_report_error("init-study");
}
