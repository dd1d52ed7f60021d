/* SPDX-License-Identifier: MIT
 * See fused_gpu_plan.h. */
#include "backend/opencl/fused_gpu_plan.h"

#include <stdio.h>

#include "backend/opencl/gemm_local_tile.h"
#include "core/memory.h"

/* A stage with fewer multiply-adds runs in one work-group, unless tuning says otherwise: it does
 * them in about the time that a launch of its own would take. */
#define MIN_SPLIT_FMAS 100000u

/* Of the output layer, of which each work-group of a launch makes a copy. */
#define MAX_HEAD_COLUMNS 64u

/* Ranges of the first layer's inputs cost two launches more: so many parts at least must not have
 * to wait for each other any more. */
#define MIN_SAVED_PARTS 6u

/* Columns of a tile. The wide one has half the reads from local memory for a multiply-add. */
#define NARROW_TILE 16u
#define WIDE_TILE   32u

/* Rows of a block, which are multiplied at a time. */
#define MIN_BLOCK_ROWS 16u
#define MAX_BLOCK_ROWS 128u

/* k of a part, and values of a factor's part, in local memory. */
#define MAX_DEPTH   64u
#define PART_VALUES 4096u

/* All items' sums: 4 x 4 each. */
#define SUMS (GM_FUSED_GPU_ITEMS * 16u)

/* Between rows in local memory. */
#define GAP 4u

/* One item takes a row of the outputs. */
#define MAX_OUTPUTS 256u

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* Floats of local memory, see fused_gpu_tile.cl: rows of a factor, or the sums of all slices. */
static size_t first_part(const gm_fused_plan *plan)
{
    return larger(SUMS, (size_t)plan->block_rows * (plan->depth + GAP));
}

/* The same with the weights and what stays. */
static size_t pool_size(const gm_fused_plan *plan, unsigned tile)
{
    return first_part(plan) + (size_t)(plan->depth + plan->block_rows) * (tile + GAP);
}

static void choose_block(gm_fused_plan *plan, unsigned most_rows)
{
    plan->block_rows = MIN_BLOCK_ROWS;
    while (plan->block_rows < plan->batch && plan->block_rows < most_rows)
        plan->block_rows *= 2;
    plan->n_blocks = (plan->batch + plan->block_rows - 1) / plan->block_rows;
    plan->rows = plan->n_blocks * plan->block_rows;
    plan->depth = PART_VALUES / plan->block_rows;
    if (plan->depth > MAX_DEPTH)
        plan->depth = MAX_DEPTH;
}

/* The tiles that tuning wants, if they will do, else wide ones where they are enough for all
 * compute units. */
static unsigned choose_tile(gemlet_dim width, unsigned widest, const gm_fused_device *device)
{
    const unsigned wanted = 16 * device->tuning.panel_vectors;
    if (wanted == NARROW_TILE || wanted == widest)
        return wanted;
    const unsigned n_wide = (unsigned)gm_round_up(width, WIDE_TILE) / WIDE_TILE;
    return widest == WIDE_TILE && n_wide >= device->compute_units && width > NARROW_TILE
               ? WIDE_TILE
               : NARROW_TILE;
}

/* Narrower tiles, then smaller blocks, where local memory is small. Returns the widest tile, or 0.
 */
static unsigned fit_local_memory(gm_fused_plan *plan, size_t n_local)
{
    choose_block(plan, MAX_BLOCK_ROWS);
    if (pool_size(plan, WIDE_TILE) <= n_local)
        return WIDE_TILE;
    if (pool_size(plan, NARROW_TILE) > n_local)
        choose_block(plan, MAX_BLOCK_ROWS / 2);
    return pool_size(plan, NARROW_TILE) <= n_local ? NARROW_TILE : 0;
}

