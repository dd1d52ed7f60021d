/* SPDX-License-Identifier: MIT
 * The report of a run, or of several beside each other: one page of HTML that holds all it shows
 * and asks for nothing else, by a policy in its head as well. */
#ifndef GM_HTML_REPORT_H
#define GM_HTML_REPORT_H

#include <stddef.h>

#include "core/error.h"

/* Name within the directory of a run. */
#define GM_REPORT_NAME "report.html"

/* Writes the report of the run in `directory`, as `name` (the directory as it is to be shown), to
 * `path`, atomically. Fails as gm_run_page_read(). */
gemlet_status gm_report_write(const char *path, const char *directory, const char *name);

/* Writes a report of the runs in directories (n >= 2): what compare/comparison.h says of them,
 * their curves over each other, then each. */
gemlet_status gm_report_write_several(const char *path, char *const *directories, size_t n);

#endif
