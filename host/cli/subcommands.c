/* SPDX-License-Identifier: MIT
 * See subcommands.h. */
#include "cli/subcommands.h"

#include "cli/commands.h"

const gm_subcommand gm_subcommands[] = {
    {"train", gm_cmd_train, "train a network, test it, save model and report", 1},
    {"sweep", gm_cmd_sweep, "train for several values of options and seeds, and compare", 0},
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
const size_t gm_n_subcommands = sizeof gm_subcommands / sizeof gm_subcommands[0];

const gm_exit_code gm_exit_codes[] = {
    {GM_EXIT_OK, "success"},
    {GM_EXIT_FAILURE, "failure: data, device, model or file"},
    {GM_EXIT_USAGE, "wrong command line"},
    {GM_EXIT_STOPPED, "stopped by Ctrl-C, SIGTERM or SIGHUP; what was done so far is saved, "
                      "unless a second Ctrl-C, a second or more after the first, ended it at once"},
};
const size_t gm_n_exit_codes = sizeof gm_exit_codes / sizeof gm_exit_codes[0];

const char gm_program_summary[] =
    "Trains multi-layer perceptrons on any OpenCL device, or without OpenCL on the CPU.";
