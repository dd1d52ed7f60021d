/* SPDX-License-Identifier: MIT
 * See run_set.h. */
#include "compare/run_set.h"

#include <stdlib.h>

#include "compare/metrics_csv.h"
#include "core/memory.h"
#include "report/thin.h"

/* Runs that are replaced while they are read are read again, so often at most. */
#define MAX_READS 20

void gm_run_set_free(gm_run_set *set)
{
    for (size_t g = 0; set->curves != NULL && g < set->groups.n; ++g)
        gm_loss_curve_free(&set->curves[g]);
    for (size_t g = 0; set->validation != NULL && g < set->groups.n; ++g)
        gm_loss_curve_free(&set->validation[g]);
    gm_run_groups_free(&set->groups);
    for (size_t i = 0; set->records != NULL && i < set->n; ++i)
        gm_run_record_free(&set->records[i]);
    free(set->validation);
    free(set->curves);
    free(set->records);
    *set = (gm_run_set){0};
}

static gemlet_status read_records(gm_run_set *set, char *const *directories, size_t n)
{
    GEMLET_TRY(GM_ALLOC(set->records, n, "runs"));
    set->n = n;
    for (size_t i = 0; i < n; ++i)
        GEMLET_TRY(gm_run_record_read(&set->records[i], directories[i]));
    return gm_run_groups_create(&set->groups, set->records, n);
}

/* ---- curves --------------------------------------------------------------------------------- */

static gemlet_status summarise(gm_loss_curve *mean, const gm_loss_curve *curves, size_t n)
{
    GEMLET_TRY(gm_loss_curve_mean(mean, curves, n));
    return gm_loss_curve_thin(mean, GM_THIN_POINTS);
}

/* curves (2 * group->n_runs), all zero: of training, then of validation */
static gemlet_status read_group(gm_run_set *set, size_t g, gm_loss_curve *curves, size_t n_smoothed)
{
    const gm_run_group *group = &set->groups.groups[g];
    gm_loss_curve *validation = curves + group->n_runs;
    for (size_t i = 0; i < group->n_runs; ++i) {
        gm_loss_curve all[GM_N_METRICS];
        GEMLET_TRY(gm_metrics_csv_read(all, set->records[group->runs[i]].directory));
        curves[i] = all[GM_METRIC_TRAIN_LOSS];
        validation[i] = all[GM_METRIC_VALIDATION_LOSS];
        all[GM_METRIC_TRAIN_LOSS] = all[GM_METRIC_VALIDATION_LOSS] = (gm_loss_curve){0};
        gm_metrics_curves_free(all);
        GEMLET_TRY(gm_loss_curve_smooth(&curves[i], n_smoothed));
    }
    GEMLET_TRY(summarise(&set->curves[g], curves, group->n_runs));
    return summarise(&set->validation[g], validation, group->n_runs);
}

static gemlet_status read_curves(gm_run_set *set, size_t n_smoothed)
{
    GEMLET_TRY(GM_ALLOC(set->curves, set->groups.n, "curves"));
    GEMLET_TRY(GM_ALLOC(set->validation, set->groups.n, "curves"));
    for (size_t g = 0; g < set->groups.n; ++g) {
        const size_t n = 2 * set->groups.groups[g].n_runs;
        gm_loss_curve *curves;
        GEMLET_TRY(GM_ALLOC(curves, n, "curves"));
        const gemlet_status status = read_group(set, g, curves, n_smoothed);
        for (size_t i = 0; i < n; ++i)
            gm_loss_curve_free(&curves[i]);
        free(curves);
        GEMLET_TRY(status);
    }
    return GEMLET_OK;
}

/* ---- the whole ------------------------------------------------------------------------------ */

static int is_current(const gm_run_set *set)
{
    for (size_t i = 0; i < set->n; ++i) {
        if (!gm_run_record_is_current(&set->records[i]))
            return 0;
    }
    return 1;
}

gemlet_status gm_run_set_read(gm_run_set *set, char *const *directories, size_t n,
                              size_t n_smoothed)
{
    *set = (gm_run_set){0};
    for (int i = 0; i < MAX_READS; ++i) {
        gemlet_status status = read_records(set, directories, n);
        if (status == GEMLET_OK && n_smoothed > 0)
            status = read_curves(set, n_smoothed);
        if (status == GEMLET_OK && is_current(set))
            return GEMLET_OK;
        gm_run_set_free(set);
        GEMLET_TRY(status);
    }
    return gm_error(GEMLET_E_IO, "the runs are replaced faster than they can be read");
}
