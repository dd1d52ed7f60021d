/* SPDX-License-Identifier: MIT
 * gemlet qualify: checks every operation of a device at typical shapes. */
#include <stdio.h>

#include "bench/tiles.h"
#include "cli/commands.h"
#include "cli/device_settings.h"
#include "cli/qualify_full.h"
#include "cli/report_error.h"
#include "core/clean_text.h"
#include "core/json.h"
#include "run/device.h"
#include "verify/op_table.h"
#include "verify/op_table_json.h"

#define SCHEMA_VERSION 1

typedef struct qualify_run {
    gemlet_device_options settings;
    const char *network; /* NULL: the list */
    gemlet_dim batch;
    const char *json; /* file; NULL: none */
    int quiet;
    int tiles;
    int full;
    gemlet_device *device;
    gm_op_table table;
} qualify_run;

/* ---- the table ------------------------------------------------------------------------------ */

static const char *verdict_of(const gm_statistics_line *line)
{
    return line->n_wrong == 0 ? "pass" : "FAIL";
}

static void print_line(const gm_statistics_line *line)
{
    printf("%-4s  %-38s %-14s %9.3g %9.3g", verdict_of(line), line->label, line->tensor,
           line->device.largest, line->cpu.largest);
    if (line->n_wrong > 0)
        printf("  %llu of %llu wrong, first (%zu, %zu): %.9g, expected %.9g",
               (unsigned long long)line->n_wrong, (unsigned long long)line->n_values,
               line->first_wrong.row, line->first_wrong.col, line->first_wrong.got,
               line->first_wrong.ref);
    printf("\n");
}

static void print_table(const qualify_run *r)
{
    const gm_statistics *lines = &r->table.lines;
    size_t n_failed = 0;
    if (!r->quiet)
        printf("%-4s  %-38s %-14s %9s %9s\n", "", "operation and what it reads", "result", "error",
               "float CPU");
    for (size_t i = 0; i < lines->n_lines; ++i) {
        n_failed += lines->lines[i].n_wrong > 0;
        if (!r->quiet || lines->lines[i].n_wrong > 0)
            print_line(&lines->lines[i]);
    }
    if (r->table.n_strays > 0)
        printf("FAIL  %s (%llu such values)\n", r->table.stray,
               (unsigned long long)r->table.n_strays);
    printf("%s: %zu of %zu results within their bounds; errors are in units of the bound\n",
           gm_op_table_is_right(&r->table) ? "qualified" : "not qualified",
           lines->n_lines - n_failed, lines->n_lines);
}

/* ---- JSON ----------------------------------------------------------------------------------- */

static int fill_root(cJSON *root, const qualify_run *r)
{
    return root != NULL &&
           cJSON_AddNumberToObject(root, "schema_version", SCHEMA_VERSION) != NULL &&
           gm_json_add_text(root, "gemlet_version", gemlet_version()) &&
           gm_op_table_add_device(root, r->device) &&
           gm_json_add_text(root, "verdict", gm_op_table_is_right(&r->table) ? "pass" : "fail") &&
           gm_op_table_add_results(root, &r->table);
}

static gemlet_status write_json(const qualify_run *r)
{
    if (r->json == NULL)
        return GEMLET_OK;
    cJSON *root = cJSON_CreateObject();
    if (fill_root(root, r))
        return gm_json_write(r->json, root);
    cJSON_Delete(root);
    return gm_json_write(r->json, NULL);
}

/* ---- tiles ---------------------------------------------------------------------------------- */

static void print_tile_time(const gm_tile_time *time, void *user)
{
    char shape[64];
    char way[GM_TILE_WAY_SIZE];
    (void)user;
    snprintf(shape, sizeof shape, "%ux%ux%u", time->choice->batch, time->choice->n_in,
             time->choice->n_out);
    gm_tile_describe_way(way, time->choice);
    printf("%-12s %-16s %-9s %10.1f %10.1f\n", time->operation, shape, way, time->us, time->gflops);
    fflush(stdout);
}

/* Measures only; the operation table says whether the results are right. */
static gemlet_status time_tiles(const qualify_run *r)
{
    const gm_tiles_network only = {r->network, r->batch};
    const size_t n = r->network != NULL ? 1 : GM_TILES_N_NETWORKS;
    printf("%-12s %-16s %-9s %10s %10s\n", "operation", "batch, in, out", "tile", "us", "GFLOP/s");
    for (size_t i = 0; i < n; ++i) {
        const gm_tiles_network *which = r->network != NULL ? &only : &gm_tiles_networks[i];
        gemlet_spec spec;
        GEMLET_TRY(gemlet_spec_parse(&spec, which->network));
        GEMLET_TRY(gm_tiles_run(r->device, &spec, which->batch, print_tile_time, NULL));
    }
    return GEMLET_OK;
}

