/* SPDX-License-Identifier: MIT
 * The planner of the fused training step, without a device. */
#include <stdlib.h>
#include <string.h>

#include "backend/opencl/fused_gpu_plan.h"
#include "backend/opencl/fused_plan.h"
#include "support/run_suite.h"

static const gm_fused_device two_cores = {2, 1, 1u << 30, {0}, 0, 0};
static const gm_fused_device two_narrow_cores = {2, 0, 1u << 30, {0}, 0, 0};

/* A network of dense layers with batch-norm on the hidden ones; widths[0] are the inputs. It holds
 * until the next one is made. */
static gm_fused_network make_network(const gemlet_dim *widths, unsigned n_layers, gemlet_dim batch)
{
    static gm_layer layers[GM_FUSED_MAX_LAYERS + 1];
    gm_fused_network network = {
        .n_layers = n_layers, .layers = layers, .batch = batch, .density = 1.0};
    ck_assert_uint_le(n_layers, GM_FUSED_MAX_LAYERS + 1);
    memset(layers, 0, sizeof layers);
    network.features.cols = widths[0];
    network.features.ld = widths[0];
    for (unsigned l = 0; l < n_layers; ++l) {
        gm_layer *layer = &layers[l];
        layer->weight.rows = widths[l];
        layer->weight.cols = widths[l + 1];
        layer->weight.ld = widths[l + 1];
        layer->spec.batch_norm = l + 1 < n_layers;
    }
    return network;
}

static gm_fused_plan make_plan(const gemlet_dim *widths, unsigned n_layers, gemlet_dim batch)
{
    const gm_fused_network network = make_network(widths, n_layers, batch);
    gm_fused_plan plan;
    char reason[GM_FUSED_REASON_SIZE];
    ck_assert_msg(gm_fused_plan_make(&plan, &network, &two_cores, reason) == 1, "%s", reason);
    return plan;
}

static size_t size_of(const gm_fused_plan *plan, const gm_fused_layer_plan *layer, unsigned t)
{
    const size_t padded = (size_t)layer->n_panels * layer->panel;
    if (t == GM_FUSED_DZ || gm_tensors[t].shape[0] == 'B')
        return padded * plan->rows;
    return gm_tensor_is_vector(t) ? padded : padded * layer->k;
}

/* Places of tensors. */
typedef struct places {
    size_t first[GM_FUSED_MAX_LAYERS * (GM_FUSED_DZ + 1 + (GM_N_STATES + 1) * GM_N_PARAMETERS)];
    size_t size[GM_FUSED_MAX_LAYERS * (GM_FUSED_DZ + 1 + (GM_N_STATES + 1) * GM_N_PARAMETERS)];
    size_t n;
} places;

/* Whether the layer has a matrix of the step; others have no place, z without batch-norm that of y.
 */
static int has_place(const gm_fused_layer_plan *layer, unsigned t)
{
    const gemlet_layer_spec spec = {layer->width, layer->batch_norm, layer->activation};
    return t == GM_FUSED_DZ || t == GM_TENSOR_z || gm_tensor_is_vector(t) ||
           gm_layer_has_with(&spec, layer->is_separate, t);
}

static void add_layer(places *p, const gm_fused_plan *plan, const gm_fused_layer_plan *layer)
{
    for (unsigned t = 0; t <= GM_FUSED_DZ; ++t) {
        if (!has_place(layer, t))
            continue;
        const unsigned n_states = t < GM_N_MODEL_TENSORS ? gm_count_states(plan->states) : 0;
        for (unsigned s = 0; t != GM_TENSOR_dweight && s <= n_states; ++s) {
            p->first[p->n] = layer->offsets[t] + s * plan->state_size;
            p->size[p->n++] = size_of(plan, layer, t);
        }
        if (plan->clip_norm && t < GM_N_PARAMETERS) {
            p->first[p->n] = layer->offsets[t] + plan->gradients;
            p->size[p->n++] = size_of(plan, layer, t);
        }
    }
}

/* All places of the layers are apart from each other, or the same, and before the batch. */
static void check_offsets(const gm_fused_plan *plan)
{
    places p = {.n = 0};
    int lie_apart = 1;
    for (unsigned l = 0; l < plan->n_layers; ++l)
        add_layer(&p, plan, &plan->layers[l]);
    for (size_t i = 0; i < p.n; ++i) {
        lie_apart &= p.first[i] + p.size[i] <= plan->x;
        for (size_t j = 0; j < i; ++j)
            lie_apart &=
                (p.first[i] >= p.first[j] + p.size[j] || p.first[j] >= p.first[i] + p.size[i] ||
                 (p.first[i] == p.first[j] && p.size[i] == p.size[j]));
    }
    ck_assert_int_eq(lie_apart, 1);
}

