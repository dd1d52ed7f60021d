/* SPDX-License-Identifier: MIT
 * See sweep_results.h. */
#include "cli/sweep_results.h"

#include <math.h>
#include <stdlib.h>

#include "cli/report_error.h"
#include "compare/run_set.h"
#include "core/file.h"
#include "core/memory.h"
#include "data/csv_field.h"
#include "html/report.h"

const char *const gm_sweep_result_names[GM_SWEEP_N_RESULTS] = {GM_SWEEP_TABLE_NAME, GM_REPORT_NAME};

/* ---- the table as CSV ----------------------------------------------------------------------- */

static const struct {
    gm_figure figure;
    const char *name;
} columns[] = {
    {GM_FIGURE_TEST_ACCURACY, "test_accuracy"},
    {GM_FIGURE_TEST_RMSE, "test_rmse"},
    {GM_FIGURE_TEST_LOSS, "test_loss"},
    {GM_FIGURE_VALIDATION_ACCURACY, "validation_accuracy"},
    {GM_FIGURE_VALIDATION_LOSS, "validation_loss"},
    {GM_FIGURE_BEST_EPOCH, "best_epoch"},
    {GM_FIGURE_TRAIN_SECONDS, "train_seconds"},
};
#define N_COLUMNS (sizeof columns / sizeof columns[0])

static gemlet_status write_run(FILE *stream, const gm_sweep_grid *grid, const gm_run_record *record,
                               size_t point)
{
    gm_pairs values = {0};
    const gemlet_status status = gm_sweep_grid_point(&values, grid, point);
    for (size_t i = 0; i < values.count; ++i) {
        gm_csv_write_field(stream, values.items[i].value);
        fputc(',', stream);
    }
    gm_pairs_free(&values);
    fprintf(stream, "%.17g,", record->seed);
    gm_csv_write_field(stream, gm_run_record_trait(record, "end"));
    for (size_t i = 0; i < N_COLUMNS; ++i) {
        const double value = record->figures[columns[i].figure];
        if (isnan(value))
            fputc(',', stream);
        else
            fprintf(stream, ",%.9g", value);
    }
    fputc(',', stream);
    gm_csv_write_field(stream, record->directory);
    fputc('\n', stream);
    return status;
}

static gemlet_status write_runs(FILE *stream, const gm_sweep_grid *grid, const gm_run_set *set,
                                const gm_sweep_run *runs)
{
    for (size_t i = 0; i < grid->n_axes; ++i)
        fprintf(stream, "%s,", grid->axes[i].name);
    fputs("seed,end", stream);
    for (size_t i = 0; i < N_COLUMNS; ++i)
        fprintf(stream, ",%s", columns[i].name);
    fputs(",directory\n", stream);
    for (size_t i = 0; i < set->n; ++i)
        GEMLET_TRY(write_run(stream, grid, &set->records[i], runs[i].point));
    return GEMLET_OK;
}

static gemlet_status write_table(const gm_result_directory *results, const gm_sweep_grid *grid,
                                 const gm_run_set *set, const gm_sweep_run *runs)
{
    char *path;
    gm_atomic_file file;
    GEMLET_TRY(gm_path_join(&path, results->stage, GM_SWEEP_TABLE_NAME));
    gemlet_status status = gm_atomic_file_open(&file, path);
    free(path);
    GEMLET_TRY(status);
    status = write_runs(file.stream, grid, set, runs);
    if (status == GEMLET_OK)
        return gm_atomic_file_commit(&file);
    gm_atomic_file_abort(&file);
    return status;
}

/* ---- the whole ------------------------------------------------------------------------------ */

/* A guest, as in a run. Of one run there is its own. */
static void write_report(const gm_result_directory *results, char *const *directories, size_t n)
{
    char *path;
    if (n < 2)
        return;
    gemlet_status status = gm_path_join(&path, results->stage, GM_REPORT_NAME);
    if (status == GEMLET_OK) {
        status = gm_report_write_several(path, directories, n);
        free(path);
    }
    if (status != GEMLET_OK)
        gm_print_note(gemlet_last_error(), (char[]){"sweep"});
}

static gemlet_status print(const gm_run_set *set, const gm_comparison_format *format)
{
    putchar('\n');
    GEMLET_TRY(gm_comparison_print_figures(&set->groups, format, stdout));
    if (set->groups.n > 1)
        putchar('\n');
    GEMLET_TRY(gm_comparison_print_differences(&set->groups, format, stdout));
    fflush(stdout);
    return GEMLET_OK;
}

static gemlet_status make(const gm_result_directory *results, const gm_sweep_grid *grid,
                          const gm_sweep_run *runs, char *const *directories, size_t n,
                          const gm_comparison_format *format)
{
    gm_run_set set;
    GEMLET_TRY(gm_run_set_read(&set, directories, n, 0));
    gemlet_status status = print(&set, format);
    if (status == GEMLET_OK)
        status = write_table(results, grid, &set, runs);
    gm_run_set_free(&set);
    if (status == GEMLET_OK)
        write_report(results, directories, n);
    return status;
}

gemlet_status gm_sweep_results(const gm_result_directory *results, const gm_sweep_grid *grid,
                               const gm_sweep_run *runs, size_t n,
                               const gm_comparison_format *format)
{
    char **directories;
    GEMLET_TRY(GM_ALLOC(directories, n, "directories of runs"));
    for (size_t i = 0; i < n; ++i)
        directories[i] = runs[i].directory;
    const gemlet_status status = make(results, grid, runs, directories, n, format);
    free(directories);
    return status;
}
