/* SPDX-License-Identifier: MIT
 * See fused_source.h. Here are no formulas: every line calls a stage of fused_stage.cl. */
#include "backend/opencl/fused_source.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/opencl/fused_gpu_plan.h"
#include "core/memory.h"

/* Rows of the first layer's weights that are worked on at a time: with 80 columns they fit into a
 * first-level cache of 48 KB beside the batch's values. */
#define K_BLOCK 112u

/* The same where zeros are skipped: one mask. With two the compiled loop takes twice as long. */
#define SKIP_K_BLOCK 64u

/* Ends a text that open_memstream() began. */
static gemlet_status finish(FILE *stream)
{
    const int failed = ferror(stream);
    if (fclose(stream) != 0 || failed)
        return gm_error(GEMLET_E_MEMORY, "source of the fused step: out of memory");
    return GEMLET_OK;
}

static gemlet_status begin(FILE **stream, char **text, size_t *size)
{
    *text = NULL;
    *stream = open_memstream(text, size);
    if (*stream == NULL)
        return gm_error(GEMLET_E_MEMORY, "source of the fused step: out of memory");
    return GEMLET_OK;
}

/* The members of fused_layer that are offsets. */
static void print_members(FILE *out)
{
    fprintf(out, "#define FUSED_OFFSETS ulong dz");
    for (unsigned t = 0; t < GM_N_TENSORS; ++t)
        fprintf(out, ", %s", gm_tensors[t].name);
    fprintf(out, ";\n");
}

static void print_layer(FILE *out, const gm_fused_layer_plan *layer, unsigned number)
{
    fprintf(out,
            "#define FUSED_LAYER_%u {.width = %u, .k = %u, .panel = %u, .n_vectors = %u, "
            ".n_panels = %u, .tile = %u, .tile_rows = %u, .tile_k = %u, .tile_vectors = %u, "
            ".batch_norm = %d, "
            ".activation = %d, .is_separate = %d, .dropout = %d, .noise = %d, .number = %u, "
            ".weight_record = %u, "
            ".gamma_record = %u, .beta_record = %u, .squares = %zu, .dz = %zu",
            number, layer->width, layer->k, layer->panel, layer->n_vectors, layer->n_panels,
            layer->tile, layer->tile_rows, layer->tile_k, layer->tile_vectors, layer->batch_norm,
            (int)layer->activation, layer->is_separate, layer->dropout, layer->noise, number + 1,
            layer->weight_record, layer->gamma_record, layer->beta_record, layer->squares,
            layer->offsets[GM_FUSED_DZ]);
    for (unsigned t = 0; t < GM_N_TENSORS; ++t)
        fprintf(out, ", .%s = %zu", gm_tensors[t].name, layer->offsets[t]);
    fprintf(out, "}\n");
}

static void print_cpu_constants(FILE *out, const gm_fused_plan *plan)
{
    fprintf(out, "#define FUSED_MAX_ROWS %u\n", plan->largest_tile.height);
    fprintf(out, "#define FUSED_MAX_VECTORS %u\n", plan->largest_tile.n_vectors);
    fprintf(out, "#define FUSED_K_BLOCK %u\n", plan->skips ? SKIP_K_BLOCK : K_BLOCK);
    fprintf(out, "#define FUSED_SKIPS %d\n", plan->skips);
    fprintf(out, "#define FUSED_X_TILE_ROWS %u\n", plan->x_rows.height);
    fprintf(out, "#define FUSED_X_ROWS_VECTORS %u\n", plan->x_rows.n_vectors);
    fprintf(out, "#define FUSED_X_TILE_K %u\n", plan->x_k.height);
    fprintf(out, "#define FUSED_X_K_VECTORS %u\n", plan->x_k.n_vectors);
    fprintf(out, "#define FUSED_TILE_MASKS %zuUL\n", plan->tile_masks);
    fprintf(out, "#define FUSED_TILE_MASKS_LD %zuUL\n", plan->tile_masks_ld);
    fprintf(out, "#define FUSED_TILE_MASKS_SIZE %zuUL\n", plan->tile_masks_size);
    fprintf(out, "#define FUSED_ROW_MASKS %zuUL\n", plan->row_masks);
    fprintf(out, "#define FUSED_ROW_MASKS_LD %zuUL\n", plan->row_masks_ld);
    fprintf(out, "#define FUSED_ROW_MASKS_SIZE %zuUL\n", plan->row_masks_size);
    fprintf(out, "#define FUSED_SCRATCH %zuUL\n", plan->scratch);
    fprintf(out, "#define FUSED_SCRATCH_SIZE %zuUL\n", plan->scratch_size);
    fprintf(out, "#define FUSED_GATHER_ROWS %u\n", plan->gather_rows);
}