/* The launch that has this stage of a layer; n_launches if there is none. */
static unsigned find_launch(const gm_fused_plan *plan, gm_fused_stage_kind kind, unsigned layer)
{
    for (unsigned i = 0; i < plan->n_launches; ++i) {
        const gm_fused_stage *stages = &plan->stages[plan->launches[i].first_stage];
        for (unsigned s = 0; s < plan->launches[i].n_stages; ++s) {
            if (stages[s].kind == kind && stages[s].layer == layer)
                return i;
        }
    }
    return plan->n_launches;
}

/* Every layer has a stage of norms or none has: that of the first layer together with the pass that
 * begins the next step, others behind the updates of all rows of their weights; with clipped
 * gradients, all behind the last of these. Sums of squares are apart from each other. */
static void check_norms(const gm_fused_plan *plan)
{
    const int limits = plan->clip_norm || plan->max_norm;
    const unsigned update = find_launch(plan, GM_FUSED_UPDATE, 0);
    size_t n_squares = 0;
    for (unsigned l = 0; l < plan->n_layers; ++l) {
        const unsigned launch = find_launch(plan, GM_FUSED_NORMS, l);
        ck_assert_int_eq(launch < plan->n_launches, limits);
        if (!limits)
            continue;
        if (l == 0)
            ck_assert_uint_eq(launch, find_launch(plan, GM_FUSED_FORWARD_NEXT, 0));
        else
            ck_assert_uint_gt(launch, find_launch(plan, GM_FUSED_BACKWARD, l - 1));
        ck_assert_uint_ge(launch, update + (plan->clip_norm ? 1 : 0));
        if (plan->clip_norm)
            ck_assert_uint_eq(plan->layers[l].squares, plan->squares + n_squares);
        n_squares += plan->layers[l].n_panels;
    }
    if (plan->clip_norm) {
        ck_assert_uint_eq(plan->input_squares, plan->squares + n_squares);
        ck_assert_uint_le(n_squares + plan->layers[0].n_panels, plan->n_squares);
        ck_assert_uint_ge(plan->squares, plan->scratch);
        ck_assert_uint_le(plan->squares + plan->n_squares, plan->n_floats);
    }
}

/* Tiles divide panels, items a tile's sums, slices the k of a part in fours, and the parts lie
 * apart in local memory. */
static void check_gpu_tiles(const gm_fused_plan *plan, const gm_fused_device *device)
{
    const unsigned n_sums = 16 * GM_FUSED_GPU_ITEMS;
    ck_assert_uint_ge(plan->rows, plan->batch);
    ck_assert_uint_eq(plan->rows, plan->n_blocks * plan->block_rows);
    ck_assert_uint_le(4 * plan->local_size, device->local_memory_bytes);
    ck_assert_uint_ge(plan->local_w, n_sums);
    ck_assert_uint_ge(plan->local_w, plan->block_rows * (plan->depth + 4));
    for (unsigned l = 0; l < plan->n_layers; ++l) {
        const gm_fused_layer_plan *layer = &plan->layers[l];
        const unsigned of_block = n_sums / (plan->block_rows * layer->tile); /* slices */
        const unsigned of_weights = n_sums / (plan->depth * layer->tile);
        ck_assert_uint_eq(of_block * plan->block_rows * layer->tile, n_sums);
        ck_assert_uint_eq(of_weights * plan->depth * layer->tile, n_sums);
        ck_assert_uint_eq(plan->depth % (4 * of_block), 0);
        ck_assert_uint_eq(plan->block_rows % of_weights, 0);
        ck_assert_uint_eq(layer->panel, layer->n_owners * layer->tile);
        ck_assert_uint_lt(layer->panel - layer->tile, layer->width);
        ck_assert_uint_ge(plan->local_own - plan->local_w, plan->depth * (layer->tile + 4));
        ck_assert_uint_ge(plan->local_size - plan->local_own, plan->block_rows * (layer->tile + 4));
    }
}

/* Work-groups of a split launch share one layer, or the first layer's inputs too; where the output
 * layer has copies there is one for each owner of the layer before it. */
