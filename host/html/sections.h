/* SPDX-License-Identifier: MIT
 * The sections of a report, each in a file of its own, section_<name>.c. */
#ifndef GM_HTML_SECTIONS_H
#define GM_HTML_SECTIONS_H

#include <stdio.h>

#include "html/run_page.h"

typedef struct gm_section {
    const char *id;                           /* in addresses */
    const char *title;                        /* heading, and word in the list of contents */
    int (*is_there)(const gm_run_page *page); /* 1 if the run has something to say here */
    gemlet_status (*write)(FILE *stream, const gm_run_page *page); /* all below the heading */
} gm_section;

extern const gm_section gm_section_curves;
extern const gm_section gm_section_confusion;
extern const gm_section gm_section_classes;
extern const gm_section gm_section_residuals;
extern const gm_section gm_section_calibration;
extern const gm_section gm_section_worst;
extern const gm_section gm_section_importance;
extern const gm_section gm_section_layers;
extern const gm_section gm_section_time;
extern const gm_section gm_section_options;
extern const gm_section gm_section_repeat;

/* What comes first, without a heading. */
void gm_section_summary(FILE *stream, const gm_run_page *page);

#endif
