/* SPDX-License-Identifier: MIT
 * What a launch of a fused step does and costs, and its plan as text; see fused_plan.h. */
#include <stdio.h>
#include <string.h>

#include "backend/opencl/fused_plan.h"

/* Appends what fits. */
static void append_stage(char *stages, const gm_fused_stage *stage)
{
    static const char *const letters[] = {
        [GM_FUSED_ACTIVATE] = "A",     [GM_FUSED_FORWARD] = "F",       [GM_FUSED_OUTPUT] = "B",
        [GM_FUSED_BACKWARD] = "B",     [GM_FUSED_UPDATE_OUTPUT] = "U", [GM_FUSED_UPDATE] = "U",
        [GM_FUSED_FORWARD_NEXT] = "F", [GM_FUSED_NORMS] = "N",
    };
    const size_t length = strlen(stages);
    char name[16] = "loss";
    if (stage->kind != GM_FUSED_LOSS)
        snprintf(name, sizeof name, "%s%u", letters[stage->kind], stage->layer + 1);
    snprintf(stages + length, GM_FUSED_STAGES_SIZE - length, "%s%s", length > 0 ? " " : "", name);
}

gm_op_cost gm_fused_plan_launch_cost(const gm_fused_plan *plan, unsigned number, int current_step,
                                     int next_step, char *stages)
{
    const gm_fused_launch *launch = &plan->launches[number];
    gm_op_cost cost = {0, 0};
    stages[0] = '\0';
    for (unsigned i = 0; i < launch->n_stages; ++i) {
        const gm_fused_stage *stage = &plan->stages[launch->first_stage + i];
        if (stage->kind == GM_FUSED_FORWARD_NEXT ? !next_step : !current_step)
            continue;
        cost = gm_op_cost_add(cost, (gm_op_cost){2 * stage->n_fmas, stage->n_bytes});
        append_stage(stages, stage);
    }
    if (launch->gathers && next_step) {
        const size_t length = strlen(stages);
        cost.n_bytes += plan->gather_bytes;
        snprintf(stages + length, GM_FUSED_STAGES_SIZE - length, "%sgather", length > 0 ? " " : "");
    }
    return cost;
}

/* ---- all of it ------------------------------------------------------------------------------ */

static void print_stage(FILE *out, const gm_fused_stage *stage)
{
    static const char *const names[] = {
        [GM_FUSED_ACTIVATE] = "activation",
        [GM_FUSED_FORWARD] = "forward",
        [GM_FUSED_LOSS] = "loss",
        [GM_FUSED_OUTPUT] = "backward of output",
        [GM_FUSED_BACKWARD] = "backward",
        [GM_FUSED_UPDATE_OUTPUT] = "update",
        [GM_FUSED_UPDATE] = "update",
        [GM_FUSED_NORMS] = "norms",
        [GM_FUSED_FORWARD_NEXT] = "next step's forward",
    };
    fprintf(out, "    %-20s layer %-2u %9.3f MFLOP %9.3f MB\n", names[stage->kind],
            stage->layer + 1, 2e-6 * (double)stage->n_fmas, 1e-6 * (double)stage->n_bytes);
}

static void print_launch(FILE *out, const gm_fused_plan *plan, unsigned number)
{
    const gm_fused_launch *launch = &plan->launches[number];
    fprintf(out, "  launch %u: %u work-group%s", number + 1, launch->n_groups,
            launch->n_groups == 1 ? ""
            : plan->is_gpu        ? "s, one per tile"
                                  : "s, one per panel");
    if (launch->gathers)
        fprintf(out, ", and %u that gather%s the next batch", plan->n_gather_groups,
                plan->n_gather_groups > 1 ? "" : "s");
    fprintf(out, "\n");
    for (unsigned s = 0; s < launch->n_stages; ++s)
        print_stage(out, &plan->stages[launch->first_stage + s]);
    if (launch->gathers)
        fprintf(out, "    %-29s %9.3f MFLOP %9.3f MB\n", "gather", 0.0,
                1e-6 * (double)plan->gather_bytes);
}

static void print_plan(FILE *out, const gm_fused_plan *plan)
{
    uint64_t n_fmas = 0;
    uint64_t n_bytes = plan->launches[plan->loss_launch].gathers ? plan->gather_bytes : 0;
    for (unsigned s = 0; s < plan->n_stages; ++s) {
        n_fmas += plan->stages[s].n_fmas;
        n_bytes += plan->stages[s].n_bytes;
    }
    fprintf(out, "fused step: %u launches, %.3f MFLOP, %.3f MB, arena of %.1f MiB\n",
            plan->n_launches, 2e-6 * (double)n_fmas, 1e-6 * (double)n_bytes,
            (double)plan->n_floats * sizeof(float) / 0x1p20);
    if (plan->skips)
        fprintf(out, "  zeros of the data are skipped: figures of layer 1 count them\n");
    for (unsigned l = 0; l < plan->n_layers; ++l) {
        const gm_fused_layer_plan *layer = &plan->layers[l];
        fprintf(out, "  layer %u: %u columns in %u %s%s of %u, tiles of %u x %u\n", l + 1,
                layer->width, layer->n_owners, plan->is_gpu ? "work-group" : "panel",
                layer->n_owners > 1 ? "s" : "", plan->is_gpu ? layer->tile : layer->panel,
                plan->is_gpu ? plan->block_rows : layer->tile_rows,
                plan->is_gpu ? layer->tile : layer->tile_vectors * 16);
    }
    for (unsigned i = 0; i < plan->n_launches; ++i)
        print_launch(out, plan, i);
}

gemlet_status gm_fused_plan_format(char **out, const gm_fused_plan *plan)
{
    size_t size = 0;
    *out = NULL;
    FILE *stream = open_memstream(out, &size);
    if (stream == NULL)
        return gm_error(GEMLET_E_MEMORY, "text of the fused step's plan: out of memory");
    print_plan(stream, plan);
    if (fclose(stream) != 0)
        return gm_error(GEMLET_E_MEMORY, "text of the fused step's plan: out of memory");
    return GEMLET_OK;
}