static void print_gpu_constants(FILE *out, const gm_fused_plan *plan)
{
    fprintf(out, "#define FUSED_BLOCK_ROWS %u\n", plan->block_rows);
    fprintf(out, "#define FUSED_BLOCKS %u\n", plan->n_blocks);
    fprintf(out, "#define FUSED_DEPTH %u\n", plan->depth);
    fprintf(out, "#define FUSED_RANGES %u\n", plan->n_ranges);
    fprintf(out, "#define FUSED_RANGE %u\n", plan->range);
    fprintf(out, "#define FUSED_Z_PARTS %zuUL\n", plan->z_parts);
    fprintf(out, "#define FUSED_HEAD_SIZE %zuUL\n", plan->head_size);
    fprintf(out, "#define FUSED_HEAD_RUNNING %zuUL\n", plan->head_running);
    fprintf(out, "#define FUSED_POOL %zu\n", plan->local_size);
    fprintf(out, "#define FUSED_POOL_W %zu\n", plan->local_w);
    fprintf(out, "#define FUSED_POOL_OWN %zu\n", plan->local_own);
}

static void print_augment(FILE *out, const gm_fused_plan *plan, const gm_fused_network *network)
{
    const gm_fused_images *images = &network->images;
    const size_t height = plan->augments ? images->height : 1;
    fprintf(out, "#define FUSED_AUGMENT %d\n", plan->augments);
    fprintf(out, "#define FUSED_HEIGHT %zuU\n", height);
    fprintf(out, "#define FUSED_WIDTH %zuU\n", plan->features / height);
    fprintf(out, "#define FUSED_PLAIN_LD %zuUL\n", images->plain.ld);
    fprintf(out, "#define FUSED_NOISE_LD %zuUL\n", images->noise[0].ld);
    fprintf(out, "#define FUSED_NOISE_WIDTH %zuU\n", images->noise[0].cols / height);
    fprintf(out, "#define FUSED_N_TAPS %zuU\n", images->taps.length);
}

gemlet_status gm_fused_source_constants(char **out, const gm_fused_plan *plan,
                                        const gm_fused_network *network)
{
    FILE *stream;
    size_t size = 0;
    GEMLET_TRY(begin(&stream, out, &size));
    fprintf(stream, "#define FUSED_STEP\n");
    fprintf(stream, "#define FUSED_BATCH %u\n", plan->batch);
    fprintf(stream, "#define FUSED_ROWS %u\n", plan->rows);
    fprintf(stream, "#define FUSED_FEATURES %u\n", plan->features);
    fprintf(stream, "#define FUSED_FEATURES_LD %zuUL\n", network->features.ld);
    fprintf(stream, "#define FUSED_CODES_LD %zuUL\n", network->codes.ld);
    fprintf(stream, "#define FUSED_BYTES %d\n", network->features.buffer->element == GM_U8);
    print_augment(stream, plan, network);
    fprintf(stream, "#define FUSED_X %zuUL\n", plan->x);
    fprintf(stream, "#define FUSED_X_LD %zuUL\n", plan->x_ld);
    fprintf(stream, "#define FUSED_X_SIZE %zuUL\n", plan->x_size);
    fprintf(stream, "#define FUSED_LABELS %zuUL\n", plan->labels);
    fprintf(stream, "#define FUSED_INPUT %d\n", (int)plan->input);
    fprintf(stream, "#define FUSED_HEAD %d\n", (int)network->policies.head);
    fprintf(stream, "#define FUSED_RULE %d\n", (int)network->policies.rule);
    fprintf(stream, "#define FUSED_N_STATES %u\n",
            gm_count_states(plan->states & ~GM_AVERAGE_STATE));
    fprintf(stream, "#define FUSED_AVERAGE %d\n", network->policies.average);
    fprintf(stream, "#define FUSED_RECORD_SIZE %d\n", GM_RECORD_SIZE);
    fprintf(stream, "#define FUSED_STATE_SIZE %zuUL\n", plan->state_size);
    fprintf(stream, "#define FUSED_MAX_NORM %d\n", plan->max_norm);
    fprintf(stream, "#define FUSED_CLIP_NORM %d\n", plan->clip_norm);
    fprintf(stream, "#define FUSED_GRADIENTS %zuUL\n", plan->gradients);
    fprintf(stream, "#define FUSED_SQUARES %zuUL\n", plan->squares);
    fprintf(stream, "#define FUSED_N_SQUARES %zuU\n", plan->n_squares);
    fprintf(stream, "#define FUSED_INPUT_SQUARES %zuUL\n", plan->input_squares);
    fprintf(stream, "#define FUSED_MIXUP %d\n", network->policies.mixup);
    fprintf(stream, "#define FUSED_INPUT_NOISE %d\n", network->policies.input_noise);
    fprintf(stream, "#define FUSED_INPUT_DROPOUT %d\n", network->policies.input_dropout);
    (plan->is_gpu ? print_gpu_constants : print_cpu_constants)(stream, plan);
    print_members(stream);
    for (unsigned l = 0; l < plan->n_layers; ++l)
        print_layer(stream, &plan->layers[l], l);
    return finish(stream);
}