static void check_split_stage(const gm_fused_plan *plan, const gm_fused_launch *launch,
                              const gm_fused_stage *stage)
{
    const int has_ranges = stage->kind == GM_FUSED_UPDATE || stage->kind == GM_FUSED_FORWARD_NEXT;
    if (stage->kind == GM_FUSED_UPDATE_OUTPUT)
        return; /* by however many there are */
    if (launch->has_heads) {
        ck_assert_uint_eq(launch->n_groups, plan->n_heads);
        ck_assert_uint_eq(launch->n_groups, plan->layers[plan->n_layers - 2].n_owners);
        ck_assert_uint_ge(stage->layer + 2, plan->n_layers);
        return;
    }
    ck_assert_uint_eq(launch->n_groups,
                      plan->layers[stage->layer].n_owners * (has_ranges ? plan->n_ranges : 1));
}

/* What holds for every plan: panels cover the columns, stages are all there once and in order, a
 * split launch has one owner, nothing overlaps. */
static void check_plan(const gm_fused_plan *plan)
{
    unsigned n_stages = 0;
    for (unsigned i = 0; i < plan->n_launches; ++i) {
        const gm_fused_launch *launch = &plan->launches[i];
        ck_assert_uint_eq(launch->first_stage, n_stages);
        ck_assert_uint_ge(launch->n_stages, 1);
        n_stages += launch->n_stages;
        ck_assert_int_eq(launch->gathers, !plan->is_gpu && i == plan->loss_launch);
        ck_assert_int_eq(launch->begins_next, i == find_launch(plan, GM_FUSED_FORWARD_NEXT, 0));
        for (unsigned s = 0; launch->is_split && s < launch->n_stages; ++s)
            check_split_stage(plan, launch, &plan->stages[launch->first_stage + s]);
    }
    ck_assert_uint_eq(n_stages, plan->n_stages);
    /* What ends the step, and what follows from it of the next one. */
    ck_assert_uint_gt(plan->tail, plan->loss_launch);
    ck_assert_uint_eq(plan->tail, find_launch(plan, GM_FUSED_UPDATE, 0));
    const unsigned backward = find_launch(plan, GM_FUSED_BACKWARD, 0);
    if (plan->n_layers > 1 && plan->n_ranges == 1 && !plan->launches[backward].has_heads)
        ck_assert_uint_eq(plan->tail, backward);
    ck_assert_uint_ge(plan->n_ranges * plan->range, plan->is_gpu ? plan->layers[0].k : 0);
    check_norms(plan);
    for (unsigned l = 0; l < plan->n_layers; ++l) {
        const gm_fused_layer_plan *layer = &plan->layers[l];
        const size_t padded = (size_t)layer->n_panels * layer->panel;
        ck_assert_uint_ge(padded, layer->width);
        ck_assert_uint_lt(padded - layer->panel, layer->width);
        ck_assert_uint_ge(layer->k, layer->inputs);
        if (plan->is_gpu)
            continue;
        ck_assert_uint_eq(layer->panel % layer->tile_k, 0);
        ck_assert_uint_eq(plan->rows % layer->tile_rows, 0);
        ck_assert_uint_eq(layer->n_vectors % layer->tile_vectors, 0);
    }
    check_offsets(plan);
    if (plan->is_gpu)
        return;
    ck_assert_uint_eq(plan->rows % plan->x_rows.height, 0);
    ck_assert_uint_eq(plan->layers[0].panel % plan->x_k.height, 0);
    ck_assert_uint_eq(plan->layers[0].n_vectors % plan->x_rows.n_vectors, 0);
    ck_assert_uint_eq(plan->layers[0].n_vectors % plan->x_k.n_vectors, 0);
    ck_assert_uint_le(plan->scratch, plan->n_floats);
}

START_TEST(headline_network_takes_two_launches)
{
    const gemlet_dim widths[] = {784, 150, 150, 10};
    const gm_fused_plan plan = make_plan(widths, 3, 64);
    check_plan(&plan);
    ck_assert_uint_eq(plan.n_launches, 2);
    ck_assert_int_eq(plan.launches[0].is_split, 0);
    ck_assert_uint_eq(plan.launches[1].n_groups, 2);
    ck_assert_uint_eq(plan.launches[1].n_stages, 3);
    ck_assert_uint_eq(plan.layers[0].panel, 80);
    uint64_t n_fmas = 0;
    for (unsigned s = 0; s < plan.n_stages; ++s)
        n_fmas += plan.stages[s].n_fmas;
    /* forward and weights of every layer; inputs of all but the first */
    ck_assert_uint_eq(n_fmas, 64u * (2u * (784 * 150 + 150 * 150 + 150 * 10) + 150 * 150 + 1500));
}
END_TEST

