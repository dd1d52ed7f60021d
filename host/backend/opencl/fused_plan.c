/* SPDX-License-Identifier: MIT
 * See fused_plan.h. */
#include "backend/opencl/fused_plan.h"

#include <stdio.h>

#include "backend/opencl/fused_gpu_plan.h"
#include "core/memory.h"

/* A stage with fewer multiply-adds runs in one work-group, unless tuning says otherwise: one core
 * does them in about 50 us, of which a second one would save less than waking it costs. */
#define MIN_SPLIT_FMAS 2500000u

/* What a weight takes in a stage of norms, which reads and writes memory, in multiply-adds. */
#define FMAS_PER_WEIGHT 10u

/* Rows of a batch are padded to whole tiles of every height: 1, 4 and 8. */
#define ROW_MULTIPLE 8u

/* Rows that one work-group gathers: as many as a mask has bits. Noise and augmentation take longer
 * than the stages beside them: small parts keep all cores busy. */
#define MASK_ROWS        64u
#define SLOW_GATHER_ROWS 16u

/* Share of values that are not 0 from which on skipping the others gains nothing where it works on
 * tiles of four, which are all 0 less often. */
#define MAX_SKIP_DENSITY 0.3

/* Rows, or columns, whose zeros are skipped together where single ones are not. */
#define SKIP_TILE 4u

/* Floats of a panel's gradients that stay in a first-level cache of 32 KB beside all else. */
#define CACHED_FLOATS 6144u

/* Two rows of the batch whose distance is a multiple of this many floats fall into few sets of the
 * first-level cache. */
#define CACHE_PERIOD 128u

/* ---- panels --------------------------------------------------------------------------------- */

/* A panel, and the register tiles of its products and updates: 8 to 25 sums, few loads per
 * multiply-add, as in gemm_tile.c. Costs are percent per vector of a row. */
typedef struct panel_shape {
    unsigned n_vectors;
    unsigned tile_rows; /* of products */
    unsigned tile_k;    /* of updates */
    unsigned tile_vectors;
    unsigned cost;
    unsigned skip_cost; /* of the first layer where zeros are skipped */
} panel_shape;

#define N_SHAPES 5u

/* What suits the registers of a device. */
typedef struct register_set {
    panel_shape shapes[N_SHAPES];
    int skips_rows; /* zeros of single rows are skipped, in tiles as wide as the panel; else those
                       of SKIP_TILE rows, in the panel's own tiles */
} register_set;

/* 32 registers of 16 floats. */
static const register_set wide_registers = {
    .shapes = {{5, 4, 4, 5, 100, 100},
               {4, 4, 4, 4, 105, 105},
               {3, 8, 8, 3, 105, 105},
               {2, 8, 8, 2, 110, 110},
               {1, 8, 8, 1, 140, 140}},
    .skips_rows = 0,
};

/* 16 registers of 8 floats: a vector takes two, so 8 sums are one vector of four rows. Panels as
 * narrow as that have their weights side by side; wide ones make enough sums of a single row. */
static const register_set narrow_registers = {
    .shapes = {{5, 4, 4, 1, 140, 100},
               {4, 4, 4, 1, 140, 110},
               {3, 4, 4, 1, 140, 140},
               {2, 4, 4, 1, 130, 200},
               {1, 4, 4, 1, 100, 400}},
    .skips_rows = 1,
};

static const register_set *registers_of(const gm_fused_device *device)
{
    return device->wide_registers ? &wide_registers : &narrow_registers;
}

static unsigned count_panels(gemlet_dim width, const panel_shape *shape)
{
    return (unsigned)gm_round_up(width, shape->n_vectors * 16u) / (shape->n_vectors * 16u);
}

/* The panels that tuning wants, if they will do, else those whose work takes `units` cores least
 * time: padding against imbalance. */
static const panel_shape *choose_shape(gemlet_dim width, unsigned units, int one_panel, int skips,
                                       const gm_fused_device *device)
{
    const panel_shape *shapes = registers_of(device)->shapes;
    const panel_shape *best = NULL;
    uint64_t best_cost = UINT64_MAX;
    for (size_t i = 0; i < N_SHAPES; ++i) {
        const unsigned n_panels = count_panels(width, &shapes[i]);
        const uint64_t n_rounds = (n_panels + units - 1) / units;
        const uint64_t cost =
            n_rounds * shapes[i].n_vectors * (skips ? shapes[i].skip_cost : shapes[i].cost);
        if (one_panel && n_panels > 1)
            continue;
        if (shapes[i].n_vectors == device->tuning.panel_vectors)
            return &shapes[i];
        if (cost < best_cost) {
            best_cost = cost;
            best = &shapes[i];
        }
    }
    return best;
}