/* The call of one stage for panel, or tile, p. */
static void print_cpu_call(FILE *out, const gm_fused_stage *stage)
{
    const unsigned l = stage->layer;
    switch (stage->kind) {
    case GM_FUSED_ACTIVATE: /* no plan for CPUs has one of these */
    case GM_FUSED_UPDATE_OUTPUT:
        break;
    case GM_FUSED_FORWARD:
        fprintf(out, "fused_forward(arena, &layer_%u, &layer_%u, p, &numbers);\n", l - 1, l);
        break;
    case GM_FUSED_LOSS:
        fprintf(out,
                "fused_loss(arena, &layer_%u, side, &numbers.head, loss + loss_offset, "
                "correct + correct_offset);\n",
                l);
        break;
    case GM_FUSED_OUTPUT:
        fprintf(out, "fused_output_backward(arena, &layer_%u, p, &numbers);\n", l);
        break;
    case GM_FUSED_BACKWARD:
        fprintf(out, "fused_backward(arena, &layer_%u, &layer_%u, p, &numbers);\n", l, l + 1);
        break;
    case GM_FUSED_UPDATE:
        fprintf(out, "fused_update_input(arena, &layer_%u, side, p, &numbers);\n", l);
        break;
    case GM_FUSED_NORMS:
        fprintf(out, "fused_norms(arena, &layer_%u, p, &numbers);\n", l);
        break;
    case GM_FUSED_FORWARD_NEXT:
        fprintf(out, "fused_forward_input(arena, &layer_%u, 1 - side, p, &next_numbers);\n", l);
        break;
    }
}

/* How calls name layer l: by the work-group's copy where it is the output layer and has several. */
static void name_layer(char name[16], const gm_fused_plan *plan, const gm_fused_launch *launch,
                       unsigned l)
{
    if (launch->has_heads && l + 1 == plan->n_layers)
        snprintf(name, 16, "head");
    else
        snprintf(name, 16, "layer_%u", l);
}

/* The call of one stage for tile p, or for all of them by all work-groups. */
static void print_gpu_call(FILE *out, const gm_fused_plan *plan, const gm_fused_launch *launch,
                           const gm_fused_stage *stage)
{
    const unsigned l = stage->layer;
    const char *is_on = launch->begins_next ? "current_step" : "true";
    char own[16];
    char next[16];
    name_layer(own, plan, launch, l);
    name_layer(next, plan, launch, l + 1);
    switch (stage->kind) {
    case GM_FUSED_ACTIVATE:
        fprintf(out, "fused_gpu_finish_first(arena, &%s, p, &numbers, pool);\n", own);
        break;
    case GM_FUSED_FORWARD:
        fprintf(out, "fused_gpu_forward(arena, &layer_%u, &%s, p, &numbers, pool);\n", l - 1, own);
        break;
    case GM_FUSED_LOSS:
        fprintf(out,
                "fused_gpu_loss(arena, &%s, side, group == 0, &numbers.head, loss + loss_offset, "
                "correct + correct_offset, pool);\n",
                own);
        break;
    case GM_FUSED_OUTPUT:
        fprintf(out, "fused_gpu_own_backward(arena, &%s, p, &numbers, %s, %s, pool);\n", own, is_on,
                launch->has_heads ? "false" : "true");
        break;
    case GM_FUSED_BACKWARD:
        fprintf(out, "fused_gpu_backward(arena, &%s, &%s, p, &numbers, %s, %s, pool);\n", own, next,
                is_on, launch->has_heads ? "false" : "true");
        break;
    case GM_FUSED_UPDATE_OUTPUT:
        fprintf(out, "fused_gpu_update_output(arena, &layer_%u, &%s, &numbers, %s, pool);\n", l - 1,
                own, is_on);
        break;
    case GM_FUSED_UPDATE: /* together with what follows */
        fprintf(out,
                "fused_gpu_turn(arena, &%s, &data, side, p %% %u, p / %u, &numbers, "
                "&next_numbers, current_step, next_step, pool);\n",
                own, plan->layers[l].n_owners, plan->layers[l].n_owners);
        break;
    case GM_FUSED_FORWARD_NEXT:
    case GM_FUSED_NORMS: /* no plan for GPUs has one */
        break;
    }
}

