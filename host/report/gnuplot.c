/* SPDX-License-Identifier: MIT
 * Scripts and runs of gnuplot; see gnuplot.h.
 *
 * Text that comes from outside enters a script only between single quotes, where gnuplot knows no
 * escape but the quote itself, and is drawn without markup ("noenhanced"). */
#include "report/gnuplot.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/file.h"
#include "core/memory.h"
#include "report/child_process.h"
#include "core/clean_text.h"

/* A picture that is cut short, as on a full disk, is not told by gnuplot's exit code. */
static const struct {
    const char *name;
    const char *end; /* of every whole file, but for white space behind it */
    size_t end_length;
} formats[] = {
    {"png", "\0\0\0\0IEND\xae\x42\x60\x82", 12}, /* the last chunk, empty, with its CRC */
    {"svg", "</svg>", 6},
};
#define N_FORMATS (sizeof formats / sizeof formats[0])

/* Longest end with the white space behind it. */
#define MAX_END 64

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
    "    \"; set output '\" . (format eq 'png' ? png_file : svg_file) . \"'\"\n"
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
            "if (!exists('png_file')) png_file = '%s.png'\n"
            "if (!exists('svg_file')) svg_file = '%s.svg'\n"
            "width = %d\n"
            "height = %d\n",
            picture->title, picture->name, picture->name, picture->name, picture->width,
            picture->height);
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

/* "directory/name.format" */
static gemlet_status picture_path(char **path, const gm_gnuplot_picture *picture, size_t format)
{
    return gm_format_string(path, "%s/%s.%s", picture->directory, picture->name,
                            formats[format].name);
}

/* What gnuplot draws into: files of ours, which it opens again by their names. */
static gemlet_status open_files(gm_atomic_file *files, const gm_gnuplot_picture *picture)
{
    for (size_t i = 0; i < N_FORMATS; ++i) {
        char *path;
        GEMLET_TRY(picture_path(&path, picture, i));
        gemlet_status status = gm_atomic_file_open(&files[i], path);
        if (status == GEMLET_OK && files[i].temporary_path == NULL)
            status =
                gm_error(GEMLET_E_IO, "%s: found a device or pipe, expected a regular file", path);
        free(path);
        GEMLET_TRY(status);
    }
    return GEMLET_OK;
}

/* Text of gnuplot: where the pictures go. */
static gemlet_status format_targets(char **text, const gm_atomic_file *files)
{
    const char *names[N_FORMATS];
    for (size_t i = 0; i < N_FORMATS; ++i)
        names[i] = strrchr(files[i].temporary_path, '/') + 1;
    return gm_format_string(text, "png_file = '%s'; svg_file = '%s'", names[0], names[1]);
}

/* *note out: why gnuplot drew nothing, or NULL. */
static gemlet_status explain(char **note, const gm_child_result *result,
                             const gm_gnuplot_picture *picture, double seconds)
{
    if (result->timed_out)
        return gm_format_string(note, "gnuplot did not end within %g s and was killed", seconds);
    if (!result->found)
        return gm_format_string(note,
                                "gnuplot not found: no %s.png and .svg; install it and run "
                                "\"gnuplot %s.gp\" in %s",
                                picture->name, picture->name, picture->directory);
    if (result->signal != 0)
        return gm_format_string(note, "gnuplot was ended by signal %d: no %s.png and .svg",
                                result->signal, picture->name);
    if (result->exit_code != 0)
        return gm_format_string(note, "gnuplot failed with exit code %d: %s", result->exit_code,
                                result->output);
    return GEMLET_OK;
}

static gemlet_status run(char **note, const gm_gnuplot_picture *picture,
                         const gm_atomic_file *files)
{
    const double seconds = picture->seconds > 0.0 ? picture->seconds : GM_GNUPLOT_SECONDS;
    char *targets = NULL;
    char *script = NULL;
    gemlet_status status = format_targets(&targets, files);
    if (status == GEMLET_OK)
        status = gm_format_string(&script, "%s.gp", picture->name);
    /* --default-settings: whatever a user has in ~/.gnuplot must not change the picture. */
    char program[] = "gnuplot";
    char defaults[] = "--default-settings";
    char execute[] = "-e";
    char *const argv[] = {program, defaults, execute, targets, script, NULL};
    gm_child_result result = {0};
    if (status == GEMLET_OK)
        status = gm_child_process_run(&result, picture->directory, argv, seconds);
    free(targets);
    free(script);
    GEMLET_TRY(status);
    return explain(note, &result, picture, seconds);
}

/* Returns 1 if the file ends as a whole picture does. */
static int is_whole(const char *path, size_t format)
{
    FILE *stream = fopen(path, "rb");
    if (stream == NULL)
        return 0;
    char tail[MAX_END];
    size_t n = 0;
    if (fseek(stream, 0, SEEK_END) == 0) {
        const long size = ftell(stream);
        fseek(stream, size > MAX_END ? size - MAX_END : 0, SEEK_SET);
        n = fread(tail, 1, MAX_END, stream);
    }
    fclose(stream);
    while (n > 0 && (tail[n - 1] == '\n' || tail[n - 1] == '\r' || tail[n - 1] == ' '))
        --n;
    const size_t length = formats[format].end_length;
    return n >= length && memcmp(tail + n - length, formats[format].end, length) == 0;
}

/* Nothing gets its final name before all are whole and on the disk. */
static gemlet_status place(char **note, gm_atomic_file *files)
{
    for (size_t i = 0; i < N_FORMATS; ++i) {
        if (!is_whole(files[i].temporary_path, i))
            return gm_format_string(note, "%s: gnuplot made no whole picture (disk full?)",
                                    files[i].path);
    }
    for (size_t i = 0; i < N_FORMATS; ++i)
        GEMLET_TRY(gm_atomic_file_complete(&files[i]));
    for (size_t i = 0; i < N_FORMATS; ++i)
        GEMLET_TRY(gm_atomic_file_commit(&files[i]));
    return GEMLET_OK;
}

void gm_gnuplot_remove_pictures(const gm_gnuplot_picture *picture)
{
    for (size_t i = 0; i < N_FORMATS; ++i) {
        char *path;
        if (picture_path(&path, picture, i) == GEMLET_OK)
            unlink(path);
        free(path);
    }
}

gemlet_status gm_gnuplot_draw(char **note, const gm_gnuplot_picture *picture)
{
    *note = NULL;
    gm_atomic_file files[N_FORMATS] = {{0}};
    gemlet_status status = open_files(files, picture);
    if (status == GEMLET_OK)
        status = run(note, picture, files);
    if (status == GEMLET_OK && *note == NULL)
        status = place(note, files);
    for (size_t i = 0; i < N_FORMATS; ++i)
        gm_atomic_file_abort(&files[i]);
    if (status != GEMLET_OK && *note == NULL)
        status = gm_copy_string(note, gemlet_last_error());
    if (*note != NULL)
        gm_gnuplot_remove_pictures(picture);
    return status;
}