/* ---- the command ---------------------------------------------------------------------------- */

static void print_device(const qualify_run *r)
{
    gm_print_text(stdout, "device   %s\n", gemlet_device_choice(r->device));
    gm_print_text(stdout, "GEMM     %s\n", gemlet_device_gemm_name(r->device));
}

static gemlet_status do_all(qualify_run *r)
{
    GEMLET_TRY(gm_device_settings_open(&r->device, &r->settings));
    GEMLET_TRY(gm_run_check_compared(r->device));
    if (!r->quiet)
        print_device(r);
    fflush(stdout);
    if (r->tiles)
        return time_tiles(r);
    if (r->network != NULL) {
        const gm_op_table_case only = {.network = r->network, .batch = r->batch};
        GEMLET_TRY(gm_op_table_add(&r->table, r->device, &only));
    }
    for (size_t i = 0; r->network == NULL && i < gm_op_table_n_cases; ++i)
        GEMLET_TRY(gm_op_table_add(&r->table, r->device, &gm_op_table_cases[i]));
    print_table(r);
    return write_json(r);
}

static int parse(qualify_run *r, int argc, char **argv)
{
    gm_option options[] = {
        GM_TEXT(SHAPES, "network", "SPEC", &r->network,
                "try the shapes of this network, e.g. 784-150bn-relu-150bn-relu-10, instead of a "
                "list of networks"),
        GM_DIM(SHAPES, "batch", "N", &r->batch, 1, 1u << 20, "rows of a batch, with --network"),
        GM_DEVICE_OPTIONS(&r->settings),
        GM_FLAG(MODE, "tiles", &r->tiles,
                "time the products of the network instead, or of four networks, with every tile "
                "of the GPU kernels and split of the sums"),
        GM_FLAG(MODE, "full", &r->full,
                "all that can be found out about a device in eight minutes, each part in a process "
                "of its own: operations with every tile, steps, a training, times of launches, "
                "copies and products"),
        GM_OUTPUT_FILE(OUTPUT, "json", &r->json, "write device and results to FILE"),
        GM_FLAG(OUTPUT, "quiet", &r->quiet, "print what fails and the verdict only"),
    };
    const gm_command command = {
        .name = "qualify",
        .description =
            "Tries every operation on a device at typical shapes and compares each result with "
            "the double-precision reference, within the error bound that follows from the "
            "operation. Shows the largest error of the device, and that of the float CPU path "
            "beside it, in units of the bound.\n"
            "Exit code 0: all within their bounds; 1: not, or a failure.",
        .options = options,
        .n_options = GM_N_OPTIONS(options),
        .examples = "  gemlet qualify --device gpu --json my-gpu.json\n"
                    "  gemlet qualify --device 0 --gemm clblast --network 784-300-relu-10\n"
                    "  gemlet qualify --device gpu --full --json my-gpu.json\n",
    };
    const int parsed = gm_options_parse(&command, argc, argv);
    if (parsed == GM_OPTIONS_RUN && r->network == NULL && gm_options_given(&command, "batch"))
        return gm_options_error(&command, "--batch needs --network SPEC");
    if (parsed == GM_OPTIONS_RUN && r->full && (r->network != NULL || r->tiles))
        return gm_options_error(&command, "--full has networks of its own and times tiles: leave "
                                          "out --network and --tiles");
    return parsed;
}

int gm_cmd_qualify(int argc, char **argv)
{
    qualify_run r = {.batch = 64};
    gemlet_device_options_init(&r.settings);
    const int parsed = parse(&r, argc, argv);
    if (parsed != GM_OPTIONS_RUN)
        return parsed;
    int exit_code = GM_EXIT_OK;
    int is_right = 0;
    if (r.full) {
        if (gm_qualify_full(&is_right, &r.settings, r.json, r.quiet) != GEMLET_OK)
            return gm_report_error("qualify");
        return is_right ? GM_EXIT_OK : GM_EXIT_FAILURE;
    }
    if (do_all(&r) != GEMLET_OK)
        exit_code = gm_report_error("qualify");
    else if (!gm_op_table_is_right(&r.table))
        exit_code = GM_EXIT_FAILURE;
    gm_op_table_free(&r.table);
    gemlet_device_close(r.device);
    return exit_code;
}
