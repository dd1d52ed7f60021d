/* SPDX-License-Identifier: MIT
 * See qualify_report.h. */
#include "cli/qualify_report.h"

#include <stdio.h>
#include <stdlib.h>

#include "cli/cache_directory.h"
#include "core/clean_text.h"

/* The last of the trials is the GEMM in use; the ones before it were replaced. */
static void report_replaced(const char *command, const gm_qualify_report *report)
{
    for (unsigned i = 0; i + 1 < report->n_trials; ++i) {
        const gm_qualify_trial *trial = &report->trials[i];
        gm_print_text(stderr, "gemlet %s: %s %s on this device%s: %s; using %s instead\n", command,
                      trial->gemm, trial->verdict.state == GM_GEMM_WRONG ? "is wrong" : "fails",
                      trial->is_cached ? " (found earlier)" : "", trial->verdict.fault,
                      report->trials[i + 1].gemm);
    }
}

gemlet_status gm_qualify_and_report(const char *command, gemlet_device *device,
                                    const gm_qualify_job *job)
{
    char *directory;
    gm_qualify_report report;
    GEMLET_TRY(gm_cache_directory(&directory));
    const gemlet_status status = gm_qualify_device(device, job, directory, &report);
    free(directory);
    report_replaced(command, &report);
    if (report.note != NULL)
        gm_print_text(stderr, "gemlet %s: device %s %s\n", command,
                      gemlet_device_get_info(device)->name, report.note);
    return status;
}

gemlet_status gm_qualify_fused_and_report(const char *command, gm_step_report *report,
                                          gemlet_device *device, const gm_step_job *job)
{
    char *directory;
    GEMLET_TRY(gm_cache_directory(&directory));
    const gemlet_status status = gm_qualify_fused(report, device, job, directory);
    free(directory);
    GEMLET_TRY(status);
    if (!report->is_wrong)
        return GEMLET_OK;
    if (job->options->fused == GEMLET_FUSED_ON)
        return gm_error(GEMLET_E_DEVICE,
                        "the fused step is wrong on this device%s: %s; leave out "
                        "--fused on",
                        report->is_cached ? " (found earlier)" : "", report->fault);
    gm_print_text(stderr,
                  "gemlet %s: the fused step is wrong on this device%s: %s; training operation by "
                  "operation instead\n",
                  command, report->is_cached ? " (found earlier)" : "", report->fault);
    return GEMLET_OK;
}

gemlet_status gm_qualify_composed_and_report(gemlet_device *device, const gm_step_job *job)
{
    char *directory;
    gm_step_report report;
    GEMLET_TRY(gm_cache_directory(&directory));
    const gemlet_status status = gm_qualify_composed(&report, device, job, directory);
    free(directory);
    GEMLET_TRY(status);
    if (!report.is_wrong)
        return GEMLET_OK;
    return gm_error(GEMLET_E_DEVICE, "device %s trains wrongly%s: %s; use --device cpu",
                    gemlet_device_get_info(device)->name,
                    report.is_cached ? " (found earlier)" : "", report.fault);
}