/* One launch more for the other layers' weights; clipped gradients wait for all others: another. */
START_TEST(limited_norms_take_more_launches)
{
    const gemlet_dim widths[] = {784, 150, 150, 10};
    gm_fused_network network = make_network(widths, 3, 64);
    gm_fused_plan plan;
    char reason[GM_FUSED_REASON_SIZE];
    char stages[GM_FUSED_STAGES_SIZE];
    network.policies.max_norm = 1;
    ck_assert_int_eq(gm_fused_plan_make(&plan, &network, &two_cores, reason), 1);
    check_plan(&plan);
    ck_assert_uint_eq(plan.n_launches, 3);
    gm_fused_plan_launch_cost(&plan, 1, 1, 1, stages);
    ck_assert_str_eq(stages, "B1 U1 N1 F1");
    gm_fused_plan_launch_cost(&plan, 2, 1, 1, stages);
    ck_assert_str_eq(stages, "N2 N3");

    network.policies.clip_norm = 1;
    ck_assert_int_eq(gm_fused_plan_make(&plan, &network, &two_cores, reason), 1);
    check_plan(&plan);
    ck_assert_uint_eq(plan.n_launches, 4);
    gm_fused_plan_launch_cost(&plan, 2, 1, 1, stages);
    ck_assert_str_eq(stages, "N1 F1");

    /* 2500 x 2000 weights are worth all cores, 150 x 10 are not. */
    const gemlet_dim wide[] = {784, 2500, 2000, 150, 10};
    network = make_network(wide, 4, 128);
    network.policies.max_norm = 1;
    ck_assert_int_eq(gm_fused_plan_make(&plan, &network, &two_cores, reason), 1);
    check_plan(&plan);
    const unsigned launch = find_launch(&plan, GM_FUSED_NORMS, 1);
    ck_assert_int_eq(plan.launches[launch].is_split, 1);
    ck_assert_uint_eq(plan.launches[launch].n_groups, plan.layers[1].n_panels);
    ck_assert_int_eq(plan.launches[find_launch(&plan, GM_FUSED_NORMS, 3)].is_split, 0);
}
END_TEST

/* Noise takes longer than the stages beside it. */
START_TEST(noise_is_gathered_in_smaller_parts)
{
    const gemlet_dim widths[] = {784, 150, 150, 10};
    gm_fused_network network = make_network(widths, 3, 65);
    gm_fused_plan plan;
    char reason[GM_FUSED_REASON_SIZE];
    ck_assert_int_eq(gm_fused_plan_make(&plan, &network, &two_cores, reason), 1);
    ck_assert_uint_eq(plan.n_gather_groups, 2);
    network.policies.input_noise = 1;
    ck_assert_int_eq(gm_fused_plan_make(&plan, &network, &two_cores, reason), 1);
    ck_assert_uint_eq(plan.n_gather_groups, 5);
}
END_TEST

/* The images of parts belong to one mask; what mixes rows needs all of them before. */
START_TEST(batches_are_augmented_in_smaller_parts)
{
    const gemlet_dim widths[] = {784, 150, 150, 10};
    gm_fused_network network = make_network(widths, 3, 65);
    gm_fused_plan plain;
    gm_fused_plan plan;
    char reason[GM_FUSED_REASON_SIZE];
    gm_buffer buffer = {.element = GM_REAL};
    network.density = 0.2;
    ck_assert_int_eq(gm_fused_plan_make(&plain, &network, &two_cores, reason), 1);
    network.images.plain.buffer = &buffer;
    ck_assert_int_eq(gm_fused_plan_make(&plan, &network, &two_cores, reason), 1);
    check_plan(&plan);
    ck_assert_uint_eq(plan.n_gather_groups, 5);
    ck_assert_uint_eq(plan.row_masks_size, plain.row_masks_size);
    network.policies.mixup = 1;
    ck_assert_int_eq(gm_fused_plan_make(&plan, &network, &two_cores, reason), 0);
    ck_assert_str_eq(reason, "batches are augmented before the step");
}
END_TEST

