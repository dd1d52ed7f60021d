/* SPDX-License-Identifier: MIT
 * Which directory a run's results go to. A directory is one run's: what another has left there is
 * replaced only if the settings say so, be it results or the checkpoints of a run that has not
 * ended.
 *
 * --out DIR is that directory or none: where another run is there this one is refused. Without
 * --out it is runs/<data>, or runs/<data>-<recipe> with another recipe than the default; where that
 * is taken, by results or by a process at work, the same with -2, -3, ... behind it, which is
 * noted.
 */
#ifndef GM_RUN_OUT_H
#define GM_RUN_OUT_H

#include "report/result_directory.h"
#include "run/events.h"
#include "run/settings.h"

/* Opens the directory for files of these names (n_names, borrowed until close). *out: its path;
 * release it with free(). GEMLET_E_IO as gm_result_directory_open(), and for results that would be
 * replaced. */
gemlet_status gm_run_open_out(char **out, gm_result_directory *directory,
                              const gm_run_settings *settings, const char *const *names,
                              size_t n_names);

/* Notes that `out` is not the directory that a user would expect, if so. */
void gm_run_note_out(const char *out, const gm_run_settings *settings, const gm_run_events *events);

#endif
