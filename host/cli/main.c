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
#include "cli/subcommands.h"
#include "options/options_help.h"
#include "options/suggest.h"
#include "core/cache_directory.h"
#include "core/clean_text.h"
#include "core/error.h"
#include "gemlet/device.h"
#include "gemlet/status.h"

static int print_help(void)
{
    printf("Usage: gemlet <command> [options]\n"
           "       gemlet <command> --help\n"
           "       gemlet --version [--verbose]\n"
           "\n");
    gm_print_wrapped(stdout, gm_program_summary, 0);
    printf("\nCommands\n");
    for (size_t i = 0; i < gm_n_subcommands; ++i)
        printf("  %-15s %s\n", gm_subcommands[i].name, gm_subcommands[i].summary);
    printf("\nExit codes\n");
    for (size_t i = 0; i < gm_n_exit_codes; ++i) {
        printf("  %3d  ", gm_exit_codes[i].code);
        gm_print_wrapped(stdout, gm_exit_codes[i].meaning, 7);
    }
    return GM_EXIT_OK;
}

static void print_version(void)
{
    printf("gemlet %s\n", gemlet_version());
    printf("%s, zlib %s, libzip %s, cJSON %s\n", openblas_get_config(), zlibVersion(),
           zip_libzip_version(), cJSON_Version());
}

static const gm_subcommand *find_subcommand(const char *name)
{
    for (size_t i = 0; i < gm_n_subcommands; ++i) {
        if (strcmp(gm_subcommands[i].name, name) == 0)
            return &gm_subcommands[i];
    }
    return NULL;
}

static int report_unknown(const char *name)
{
    const char *nearest = NULL;
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < gm_n_subcommands; ++i) {
        if (gm_suggest_is_nearer(name, gm_subcommands[i].name, &best))
            nearest = gm_subcommands[i].name;
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
    const gm_subcommand *command = find_subcommand(argv[1]);
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
static int run(const gm_subcommand *command, int argc, char **argv)
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
    const gm_subcommand *command = find_subcommand(name);
    if (command == NULL)
        return report_unknown(name);
    return check_output(run(command, argc, argv));
}