START_TEST(tiles_that_skip_zeros_suit_the_registers)
{
    const gemlet_dim widths[] = {784, 150, 150, 10};
    gm_fused_network network = make_network(widths, 3, 64);
    gm_fused_plan plan;
    char reason[GM_FUSED_REASON_SIZE];
    network.density = 0.2;
    ck_assert_int_eq(gm_fused_plan_make(&plan, &network, &two_cores, reason), 1);
    ck_assert_uint_eq(plan.x_rows.height, 4);
    ck_assert_uint_eq(plan.x_rows.n_vectors, 5);
    ck_assert_uint_eq(plan.x_k.height, 4);

    ck_assert_int_eq(gm_fused_plan_make(&plan, &network, &two_narrow_cores, reason), 1);
    check_plan(&plan);
    ck_assert_uint_eq(plan.layers[0].panel, 80); /* single rows need wide panels */
    ck_assert_uint_eq(plan.layers[1].panel, 16);
    ck_assert_uint_eq(plan.x_rows.height, 1);
    ck_assert_uint_eq(plan.x_rows.n_vectors, 5);
    ck_assert_uint_eq(plan.x_k.height, 1);

    network.batch = 257; /* 80 columns of its gradients are no longer in the first-level cache */
    ck_assert_int_eq(gm_fused_plan_make(&plan, &network, &two_narrow_cores, reason), 1);
    check_plan(&plan);
    ck_assert_uint_eq(plan.x_rows.height, 1);
    ck_assert_uint_eq(plan.x_k.height, 4);
    ck_assert_uint_eq(plan.x_k.n_vectors, 1);
}
END_TEST

START_TEST(large_layers_have_launches_of_their_own)
{
    const gemlet_dim widths[] = {784, 2500, 2000, 1500, 1000, 500, 10};
    const gm_fused_plan plan = make_plan(widths, 6, 128);
    check_plan(&plan);
    /* forward of layers 2 to 5; the small ones around the loss together; backward of 4 to 2; the
     * end of the step */
    ck_assert_uint_eq(plan.n_launches, 4 + 1 + 3 + 1);
    ck_assert_uint_eq(plan.loss_launch, 4);
    ck_assert_uint_eq(plan.launches[4].n_stages, 4);
}
END_TEST

START_TEST(every_shape_has_a_sound_plan)
{
    static const gemlet_dim sizes[] = {1, 2, 15, 16, 17, 79, 80, 81, 150, 333, 1024};
    const unsigned n_sizes = sizeof sizes / sizeof sizes[0];
    for (unsigned i = 0; i < n_sizes * n_sizes * n_sizes; ++i) {
        const gemlet_dim widths[] = {sizes[i % n_sizes], sizes[i / n_sizes % n_sizes],
                                     sizes[i / n_sizes / n_sizes], 10};
        for (unsigned n_layers = 1; n_layers <= 3; ++n_layers) {
            gm_fused_network network = make_network(widths + 3 - n_layers, n_layers, 1 + i % 300);
            network.states = i % (GM_ALL_STATES + 1);
            network.policies.clip_norm = i % 3 == 1;
            network.policies.max_norm = i % 5 < 2;
            for (unsigned cores = 1; cores <= 32; cores *= 2) {
                for (int wide = 0; wide < 2; ++wide) {
                    gm_fused_plan plan;
                    char reason[GM_FUSED_REASON_SIZE];
                    const gm_fused_device device = {
                        cores, wide, 1u << 30, {i % 6, i % 5 * 1000000u, i % 2}, 0, 0};
                    ck_assert_int_eq(gm_fused_plan_make(&plan, &network, &device, reason), 1);
                    check_plan(&plan);
                    network.density = 0.1;
                    ck_assert_int_eq(gm_fused_plan_make(&plan, &network, &device, reason), 1);
                    check_plan(&plan);
                    network.density = 1.0;
                }
            }
        }
    }
}
END_TEST

static gm_fused_device make_gpu(unsigned units, unsigned local_kib)
{
    return (gm_fused_device){.compute_units = units,
                             .max_allocation_bytes = 1u << 30,
                             .is_gpu = 1,
                             .local_memory_bytes = 1024u * local_kib};
}