/* ---- stages --------------------------------------------------------------------------------- */

/* Whether the weights of the layer behind this one have a stage of their own to take their step. */
static int updates_later(const gm_fused_plan *plan, unsigned layer)
{
    return plan->n_heads > 1 && layer + 2 == plan->n_layers;
}

static void add_stage(gm_fused_plan *plan, gm_fused_stage_kind kind, unsigned layer)
{
    const gm_fused_layer_plan *own = &plan->layers[layer];
    const uint64_t batch = plan->batch;
    const uint64_t width = own->width;
    const uint64_t inputs = own->inputs;
    const uint64_t kept = own->is_separate ? width : 0; /* further passes over the outputs */
    const uint64_t next = layer + 1 < plan->n_layers ? plan->layers[layer + 1].width : 0;
    gm_fused_stage *stage = &plan->stages[plan->n_stages++];
    *stage = (gm_fused_stage){.kind = kind, .layer = layer};
    switch (kind) {
    case GM_FUSED_ACTIVATE:
        break;
    case GM_FUSED_FORWARD:
    case GM_FUSED_FORWARD_NEXT:
        stage->n_fmas = batch * inputs * width;
        stage->n_bytes = 4 * (inputs * width + batch * (inputs + 2 * width + 2 * kept));
        break;
    case GM_FUSED_LOSS:
        stage->n_bytes = 4 * batch * 2 * width;
        break;
    case GM_FUSED_OUTPUT:
        stage->n_bytes = 4 * batch * 3 * width;
        break;
    case GM_FUSED_BACKWARD:
        stage->n_fmas = (updates_later(plan, layer) ? 1 : 2) * batch * width * next;
        stage->n_bytes = 4 * (3 * width * next + batch * (2 * next + 5 * width + 2 * kept));
        break;
    case GM_FUSED_UPDATE_OUTPUT:
    case GM_FUSED_UPDATE:
        stage->n_fmas = batch * inputs * width;
        stage->n_bytes = 4 * (2 * inputs * width + batch * (inputs + width));
        break;
    case GM_FUSED_NORMS:
        stage->n_bytes = 4 * inputs * width * (plan->clip_norm ? 3 : 2);
        break;
    }
    if (plan->is_gpu)
        stage->n_bytes = gm_fused_gpu_stage_bytes(plan, stage);
}

static int limits_norms(const gm_fused_plan *plan)
{
    return plan->clip_norm || plan->max_norm;
}

static void plan_stages(gm_fused_plan *plan)
{
    const unsigned last = plan->n_layers - 1;
    if (plan->n_ranges > 1)
        add_stage(plan, GM_FUSED_ACTIVATE, 0);
    for (unsigned l = 1; l <= last; ++l)
        add_stage(plan, GM_FUSED_FORWARD, l);
    add_stage(plan, GM_FUSED_LOSS, last);
    add_stage(plan, GM_FUSED_OUTPUT, last);
    for (unsigned l = last; l-- > 0;) {
        add_stage(plan, GM_FUSED_BACKWARD, l);
        if (updates_later(plan, l))
            add_stage(plan, GM_FUSED_UPDATE_OUTPUT, last);
    }
    add_stage(plan, GM_FUSED_UPDATE, 0);
    if (limits_norms(plan))
        add_stage(plan, GM_FUSED_NORMS, 0);
    add_stage(plan, GM_FUSED_FORWARD_NEXT, 0);
    for (unsigned l = 1; limits_norms(plan) && l <= last; ++l)
        add_stage(plan, GM_FUSED_NORMS, l);
}

/* Whether the stage is one of those that work-groups do from the outputs to the layer before them,
 * each with a copy of the output layer. */
static int is_head(const gm_fused_plan *plan, const gm_fused_stage *stage)
{
    const unsigned last = plan->n_layers - 1;
    if (plan->n_heads <= 1)
        return 0;
    return stage->kind == GM_FUSED_LOSS || stage->kind == GM_FUSED_OUTPUT ||
           (stage->kind == GM_FUSED_FORWARD && stage->layer == last) ||
           (stage->kind == GM_FUSED_BACKWARD && stage->layer + 1 == last);
}

