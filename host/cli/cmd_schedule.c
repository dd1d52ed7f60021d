/* SPDX-License-Identifier: MIT
 * gemlet schedule: the learning rates that a run would have, as a picture. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/report_error.h"
#include "options/train_settings.h"
#include "core/clean_text.h"
#include "core/memory.h"
#include "core/terminal.h"
#include "report/rate_graph.h"
#include "report/result_directory.h"
#include "run/setup.h"
#include "train/schedule.h"
#include "train/update_rule.h"

/* Points of the drawn picture at most: more than it has pixels across. */
#define MAX_POINTS 4000u

/* Of the picture of characters, but for its axes. */
#define HEIGHT    12u
#define MIN_WIDTH 20u
#define MAX_WIDTH 100u

/* Characters before the first column: "    0.1 |". */
#define MARGIN 12u

typedef struct schedule_command {
    gm_setup setup;
    const char *out; /* NULL: only characters */
    gm_result_directory results;
    gemlet_train_options train; /* n_steps: of the run */
    gm_rate_point *points;      /* (n) */
    size_t n;
    char title[GM_SCHEDULE_TEXT_SIZE];
} schedule_command;

/* ---- rates ---------------------------------------------------------------------------------- */

/* The rows say how many steps there are where epochs, or the recipe, do. */
static gemlet_status count_steps(schedule_command *c)
{
    gm_setup *s = &c->setup;
    gemlet_dim n_rows = 0;
    if (s->settings.epochs > 0 || s->settings.train.n_steps == 0 ||
        s->settings.schedule_unit == GM_SPAN_EPOCHS) {
        GEMLET_TRY(gm_setup_load(s));
        n_rows = gemlet_dataset_rows(s->rows.train);
    }
    c->train = s->settings.train;
    c->train.n_steps = gm_run_settings_count_steps(&s->settings, n_rows);
    return gm_update_rule_check(&c->train);
}

/* The rates of up to MAX_POINTS steps, evenly, from the first to the last. */
static gemlet_status calculate(schedule_command *c)
{
    const uint64_t last = c->train.n_steps - 1;
    c->n = (size_t)(last < MAX_POINTS ? last + 1 : MAX_POINTS);
    GEMLET_TRY(GM_ALLOC(c->points, c->n, "learning rates"));
    for (size_t i = 0; i < c->n; ++i) {
        const double part = c->n > 1 ? (double)i / (double)(c->n - 1) : 0.0;
        const uint64_t step = (uint64_t)(part * (double)last + 0.5);
        c->points[i] = (gm_rate_point){step, gm_schedule_learning_rate(&c->train, step)};
    }
    gm_schedule_describe(c->title, &c->train);
    return GEMLET_OK;
}

static double find_highest(const schedule_command *c)
{
    double highest = 0.0;
    for (size_t i = 0; i < c->n; ++i)
        highest = c->points[i].rate > highest ? c->points[i].rate : highest;
    return highest;
}

/* ---- the picture of characters -------------------------------------------------------------- */

/* The lowest and the highest line, from 0 below, that the rates of a column reach: of its steps,
 * and where there are fewer of these than columns, of the nearest one. */
static void find_lines(const schedule_command *c, size_t column, size_t width, double highest,
                       unsigned *low, unsigned *high)
{
    const size_t first = column * c->n / width;
    const size_t end = (column + 1) * c->n / width;
    double lowest_rate = c->points[first].rate;
    double highest_rate = lowest_rate;
    for (size_t i = first; i < end; ++i) {
        lowest_rate = c->points[i].rate < lowest_rate ? c->points[i].rate : lowest_rate;
        highest_rate = c->points[i].rate > highest_rate ? c->points[i].rate : highest_rate;
    }
    const double lines = highest > 0.0 ? (HEIGHT - 1) / highest : 0.0; /* of a rate of 1 */
    *low = (unsigned)(lowest_rate * lines + 0.5);
    *high = (unsigned)(highest_rate * lines + 0.5);
}

