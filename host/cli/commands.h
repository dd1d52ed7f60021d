/* SPDX-License-Identifier: MIT
 * The subcommands of the program and the exit codes they return.
 *
 * main() finds the command by its name and calls it with the arguments from the command's name on:
 * argv[0] is "train". Each command returns the exit code of the program. */
#ifndef GM_CLI_COMMANDS_H
#define GM_CLI_COMMANDS_H

#include "options/exit_codes.h"

int gm_cmd_train(int argc, char **argv);
int gm_cmd_sweep(int argc, char **argv);
int gm_cmd_compare(int argc, char **argv);
int gm_cmd_report(int argc, char **argv);
int gm_cmd_verify(int argc, char **argv);
int gm_cmd_qualify(int argc, char **argv);
int gm_cmd_init_study(int argc, char **argv);
int gm_cmd_bench(int argc, char **argv);
int gm_cmd_augment_preview(int argc, char **argv);
int gm_cmd_schedule(int argc, char **argv);
int gm_cmd_profile(int argc, char **argv);
int gm_cmd_tune(int argc, char **argv);
int gm_cmd_tune_recipe(int argc, char **argv);
int gm_cmd_eval(int argc, char **argv);
int gm_cmd_predict(int argc, char **argv);
int gm_cmd_export(int argc, char **argv);
int gm_cmd_devices(int argc, char **argv);
int gm_cmd_inspect(int argc, char **argv);
int gm_cmd_recipes(int argc, char **argv);
int gm_cmd_convert(int argc, char **argv);

#endif
