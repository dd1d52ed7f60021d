/* SPDX-License-Identifier: MIT
 * What the pictures have in common: their look, text from outside in a script, running gnuplot.
 *
 * A picture is a script and its data in one directory; the script draws it as PNG and as SVG, and
 * draws it again when it is run there. It is made of
 *
 *     gm_gnuplot_write_head()    size, look, both terminals
 *     gm_gnuplot_write_text()    titles, names
 *     the script's own settings, then
 *     do for [format in formats] {
 *         eval begin(format)
 *         plot ...
 *     }
 */
#ifndef GM_REPORT_GNUPLOT_H
#define GM_REPORT_GNUPLOT_H

#include <stdio.h>

#include "core/error.h"

/* gnuplot needs one or two, and more when it builds its cache of fonts. */
#define GM_GNUPLOT_SECONDS 30.0

typedef struct gm_gnuplot_picture {
    const char *directory; /* of all files */
    const char *name;      /* of the files, without .gp, .png and .svg */
    const char *title;     /* what it shows, for a comment at the top of the script */
    int width;             /* pixels */
    int height;
    double seconds; /* time limit of gnuplot; 0: GM_GNUPLOT_SECONDS */
} gm_gnuplot_picture;

/* Starts the script: comments, terminals, and grid, border and tics as all pictures have them. */
void gm_gnuplot_write_head(FILE *stream, const gm_gnuplot_picture *picture);

/* Sets a variable of the script to a text from anywhere: "variable = '...'", cleaned, at most
 * max_bytes (>= 4) long, where it is cut and ends in "...". Nothing in it is markup or code. */
gemlet_status gm_gnuplot_write_text(FILE *stream, const char *variable, const char *text,
                                    size_t max_bytes);

/* Runs the script <name>.gp. Each picture appears whole or not at all, and both or none. A picture
 * is a guest: that it cannot be drawn, for whatever reason (no gnuplot, no process, no room, no end
 * of it) is no failure: *note says why in one line, and pictures that were there before are
 * removed. *note = NULL if they were drawn. Release it with free(). */
gemlet_status gm_gnuplot_draw(char **note, const gm_gnuplot_picture *picture);

/* Removes the pictures, if there are any. Only directory and name are used. */
void gm_gnuplot_remove_pictures(const gm_gnuplot_picture *picture);

#endif
