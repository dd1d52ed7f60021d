/* SPDX-License-Identifier: MIT
 * The planner of the fused training step: from the description of a network and a few facts about
 * the device to a list of launches. A pure function: no device, no memory beyond the plan.
 *
 * A step is a circle of stages, each parallel over the column panels of the layer that owns it:
 *   forward of the first layer, forward of the others, loss, backward of the output layer, backward
 *   of the others (each with the update of the weights behind it), update of the first weights.
 * Neighbours with the same owner share a launch, one work-group per panel: those are the end of a
 * step and the first layer of the next one. Stages too small to split share a launch of one
 * work-group, whichever layers they belong to. Large stages have a launch of their own. While the
 * loss is calculated further work-groups of its launch gather the next batch.
 *
 * Where norms are limited, a stage for each layer ends its step: of the first layer before the
 * forward pass that begins the next step, so that one owner has both, of the others behind it. With
 * max_norm they wait for the updates of all rows of the layer's weights; with clip_norm these
 * stages are the updates, and wait for all gradients. */
#ifndef GM_OPENCL_FUSED_PLAN_H
#define GM_OPENCL_FUSED_PLAN_H

#include <stdint.h>

#include "backend/layer.h"
#include "backend/op_cost.h"

#define GM_FUSED_MAX_LAYERS  16u /* every one is compiled by itself */
#define GM_FUSED_MAX_STAGES  (3u * GM_FUSED_MAX_LAYERS + 3u)
#define GM_FUSED_MAX_VECTORS 5u /* of 16 floats, in a panel */

typedef enum gm_fused_stage_kind {
    GM_FUSED_ACTIVATE, /* the end of the first layer's forward pass, where it is a launch of its own
                        */
    GM_FUSED_FORWARD,
    GM_FUSED_LOSS,
    GM_FUSED_OUTPUT, /* backward of the output layer itself: batch-norm, bias */
    GM_FUSED_BACKWARD,
    GM_FUSED_UPDATE_OUTPUT, /* of the output layer, where its backward pass has copies */
    GM_FUSED_UPDATE,        /* of the first layer's weights */
    GM_FUSED_NORMS, /* the end of a layer's step where norms are limited; see fused_norms.cl */
    GM_FUSED_FORWARD_NEXT
} gm_fused_stage_kind;

typedef struct gm_fused_stage {
    gm_fused_stage_kind kind;
    unsigned layer;
    uint64_t n_fmas; /* multiply-adds, without padding */
    uint64_t n_bytes;
} gm_fused_stage;

typedef struct gm_fused_launch {
    unsigned first_stage;
    unsigned n_stages;
    unsigned n_groups; /* that run stages: 1, or one per owner in the stages' layer */
    int is_split;
    int has_heads;   /* each work-group does the output layer in a copy of its own */
    int gathers;     /* more groups gather the next batch */
    int begins_next; /* it has the next step's first stage */
} gm_fused_launch;

/* Sums that are in registers at a time. */
typedef struct gm_fused_tile {
    unsigned height;    /* rows of a product, or of the weights */
    unsigned n_vectors; /* of 16 columns */
} gm_fused_tile;

/* A layer in the arena. Offsets and extents in floats; see fused_stage.cl. */
typedef struct gm_fused_layer_plan {
    gemlet_dim width;
    gemlet_dim inputs;
    unsigned k; /* rows of a weight panel */
    unsigned n_vectors;
    unsigned panel;
    unsigned n_panels;
    unsigned tile;      /* of GPUs: columns that a work-group owns, a part of the only panel */
    unsigned n_owners;  /* work-groups that share the layer: of a panel, or a tile, each */
    unsigned tile_rows; /* of products */
    unsigned tile_k;    /* of updates */
    unsigned tile_vectors;
    int batch_norm;
    gemlet_activation activation;
    int dropout;     /* in it */
    int noise;       /* on its input */
    int is_separate; /* as in gm_layer */
    /* Which records of a step they take, as in layer.h; that of beta is the bias' without it. */
    unsigned weight_record, gamma_record, beta_record;
    size_t squares; /* of gradients, where they are clipped: one for each panel */
    /* z is y without batch-norm, and the bias is beta; dz is dy where it equals it. Gradients of
     * weights have no place, but where they are clipped. */
    size_t offsets[GM_FUSED_DZ + 1];
} gm_fused_layer_plan;

