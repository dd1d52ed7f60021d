/* SPDX-License-Identifier: MIT
 * gemlet augment-preview: a sheet of images as training would see them. */
#include <stdio.h>

#include "cli/commands.h"
#include "cli/device_settings.h"
#include "options/options.h"
#include "cli/report_error.h"
#include "core/clean_text.h"
#include "gemlet/gemlet.h"
#include "report/png.h"
#include "run/augment_sheet.h"
#include "run/rows.h"
#include "train/augment.h"

#define MAX_ITEMS 1000u

typedef struct preview_settings {
    const char *data;
    const char *augment;
    const char *output;
    gemlet_dim n_items;
    gemlet_dim n_variants;
    uint64_t max_memory;
    gemlet_train_options train;
    gemlet_device_options device;
} preview_settings;

static gemlet_status make(gm_augment_sheet *sheet, const preview_settings *s)
{
    gemlet_dataset *dataset = NULL;
    gemlet_device *device = NULL;
    gemlet_status status = GEMLET_OK;
    GEMLET_TRY_CLEANUP(status, gm_rows_limit_memory(s->max_memory));
    GEMLET_TRY_CLEANUP(status,
                       gemlet_dataset_load_directory(&dataset, s->data, GEMLET_SPLIT_TRAIN));
    GEMLET_TRY_CLEANUP(status, gm_augment_check(&s->train, dataset));
    GEMLET_TRY_CLEANUP(status, gm_device_settings_open(&device, &s->device));
    printf("%s\n", gemlet_device_choice(device));
    status = gm_augment_sheet_make(sheet, device, dataset, &s->train, s->n_items, s->n_variants);
cleanup:
    gemlet_device_close(device);
    gemlet_dataset_destroy(dataset);
    return status;
}

static gemlet_status preview(const preview_settings *s)
{
    gm_augment_sheet sheet = {0};
    char augmentation[GM_AUGMENT_TEXT_SIZE];
    gemlet_status status = make(&sheet, s);
    if (status == GEMLET_OK)
        status = gm_png_write(s->output, sheet.pixels, sheet.rows, sheet.cols);
    gm_augment_sheet_free(&sheet);
    GEMLET_TRY(status);
    gm_augment_describe(augmentation, &s->train);
    printf("augment  %s\n", augmentation);
    gm_print_text(stdout, "sheet    %s: %u items, each with %u variants\n", s->output, s->n_items,
                  s->n_variants);
    return GEMLET_OK;
}

int gm_cmd_augment_preview(int argc, char **argv)
{
    preview_settings s = {.data = "datasets/mnist", .n_items = 8, .n_variants = 11};
    gemlet_train_options_init(&s.train);
    gemlet_device_options_init(&s.device);
    gm_option options[] = {
        GM_DATA_DIRECTORY(
            INPUT, "data", &s.data,
            "directory of the data set, as for gemlet train; items of two dimensions"),
        GM_TEXT(INPUT, "augment", "LIST", &s.augment, "as of gemlet train; must be given"),
        GM_UNSIGNED(INPUT, "seed", "N", &s.train.seed, 0, UINT64_MAX,
                    "as of gemlet train: items and variants are those of its first steps"),
        GM_MAX_MEMORY_OPTION(INPUT, &s.max_memory),
        GM_DEVICE_OPTIONS(&s.device),
        GM_DIM(OUTPUT, "items", "N", &s.n_items, 1, MAX_ITEMS, "items, one below the other"),
        GM_DIM(OUTPUT, "variants", "N", &s.n_variants, 1, MAX_ITEMS,
               "variants of each, to the right of it"),
        GM_OUTPUT_FILE(OUTPUT, "output", &s.output, "PNG file; must be given"),
    };
    const gm_command command = {
        .name = "augment-preview",
        .description = "Draws a sheet of training items and of what gemlet train with the same "
                       "--augment makes of them.",
        .options = options,
        .n_options = GM_N_OPTIONS(options),
        .examples = "  gemlet augment-preview --augment rotate=15,shift=2 --output sheet.png\n",
    };
    const int exit_code = gm_options_parse(&command, argc, argv);
    if (exit_code != GM_OPTIONS_RUN)
        return exit_code;
    if (s.augment == NULL || s.output == NULL)
        return gm_options_error(&command, "--%s must be given",
                                s.augment == NULL ? "augment LIST" : "output FILE");
    if (gm_augment_parse(&s.train, s.augment) != GEMLET_OK)
        return gm_options_error(&command, "%s", gemlet_last_error());
    return preview(&s) == GEMLET_OK ? GM_EXIT_OK : gm_report_error(command.name);
}
