/* SPDX-License-Identifier: MIT
 * What a report of a run is made of: all of it read from the files that the run has left, so that
 * it can be made at the end of a run and at any later time, and says the same. */
#ifndef GM_HTML_RUN_PAGE_H
#define GM_HTML_RUN_PAGE_H

#include <stdint.h>

#include "compare/metrics_csv.h"
#include "compare/run_record.h"
#include "html/layers_csv.h"

/* Names within the directory of a run; what it holds stands in run/evaluation.h. */
#define GM_EVALUATION_NAME "evaluation.json"

/* Starts as {0}. */
typedef struct gm_run_page {
    const char *name;     /* of the run's directory, as it is shown */
    gm_run_record record; /* stats.json, with all it holds in record.json */
    gm_loss_curve curves[GM_N_METRICS];
    int is_regression;
    gm_layers layers;
    cJSON *evaluation; /* evaluation.json; NULL: there is none */
    /* The confusion matrix; n_classes 0: there is none. */
    size_t n_classes;
    char **classes;    /* (n_classes) names */
    double *confusion; /* (n_classes, n_classes) rows by class and answer */
} gm_run_page;

/* Reads the files of a run in `directory`. Failures name the file and the place in it. On failure
 * *page is all zero. Release with gm_run_page_free(). */
gemlet_status gm_run_page_read(gm_run_page *page, const char *directory, const char *name);

/* Harmless on a zeroed page. */
void gm_run_page_free(gm_run_page *page);

/* The number at a place of stats.json, "timings.load_seconds"; NAN if there is none. */
double gm_run_page_number(const gm_run_page *page, const char *key);

/* The text there; NULL if there is none. Belongs to the page. */
const char *gm_run_page_text(const gm_run_page *page, const char *key);

#endif
