/* SPDX-License-Identifier: MIT
 * Applies to an open device what gemlet tune found for it, and reports that to the user. */
#ifndef GM_CLI_TUNED_REPORT_H
#define GM_CLI_TUNED_REPORT_H

#include "cli/train_settings.h"

/* Looks for a tuning of this device, network and batch, unless the settings say how to multiply or
 * what to fuse, and applies it: settings->fused becomes OFF where that was faster. text
 * (GM_TUNED_TEXT_SIZE) out: what was applied, empty if nothing. One line on stderr for a file that
 * cannot be used. */
gemlet_status gm_tuned_use(const char *command, char *text, gm_train_settings *settings,
                           gemlet_device *device, const gemlet_spec *spec);

#endif
