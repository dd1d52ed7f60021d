/* SPDX-License-Identifier: MIT
 * gemlet tune-recipe: a random search for learning rate, weight decay, dropout and widths, and the
 * training with what it found. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/interrupt.h"
#include "options/options.h"
#include "cli/report_error.h"
#include "cli/device_settings.h"
#include "options/train_settings.h"
#include "core/clean_text.h"
#include "core/memory.h"
#include "data/output.h"
#include "run/search.h"

#define HIDDEN_SIZE 64u
#define MAX_CHOSEN  8u /* arguments that the search adds */

typedef struct search_command {
    gm_setup setup;
    gm_search search;
    uint64_t budget;
    gemlet_dim n_trials;
    const char *table; /* file of the trials; NULL: none */
    const char *out;   /* of the training */
    int overwrite;
    int quiet;
    int only; /* no training behind the search */
    char *csv;
    size_t csv_size;
    FILE *csv_stream;
} search_command;

/* ---- trials --------------------------------------------------------------------------------- */

static void format_hidden(char text[HIDDEN_SIZE], const gm_dim_list *hidden)
{
    size_t length = 0;
    snprintf(text, HIDDEN_SIZE, "none");
    for (unsigned i = 0; i < hidden->n && length + 12 < HIDDEN_SIZE; ++i)
        length += (size_t)snprintf(text + length, HIDDEN_SIZE - length, "%s%u", i > 0 ? "," : "",
                                   hidden->values[i]);
}

static void on_trial(const gm_trial *t, void *user)
{
    search_command *c = user;
    char hidden[HIDDEN_SIZE];
    char accuracy[16] = "-";
    format_hidden(hidden, &t->hidden);
    if (!isnan(t->accuracy))
        snprintf(accuracy, sizeof accuracy, "%.2f %%", 100 * t->accuracy);
    printf("%5u  %7llu  %10.4f  %9s  %7.1f  %-9.3g  %-12.3g  %-7.2f  %s\n", t->number,
           (unsigned long long)t->n_steps, t->loss, accuracy, t->seconds, t->learning_rate,
           t->weight_decay, t->dropout, hidden);
    fflush(stdout);
    if (c->csv_stream != NULL)
        fprintf(c->csv_stream, "%u,%llu,%.9g,%.9g,%.3f,%.9g,%.9g,%.9g,\"%s\"\n", t->number,
                (unsigned long long)t->n_steps, t->loss, t->accuracy, t->seconds, t->learning_rate,
                t->weight_decay, t->dropout, hidden);
}

/* ---- the command line ----------------------------------------------------------------------- */

/* What the user has settled is not searched. */
static int check(const gm_command *command, const void *user)
{
    search_command *c = (search_command *)(uintptr_t)user;
    unsigned *searched = &c->search.searched;
    *searched = 0;
    if (!gm_options_given(command, "lr"))
        *searched |= GM_SEARCH_LEARNING_RATE;
    if (!gm_options_given(command, "weight-decay"))
        *searched |= GM_SEARCH_WEIGHT_DECAY;
    if (!gm_options_given(command, "dropout"))
        *searched |= GM_SEARCH_DROPOUT;
    if (!gm_options_given(command, "hidden") && !gm_options_given(command, "network"))
        *searched |= GM_SEARCH_HIDDEN;
    if (*searched == 0)
        return gm_options_error(command, "--lr, --weight-decay, --dropout and the network are all "
                                         "given: nothing is left to search");
    return GM_OPTIONS_RUN;
}

