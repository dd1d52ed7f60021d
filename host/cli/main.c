/* SPDX-License-Identifier: MIT
 * gemlet: finds the subcommand and runs it. */
#include <cblas.h>
#include <cjson/cJSON.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>
#include <zlib.h>

#include "cli/commands.h"
#include "cli/driver_abort.h"
#include "cli/interrupt.h"
#include "cli/report_error.h"
#include "options/suggest.h"
#include "core/cache_directory.h"
#include "core/clean_text.h"
#include "core/error.h"
#include "gemlet/device.h"
#include "gemlet/status.h"

typedef struct subcommand {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *summary;
    int may_restart; /* without drivers, where one ends the program */
} subcommand;

static const subcommand subcommands[] = {
    {"train", gm_cmd_train, "train a network, test it, save model and report", 1},
    {"compare", gm_cmd_compare, "finished runs side by side, tested for significance", 0},
    {"report", gm_cmd_report, "a page about a run, or several, to look at in a browser", 0},
    {"verify", gm_cmd_verify, "compare training steps on a device with the reference", 0},
    {"qualify", gm_cmd_qualify, "try every operation on a device at typical shapes", 0},
    {"tune", gm_cmd_tune, "find the fastest variant for a network, which train uses then", 0},
    {"tune-recipe", gm_cmd_tune_recipe, "search options on validation rows, train with the best",
     0},
    {"bench", gm_cmd_bench, "how fast this machine trains a network, in each way", 0},
    {"schedule", gm_cmd_schedule, "the learning rates of a run, drawn", 0},
    {"augment-preview", gm_cmd_augment_preview, "images as training would see them, drawn", 0},
    {"profile", gm_cmd_profile, "where the time of a training step goes", 0},
    {"init-study", gm_cmd_init_study, "what initial weights do, measured and drawn", 0},
    {"eval", gm_cmd_eval, "loss and accuracy of a saved model on a data set", 1},
    {"predict", gm_cmd_predict, "class and probabilities for the rows of a file", 1},
    {"export", gm_cmd_export, "a saved model for others: ONNX, safetensors, C, npz", 0},
    {"inspect", gm_cmd_inspect, "what a table or a model holds", 0},
    {"recipes", gm_cmd_recipes, "the sets of defaults that gemlet train has", 0},
    {"devices", gm_cmd_devices, "list the devices that can train", 0},
    {"convert", gm_cmd_convert, "convert data sets between IDX and CSV", 0},
};
#define N_SUBCOMMANDS (sizeof subcommands / sizeof subcommands[0])

static int print_help(void)
{
    printf("Usage: gemlet <command> [options]\n"
           "       gemlet <command> --help\n"
           "       gemlet --version [--verbose]\n"
           "\n"
           "Trains multi-layer perceptrons on any OpenCL device, or without OpenCL on the\n"
           "CPU.\n"
           "\n"
           "Commands\n");
    for (size_t i = 0; i < N_SUBCOMMANDS; ++i)
        printf("  %-15s %s\n", subcommands[i].name, subcommands[i].summary);
    printf("\n"
           "Exit codes\n"
           "  %3d  success\n"
           "  %3d  failure: data, device, model or file\n"
           "  %3d  wrong command line\n"
           "  %3d  stopped by Ctrl-C, SIGTERM or SIGHUP; what was done so far is saved,\n"
           "       unless a second Ctrl-C, a second or more after the first, ended it\n"
           "       at once\n",
           GM_EXIT_OK, GM_EXIT_FAILURE, GM_EXIT_USAGE, GM_EXIT_STOPPED);
    return GM_EXIT_OK;
}

static void print_version(void)
{
    printf("gemlet %s\n", gemlet_version());
    printf("%s, zlib %s, libzip %s, cJSON %s\n", openblas_get_config(), zlibVersion(),
           zip_libzip_version(), cJSON_Version());
}

static const subcommand *find_subcommand(const char *name)
{
    for (size_t i = 0; i < N_SUBCOMMANDS; ++i) {
        if (strcmp(subcommands[i].name, name) == 0)
            return &subcommands[i];
    }
    return NULL;
}

static int report_unknown(const char *name)
{
    const char *nearest = NULL;
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < N_SUBCOMMANDS; ++i) {
        if (gm_suggest_is_nearer(name, subcommands[i].name, &best))
            nearest = subcommands[i].name;
    }
    const char *kind = name[0] == '-' ? "option" : "command";
    if (nearest != NULL)
        gm_print_text(stderr, "gemlet: unknown %s '%s' (did you mean %s?)\n", kind, name, nearest);
    else
        gm_print_text(stderr, "gemlet: unknown %s '%s' ('gemlet --help' lists the commands)\n",
                      kind, name);
    return GM_EXIT_USAGE;
}

/* gemlet help [command] */
static int run_help(int argc, char **argv)
{
    if (argc < 2)
        return print_help();
    const subcommand *command = find_subcommand(argv[1]);
    if (command == NULL)
        return report_unknown(argv[1]);
    char help[] = "--help";
    char *help_argv[] = {argv[1], help, NULL};
    return command->run(2, help_argv);
}

/* Output that never arrived is a failure, e.g. on a full disk. */
static int check_output(int exit_code)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return exit_code;
    perror("gemlet: standard output: cannot write");
    return exit_code == GM_EXIT_OK ? GM_EXIT_FAILURE : exit_code;
}

/* A driver that crashes or hangs must not take the program with it. */
static gemlet_status check_drivers(void)
{
    char *directory;
    if (gm_cache_directory_check() != GEMLET_OK)
        gm_print_text(stderr, "gemlet: note: %s\n", gemlet_last_error());
    GEMLET_TRY(gm_cache_directory(&directory));
    const gemlet_status status = gemlet_device_check_drivers(directory);
    free(directory);
    return status;
}

/* The arguments of the program: argv[1] is the command. */
static int run(const subcommand *command, int argc, char **argv)
{
    if (check_drivers() != GEMLET_OK)
        return gm_report_error(command->name);
    if (command->may_restart && gm_driver_abort_allow_restart(argc, argv) != GEMLET_OK)
        return gm_report_error(command->name);
    const int exit_code = command->run(argc - 1, argv + 1);
    gm_driver_abort_end();
    return exit_code;
}

/* gemlet --version [--verbose]: with the libraries, then with the drivers and devices as well. */
static int run_version(int argc, char **argv)
{
    char devices[] = "devices";
    char *devices_argv[] = {argv[0], devices, NULL};
    const int is_verbose = argc == 3 && strcmp(argv[2], "--verbose") == 0;
    if (argc > 2 && !is_verbose) {
        gm_print_text(stderr, "gemlet: found '%s' behind --version, expected --verbose alone\n",
                      argv[argc - 1]);
        return GM_EXIT_USAGE;
    }
    print_version();
    if (!is_verbose)
        return GM_EXIT_OK;
    putchar('\n');
    return run(find_subcommand(devices), 2, devices_argv);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        gm_print_text(stderr, "gemlet: found no command ('gemlet --help' lists them)\n");
        return GM_EXIT_USAGE;
    }
    gm_interrupt_survive_limits();
    gm_interrupt_keep_children();
    char *name = argv[1];
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
        return check_output(print_help());
    if (strcmp(name, "--version") == 0)
        return check_output(run_version(argc, argv));
    if (strcmp(name, "help") == 0)
        return check_output(run_help(argc - 1, argv + 1));
    const subcommand *command = find_subcommand(name);
    if (command == NULL)
        return report_unknown(name);
    return check_output(run(command, argc, argv));
}