/* The stages of layer 0 at the end of the circle. */
static int is_tail(const gm_fused_plan *plan, unsigned stage)
{
    const gm_fused_stage *s = &plan->stages[stage];
    if (s->kind == GM_FUSED_UPDATE_OUTPUT)
        return plan->stages[stage + 1].kind == GM_FUSED_UPDATE;
    if (s->kind == GM_FUSED_BACKWARD && (plan->n_ranges > 1 || is_head(plan, s)))
        return 0;
    return s->kind == GM_FUSED_UPDATE || s->kind == GM_FUSED_FORWARD_NEXT ||
           ((s->kind == GM_FUSED_BACKWARD || s->kind == GM_FUSED_NORMS) && s->layer == 0);
}

/* Whether the stage has the same owner as the one before it, which it need not wait for otherwise.
 * Clipped gradients wait for all others. */
static int goes_on(const gm_fused_plan *plan, unsigned stage)
{
    if (stage == 0)
        return 0;
    const gm_fused_stage *before = &plan->stages[stage - 1];
    if (before->kind == GM_FUSED_UPDATE_OUTPUT ||
        (is_head(plan, before) && is_head(plan, &plan->stages[stage])))
        return 1;
    return is_tail(plan, stage) && is_tail(plan, stage - 1) &&
           !(plan->clip_norm && plan->stages[stage].kind == GM_FUSED_NORMS);
}

/* Whether the stage is worth several work-groups. */
static int is_large(const gm_fused_plan *plan, const gm_fused_stage *stage)
{
    const gm_fused_layer_plan *layer = &plan->layers[stage->layer];
    const uint64_t n_fmas = stage->kind == GM_FUSED_NORMS
                                ? (uint64_t)FMAS_PER_WEIGHT * layer->inputs * layer->width
                                : stage->n_fmas;
    if (is_head(plan, stage))
        return 1;
    if (plan->is_gpu && layer->n_owners == 1)
        return 0;
    return stage->kind == GM_FUSED_ACTIVATE || n_fmas >= plan->min_split_fmas;
}

/* Work-groups of a split stage. */
static unsigned count_groups(const gm_fused_plan *plan, const gm_fused_stage *stage)
{
    if (is_head(plan, stage))
        return plan->n_heads;
    return plan->layers[stage->layer].n_owners *
           (stage->kind == GM_FUSED_UPDATE || stage->kind == GM_FUSED_FORWARD_NEXT ? plan->n_ranges
                                                                                   : 1);
}

/* Adds the stage to the launch, the last one of which says how many work-groups there are. */
static void add_to_launch(const gm_fused_plan *plan, gm_fused_launch *launch, unsigned stage,
                          int is_split)
{
    ++launch->n_stages;
    launch->is_split = is_split;
    launch->has_heads |= is_head(plan, &plan->stages[stage]);
    launch->n_groups = is_split ? count_groups(plan, &plan->stages[stage]) : 1;
}

static void plan_launches(gm_fused_plan *plan)
{
    for (unsigned s = 0; s < plan->n_stages; ++s) {
        gm_fused_launch *before =
            plan->n_launches > 0 ? &plan->launches[plan->n_launches - 1] : NULL;
        const int is_split = is_tail(plan, s) || is_large(plan, &plan->stages[s]);
        const int joins = before != NULL && (goes_on(plan, s) || (!is_split && !before->is_split));
        if (!joins)
            plan->launches[plan->n_launches++] = (gm_fused_launch){.first_stage = s};
        add_to_launch(plan, &plan->launches[plan->n_launches - 1], s, is_split);
        const unsigned last = plan->n_launches - 1;
        if (plan->tail == 0 && is_tail(plan, s))
            plan->tail = last;
        if (plan->stages[s].kind == GM_FUSED_LOSS) {
            plan->loss_launch = last;
            plan->launches[last].gathers = !plan->is_gpu;
        }
        plan->launches[last].begins_next |= plan->stages[s].kind == GM_FUSED_FORWARD_NEXT;
    }
}

/* ---- layout --------------------------------------------------------------------------------- */

static size_t cut(gm_fused_plan *plan, size_t n_floats)
{
    const size_t offset = plan->n_floats;
    plan->n_floats += gm_round_up(n_floats, GM_ALIGNMENT);
    return offset;
}

