/* SPDX-License-Identifier: MIT
 * The progress line. A live line is made of parts in order of importance; as many as fit the
 * terminal at this moment are shown, and the bar gets longer where there is room. */
#include "cli/progress.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/terminal.h"

#define REDRAW_SECONDS 0.1
#define MIN_BAR        10u /* shorter says nothing */
#define MAX_BAR        30u
#define MAX_LINE       512u

/* "1:02:03" or "2:03" until the end at the mean speed since the first report; "" while that is
 * unknown. The first step is left out: it compiles kernels. */
static void format_eta(char *text, size_t size, const gemlet_progress *p,
                       const gemlet_progress *first)
{
    text[0] = '\0';
    if (p->step <= first->step || p->step > p->n_steps)
        return;
    const double seconds_per_step = (p->seconds - first->seconds) / (double)(p->step - first->step);
    const double left = seconds_per_step * (double)(p->n_steps - p->step);
    if (!(left >= 0 && left < 1e8))
        return;
    const unsigned long seconds = (unsigned long)(left + 0.5);
    if (seconds >= 3600)
        snprintf(text, size, "%lu:%02lu:%02lu", seconds / 3600, seconds / 60 % 60, seconds % 60);
    else
        snprintf(text, size, "%lu:%02lu", seconds / 60, seconds % 60);
}

/* Appends `part` if the line then still has at most `limit` characters. */
static void append_part(char *text, size_t limit, const char *part)
{
    if (strlen(text) + strlen(part) <= limit)
        strcat(text, part);
}

void gm_progress_format_live(char *text, size_t size, const gemlet_progress *progress,
                             const gemlet_progress *first, size_t width)
{
    const size_t limit = width > size ? size - 1 : width > 0 ? width - 1 : 0;
    /* Accuracy, validation loss, time left and speed give way to a bar, the bar gives way to step
     * and loss. */
    const size_t frame = strlen("[] ");
    const size_t limit_with_bar = limit > MIN_BAR + frame ? limit - MIN_BAR - frame : 0;
    char eta[32];
    format_eta(eta, sizeof eta, progress, first);
    const double share =
        progress->n_steps > 0 ? (double)progress->step / (double)progress->n_steps : 1.0;

    char part[96];
    char figures[MAX_LINE] = "";
    snprintf(part, sizeof part, "%llu/%llu", (unsigned long long)progress->step,
             (unsigned long long)progress->n_steps);
    append_part(figures, limit, part);
    snprintf(part, sizeof part, "  loss %.4f", progress->train_loss);
    append_part(figures, limit, part);
    if (!isnan(progress->train_accuracy)) {
        snprintf(part, sizeof part, "  acc %5.2f %%", 100.0 * progress->train_accuracy);
        append_part(figures, limit_with_bar, part);
    }
    if (progress->validation_step > 0) {
        snprintf(part, sizeof part, "  val %.4f", progress->validation_loss);
        append_part(figures, limit_with_bar, part);
    }
    if (eta[0] != '\0') {
        snprintf(part, sizeof part, "  ETA %s", eta);
        append_part(figures, limit_with_bar, part);
    }
    snprintf(part, sizeof part, "  %.0f steps/s", progress->steps_per_second);
    append_part(figures, limit_with_bar, part);

    const size_t room = limit - strlen(figures);
    if (room < MIN_BAR + frame) {
        snprintf(text, size, "%s", figures);
        return;
    }
    char bar[MAX_BAR + 1];
    const size_t length = room - frame < MAX_BAR ? room - frame : MAX_BAR;
    const size_t n_done = share < 1.0 ? (size_t)(share * (double)length) : length;
    memset(bar, '#', n_done);
    memset(bar + n_done, '.', length - n_done);
    bar[length] = '\0';
    snprintf(text, size, "[%s] %s", bar, figures);
}

/* Empty for that of a regression, which is not a number. */
static void format_accuracy(char text[32], const char *name, double accuracy)
{
    text[0] = '\0';
    if (!isnan(accuracy))
        snprintf(text, 32, "  %s %.2f %%", name, 100.0 * accuracy);
}

void gm_progress_format_plain(char *text, size_t size, const gemlet_progress *progress,
                              const gemlet_progress *first)
{
    char eta[32];
    char accuracy[32];
    char validation_accuracy[32];
    char validated[96] = "";
    format_eta(eta, sizeof eta, progress, first);
    format_accuracy(accuracy, "acc", progress->train_accuracy);
    format_accuracy(validation_accuracy, "val acc", progress->validation_accuracy);
    if (progress->validation_step == progress->step)
        snprintf(validated, sizeof validated, "  val loss %.6f%s", progress->validation_loss,
                 validation_accuracy);
    snprintf(text, size, "step %llu/%llu  loss %.6f%s%s  lr %.5g  %.0f steps/s%s%s",
             (unsigned long long)progress->step, (unsigned long long)progress->n_steps,
             progress->train_loss, accuracy, validated, progress->learning_rate,
             progress->steps_per_second, eta[0] != '\0' ? "  ETA " : "", eta);
}

void gm_progress_start(gm_progress_display *display, FILE *stream, int quiet)
{
    const char *terminal = getenv("TERM");
    *display = (gm_progress_display){
        .stream = stream,
        .quiet = quiet,
        .live = isatty(fileno(stream)) && terminal != NULL && strcmp(terminal, "dumb") != 0,
        .drawn_at = -REDRAW_SECONDS,
    };
}

static void draw(gm_progress_display *display)
{
    char text[MAX_LINE];
    gm_progress_format_live(text, sizeof text, &display->latest, &display->first,
                            gm_terminal_width(display->stream));
    fprintf(display->stream, "\r%s\033[K", text); /* ESC [ K clears the rest of the old line */
    fflush(display->stream);
    display->drawn_at = gm_clock_seconds();
    display->is_pending = 0;
}

void gm_progress_show(const gemlet_progress *progress, void *user)
{
    gm_progress_display *display = user;
    if (display->quiet)
        return;
    if (display->first.step == 0)
        display->first = *progress;
    if (!display->live) {
        char text[MAX_LINE];
        gm_progress_format_plain(text, sizeof text, progress, &display->first);
        fprintf(display->stream, "%s\n", text);
        fflush(display->stream); /* a log is read while it grows */
        return;
    }
    display->latest = *progress;
    display->is_pending = 1;
    if (gm_clock_seconds() - display->drawn_at >= REDRAW_SECONDS)
        draw(display);
}

void gm_progress_show_upload(gm_progress_display *display, uint64_t done, uint64_t total)
{
    const double now = gm_clock_seconds();
    if (!display->live || display->quiet ||
        (done < total && now - display->drawn_at < REDRAW_SECONDS))
        return;
    fprintf(display->stream, "\r\033[K"); /* clears the line */
    if (done < total)
        fprintf(display->stream, "rows to the device: %.1f of %.1f MiB", (double)done / 0x1p20,
                (double)total / 0x1p20);
    fflush(display->stream);
    display->drawn_at = now;
}

void gm_progress_finish(gm_progress_display *display)
{
    if (display->is_pending)
        draw(display);
    if (display->live && display->latest.step > 0 && !display->quiet)
        fputc('\n', display->stream);
    display->latest = (gemlet_progress){0};
}
