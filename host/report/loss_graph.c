/* SPDX-License-Identifier: MIT
 * Writes a gnuplot script and runs it; see loss_graph.h.
 *
 * The script is the same for every run but for the variables at its top. Text that comes from
 * outside enters it only between single quotes, where gnuplot knows no escape but the quote itself,
 * and is drawn without markup ("noenhanced"). */
#include "report/loss_graph.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/file.h"
#include "core/memory.h"
#include "report/child_process.h"
#include "report/clean_text.h"

/* A longer title would not fit the width of the picture. */
#define MAX_TITLE_BYTES 88

/* Colours: Okabe & Ito's palette, told apart also by the colour-blind. */
static const char script_body[] =
    "\n"
    "set encoding utf8\n"
    "set datafile separator comma\n"
    "if (strstrt(GPVAL_TERMINALS, 'pngcairo') > 0) {\n"
    "    set terminal pngcairo noenhanced size 1200,720 background '#FFFFFF' \\\n"
    "        font 'Sans,17'\n"
    "} else {\n"
    "    set terminal png noenhanced size 1200,720 background '#FFFFFF' medium\n"
    "}\n"
    "set output picture\n"
    "\n"
    "# A report holds the mean loss of the steps since the one before it. Of those that are\n"
    "# positive: their steps, and the running total of loss times steps.\n"
    "stats 'metrics.csv' skip 1 using ($4 > 0 ? $4 : NaN) nooutput\n"
    "count = STATS_records\n"
    "low = STATS_min\n"
    "high = STATS_max\n"
    "array step[count]\n"
    "array total[count]\n"
    "n = 0\n"
    "last = 0\n"
    "running = 0.0\n"
    "stats 'metrics.csv' skip 1 using ($4 > 0 ? (n = n + 1, \\\n"
    "    running = running + $4 * ($1 - last), last = $1, \\\n"
    "    step[n] = last, total[n] = running) : NaN) nooutput\n"
    "\n"
    "# Moving mean over the steps of up to `half` reports on either side: as many after as\n"
    "# before near the start, where the loss falls fast, but not near the end.\n"
    "half = count / 40\n"
    "least(a, b) = a < b ? a : b\n"
    "back(i) = least(half, i - 1)\n"
    "ahead(i) = least(back(i), count - i)\n"
    "total_to(i) = i > 0 ? total[i] : 0\n"
    "step_to(i) = i > 0 ? step[i] : 0\n"
    "span(from, to) = (total[to] - total_to(from - 1)) / (step[to] - step_to(from - 1))\n"
    "mean(i) = span(i - back(i), i + ahead(i))\n"
    "\n"
    "if (has_test) {\n"
    "    low = least(low, test_loss)\n"
    "    high = -least(-high, -test_loss)\n"
    "}\n"
    "if (high > 10 * low) {\n"
    "    set logscale y\n"
    "    set yrange [low / 1.3 : high * 1.3]\n"
    "    # Powers of ten alone would be too few labels.\n"
    "    if (high < 200 * low) { set for [e = -12:12] ytics add (2 * 10.0**e, 5 * 10.0**e) }\n"
    "} else {\n"
    "    set yrange [0 : high * 1.05]\n"
    "}\n"
    "unit = step[count] < 1e5 ? 1 : 1000\n"
    "set xrange [0 : step[count] / unit]\n"
    "on = strlen(network . device) > 80 ? \"\\n\" : ' on '\n"
    "results = has_test ? sprintf(\"\\ntest accuracy %.2f %%, test loss %.4f\", \\\n"
    "    100 * test_accuracy, test_loss) : ''\n"
    "set title network . on . device . results offset 0,-0.3\n"
    "set xlabel (unit == 1 ? 'step' : 'step (thousands)')\n"
    "set ylabel 'cross-entropy loss (nats)'\n"
    "set format x '%.0f'\n"
    "set format y '%g'\n"
    "set border 3 linecolor '#555555' linewidth 1.5\n"
    "set tics nomirror textcolor '#000000'\n"
    "set grid xtics ytics mytics linetype 1 linecolor '#CCCCCC' linewidth 1, \\\n"
    "    linetype 1 linecolor '#EBEBEB' linewidth 1\n"
    "set key top right Left reverse samplen 2.5 spacing 1.2 opaque\n"
    "set rmargin 4\n"
    "\n"
    "smoothed = sprintf('training loss, moving mean of %d reports', 2 * half + 1)\n"
    "raw = 'training loss, mean between reports'\n"
    "tested = sprintf('test loss at the end, %.4f', test_loss)\n"
    "plot 'metrics.csv' skip 1 using ($1 / unit):($4 > 0 ? $4 : NaN) with lines \\\n"
    "         linecolor '#56B4E9' linewidth 1.5 title raw, \\\n"
    "     step using (step[int($1)] / unit):(half > 0 ? mean(int($1)) : NaN) with lines "
    "\\\n"
    "         linecolor '#0072B2' linewidth 3.5 title (half > 0 ? smoothed : ''), \\\n"
    "     has_test ? test_loss : NaN with lines dashtype (12,8) \\\n"
    "         linecolor '#D55E00' linewidth 2.5 title (has_test ? tested : '')\n";