/* Floats of a tensor: as panels, or a vector. */
static size_t tensor_size(const gm_fused_plan *plan, const gm_fused_layer_plan *layer, gm_tensor t)
{
    const size_t padded = (size_t)layer->n_panels * layer->panel;
    if (gm_tensor_is_vector(t))
        return padded;
    return padded * (gm_tensors[t].shape[0] == 'B' ? plan->rows : layer->k);
}

/* 1 if the tensor has the place of another one, or none. */
static int is_placed_otherwise(const gm_fused_layer_plan *layer, gm_tensor t)
{
    const gemlet_layer_spec spec = {layer->width, layer->batch_norm, layer->activation};
    return (!gm_tensor_is_vector(t) && !gm_layer_has_with(&spec, layer->is_separate, t)) ||
           t == GM_TENSOR_bias || t == GM_TENSOR_dbias || t == GM_TENSOR_dweight;
}

/* Those of the tensors first..end-1 that have a place of their own, matrices first. */
static void place_tensors(gm_fused_plan *plan, gm_fused_layer_plan *layer, unsigned first,
                          unsigned end)
{
    for (int vectors = 0; vectors <= 1; ++vectors) {
        for (unsigned t = first; t < end; ++t) {
            if (gm_tensor_is_vector(t) == vectors && !is_placed_otherwise(layer, t))
                layer->offsets[t] = cut(plan, tensor_size(plan, layer, t));
        }
    }
}

/* What belongs to the model of all layers, with room for each state behind it, and for gradients
 * that are kept. */
static void place_model(gm_fused_plan *plan)
{
    for (unsigned l = 0; l < plan->n_layers; ++l)
        place_tensors(plan, &plan->layers[l], 0, GM_N_MODEL_TENSORS);
    plan->state_size = plan->n_floats;
    cut(plan, gm_count_states(plan->states) * plan->state_size);
    if (plan->clip_norm)
        plan->gradients = cut(plan, plan->state_size);
}

/* Sums of squares: of each panel of each layer, and of each of the first weights. */
static void place_squares(gm_fused_plan *plan)
{
    size_t n = 0;
    for (unsigned l = 0; l < plan->n_layers; ++l)
        n += plan->layers[l].n_panels;
    plan->n_squares = gm_round_up(n + plan->layers[0].n_panels, GM_ALIGNMENT);
    plan->squares = cut(plan, plan->n_squares);
    plan->input_squares = plan->squares + n;
    n = 0;
    for (unsigned l = 0; l < plan->n_layers; ++l) {
        plan->layers[l].squares = plan->squares + n;
        n += plan->layers[l].n_panels;
    }
}

/* All but the model. */
static void place_layer(gm_fused_plan *plan, gm_fused_layer_plan *layer)
{
    size_t *offsets = layer->offsets;
    const int is_copy = !layer->batch_norm && !layer->is_separate &&
                        layer->activation == GEMLET_ACTIVATION_IDENTITY;
    const size_t begin = plan->n_floats;
    place_tensors(plan, layer, GM_N_MODEL_TENSORS, GM_N_TENSORS);
    offsets[GM_FUSED_DZ] =
        is_copy ? offsets[GM_TENSOR_dy] : cut(plan, tensor_size(plan, layer, GM_TENSOR_dy));
    if (!layer->batch_norm)
        offsets[GM_TENSOR_z] = offsets[GM_TENSOR_y];
    offsets[GM_TENSOR_bias] = offsets[GM_TENSOR_beta];
    offsets[GM_TENSOR_dbias] = offsets[GM_TENSOR_dbeta];
    if (plan->n_heads > 1 && layer == &plan->layers[plan->n_layers - 1]) {
        plan->head_running = cut(plan, 2 * (size_t)layer->panel);
        plan->head_size = plan->n_floats - begin;
        cut(plan, (plan->n_heads - 1) * plan->head_size);
    }
}