/* As many ranges of the first layer's inputs as there are compute units for. */
static void choose_ranges(gm_fused_plan *plan, const gm_fused_device *device)
{
    const gm_fused_layer_plan *first = &plan->layers[0];
    const unsigned n_parts = (first->k + plan->depth - 1) / plan->depth;
    const unsigned most = device->compute_units / first->n_owners;
    const unsigned n_wanted = most == 0 ? 1 : most < n_parts ? most : n_parts;
    const unsigned n_in_range = (n_parts + n_wanted - 1) / n_wanted;
    plan->n_ranges = 1;
    plan->range = first->k;
    if (n_parts < n_in_range + MIN_SAVED_PARTS)
        return;
    plan->range = n_in_range * plan->depth;
    plan->n_ranges = (first->k + plan->range - 1) / plan->range;
}

/* Whether the layer before the outputs is worth several work-groups, each of which then has to know
 * the gradients of all outputs. */
static void choose_heads(gm_fused_plan *plan)
{
    plan->n_heads = 1;
    if (plan->n_layers < 2)
        return;
    const gm_fused_layer_plan *output = &plan->layers[plan->n_layers - 1];
    const gm_fused_layer_plan *before = output - 1;
    const uint64_t n_fmas = 2 * (uint64_t)plan->batch * before->width * output->width;
    if (output->panel <= MAX_HEAD_COLUMNS && n_fmas >= plan->min_split_fmas)
        plan->n_heads = before->n_owners;
}

int gm_fused_gpu_plan_layers(gm_fused_plan *plan, const gm_fused_device *device, char *reason)
{
    const size_t n_local = (size_t)(device->local_memory_bytes / sizeof(float));
    const gemlet_dim n_outputs = plan->layers[plan->n_layers - 1].width;
    const unsigned widest = fit_local_memory(plan, n_local);
    unsigned widest_used = NARROW_TILE;
    if (n_outputs > MAX_OUTPUTS) {
        snprintf(reason, GM_FUSED_REASON_SIZE, "%u classes, at most %u are fused", n_outputs,
                 MAX_OUTPUTS);
        return 0;
    }
    if (plan->clip_norm || plan->max_norm) {
        snprintf(reason, GM_FUSED_REASON_SIZE, "norms are limited, which kernels for GPUs do not");
        return 0;
    }
    if (widest == 0) {
        snprintf(reason, GM_FUSED_REASON_SIZE, "%zu KiB of local memory are too little",
                 n_local * sizeof(float) / 1024);
        return 0;
    }
    plan->min_split_fmas =
        device->tuning.min_split_fmas > 0 ? device->tuning.min_split_fmas : MIN_SPLIT_FMAS;
    for (unsigned l = 0; l < plan->n_layers; ++l) {
        gm_fused_layer_plan *own = &plan->layers[l];
        own->tile = choose_tile(own->width, widest, device);
        own->panel = (unsigned)gm_round_up(own->width, own->tile);
        own->n_panels = 1;
        own->n_owners = own->panel / own->tile;
        own->k = l == 0 ? (unsigned)gm_round_up(own->inputs, GM_FUSED_GPU_SIDE)
                        : plan->layers[l - 1].panel;
        if (own->tile > widest_used)
            widest_used = own->tile;
    }
    choose_ranges(plan, device);
    choose_heads(plan);
    plan->local_w = first_part(plan);
    plan->local_own = plan->local_w + (size_t)plan->depth * (widest_used + GAP);
    plan->local_size = pool_size(plan, widest_used);
    return 1;
}

/* ---- time ----------------------------------------------------------------------------------- */

/* Microseconds between two launches, and multiply-adds per microsecond of a work-group alone on a
 * compute unit, and of all groups on one: those of gemm_local_tile.c, whose products are much like
 * these, less a third. */
#define LAUNCH     6.8
#define GROUP_RATE 52e3
#define UNIT_RATE  70e3

static double launch_time(const gm_fused_plan *plan, const gm_fused_launch *launch, double units)
{
    double n_fmas = 0.0;
    for (unsigned s = 0; s < launch->n_stages; ++s)
        n_fmas += (double)plan->stages[launch->first_stage + s].n_fmas;
    const double of_group = n_fmas * plan->rows / plan->batch / launch->n_groups;
    const double alone = of_group / GROUP_RATE;
    const double together =
        of_group / UNIT_RATE * (launch->n_groups > units ? launch->n_groups / units : 1.0);
    const double us = alone > together ? alone : together;
    return us > LAUNCH ? us : LAUNCH;
}