/* text in place: at most MAX_TITLE_BYTES bytes, cut between characters of UTF-8. */
static void shorten(char *text)
{
    size_t n = MAX_TITLE_BYTES;
    if (strlen(text) <= n)
        return;
    n -= 3;
    while (n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80)
        --n;
    memcpy(text + n, "...", 4);
}

/* name = 'text', the text cleaned, shortened and quoted. */
static gemlet_status write_text(FILE *stream, const char *name, const char *text)
{
    char *clean;
    GEMLET_TRY(gm_clean_text(&clean, text));
    shorten(clean);
    fprintf(stream, "%s = '", name);
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

static gemlet_status write_variables(FILE *stream, const gm_loss_graph *graph)
{
    fputs("# Training loss of one run, from " GM_LOSS_GRAPH_DATA ".\n"
          "# To draw it again, in this directory: gnuplot " GM_LOSS_GRAPH_SCRIPT "\n"
          "if (!exists('picture')) picture = '" GM_LOSS_GRAPH_PICTURE "'\n",
          stream);
    GEMLET_TRY(write_text(stream, "network", graph->network));
    GEMLET_TRY(write_text(stream, "device", graph->device));
    if (isnan(graph->test_loss)) {
        fputs("has_test = 0\ntest_loss = NaN\ntest_accuracy = NaN\n", stream);
        return GEMLET_OK;
    }
    fprintf(stream, "has_test = 1\ntest_loss = %.9g\ntest_accuracy = %.9g\n", graph->test_loss,
            graph->test_accuracy);
    return GEMLET_OK;
}

static gemlet_status write_script(const char *path, const gm_loss_graph *graph)
{
    gm_atomic_file file;
    GEMLET_TRY(gm_atomic_file_open(&file, path));
    const gemlet_status status = write_variables(file.stream, graph);
    if (status != GEMLET_OK) {
        gm_atomic_file_abort(&file);
        return status;
    }
    fputs(script_body, file.stream);
    return gm_atomic_file_commit(&file);
}

/* *note out: why gnuplot drew nothing, or NULL. The picture has the name `picture` then. */
static gemlet_status run_gnuplot(char **note, const char *directory, const char *picture)
{
    char *assignment;
    GEMLET_TRY(gm_format_string(&assignment, "picture = '%s'", picture));
    /* --default-settings: whatever a user has in ~/.gnuplot must not change the picture. */
    char program[] = "gnuplot";
    char defaults[] = "--default-settings";
    char execute[] = "-e";
    char script[] = GM_LOSS_GRAPH_SCRIPT;
    char *const argv[] = {program, defaults, execute, assignment, script, NULL};
    gm_child_result result;
    gemlet_status status = gm_child_process_run(&result, directory, argv);
    free(assignment);
    GEMLET_TRY(status);
    if (!result.found)
        return gm_format_string(note,
                                "gnuplot not found: no " GM_LOSS_GRAPH_PICTURE
                                "; install it and run \"gnuplot " GM_LOSS_GRAPH_SCRIPT "\" in %s",
                                directory);
    if (result.signal != 0)
        return gm_format_string(note, "gnuplot was ended by signal %d: no " GM_LOSS_GRAPH_PICTURE,
                                result.signal);
    if (result.exit_code != 0)
        return gm_format_string(note, "gnuplot failed with exit code %d: %s", result.exit_code,
                                result.output);
    return GEMLET_OK;
}

/* Gives a drawn picture its final name, or removes what there is of it. */
static gemlet_status place_picture(char **note, const char *temporary, const char *final)
{
    if (*note == NULL && rename(temporary, final) == 0)
        return GEMLET_OK;
    const int rename_error = errno;
    unlink(temporary);
    unlink(final);
    if (*note != NULL)
        return GEMLET_OK;
    return gm_format_string(note, "%s: gnuplot made no picture: %s", final, strerror(rename_error));
}

gemlet_status gm_loss_graph_draw(char **note, const gm_loss_graph *graph)
{
    *note = NULL;
    char *script = NULL;
    char *name = NULL;
    char *temporary = NULL;
    char *final = NULL;
    gemlet_status status = gm_path_join(&script, graph->directory, GM_LOSS_GRAPH_SCRIPT);
    if (status == GEMLET_OK)
        status = gm_format_string(&name, GM_LOSS_GRAPH_PICTURE ".tmp.%ld", (long)getpid());
    if (status == GEMLET_OK)
        status = gm_path_join(&temporary, graph->directory, name);
    if (status == GEMLET_OK)
        status = gm_path_join(&final, graph->directory, GM_LOSS_GRAPH_PICTURE);
    if (status == GEMLET_OK)
        status = write_script(script, graph);
    if (status == GEMLET_OK)
        status = run_gnuplot(note, graph->directory, name);
    if (status == GEMLET_OK)
        status = place_picture(note, temporary, final);
    if (status != GEMLET_OK) {
        free(*note);
        *note = NULL;
    }
    free(script);
    free(name);
    free(temporary);
    free(final);
    return status;
}