static void plan_layout(gm_fused_plan *plan)
{
    size_t n_scratch_panels = 1;
    place_model(plan);
    for (unsigned l = 0; l < plan->n_layers; ++l) {
        gm_fused_layer_plan *layer = &plan->layers[l];
        place_layer(plan, layer);
        if (layer->n_panels > n_scratch_panels)
            n_scratch_panels = layer->n_panels;
        if (l > 0 && !plan->is_gpu &&
            (size_t)layer->panel * plan->layers[l - 1].panel > plan->scratch_size)
            plan->scratch_size = (size_t)layer->panel * plan->layers[l - 1].panel;
    }
    plan->x_size = plan->rows * plan->x_ld;
    plan->x = cut(plan, 2 * plan->x_size);
    plan->labels = cut(plan, 2 * (size_t)plan->rows);
    if (plan->n_ranges > 1)
        plan->z_parts = cut(plan, (size_t)plan->n_ranges * plan->rows * plan->layers[0].panel);
    if (plan->skips) {
        plan->tile_masks_ld = gm_round_up(plan->features, 64) / 64;
        plan->tile_masks_size = 2 * plan->rows / plan->x_rows.height * plan->tile_masks_ld;
        plan->tile_masks = cut(plan, 2 * plan->tile_masks_size);
        plan->row_masks_ld = gm_round_up(plan->features, 16) / plan->x_k.height;
        plan->row_masks_size =
            2 * (gm_round_up(plan->batch, MASK_ROWS) / MASK_ROWS) * plan->row_masks_ld;
        plan->row_masks = cut(plan, 2 * plan->row_masks_size);
    }
    plan->scratch = cut(plan, n_scratch_panels * plan->scratch_size);
    if (plan->clip_norm)
        place_squares(plan);
}

/* ---- the plan ------------------------------------------------------------------------------- */

static void plan_layers(gm_fused_plan *plan, const gm_fused_device *device)
{
    const unsigned n_units = device->compute_units > 0 ? device->compute_units : 1;
    for (unsigned l = 0; l < plan->n_layers; ++l) {
        gm_fused_layer_plan *own = &plan->layers[l];
        const uint64_t n_fmas = (uint64_t)plan->batch * own->width * own->inputs;
        const int is_split = l == 0 || n_fmas >= plan->min_split_fmas;
        const panel_shape *shape =
            choose_shape(own->width, is_split ? n_units : 1, l == plan->n_layers - 1,
                         l == 0 && plan->skips, device);
        own->n_vectors = shape->n_vectors;
        own->tile_rows = shape->tile_rows;
        own->tile_vectors = shape->tile_vectors;
        own->tile_k = shape->tile_k;
        own->panel = own->n_vectors * 16;
        own->n_panels = count_panels(own->width, shape);
        own->n_owners = own->n_panels;
        own->k = l == 0 ? (unsigned)gm_round_up(own->inputs, 16)
                        : plan->layers[l - 1].n_panels * plan->layers[l - 1].panel;
    }
}

/* Tiles for the batch: where zeros are skipped, the fewer rows or columns a tile has, the more can
 * be. One row, or column, of all the panel's vectors makes enough sums, but loads a vector for each
 * of them: only where these are in the first-level cache. The weights of a block of k are; the
 * gradients of a large batch are not. */
static void plan_input_tiles(gm_fused_plan *plan, const register_set *registers)
{
    const gm_fused_layer_plan *first = &plan->layers[0];
    const gm_fused_tile single = {1, first->n_vectors};
    const gm_fused_tile several = {SKIP_TILE, first->tile_vectors};
    plan->x_rows = (gm_fused_tile){first->tile_rows, first->tile_vectors};
    plan->x_k = (gm_fused_tile){first->tile_k, first->tile_vectors};
    if (!plan->skips)
        return;
    plan->x_rows = registers->skips_rows ? single : several;
    plan->x_k = registers->skips_rows && (uint64_t)plan->batch * first->panel <= CACHED_FLOATS
                    ? single
                    : several;
}

static void include_tile(gm_fused_tile *largest, unsigned height, unsigned n_vectors)
{
    if (height > largest->height)
        largest->height = height;
    if (n_vectors > largest->n_vectors)
        largest->n_vectors = n_vectors;
}

static void find_largest_tile(gm_fused_plan *plan)
{
    include_tile(&plan->largest_tile, plan->x_rows.height, plan->x_rows.n_vectors);
    include_tile(&plan->largest_tile, plan->x_k.height, plan->x_k.n_vectors);
    for (unsigned l = 0; l < plan->n_layers; ++l) {
        const gm_fused_layer_plan *layer = &plan->layers[l];
        include_tile(&plan->largest_tile, layer->tile_rows, layer->tile_vectors);
        include_tile(&plan->largest_tile, layer->tile_k, layer->tile_vectors);
    }
}