START_TEST(gpus_take_few_launches)
{
    const gemlet_dim widths[] = {784, 150, 150, 10};
    const gemlet_dim large[] = {784, 2500, 2000, 1500, 1000, 500, 10};
    const gm_fused_device gpu = make_gpu(16, 48);
    gm_fused_network network = make_network(widths, 3, 64);
    gm_fused_plan plan;
    char reason[GM_FUSED_REASON_SIZE];
    char stages[GM_FUSED_STAGES_SIZE];
    ck_assert_int_eq(gm_fused_plan_make(&plan, &network, &gpu, reason), 1);
    check_gpu_tiles(&plan, &gpu);
    ck_assert_uint_eq(plan.n_launches, 3);
    ck_assert_uint_eq(plan.launches[0].n_groups, 10);
    gm_fused_plan_launch_cost(&plan, 1, 1, 1, stages);
    ck_assert_str_eq(stages, "F3 loss B3 B2");
    gm_fused_plan_launch_cost(&plan, 2, 1, 1, stages);
    ck_assert_str_eq(stages, "U3 B1 U1 F1");

    /* More compute units take ranges of the first layer's inputs. */
    const gm_fused_device large_gpu = make_gpu(132, 48);
    ck_assert_int_eq(gm_fused_plan_make(&plan, &network, &large_gpu, reason), 1);
    check_gpu_tiles(&plan, &large_gpu);
    static const char *const expected[] = {"A1", "F2", "F3 loss B3 B2", "U3 B1", "U1 F1"};
    static const unsigned n_groups[] = {10, 10, 10, 10, 130};
    ck_assert_uint_eq(plan.n_launches, 5);
    for (unsigned i = 0; i < plan.n_launches; ++i) {
        gm_fused_plan_launch_cost(&plan, i, 1, 1, stages);
        ck_assert_str_eq(stages, expected[i]);
        ck_assert_uint_eq(plan.launches[i].n_groups, n_groups[i]);
    }
    ck_assert_int_eq(gm_fused_gpu_pays(&plan, 132), 1);

    network = make_network(large, 6, 128);
    ck_assert_int_eq(gm_fused_plan_make(&plan, &network, &gpu, reason), 1);
    check_gpu_tiles(&plan, &gpu);
    ck_assert_uint_eq(plan.n_launches, 4 + 1 + 3 + 1); /* forward; F6 to B5; backward; the end */
    uint64_t n_bytes = 0;
    for (unsigned i = 0; i < plan.n_launches; ++i)
        n_bytes += gm_fused_plan_launch_cost(&plan, i, 1, 1, stages).n_bytes;
    ck_assert_uint_le(n_bytes, 190000000);
    ck_assert_uint_ge(n_bytes, 4u * 3u * 11000000u);    /* each weight is read twice and written */
    ck_assert_int_eq(gm_fused_gpu_pays(&plan, 132), 0); /* many tiles at a time are faster */
}
END_TEST

START_TEST(gpus_have_a_sound_plan_for_every_shape)
{
    static const gemlet_dim sizes[] = {1, 2, 15, 16, 17, 31, 32, 33, 150, 256, 1000};
    static const gemlet_dim batches[] = {1, 2, 15, 16, 17, 63, 64, 65, 127, 128, 129, 257, 1000};
    const unsigned n_sizes = sizeof sizes / sizeof sizes[0];
    for (unsigned i = 0; i < n_sizes * n_sizes * n_sizes; i += 7) {
        const gemlet_dim widths[] = {sizes[i % n_sizes], sizes[i / n_sizes % n_sizes],
                                     sizes[i / n_sizes / n_sizes], 10};
        const gemlet_dim batch = batches[i % (sizeof batches / sizeof batches[0])];
        for (unsigned n_layers = 1; n_layers <= 3; ++n_layers) {
            gm_fused_network network = make_network(widths + 3 - n_layers, n_layers, batch);
            network.states = i % (GM_ALL_STATES + 1);
            for (unsigned units = 1; units <= 64; units *= 4) {
                for (unsigned kib = 32; kib <= 64; kib += 16) {
                    const gm_fused_device gpu = make_gpu(units, kib);
                    gm_fused_plan plan;
                    char reason[GM_FUSED_REASON_SIZE];
                    ck_assert_int_eq(gm_fused_plan_make(&plan, &network, &gpu, reason), 1);
                    check_plan(&plan);
                    check_gpu_tiles(&plan, &gpu);
                    ck_assert_uint_le(plan.n_launches, 2 * n_layers + 2);
                }
            }
        }
    }
}
END_TEST

START_TEST(tuning_changes_the_plan_for_gpus)
{
    const gemlet_dim widths[] = {784, 150, 150, 10};
    const gm_fused_network network = make_network(widths, 3, 64);
    gm_fused_device gpu = make_gpu(8, 48);
    gm_fused_plan plan;
    char reason[GM_FUSED_REASON_SIZE];
    gpu.tuning = (gm_fused_tuning){.panel_vectors = 2, .min_split_fmas = 10000000};
    ck_assert_int_eq(gm_fused_plan_make(&plan, &network, &gpu, reason), 1);
    check_gpu_tiles(&plan, &gpu);
    ck_assert_uint_eq(plan.n_launches, 2);
    for (unsigned l = 0; l < 3; ++l)
        ck_assert_uint_eq(plan.layers[l].tile, 32);
    gpu.tuning.panel_vectors = 5;
    ck_assert_int_eq(gm_fused_plan_make(&plan, &network, &gpu, reason), 1);
    ck_assert_uint_eq(plan.layers[0].tile, 16);
}
END_TEST