typedef struct gm_fused_device {
    unsigned compute_units;
    int wide_registers; /* 32 registers of 16 floats; else 16 of 8; for CPUs only */
    uint64_t max_allocation_bytes;
    gm_fused_tuning tuning;
    int is_gpu;                  /* kernels for GPUs; see fused_gpu_plan.h */
    uint64_t local_memory_bytes; /* of a work-group; for GPUs only */
} gm_fused_device;

typedef struct gm_fused_plan {
    int is_gpu;
    unsigned n_layers;
    gm_state_set states; /* of the optimizer, of each parameter */
    int clip_norm;       /* as in gm_policies */
    int max_norm;
    int augments;            /* what it gathers */
    uint64_t min_split_fmas; /* stages with fewer run in one work-group */
    gm_fused_layer_plan layers[GM_FUSED_MAX_LAYERS];
    gemlet_dim batch;
    gemlet_dim rows; /* batch, padded */
    /* For GPUs: rows that are multiplied at a time, and how many times; k of a part in local
     * memory; floats of that, and where weights and what stays begin. */
    unsigned block_rows, n_blocks, depth;
    size_t local_size, local_w, local_own;
    /* For GPUs: the first layer's inputs in ranges of `range`, each with work-groups of its own,
     * whose sums are added up from z_parts; 1: its owners take them all. */
    unsigned n_ranges, range;
    size_t z_parts;
    /* For GPUs: so many work-groups each do the whole of the output layer, but for its update, in a
     * copy of what it calculates: head_size floats, the second of them as far behind the first one;
     * 1: one does. head_running: where copies put running statistics. */
    unsigned n_heads;
    size_t head_size, head_running;
    gemlet_dim features; /* inputs of the network */
    gm_input_kind input;
    size_t state_size;         /* floats from a value of the model to its first state, and so on */
    size_t gradients;          /* the same to its gradient, where they are clipped */
    size_t squares, n_squares; /* of them: sums for each panel, then those of the first weights */
    size_t input_squares;
    size_t x, x_ld, x_size;     /* batch: two of x_size floats */
    size_t labels;              /* two of `rows` */
    gm_fused_tile x_rows, x_k;  /* of products with the batch and of the first weights' update */
    gm_fused_tile largest_tile; /* the greatest height and width of any */
    int skips;                  /* what is 0 in a tile of the batch; then two of each: */
    size_t tile_masks, tile_masks_ld, tile_masks_size; /* ld in masks of 64 bits */
    size_t row_masks, row_masks_ld, row_masks_size;
    size_t scratch, scratch_size; /* per panel */
    size_t n_floats;              /* of the arena */
    gemlet_dim gather_rows;       /* that one work-group gathers */
    unsigned n_gather_groups;
    unsigned n_stages;
    gm_fused_stage stages[GM_FUSED_MAX_STAGES];
    /* In order; those from `tail` on end the step and begin the next one. */
    unsigned n_launches;
    unsigned tail;
    gm_fused_launch launches[GM_FUSED_MAX_STAGES];
    unsigned loss_launch; /* position of the one that gathers */
    uint64_t gather_bytes;
} gm_fused_plan;

/* Returns 1, or 0 with the reason (GM_FUSED_REASON_SIZE) if this network cannot be fused. */
int gm_fused_plan_make(gm_fused_plan *plan, const gm_fused_network *network,
                       const gm_fused_device *device, char *reason);

/* What a launch costs, and in stages (GM_FUSED_STAGES_SIZE) its stages, e.g. "F2 F3 loss B3 B2
 * gather", where only the stages of the current step, or of the next one, may run. */
#define GM_FUSED_STAGES_SIZE 256u
gm_op_cost gm_fused_plan_launch_cost(const gm_fused_plan *plan, unsigned number, int current_step,
                                     int next_step, char *stages);

/* *out = the plan as text of several lines, each ended by a newline. Release with free(). */
gemlet_status gm_fused_plan_format(char **out, const gm_fused_plan *plan);

#endif
