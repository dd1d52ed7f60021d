/* SPDX-License-Identifier: MIT
 * See explain.h. An operation and its first launch share a line, which has the operation's cost;
 * further launches of it have a line with what they move besides. */
#include "train/explain.h"

#include <stdlib.h>

#define OPERATION_FORMAT "%-16s %-18s"
#define LAUNCH_FORMAT    "  %-35s %-20s %-18s %9.3f %9.1f\n"

/* The operation that waits for its first launch; on a backend without launches it never comes. */
static void finish_operation(gm_explanation *e)
{
    if (e->has_operation)
        fprintf(e->stream, LAUNCH_FORMAT, e->operation, "", "", 1e-6 * (double)e->cost.n_flops,
                1e-3 * (double)e->cost.n_bytes);
    e->has_operation = 0;
}

static void note_operation(void *user, const char *op, const char *shape, gm_op_cost cost)
{
    gm_explanation *e = user;
    finish_operation(e);
    snprintf(e->operation, sizeof e->operation, OPERATION_FORMAT, op, shape);
    e->cost = cost;
    e->has_operation = 1;
    e->total = gm_op_cost_add(e->total, cost);
}

static void note_launch(void *user, const gm_observed_launch *launch)
{
    gm_explanation *e = user;
    const int is_library = launch->n_groups[0] == 0;
    const gm_op_cost extra = {0, launch->n_extra_bytes};
    gm_op_cost cost = extra;
    char grid[48] = "";
    if (!is_library)
        snprintf(grid, sizeof grid, "%zux%zu x %zux%zu", launch->n_groups[0], launch->n_groups[1],
                 launch->n_items[0], launch->n_items[1]);
    if (e->has_operation)
        cost = gm_op_cost_add(cost, e->cost);
    fprintf(e->stream, LAUNCH_FORMAT, e->has_operation ? e->operation : "", launch->name, grid,
            1e-6 * (double)cost.n_flops, 1e-3 * (double)cost.n_bytes);
    e->has_operation = 0;
    e->total = gm_op_cost_add(e->total, extra);
    if (is_library)
        ++e->n_calls;
    else
        ++e->n_launches;
}

gemlet_status gm_explain_begin(gm_explanation *e, gm_backend *backend)
{
    *e = (gm_explanation){.observer = {e, note_operation, note_launch}};
    e->stream = open_memstream(&e->text, &e->size);
    if (e->stream == NULL)
        return gm_error(GEMLET_E_MEMORY, "explanation of a step: out of memory");
    e->backend = backend;
    backend->observer = &e->observer;
    fprintf(e->stream, "  " OPERATION_FORMAT " %-20s %-18s %9s %9s\n", "operation", "shape",
            "kernel", "groups x items", "MFLOP", "KB");
    return GEMLET_OK;
}

/* Stops listening and closes the stream, which makes the text. */
static int close_stream(gm_explanation *e)
{
    e->backend->observer = NULL;
    const int failed = ferror(e->stream);
    const int not_closed = fclose(e->stream);
    e->stream = NULL;
    return failed || not_closed;
}

gemlet_status gm_explain_end(gm_explanation *e)
{
    finish_operation(e);
    char calls[48] = "";
    if (e->n_calls > 0)
        snprintf(calls, sizeof calls, ", CLBlast: %u calls", e->n_calls);
    char launches[96];
    snprintf(launches, sizeof launches, "%u launches%s", e->n_launches, calls);
    fprintf(e->stream, "  %-75s %9.3f %9.1f\n", launches, 1e-6 * (double)e->total.n_flops,
            1e-3 * (double)e->total.n_bytes);
    if (close_stream(e))
        return gm_error(GEMLET_E_MEMORY, "explanation of a step: out of memory");
    return GEMLET_OK;
}

void gm_explain_free(gm_explanation *e)
{
    if (e->stream != NULL)
        close_stream(e);
    free(e->text);
}