static double product_time(gemlet_dim m, gemlet_dim k, gemlet_dim n, unsigned units)
{
    const gm_local_size size = {.m = m, .n = n, .k = k};
    const gm_local_tuning tuning = {0};
    const gm_local_plan best = gm_gemm_local_plan(&size, units, &tuning);
    return gm_gemm_local_estimate(&best, &size, units);
}

/* Of the operations of a layer in both directions. */
static double composed_time(const gm_fused_plan *plan, unsigned l, unsigned units)
{
    const gm_fused_layer_plan *layer = &plan->layers[l];
    const unsigned n_others = (layer->batch_norm ? 1u : 0u) + (layer->is_separate ? 1u : 0u);
    double us = 2.0 * n_others * LAUNCH;
    us += product_time(plan->batch, layer->inputs, layer->width, units);
    us += product_time(layer->inputs, plan->batch, layer->width, units);
    if (l > 0)
        us += product_time(plan->batch, layer->width, layer->inputs, units);
    return us;
}

int gm_fused_gpu_pays(const gm_fused_plan *plan, unsigned compute_units)
{
    const unsigned units = compute_units > 0 ? compute_units : 1;
    double fused = 0.0;
    double composed = 3.0 * LAUNCH; /* batch, head, update */
    for (unsigned i = 0; i < plan->n_launches; ++i)
        fused += launch_time(plan, &plan->launches[i], units);
    for (unsigned l = 0; l < plan->n_layers; ++l)
        composed += composed_time(plan, l, units);
    return fused < composed;
}

/* ---- bytes ---------------------------------------------------------------------------------- */

uint64_t gm_fused_gpu_stage_bytes(const gm_fused_plan *plan, const gm_fused_stage *stage)
{
    const gm_fused_layer_plan *own = &plan->layers[stage->layer];
    const uint64_t batch = plan->batch;
    const uint64_t width = own->width;
    const uint64_t inputs = own->inputs;
    const uint64_t kept = own->is_separate ? width : 0;
    const uint64_t forward = batch * ((own->batch_norm ? 2 : 1) * width + kept);
    const int is_last = stage->layer + 1 == plan->n_layers;
    const uint64_t next = is_last ? 0 : plan->layers[stage->layer + 1].width;
    switch (stage->kind) {
    case GM_FUSED_ACTIVATE:
        return 4 * (batch * width * plan->n_ranges + forward);
    case GM_FUSED_FORWARD:
        return 4 * (inputs * width + batch * inputs + forward);
    case GM_FUSED_LOSS:
        return 4 * batch * 2 * width;
    case GM_FUSED_OUTPUT: /* dz is dy where nothing is behind it */
        return own->batch_norm || own->is_separate || own->activation != GEMLET_ACTIVATION_IDENTITY
                   ? 4 * batch * 3 * width
                   : 0;
    case GM_FUSED_BACKWARD: /* dz of the next; y, z, dy, dz; with several blocks y once more */
        return 4 * (2 * width * next + batch * next +
                    batch * ((own->batch_norm ? 4 : 3) * width + kept +
                             (plan->n_blocks > 1 ? width : 0)));
    case GM_FUSED_UPDATE_OUTPUT:
        return 4 * (2 * inputs * width + batch * (inputs + width));
    case GM_FUSED_UPDATE: /* of what the same work-group has made */
        return 4 * (2 * inputs * width + batch * inputs);
    case GM_FUSED_NORMS: /* no plan for GPUs has one */
        return 0;
    case GM_FUSED_FORWARD_NEXT: /* with the weights in local memory */
        return plan->gather_bytes +
               4 * (plan->n_ranges > 1 ? batch * width * plan->n_ranges : forward);
    }
    return 0;
}