static int parse(search_command *c, int argc, char **argv)
{
    gm_run_settings_init(&c->setup.settings, GM_RECIPE_DEFAULT);
    const gm_option own[] = {
        GM_DIM(OUTPUT, "trials", "N", &c->n_trials, 1, 100000, "trials of the first round"),
        GM_UNSIGNED(OUTPUT, "budget", "SECONDS", &c->budget, 1, 1000000,
                    "time after which no further trial is begun"),
        GM_OUTPUT_FILE(OUTPUT, "table", &c->table, "file for all trials, as CSV"),
        GM_FLAG(OUTPUT, "only", &c->only, "print what was found, train nothing with it"),
        GM_TEXT(OUTPUT, "out", "DIR", &c->out, "as of gemlet train"),
        GM_FLAG(OUTPUT, "overwrite", &c->overwrite, "as of gemlet train"),
        GM_FLAG(OUTPUT, "quiet", &c->quiet, "as of gemlet train"),
    };
    const gm_train_command command = {
        .name = "tune-recipe",
        .description =
            "Searches learning rate, weight decay, dropout and hidden layers at random, each "
            "unless its option is given, and trains with the best as gemlet train does. Trials "
            "have a ninth of the steps; the best third of them are trained with a third, the best "
            "third of those with all. What counts is the loss on validation rows (--validation, "
            "default 0.2 here); test rows take no part. The first trial has the settings as they "
            "are. Ctrl-C ends the search with what it has found so far.\n"
            "Takes the options of gemlet train.",
        .examples = "  gemlet tune-recipe --data house-prices.csv --target Sale_Price\n"
                    "  gemlet tune-recipe --hidden 1024,1024 --trials 9 --budget 600\n",
        .default_steps = GM_RUN_DEFAULT_STEPS,
        .steps_help = "number of steps of a whole training",
        .own = own,
        .n_own = GM_N_OPTIONS(own),
        .check = check,
        .user = c,
    };
    return gm_train_settings_parse(&c->setup.settings, &command, argc, argv);
}

/* ---- the training --------------------------------------------------------------------------- */

/* 1 if the argument is of the search alone, which gemlet train does not know; *has_value: and the
 * next one is its value. */
static int is_of_search(const char *argument, int *has_value)
{
    static const char *const names[] = {"--trials", "--budget", "--table"};
    *has_value = 0;
    if (strcmp(argument, "--only") == 0)
        return 1;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; ++i) {
        const size_t length = strlen(names[i]);
        if (strncmp(argument, names[i], length) != 0)
            continue;
        *has_value = argument[length] == '\0';
        return *has_value || argument[length] == '=';
    }
    return 0;
}

static void print_command(int argc, char **argv)
{
    printf("training gemlet");
    for (int i = 0; i < argc; ++i)
        gm_print_text(stdout, " %s", argv[i]);
    printf("\n\n");
    fflush(stdout);
}

/* As if the user had given the options of the best trial. Returns an exit code. */
static int train(const search_command *c, const gm_trial *best, int argc, char **argv)
{
    char numbers[4][32];
    char hidden[HIDDEN_SIZE];
    char **arguments;
    int n = 0;
    if (GM_ALLOC(arguments, (size_t)argc + 2 * MAX_CHOSEN + 1, "arguments") != GEMLET_OK)
        return gm_report_error("tune-recipe");
    arguments[n++] = (char[]){"train"};
    for (int i = 1; i < argc; ++i) {
        int has_value;
        if (is_of_search(argv[i], &has_value))
            i += has_value;
        else
            arguments[n++] = argv[i];
    }
    snprintf(numbers[0], sizeof numbers[0], "--lr=%.9g", best->learning_rate);
    snprintf(numbers[1], sizeof numbers[1], "--weight-decay=%.9g", best->weight_decay);
    snprintf(numbers[2], sizeof numbers[2], "--dropout=%.9g", best->dropout);
    snprintf(hidden, sizeof hidden, "--hidden=");
    format_hidden(hidden + strlen(hidden), &best->hidden);
    snprintf(numbers[3], sizeof numbers[3], "--momentum=%.9g", c->setup.settings.train.momentum);
    if ((c->search.searched & GM_SEARCH_LEARNING_RATE) != 0) {
        arguments[n++] = numbers[0];
        if (c->setup.settings.train.momentum > 0) /* a new rate would go without */
            arguments[n++] = numbers[3];
    }
    if ((c->search.searched & GM_SEARCH_WEIGHT_DECAY) != 0)
        arguments[n++] = numbers[1];
    if ((c->search.searched & GM_SEARCH_DROPOUT) != 0)
        arguments[n++] = numbers[2];
    if ((c->search.searched & GM_SEARCH_HIDDEN) != 0)
        arguments[n++] = hidden;
    print_command(n, arguments);
    const int exit_code = c->only ? GM_EXIT_OK : gm_cmd_train(n, arguments);
    free(arguments);
    return exit_code;
}