/* Whether each work-group of the launch does all tiles of the stage's layer. */
static int takes_all_tiles(const gm_fused_plan *plan, const gm_fused_launch *launch,
                           const gm_fused_stage *stage)
{
    if (stage->kind == GM_FUSED_LOSS || stage->kind == GM_FUSED_UPDATE_OUTPUT ||
        stage->kind == GM_FUSED_UPDATE)
        return 0;
    return !launch->is_split || (launch->has_heads && stage->layer + 1 == plan->n_layers);
}

/* Numbers of both steps. */
static void print_numbers(FILE *out)
{
    fprintf(out, "    const fused_numbers numbers = FUSED_NUMBERS(record_offset);\n"
                 "    const fused_numbers next_numbers = FUSED_NUMBERS(next_record_offset);\n");
}

/* The head of a kernel, and its constants. side: items of a work-group in each dimension. */
static void print_head(FILE *out, const gm_fused_plan *plan, unsigned number, unsigned side)
{
    fprintf(out,
            "__kernel __attribute__((reqd_work_group_size(%u, %u, 1)))\n"
            "void fused_launch_%u(FUSED_PARAMETERS)\n{\n",
            side, side, number);
    for (unsigned l = 0; l < plan->n_layers; ++l)
        fprintf(out, "    const fused_layer layer_%u = FUSED_LAYER_%u;\n", l, l);
}

static void print_cpu_kernel(FILE *out, const gm_fused_plan *plan, unsigned number)
{
    const gm_fused_launch *launch = &plan->launches[number];
    print_head(out, plan, number, 1);
    print_numbers(out);
    if (launch->gathers)
        fprintf(out, "    const fused_images images = {plain, noise_0, noise_1, taps};\n"
                     "    if (next_step && get_group_id(0) > 0)\n"
                     "        fused_gather(arena, features + features_offset, labels + "
                     "labels_offset, order + order_offset, &images, 1 - side, "
                     "(uint)get_group_id(0) - 1, &next_numbers);\n"
                     "    if (get_group_id(0) > 0)\n"
                     "        return;\n");
    fprintf(out, "    const uint p = get_group_id(0);\n");
    for (unsigned s = launch->first_stage; s < launch->first_stage + launch->n_stages; ++s) {
        const gm_fused_stage *stage = &plan->stages[s];
        const int is_next = stage->kind == GM_FUSED_FORWARD_NEXT;
        const unsigned n_panels = launch->is_split ? 1 : plan->layers[stage->layer].n_panels;
        fprintf(out, "    if (%s)\n        ", is_next ? "next_step" : "current_step");
        if (n_panels > 1)
            fprintf(out, "for (uint p = 0; p < %u; ++p)\n            ", n_panels);
        print_cpu_call(out, stage);
    }
    fprintf(out, "}\n");
}

/* Between stages of different owners all that was written must be there. Each has its numbers for
 * itself: those that are kept from stage to stage take registers. */
static void print_gpu_kernel(FILE *out, const gm_fused_plan *plan, unsigned number)
{
    const gm_fused_launch *launch = &plan->launches[number];
    print_head(out, plan, number, GM_FUSED_GPU_SIDE);
    fprintf(out, "    __local float pool[FUSED_POOL] __attribute__((aligned(16)));\n"
                 "    const fused_gpu_data data = {features + features_offset, "
                 "labels + labels_offset, order + order_offset};\n"
                 "    const uint group = get_group_id(0);\n");
    if (launch->has_heads)
        fprintf(out, "    const fused_layer head = fused_gpu_copy(&layer_%u, group);\n",
                plan->n_layers - 1);
    for (unsigned s = launch->first_stage; s < launch->first_stage + launch->n_stages; ++s) {
        const gm_fused_stage *stage = &plan->stages[s];
        if (stage->kind == GM_FUSED_FORWARD_NEXT)
            continue; /* the update does it */
        if (s > launch->first_stage)
            fprintf(out, "    FUSED_GPU_ARENA_BARRIER();\n");
        fprintf(out, "    {\n");
        print_numbers(out);
        if (takes_all_tiles(plan, launch, stage))
            fprintf(out, "#pragma unroll 1\n    for (uint p = 0; p < %u; ++p)\n",
                    plan->layers[stage->layer].n_owners);
        else
            fprintf(out, "    const uint p = group;\n");
        fprintf(out, "    ");
        print_gpu_call(out, plan, launch, stage);
        fprintf(out, "    }\n");
    }
    fprintf(out, "}\n");
}

gemlet_status gm_fused_source_kernels(char **out, const gm_fused_plan *plan)
{
    FILE *stream;
    size_t size = 0;
    GEMLET_TRY(begin(&stream, out, &size));
    for (unsigned i = 0; i < plan->n_launches; ++i)
        (plan->is_gpu ? print_gpu_kernel : print_cpu_kernel)(stream, plan, i);
    return finish(stream);
}
