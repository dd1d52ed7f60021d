/* SPDX-License-Identifier: MIT
 * Qualifies a device and reports the outcome to the user. */
#ifndef GM_CLI_QUALIFY_REPORT_H
#define GM_CLI_QUALIFY_REPORT_H

#include "gemlet/device.h"
#include "verify/qualify.h"
#include "verify/qualify_steps.h"

/* Leaves a GEMM in use that is right for the job, see gm_qualify(). One line on stderr for each
 * that is not, even where the function fails. */
gemlet_status gm_qualify_and_report(const char *command, gemlet_device *device,
                                    const gm_qualify_job *job);

/* See gm_qualify_fused(). One line on stderr if the steps are wrong; GEMLET_E_DEVICE instead if the
 * options demand fused steps. */
gemlet_status gm_qualify_fused_and_report(const char *command, gm_step_report *report,
                                          gemlet_device *device, const gm_step_job *job);

/* See gm_qualify_composed(). GEMLET_E_DEVICE if the steps are wrong: there are no others. */
gemlet_status gm_qualify_composed_and_report(gemlet_device *device, const gm_step_job *job);

#endif