/* ---- the search ----------------------------------------------------------------------------- */

static gemlet_status write_table(search_command *c)
{
    gm_output output;
    if (c->csv_stream == NULL)
        return GEMLET_OK;
    FILE *stream = c->csv_stream;
    c->csv_stream = NULL;
    if (fclose(stream) != 0)
        return gm_error(GEMLET_E_MEMORY, "table of the trials: out of memory");
    GEMLET_TRY(gm_output_open(&output, c->table));
    const gemlet_status status = gm_output_write(&output, c->csv, c->csv_size);
    if (status == GEMLET_OK)
        return gm_output_finish(&output);
    gm_output_abort(&output);
    return status;
}

static gemlet_status search(search_command *c, gm_trial *best)
{
    gm_setup *s = &c->setup;
    int is_complete;
    if (s->settings.validation == NULL && !s->settings.is_validation_given)
        s->settings.validation = "0.2";
    GEMLET_TRY(gm_setup_load(s));
    GEMLET_TRY(gm_setup_open_device(s));
    c->search.setup = s;
    c->search.n_trials = c->n_trials;
    c->search.n_steps =
        gm_run_settings_count_steps(&s->settings, gemlet_dataset_rows(s->rows.train));
    c->search.budget_seconds = (double)c->budget;
    c->search.stop = gm_interrupt_flag();
    c->search.on_trial = on_trial;
    c->search.user = c;
    if (c->table != NULL) {
        c->csv_stream = open_memstream(&c->csv, &c->csv_size);
        if (c->csv_stream == NULL)
            return gm_error(GEMLET_E_MEMORY, "table of the trials: out of memory");
        fprintf(c->csv_stream, "trial,steps,validation_loss,validation_accuracy,seconds,"
                               "learning_rate,weight_decay,dropout,hidden\n");
    }
    gm_interrupt_watch();
    printf("%5s  %7s  %10s  %9s  %7s  %-9s  %-12s  %-7s  %s\n", "trial", "steps", "val. loss",
           "accuracy", "seconds", "lr", "weight decay", "dropout", "hidden");
    const gemlet_status status = gm_search_run(best, &is_complete, &c->search);
    const gemlet_status written = write_table(c);
    GEMLET_TRY(status);
    GEMLET_TRY(written);
    printf("\nbest     trial %u, validation loss %.4f after %llu steps%s\n", best->number,
           best->loss, (unsigned long long)best->n_steps,
           is_complete                 ? ""
           : *gm_interrupt_flag() != 0 ? "; stopped before all were tried"
                                       : "; the budget is over");
    return GEMLET_OK;
}

int gm_cmd_tune_recipe(int argc, char **argv)
{
    search_command c = {
        .setup = {.events = GM_COMMAND_EVENTS("tune-recipe")}, .budget = 600, .n_trials = 27};
    gm_trial best = {0};
    const int parsed = parse(&c, argc, argv);
    if (parsed != GM_OPTIONS_RUN)
        return parsed;
    int exit_code = GM_EXIT_OK;
    if (search(&c, &best) != GEMLET_OK)
        exit_code = gm_report_error("tune-recipe");
    const int is_stopped = *gm_interrupt_flag() != 0;
    gm_setup_free(&c.setup);
    free(c.csv);
    if (exit_code != GM_EXIT_OK)
        return exit_code;
    c.only |= is_stopped;
    exit_code = train(&c, &best, argc, argv);
    return is_stopped ? GM_EXIT_STOPPED : exit_code;
}
