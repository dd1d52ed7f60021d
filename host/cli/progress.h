/* SPDX-License-Identifier: MIT
 * Shows how far training is: one line redrawn in place on a terminal, one line per report in a log.
 * Knows nothing of what happens with the reports otherwise. */
#ifndef GM_CLI_PROGRESS_H
#define GM_CLI_PROGRESS_H

#include <stddef.h>
#include <stdio.h>

#include "gemlet/train.h"

typedef struct gm_progress_display {
    FILE *stream;
    int quiet;
    int live;               /* redraw one line */
    gemlet_progress first;  /* report, all 0 before it */
    double drawn_at;        /* gm_clock_seconds() of the last drawing; live only */
    int is_pending;         /* `latest` is not drawn yet; live only */
    gemlet_progress latest; /* live only */
} gm_progress_display;

/* Starts a display on `stream`: live if that is a terminal that can move its cursor. quiet: it
 * never prints anything. */
void gm_progress_start(gm_progress_display *display, FILE *stream, int quiet);

/* A gemlet_progress_callback; `display` is a gm_progress_display. Live: draws at most ten times a
 * second. */
void gm_progress_show(const gemlet_progress *progress, void *display);

/* Of the bytes of the rows so many are on the device. Only live: the line is gone when all are. */
void gm_progress_show_upload(gm_progress_display *display, uint64_t done, uint64_t total);

/* Draws what is pending and ends the line, so that other text can follow. Harmless if nothing was
 * shown, or when called twice. */
void gm_progress_finish(gm_progress_display *display);

/* Writes the live line for a terminal of `width` columns into text: at most width - 1 characters,
 * the bar and then the less important figures left out where there is no room. size > 128. `first`
 * is the first report of the run: the time left is estimated from what came after it. */
void gm_progress_format_live(char *text, size_t size, const gemlet_progress *progress,
                             const gemlet_progress *first, size_t width);

/* Writes the line of a log, all figures, without a line end. size > 256. */
void gm_progress_format_plain(char *text, size_t size, const gemlet_progress *progress,
                              const gemlet_progress *first);

#endif