START_TEST(gpus_decline_with_a_reason)
{
    const gemlet_dim widths[] = {20, 257};
    const gemlet_dim fewer[] = {20, 256};
    const gm_fused_device gpu = make_gpu(28, 48);
    const gm_fused_device small = make_gpu(28, 16);
    gm_fused_network network = make_network(widths, 1, 8);
    gm_fused_plan plan;
    char reason[GM_FUSED_REASON_SIZE];
    ck_assert_int_eq(gm_fused_plan_make(&plan, &network, &gpu, reason), 0);
    ck_assert_str_eq(reason, "257 classes, at most 256 are fused");
    network = make_network(fewer, 1, 8);
    ck_assert_int_eq(gm_fused_plan_make(&plan, &network, &small, reason), 0);
    ck_assert_str_eq(reason, "16 KiB of local memory are too little");
}
END_TEST

START_TEST(tuning_changes_the_plan)
{
    const gemlet_dim widths[] = {784, 150, 150, 10};
    gm_fused_network network = make_network(widths, 3, 64);
    gm_fused_device device = two_cores;
    gm_fused_plan plan;
    char reason[GM_FUSED_REASON_SIZE];
    network.density = 0.2;
    device.tuning.panel_vectors = 2;
    ck_assert_int_eq(gm_fused_plan_make(&plan, &network, &device, reason), 1);
    check_plan(&plan);
    for (unsigned l = 0; l < 3; ++l)
        ck_assert_uint_eq(plan.layers[l].panel, 32);
    ck_assert_uint_eq(plan.layers[2].n_panels, 1);
    ck_assert_uint_eq(plan.n_launches, 2);
    ck_assert_int_eq(plan.skips, 1);

    device.tuning = (gm_fused_tuning){.min_split_fmas = 1000000, .keeps_zeros = 1};
    ck_assert_int_eq(gm_fused_plan_make(&plan, &network, &device, reason), 1);
    check_plan(&plan);
    ck_assert_uint_gt(plan.n_launches, 2); /* the second layer has 1.44 million */
    ck_assert_int_eq(plan.skips, 0);

    const gemlet_dim many_classes[] = {784, 150, 70};
    network = make_network(many_classes, 2, 64);
    device.tuning = (gm_fused_tuning){.panel_vectors = 2};
    ck_assert_int_eq(gm_fused_plan_make(&plan, &network, &device, reason), 1);
    ck_assert_uint_eq(plan.layers[1].panel, 80); /* the output layer is one panel in any case */
}
END_TEST

/* A driver that does not say how many it has. */
START_TEST(no_compute_units_count_as_one)
{
    const gemlet_dim widths[] = {784, 150, 150, 10};
    const gm_fused_network network = make_network(widths, 3, 64);
    gm_fused_device device = two_cores;
    gm_fused_plan none;
    gm_fused_plan one;
    char reason[GM_FUSED_REASON_SIZE];
    device.compute_units = 0;
    ck_assert_int_eq(gm_fused_plan_make(&none, &network, &device, reason), 1);
    device.compute_units = 1;
    ck_assert_int_eq(gm_fused_plan_make(&one, &network, &device, reason), 1);
    check_plan(&none);
    for (unsigned l = 0; l < 3; ++l)
        ck_assert_uint_eq(none.layers[l].panel, one.layers[l].panel);
}
END_TEST

