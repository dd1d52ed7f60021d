/* SPDX-License-Identifier: MIT
 * Scripts and runs of gnuplot; see gnuplot.h.
 *
 * Text that comes from outside enters a script only between single quotes, where gnuplot knows no
 * escape but the quote itself, and is drawn without markup ("noenhanced"). */
#include "report/gnuplot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/memory.h"
#include "report/child_process.h"
#include "report/clean_text.h"

static const char *const formats[] = {"png", "svg"};
#define N_FORMATS (sizeof formats / sizeof formats[0])

/* Without cairo the plain PNG terminal, with its own fonts, must do. */
static const char head[] =
    "set encoding utf8\n"
    "set datafile separator comma\n"
    "formats = 'png svg'\n"
    "look = sprintf(\" noenhanced size %d,%d background '#FFFFFF'\", width, height)\n"
    "cairo = strstrt(GPVAL_TERMINALS, 'pngcairo') > 0\n"
    "png = cairo ? 'pngcairo' . look . \" font 'sans-serif,17'\" : 'png' . look . ' medium'\n"
    "svg = 'svg' . look . \" font 'sans-serif,21'\" # pixels, as 17 points\n"
    "begin(format) = 'set terminal ' . (format eq 'png' ? png : svg) . \\\n"
    "    \"; set output '\" . name . '.' . format . suffix . \"'\"\n"
    "\n"
    "set border 3 linecolor '#555555' linewidth 1.5\n"
    "set tics nomirror textcolor '#000000'\n"
    "set grid xtics ytics mytics linetype 1 linecolor '#CCCCCC' linewidth 1, \\\n"
    "    linetype 1 linecolor '#EBEBEB' linewidth 1\n"
    "\n";

void gm_gnuplot_write_head(FILE *stream, const gm_gnuplot_picture *picture)
{
    fprintf(stream,
            "# %s\n"
            "# To draw it again, in this directory: gnuplot %s.gp\n"
            "if (!exists('suffix')) suffix = ''\n"
            "name = '%s'\n"
            "width = %d\n"
            "height = %d\n",
            picture->title, picture->name, picture->name, picture->width, picture->height);
    fputs(head, stream);
}

/* text in place: at most max_bytes, cut between characters of UTF-8. */
static void shorten(char *text, size_t max_bytes)
{
    if (strlen(text) <= max_bytes)
        return;
    size_t n = max_bytes - 3;
    while (n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80)
        --n;
    memcpy(text + n, "...", 4);
}

gemlet_status gm_gnuplot_write_text(FILE *stream, const char *variable, const char *text,
                                    size_t max_bytes)
{
    char *clean;
    GEMLET_TRY(gm_clean_text(&clean, text));
    shorten(clean, max_bytes);
    fprintf(stream, "%s = '", variable);
    for (const char *c = clean; *c != '\0'; ++c) {
        /* An apostrophe, U+2019. Doubled quotes fail in gnuplot 5.4 at the start of a string. */
        if (*c == '\'')
            fputs("\xe2\x80\x99", stream);
        else
            fputc(*c, stream);
    }
    fputs("'\n", stream);
    free(clean);
    return GEMLET_OK;
}

/* *note out: why gnuplot drew nothing, or NULL. The pictures' names end in `suffix` then. */
static gemlet_status run(char **note, const gm_gnuplot_picture *picture, const char *suffix)
{
    char *assignment = NULL;
    char *script = NULL;
    gemlet_status status = gm_format_string(&assignment, "suffix = '%s'", suffix);
    if (status == GEMLET_OK)
        status = gm_format_string(&script, "%s.gp", picture->name);
    /* --default-settings: whatever a user has in ~/.gnuplot must not change the picture. */
    char program[] = "gnuplot";
    char defaults[] = "--default-settings";
    char execute[] = "-e";
    char *const argv[] = {program, defaults, execute, assignment, script, NULL};
    gm_child_result result = {0};
    if (status == GEMLET_OK)
        status = gm_child_process_run(&result, picture->directory, argv);
    free(assignment);
    free(script);
    GEMLET_TRY(status);
    if (!result.found)
        return gm_format_string(note,
                                "gnuplot not found: no %s.png and .svg; install it and run "
                                "\"gnuplot %s.gp\" in %s",
                                picture->name, picture->name, picture->directory);
    if (result.signal != 0)
        return gm_format_string(note, "gnuplot was ended by signal %d: no %s.png and .svg",
                                result.signal, picture->name);
    if (result.exit_code != 0)
        return gm_format_string(note, "gnuplot failed with exit code %d: %s", result.exit_code,
                                result.output);
    return GEMLET_OK;
}

static gemlet_status picture_path(char **path, const gm_gnuplot_picture *picture, size_t format,
                                  const char *suffix)
{
    return gm_format_string(path, "%s/%s.%s%s", picture->directory, picture->name, formats[format],
                            suffix);
}

/* Gives one drawn picture its final name. */
static gemlet_status place(char **note, const gm_gnuplot_picture *picture, size_t format,
                           const char *suffix)
{
    char *temporary = NULL;
    char *final = NULL;
    gemlet_status status = picture_path(&temporary, picture, format, suffix);
    if (status == GEMLET_OK)
        status = picture_path(&final, picture, format, "");
    if (status == GEMLET_OK && rename(temporary, final) != 0)
        status = gm_format_string(note, "%s: gnuplot made no picture: %s", final, strerror(errno));
    free(temporary);
    free(final);
    return status;
}

static void remove_pictures(const gm_gnuplot_picture *picture, const char *suffix)
{
    for (size_t i = 0; i < N_FORMATS; ++i) {
        char *path;
        if (picture_path(&path, picture, i, suffix) == GEMLET_OK)
            unlink(path);
        free(path);
    }
}

gemlet_status gm_gnuplot_draw(char **note, const gm_gnuplot_picture *picture)
{
    *note = NULL;
    char suffix[32];
    snprintf(suffix, sizeof suffix, ".tmp.%ld", (long)getpid());
    gemlet_status status = run(note, picture, suffix);
    for (size_t i = 0; status == GEMLET_OK && *note == NULL && i < N_FORMATS; ++i)
        status = place(note, picture, i, suffix);
    if (status == GEMLET_OK && *note == NULL)
        return GEMLET_OK;
    remove_pictures(picture, suffix);
    remove_pictures(picture, "");
    if (status != GEMLET_OK) {
        free(*note);
        *note = NULL;
    }
    return status;
}