static void print_picture(const schedule_command *c)
{
    const size_t terminal = gm_terminal_width(stdout);
    const size_t room = terminal > MARGIN + MIN_WIDTH ? terminal - MARGIN - 1 : 66;
    const size_t width = room < MAX_WIDTH ? room : MAX_WIDTH;
    const double highest = find_highest(c);
    for (unsigned line = HEIGHT; line-- > 0;) {
        char text[MAX_WIDTH + 1];
        for (size_t column = 0; column < width; ++column) {
            unsigned low, high;
            find_lines(c, column, width, highest, &low, &high);
            text[column] = line >= low && line <= high ? '*' : ' ';
        }
        text[width] = '\0';
        if (line == HEIGHT - 1 || line == 0)
            printf("%*.4g |%s\n", (int)MARGIN - 2, line > 0 ? highest : 0.0, text);
        else
            printf("%*s |%s\n", (int)MARGIN - 2, "", text);
    }
    printf("%*s +", (int)MARGIN - 2, "");
    for (size_t column = 0; column < width; ++column)
        putchar('-');
    printf("\n%*s%-*u%*" PRIu64 "\n", (int)MARGIN, "", (int)width / 2, 1u, (int)(width - width / 2),
           c->train.n_steps);
}

static void print_figures(const schedule_command *c)
{
    printf("schedule %s, %" PRIu64 " step%s\n", c->title, c->train.n_steps,
           c->train.n_steps > 1 ? "s" : "");
    printf("rates    %.4g in the first step, %.4g at most, %.4g in the last\n", c->points[0].rate,
           find_highest(c), c->points[c->n - 1].rate);
}

/* ---- the drawn picture ---------------------------------------------------------------------- */

/* The first is the last to appear. */
static const char *const picture_names[] = {GM_RATE_GRAPH_NAME ".gp", GM_RATE_GRAPH_NAME ".png",
                                            GM_RATE_GRAPH_NAME ".svg"};

static gemlet_status draw(schedule_command *c)
{
    const gm_rate_graph graph = {c->results.stage, c->points, c->n, c->title};
    char *note;
    char text[1024];
    GEMLET_TRY(gm_rate_graph_draw(&note, &graph));
    gm_result_directory_name(text, sizeof text, &c->results, note != NULL ? note : "");
    const int is_drawn = note == NULL;
    free(note);
    GEMLET_TRY(gm_result_directory_commit(&c->results));
    if (is_drawn)
        gm_print_text(stdout, "picture  %s: %s.png, %s.svg\n", c->out, GM_RATE_GRAPH_NAME,
                      GM_RATE_GRAPH_NAME);
    else
        gm_print_text(stderr, "gemlet schedule: no picture drawn: %s; its script is in %s\n", text,
                      c->out);
    return GEMLET_OK;
}

/* ---- the command ---------------------------------------------------------------------------- */

static gemlet_status do_all(schedule_command *c)
{
    if (c->out != NULL)
        GEMLET_TRY(gm_result_directory_open(&c->results, c->out, picture_names,
                                            sizeof picture_names / sizeof picture_names[0]));
    GEMLET_TRY(count_steps(c));
    GEMLET_TRY(calculate(c));
    print_picture(c);
    print_figures(c);
    return c->out != NULL ? draw(c) : GEMLET_OK;
}

static int parse(schedule_command *c, int argc, char **argv)
{
    gm_run_settings *s = &c->setup.settings;
    gm_run_settings_init(s, GM_RECIPE_DEFAULT);
    const gm_option own[] = {
        GM_TEXT(OUTPUT, "out", "DIR", &c->out,
                "draw it and write " GM_RATE_GRAPH_NAME ".png, .svg and their script .gp there"),
    };
    const gm_train_command command = {
        .name = "schedule",
        .description = "Shows the learning rates that gemlet train would have with the same "
                       "options: as characters, and with --out as a picture. The data are read "
                       "only where the number of steps depends on them.",
        .examples = "  gemlet schedule --lr-schedule flat-cosine --warmup 0.02\n"
                    "  gemlet schedule --lr-schedule one-cycle --out runs/schedule\n",
        .default_steps = GM_RUN_DEFAULT_STEPS,
        .steps_help = "number of steps",
        .without = GM_GROUP_BIT(DEVICE) | GM_GROUP_BIT(FUSED),
        .own = own,
        .n_own = GM_N_OPTIONS(own),
    };
    return gm_train_settings_parse(s, &command, argc, argv);
}

int gm_cmd_schedule(int argc, char **argv)
{
    schedule_command c = {.out = NULL};
    const int parsed = parse(&c, argc, argv);
    if (parsed != GM_OPTIONS_RUN)
        return parsed;
    const int exit_code = do_all(&c) == GEMLET_OK ? GM_EXIT_OK : gm_report_error("schedule");
    gm_result_directory_close(&c.results);
    gm_setup_free(&c.setup);
    free(c.points);
    return exit_code;
}