/* What the network says of each layer. */
static void describe_layers(gm_fused_plan *plan, const gm_fused_network *network)
{
    for (unsigned l = 0; l < plan->n_layers; ++l) {
        const gm_layer *layer = &network->layers[l];
        gm_fused_layer_plan *own = &plan->layers[l];
        own->width = layer->weight.cols;
        own->inputs = layer->weight.rows;
        own->batch_norm = layer->spec.batch_norm;
        own->activation = layer->spec.activation;
        own->dropout = layer->dropout;
        own->noise = layer->noise;
        own->is_separate = layer->is_separate;
        own->weight_record = layer->records[GM_TENSOR_weight];
        own->gamma_record = layer->records[GM_TENSOR_gamma];
        own->beta_record = layer->records[own->batch_norm ? GM_TENSOR_beta : GM_TENSOR_bias];
    }
}

/* Rows, panels and tiles for CPUs. Returns 1, or 0 with the reason. */
static int plan_for_cpu(gm_fused_plan *plan, const gm_fused_network *network,
                        const gm_fused_device *device, char *reason)
{
    const gemlet_dim classes = plan->layers[plan->n_layers - 1].width;
    if (classes > GM_FUSED_MAX_VECTORS * 16) {
        snprintf(reason, GM_FUSED_REASON_SIZE, "%u classes, at most %u are fused", classes,
                 GM_FUSED_MAX_VECTORS * 16);
        return 0;
    }
    plan->rows = (gemlet_dim)gm_round_up(network->batch, ROW_MULTIPLE);
    plan->gather_rows =
        network->policies.input_noise || plan->augments ? SLOW_GATHER_ROWS : MASK_ROWS;
    plan->n_gather_groups = (plan->batch + plan->gather_rows - 1) / plan->gather_rows;
    plan->min_split_fmas =
        device->tuning.min_split_fmas > 0 ? device->tuning.min_split_fmas : MIN_SPLIT_FMAS;
    plan->skips = network->density <= MAX_SKIP_DENSITY && !device->tuning.keeps_zeros;
    plan_layers(plan, device);
    plan_input_tiles(plan, registers_of(device));
    find_largest_tile(plan);
    return 1;
}

int gm_fused_plan_make(gm_fused_plan *plan, const gm_fused_network *network,
                       const gm_fused_device *device, char *reason)
{
    *plan = (gm_fused_plan){.is_gpu = device->is_gpu, .n_ranges = 1, .n_heads = 1};
    if (network->n_layers > GM_FUSED_MAX_LAYERS) {
        snprintf(reason, GM_FUSED_REASON_SIZE, "%u layers, at most %u are fused", network->n_layers,
                 GM_FUSED_MAX_LAYERS);
        return 0;
    }
    plan->augments = network->images.plain.buffer != NULL;
    if (plan->augments && (plan->is_gpu || network->policies.mixup)) {
        snprintf(reason, GM_FUSED_REASON_SIZE, "batches are augmented before the step");
        return 0;
    }
    plan->n_layers = network->n_layers;
    plan->states = network->states;
    plan->clip_norm = network->policies.clip_norm;
    plan->max_norm = network->policies.max_norm;
    plan->batch = network->batch;
    plan->features = network->layers[0].weight.rows;
    plan->input = network->codes.buffer != NULL ? GM_INPUT_ENCODED : GM_INPUT_SCALED;
    plan->x_ld = gm_round_up(plan->features, 16);
    if (plan->x_ld % CACHE_PERIOD == 0)
        plan->x_ld += 16;
    const size_t element_size =
        network->features.buffer != NULL && network->features.buffer->element == GM_U8
            ? 1
            : sizeof(float);
    plan->gather_bytes = (uint64_t)plan->batch *
                         (network->features.cols * element_size + plan->features * sizeof(float));
    describe_layers(plan, network);
    if (device->is_gpu ? !gm_fused_gpu_plan_layers(plan, device, reason)
                       : !plan_for_cpu(plan, network, device, reason))
        return 0;
    plan_layout(plan);
    if ((plan->n_floats + GM_BUFFER_SLACK) * sizeof(float) > device->max_allocation_bytes) {
        snprintf(reason, GM_FUSED_REASON_SIZE, "%.0f MiB, the device allows %.0f in one buffer",
                 (double)plan->n_floats * sizeof(float) / 0x1p20,
                 (double)device->max_allocation_bytes / 0x1p20);
        return 0;
    }
    plan_stages(plan);
    plan_launches(plan);
    return 1;
}
