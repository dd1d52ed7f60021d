/* SPDX-License-Identifier: MIT
 * See sweep_grid.h. */
#include "cli/sweep_grid.h"

#include <stdlib.h>
#include <string.h>

#include "core/memory.h"

/* NULL: no axis. */
static const char *separator_of(const gm_option *option)
{
    switch (option->group) {
    case GM_GROUP_NETWORK:
    case GM_GROUP_TRAINING:
    case GM_GROUP_LENGTH:
    case GM_GROUP_EPOCHS:
        break;
    default:
        return NULL;
    }
    if (strcmp(option->name, "seed") == 0)
        return NULL;
    switch (option->kind) {
    case GM_KIND_DIM:
    case GM_KIND_UNSIGNED:
    case GM_KIND_REAL:
    case GM_KIND_CHOICE:
        return ",";
    case GM_KIND_DIM_LIST:
        return "/";
    default:
        return NULL;
    }
}

/* NULL if it is none, or an unknown one, of which the parser tells. */
static const gm_option *find(const gm_option *options, size_t n_options, const char *argument,
                             size_t *length)
{
    if (strncmp(argument, "--", 2) != 0)
        return NULL;
    *length = strcspn(argument + 2, "=");
    for (size_t i = 0; i < n_options; ++i) {
        if (strlen(options[i].name) == *length &&
            strncmp(options[i].name, argument + 2, *length) == 0)
            return &options[i];
    }
    return NULL;
}

/* Cuts the text, which is the grid's own, at each separator. */
static gemlet_status cut(gm_sweep_axis *axis, char *text, char separator)
{
    size_t n = 1;
    for (const char *c = text; *c != '\0'; ++c)
        n += *c == separator;
    GEMLET_TRY(GM_ALLOC(axis->values, n, "values of an option"));
    for (axis->n = 0; axis->n < n; ++axis->n) {
        axis->values[axis->n] = text;
        text += strcspn(text, separator == ',' ? "," : "/");
        *text++ = '\0';
    }
    return GEMLET_OK;
}

static gemlet_status add_axis(gm_sweep_grid *grid, const gm_option *option, const char *value)
{
    char *text;
    for (size_t i = 0; i < grid->n_axes; ++i) {
        if (strcmp(grid->axes[i].name, option->name) == 0)
            return gm_error(GEMLET_E_ARGUMENT,
                            "--%s: found twice with several values, expected once", option->name);
    }
    if (grid->n_axes == GM_SWEEP_MAX_AXES)
        return gm_error(GEMLET_E_ARGUMENT,
                        "--%s: found more than %u options with several values, expected at most %u",
                        option->name, GM_SWEEP_MAX_AXES, GM_SWEEP_MAX_AXES);
    GEMLET_TRY(gm_copy_string(&text, value));
    gm_sweep_axis *axis = &grid->axes[grid->n_axes++];
    axis->name = option->name;
    axis->text = text;
    return cut(axis, text, *separator_of(option));
}

/* What a step launches follows from the network and the rows a step, so that devices and programs
 * serve more runs in a row. */
static int changes_shape(const gm_sweep_axis *axis)
{
    static const char *const names[] = {"hidden", "activation", "batch", "recipe", "optimizer"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; ++i) {
        if (strcmp(axis->name, names[i]) == 0)
            return 1;
    }
    return 0;
}

/* The order is kept otherwise. */
static void sort_axes(gm_sweep_grid *grid)
{
    gm_sweep_axis sorted[GM_SWEEP_MAX_AXES];
    size_t n = 0;
    for (int wanted = 1; wanted >= 0; --wanted) {
        for (size_t i = 0; i < grid->n_axes; ++i) {
            if (changes_shape(&grid->axes[i]) == wanted)
                sorted[n++] = grid->axes[i];
        }
    }
    memcpy(grid->axes, sorted, n * sizeof *sorted);
}

static gemlet_status check_size(const gm_sweep_grid *grid)
{
    size_t n = 1;
    for (size_t i = 0; i < grid->n_axes; ++i) {
        if (grid->axes[i].n > GM_SWEEP_MAX_POINTS / n)
            return gm_error(GEMLET_E_ARGUMENT,
                            "found more than %u combinations of options, expected at most as many",
                            GM_SWEEP_MAX_POINTS);
        n *= grid->axes[i].n;
    }
    return GEMLET_OK;
}

gemlet_status gm_sweep_grid_read(gm_sweep_grid *grid, const gm_option *options, size_t n_options,
                                 int argc, char **argv)
{
    GEMLET_TRY(GM_ALLOC(grid->argv, (size_t)argc + 1, "arguments"));
    for (int i = 0; i < argc; ++i) {
        size_t length = 0;
        const gm_option *option = i > 0 ? find(options, n_options, argv[i], &length) : NULL;
        const char *separator = option != NULL ? separator_of(option) : NULL;
        const int is_apart = separator != NULL && argv[i][2 + length] == '\0' && i + 1 < argc;
        const char *value = is_apart ? argv[i + 1] : argv[i] + 2 + length + (separator != NULL);
        if (separator != NULL && (is_apart || argv[i][2 + length] == '=') &&
            strchr(value, *separator) != NULL) {
            GEMLET_TRY(add_axis(grid, option, value));
            i += is_apart;
            continue;
        }
        GEMLET_TRY(gm_copy_string(&grid->argv[grid->argc], argv[i]));
        ++grid->argc;
    }
    sort_axes(grid);
    return check_size(grid);
}

size_t gm_sweep_grid_n_points(const gm_sweep_grid *grid)
{
    size_t n = 1;
    for (size_t i = 0; i < grid->n_axes; ++i)
        n *= grid->axes[i].n;
    return n;
}

gemlet_status gm_sweep_grid_point(gm_pairs *pairs, const gm_sweep_grid *grid, size_t point)
{
    size_t n_before = gm_sweep_grid_n_points(grid);
    for (size_t i = 0; i < grid->n_axes; ++i) {
        const gm_sweep_axis *axis = &grid->axes[i];
        n_before /= axis->n;
        GEMLET_TRY(gm_pairs_set(pairs, axis->name, "%s", axis->values[point / n_before % axis->n]));
    }
    return GEMLET_OK;
}

void gm_sweep_grid_free(gm_sweep_grid *grid)
{
    for (size_t i = 0; i < grid->n_axes; ++i) {
        free(grid->axes[i].text);
        free(grid->axes[i].values);
    }
    for (int i = 0; i < grid->argc; ++i)
        free(grid->argv[i]);
    free(grid->argv);
    *grid = (gm_sweep_grid){.n_axes = 0};
}