START_TEST(what_cannot_be_fused_is_declined_with_a_reason)
{
    char reason[GM_FUSED_REASON_SIZE];
    gm_fused_plan plan;
    const gemlet_dim many_classes[] = {20, 81};
    gm_fused_network network = make_network(many_classes, 1, 8);
    ck_assert_int_eq(gm_fused_plan_make(&plan, &network, &two_cores, reason), 0);
    ck_assert_str_eq(reason, "81 classes, at most 80 are fused");

    gemlet_dim deep[GM_FUSED_MAX_LAYERS + 2];
    for (unsigned l = 0; l < GM_FUSED_MAX_LAYERS + 2; ++l)
        deep[l] = 10;
    network = make_network(deep, GM_FUSED_MAX_LAYERS + 1, 8);
    ck_assert_int_eq(gm_fused_plan_make(&plan, &network, &two_cores, reason), 0);
    ck_assert_str_eq(reason, "17 layers, at most 16 are fused");
    network = make_network(deep, GM_FUSED_MAX_LAYERS, 8);
    ck_assert_int_eq(gm_fused_plan_make(&plan, &network, &two_cores, reason), 1);
    check_plan(&plan);

    const gm_fused_device small = {2, 1, 1u << 20, {0}, 0, 0};
    const gemlet_dim wide[] = {784, 1024, 10};
    network = make_network(wide, 2, 64);
    ck_assert_int_eq(gm_fused_plan_make(&plan, &network, &small, reason), 0);
    ck_assert_str_eq(reason + strlen(reason) - 38, "MiB, the device allows 1 in one buffer");
}
END_TEST

START_TEST(text_names_launches_and_work)
{
    const gemlet_dim widths[] = {784, 150, 150, 10};
    const gm_fused_plan plan = make_plan(widths, 3, 64);
    char *text;
    ck_assert_int_eq(gm_fused_plan_format(&text, &plan), GEMLET_OK);
    ck_assert_ptr_nonnull(strstr(text, "fused step: 2 launches, 39.322 MFLOP"));
    ck_assert_ptr_nonnull(strstr(text, "layer 1: 150 columns in 2 panels of 80"));
    ck_assert_ptr_nonnull(strstr(text, "launch 2: 2 work-groups, one per panel"));
    ck_assert_int_eq(text[strlen(text) - 1], '\n');
    free(text);
}
END_TEST

START_TEST(launches_cost_what_their_stages_do)
{
    const gemlet_dim widths[] = {784, 150, 150, 10};
    const gm_fused_plan plan = make_plan(widths, 3, 64);
    char stages[GM_FUSED_STAGES_SIZE];
    const gm_op_cost middle = gm_fused_plan_launch_cost(&plan, 0, 1, 1, stages);
    ck_assert_str_eq(stages, "F2 F3 loss B3 B2 gather");
    const gm_op_cost last = gm_fused_plan_launch_cost(&plan, 1, 1, 1, stages);
    ck_assert_str_eq(stages, "B1 U1 F1");
    const gemlet_spec spec = {
        .n_inputs = 784, .n_layers = 3, .layers = {{.width = 150}, {.width = 150}, {.width = 10}}};
    ck_assert_uint_eq(middle.n_flops + last.n_flops, gm_op_cost_step(&spec, 64, 1).n_flops);

    /* The ends of a run: only the first gather, then only what completes the last step. */
    const gm_op_cost gather = gm_fused_plan_launch_cost(&plan, 0, 0, 1, stages);
    ck_assert_str_eq(stages, "gather");
    ck_assert_uint_eq(gather.n_flops, 0);
    ck_assert_uint_eq(gather.n_bytes, plan.gather_bytes);
    const gm_op_cost rest = gm_fused_plan_launch_cost(&plan, 0, 1, 0, stages);
    ck_assert_str_eq(stages, "F2 F3 loss B3 B2");
    ck_assert_uint_eq(rest.n_bytes + gather.n_bytes, middle.n_bytes);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("fused_plan");
    TCase *plan = tcase_create("plan");
    tcase_set_timeout(plan, 60);
    tcase_add_test(plan, headline_network_takes_two_launches);
    tcase_add_test(plan, limited_norms_take_more_launches);
    tcase_add_test(plan, noise_is_gathered_in_smaller_parts);
    tcase_add_test(plan, batches_are_augmented_in_smaller_parts);
    tcase_add_test(plan, tiles_that_skip_zeros_suit_the_registers);
    tcase_add_test(plan, large_layers_have_launches_of_their_own);
    tcase_add_test(plan, every_shape_has_a_sound_plan);
    tcase_add_test(plan, gpus_take_few_launches);
    tcase_add_test(plan, gpus_have_a_sound_plan_for_every_shape);
    tcase_add_test(plan, tuning_changes_the_plan_for_gpus);
    tcase_add_test(plan, gpus_decline_with_a_reason);
    tcase_add_test(plan, tuning_changes_the_plan);
    tcase_add_test(plan, no_compute_units_count_as_one);
    tcase_add_test(plan, what_cannot_be_fused_is_declined_with_a_reason);
    tcase_add_test(plan, text_names_launches_and_work);
    tcase_add_test(plan, launches_cost_what_their_stages_do);
    suite_add_tcase(suite, plan);
    return suite;
}
