/* SPDX-License-Identifier: MIT
 * See fused_step.h. */
#include "backend/opencl/fused_step.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "backend/observer.h"
#include "backend/opencl/cl_error.h"
#include "backend/opencl/context.h"
#include "backend/opencl/fused_gpu_plan.h"
#include "backend/opencl/fused_layout.h"
#include "backend/opencl/fused_plan.h"
#include "backend/opencl/fused_source.h"
#include "backend/opencl/program_cache.h"
#include "backend/opencl/profiling.h"
#include "backend/opencl/quirks.h"
#include "core/memory.h"

#define KERNEL_NAME "fused_launch_%u" /* as fused_source.c writes them */

/* How much of the last step is enqueued. */
typedef enum progress {
    NOTHING, /* there is none, or all */
    FIRST_LAYER,
    LOSS /* all but the tail of the plan */
} progress;

/* FUSED_PARAMETERS of fused_stage.cl. */
typedef enum parameter {
    ARENA,
    FEATURES,
    FEATURES_OFFSET,
    CODES,
    CODES_OFFSET,
    PLAIN,
    NOISE_0,
    NOISE_1,
    TAPS,
    LABELS,
    LABELS_OFFSET,
    ORDER,
    INPUT_SCALE,
    EPS,
    RUNNING_MOMENTUM,
    ORDER_OFFSET,
    RECORD,
    RECORD_OFFSET,
    NEXT_RECORD_OFFSET,
    LOSS_BUFFER,
    LOSS_OFFSET,
    CORRECT,
    CORRECT_OFFSET,
    SIDE,
    CURRENT_STEP,
    NEXT_STEP
} parameter;

typedef struct fused_step {
    gm_fused base;
    gm_opencl *opencl;
    gm_fused_network network;
    gm_fused_plan plan;
    char *text; /* base.plan */
    gm_buffer *arena;
    gm_kept_program program;
    cl_kernel kernels[GM_FUSED_MAX_STAGES];
    gm_fused_step_args last; /* the step that is under way */
    progress progress;
    int side; /* where its batch lies */
} fused_step;

/* ---- launching ------------------------------------------------------------------------------ */

/* What of a launch runs: stages of the step under way, of the next one (its gather included). */
typedef struct share {
    int current_step;
    int next_step;
    size_t next_first;  /* place in the order */
    size_t next_record; /* offset of its record, in the buffer of the one of the current step */
} share;

static gemlet_status set_argument(cl_kernel kernel, parameter position, size_t size,
                                  const void *value)
{
    return GM_CL_CHECK(clSetKernelArg(kernel, (cl_uint)position, size, value), "clSetKernelArg",
                       "fused_launch");
}

static gemlet_status set_memory(cl_kernel kernel, parameter position, const gm_buffer *buffer)
{
    const cl_mem memory = gm_context_memory(buffer);
    return set_argument(kernel, position, sizeof memory, &memory);
}

static gemlet_status set_ulong(cl_kernel kernel, parameter position, size_t value)
{
    const cl_ulong argument = value;
    return set_argument(kernel, position, sizeof argument, &argument);
}

static gemlet_status set_int(cl_kernel kernel, parameter position, int value)
{
    const cl_int argument = value;
    return set_argument(kernel, position, sizeof argument, &argument);
}

static gemlet_status set_float(cl_kernel kernel, parameter position, float value)
{
    const cl_float argument = value;
    return set_argument(kernel, position, sizeof argument, &argument);
}

/* What is the same in all launches. */
static gemlet_status set_fixed_arguments(const fused_step *f, cl_kernel kernel)
{
    const gm_fused_network *network = &f->network;
    GEMLET_TRY(set_memory(kernel, ARENA, f->arena));
    GEMLET_TRY(set_memory(kernel, FEATURES, network->features.buffer));
    GEMLET_TRY(set_ulong(kernel, FEATURES_OFFSET, network->features.offset));
    GEMLET_TRY(set_memory(kernel, CODES, network->codes.buffer));
    GEMLET_TRY(set_ulong(kernel, CODES_OFFSET, network->codes.offset));
    GEMLET_TRY(set_memory(kernel, PLAIN, network->images.plain.buffer));
    GEMLET_TRY(set_memory(kernel, NOISE_0, network->images.noise[0].buffer));
    GEMLET_TRY(set_memory(kernel, NOISE_1, network->images.noise[1].buffer));
    GEMLET_TRY(set_memory(kernel, TAPS, network->images.taps.buffer));
    GEMLET_TRY(set_memory(kernel, LABELS, network->labels.buffer));
    GEMLET_TRY(set_ulong(kernel, LABELS_OFFSET, network->labels.offset));
    GEMLET_TRY(set_memory(kernel, ORDER, network->order.buffer));
    GEMLET_TRY(set_float(kernel, INPUT_SCALE, network->policies.input_scale));
    GEMLET_TRY(set_float(kernel, EPS, network->eps));
    return set_float(kernel, RUNNING_MOMENTUM, network->momentum);
}

static gemlet_status set_step_arguments(const fused_step *f, cl_kernel kernel, const share *s)
{
    const gm_fused_step_args *step = &f->last;
    GEMLET_TRY(set_ulong(kernel, ORDER_OFFSET, f->network.order.offset + s->next_first));
    GEMLET_TRY(set_memory(kernel, RECORD, step->record.buffer));
    GEMLET_TRY(set_ulong(kernel, RECORD_OFFSET, step->record.offset));
    GEMLET_TRY(set_ulong(kernel, NEXT_RECORD_OFFSET, s->next_record));
    GEMLET_TRY(set_memory(kernel, LOSS_BUFFER, step->loss.buffer));
    GEMLET_TRY(set_ulong(kernel, LOSS_OFFSET, step->loss.offset));
    GEMLET_TRY(set_memory(kernel, CORRECT, step->correct.buffer));
    GEMLET_TRY(set_ulong(kernel, CORRECT_OFFSET, step->correct.offset));
    GEMLET_TRY(set_int(kernel, SIDE, f->side));
    GEMLET_TRY(set_int(kernel, CURRENT_STEP, s->current_step));
    return set_int(kernel, NEXT_STEP, s->next_step);
}

/* Of a work-group, in each dimension. */
static size_t items_of_side(const fused_step *f)
{
    return f->plan.is_gpu ? GM_FUSED_GPU_SIDE : 1;
}

/* A launch stands for an operation: what is fused in it. */
static void notify_observer(const fused_step *f, unsigned number, const share *s, size_t n_groups)
{
    const gm_observer *observer = f->opencl->base.observer;
    char stages[GM_FUSED_STAGES_SIZE];
    char name[32];
    if (observer == NULL)
        return;
    const gm_op_cost cost =
        gm_fused_plan_launch_cost(&f->plan, number, s->current_step, s->next_step, stages);
    snprintf(name, sizeof name, KERNEL_NAME, number);
    observer->on_operation(observer->user, "fused", stages, cost);
    observer->on_launch(observer->user,
                        &(gm_observed_launch){.name = name,
                                              .n_groups = {n_groups, 1},
                                              .n_items = {items_of_side(f), items_of_side(f)}});
}

static gemlet_status run_launch(fused_step *f, unsigned number, const share *s)
{
    const gm_fused_launch *launch = &f->plan.launches[number];
    const int gathers = launch->gathers && s->next_step;
    const size_t n_groups = launch->n_groups + (gathers ? f->plan.n_gather_groups : 0);
    const size_t side = items_of_side(f);
    const size_t local[2] = {side, side};
    const size_t global[2] = {n_groups * side, side};
    GEMLET_TRY(gm_context_check(f->opencl));
    GEMLET_TRY(set_step_arguments(f, f->kernels[number], s));
    notify_observer(f, number, s, n_groups);
    const cl_int code =
        clEnqueueNDRangeKernel(f->opencl->queue, f->kernels[number], 2, NULL, global, local, 0,
                               NULL, gm_profiling_next_event(f->opencl));
    GEMLET_TRY(
        gm_context_stick(f->opencl, GM_CL_CHECK(code, "clEnqueueNDRangeKernel", "fused_launch")));
    return gm_pace_count(f->opencl, 1);
}

/* The launches first..end-1 that have something to do. */
static gemlet_status run_launches(fused_step *f, unsigned first, unsigned end, const share *s)
{
    for (unsigned i = first; i < end; ++i) {
        const gm_fused_launch *launch = &f->plan.launches[i];
        if (s->current_step || (s->next_step && (launch->gathers || launch->begins_next)))
            GEMLET_TRY(run_launch(f, i, s));
    }
    return GEMLET_OK;
}

/* The step under way up to its tail, or only the gathering of the next step. */
static gemlet_status run_middle(fused_step *f, const share *s)
{
    return run_launches(f, 0, f->plan.tail, s);
}

static gemlet_status run_tail(fused_step *f, const share *s)
{
    return run_launches(f, f->plan.tail, f->plan.n_launches, s);
}

/* ---- the operations ------------------------------------------------------------------------- */

static gemlet_status enqueue_step(gm_fused *fused, const gm_fused_step_args *args)
{
    fused_step *f = (fused_step *)fused;
    if (f->progress == NOTHING)
        f->last = *args; /* its buffers are not used, but must be there */
    assert(args->record.buffer == f->last.record.buffer);
    share s = {f->progress == FIRST_LAYER, 1, args->first, args->record.offset};
    GEMLET_TRY(run_middle(f, &s));
    s.current_step = f->progress != NOTHING;
    GEMLET_TRY(run_tail(f, &s));
    f->last = *args;
    f->side = !f->side;
    f->progress = FIRST_LAYER;
    return GEMLET_OK;
}

static gemlet_status complete_step(gm_fused *fused)
{
    fused_step *f = (fused_step *)fused;
    if (f->progress != FIRST_LAYER)
        return GEMLET_OK;
    f->progress = LOSS;
    return run_middle(f, &(share){1, 0, 0, f->last.record.offset});
}

static gemlet_status store_parameters(gm_fused *fused)
{
    fused_step *f = (fused_step *)fused;
    GEMLET_TRY(complete_step(fused));
    if (f->progress == LOSS)
        GEMLET_TRY(run_tail(f, &(share){1, 0, 0, f->last.record.offset}));
    f->progress = NOTHING;
    return gm_fused_layout_copy(&f->opencl->base, &f->plan, &f->network, f->arena,
                                GM_FUSED_TO_NETWORK);
}

static gemlet_status load_parameters(gm_fused *fused)
{
    fused_step *f = (fused_step *)fused;
    f->progress = NOTHING;
    return gm_fused_layout_copy(&f->opencl->base, &f->plan, &f->network, f->arena,
                                GM_FUSED_TO_ARENA);
}

static gemlet_status inspect_step(gm_fused *fused, unsigned tensor, unsigned layer, void *values,
                                  gm_fused_stray *stray)
{
    const fused_step *f = (const fused_step *)fused;
    assert(f->progress == NOTHING);
    return gm_fused_layout_inspect(&f->opencl->base, &f->plan, f->arena, (unsigned)f->side, tensor,
                                   layer, values, stray);
}

static void destroy_step(gm_fused *fused)
{
    fused_step *f = (fused_step *)fused;
    for (unsigned i = 0; i < f->plan.n_launches; ++i) {
        if (f->kernels[i] != NULL)
            clReleaseKernel(f->kernels[i]);
    }
    gm_program_cache_release(&f->program, &f->opencl->cache, f->opencl->sticky == GEMLET_OK);
    gm_backend_free(&f->opencl->base, f->arena);
    free(f->text);
    free(f);
}

static const gm_fused_ops fused_ops = {
    .step = enqueue_step,
    .complete = complete_step,
    .store = store_parameters,
    .load = load_parameters,
    .inspect = inspect_step,
    .destroy = destroy_step,
};

/* ---- creation ------------------------------------------------------------------------------- */

/* Release with gm_program_source_free(), also after a failure. */
static gemlet_status create_source(gm_program_source *source, const gm_opencl *opencl,
                                   const gm_fused_plan *plan, const gm_fused_network *network)
{
    char *constants = NULL;
    char *kernels = NULL;
    gemlet_status status = GEMLET_OK;
    GEMLET_TRY_CLEANUP(status, gm_fused_source_constants(&constants, plan, network));
    GEMLET_TRY_CLEANUP(status, gm_fused_source_kernels(&kernels, plan));
    GEMLET_TRY_CLEANUP(
        status, gm_program_source_create_fused(source, opencl->source.options, constants, kernels));
cleanup:
    free(kernels);
    free(constants);
    return status;
}

static gemlet_status build_program(fused_step *f)
{
    gm_program_source source = {0};
    gemlet_status status = create_source(&source, f->opencl, &f->plan, &f->network);
    if (status == GEMLET_OK)
        status = gm_program_cache_build(&f->program, &f->opencl->cache, f->opencl->context,
                                        f->opencl->device, &source);
    gm_program_source_free(&source);
    return status;
}

static gemlet_status create_kernels(fused_step *f)
{
    for (unsigned i = 0; i < f->plan.n_launches; ++i) {
        cl_int code = CL_SUCCESS;
        char name[32];
        snprintf(name, sizeof name, KERNEL_NAME, i);
        f->kernels[i] = clCreateKernel(f->program.handle, name, &code);
        GEMLET_TRY(GM_CL_CHECK(code, "clCreateKernel", name));
        GEMLET_TRY(set_fixed_arguments(f, f->kernels[i]));
    }
    return GEMLET_OK;
}

/* *is_fused = 0 and the reason if the device cannot run work-groups as large as a kernel's, which
 * only the compiled kernel says. */
static gemlet_status check_groups(const fused_step *f, int *is_fused, char *reason)
{
    const gemlet_device_info *info = &f->opencl->base.info;
    const size_t n_items = items_of_side(f) * items_of_side(f);
    for (unsigned i = 0; i < f->plan.n_launches && *is_fused; ++i) {
        size_t largest = 0;
        GEMLET_TRY(GM_CL_CHECK(
            clGetKernelWorkGroupInfo(f->kernels[i], f->opencl->device, CL_KERNEL_WORK_GROUP_SIZE,
                                     sizeof largest, &largest, NULL),
            "clGetKernelWorkGroupInfo(CL_KERNEL_WORK_GROUP_SIZE)", "fused_launch"));
        if (gm_quirks_misreports_group_size(info))
            largest = info->max_work_group_size;
        *is_fused = n_items <= largest;
        snprintf(reason, GM_FUSED_REASON_SIZE, "work-groups of %zu items, the device allows %zu",
                 n_items, largest);
    }
    return GEMLET_OK;
}

static gemlet_status set_up(fused_step *f)
{
    gm_backend *backend = &f->opencl->base;
    GEMLET_TRY(gm_fused_plan_format(&f->text, &f->plan));
    f->base.plan = f->text;
    f->base.n_launches = f->plan.n_launches;
    f->base.augments = f->plan.augments;
    GEMLET_TRY(
        gm_backend_alloc(backend, &f->arena, GM_REAL, f->plan.n_floats, "arena of the fused step"));
    GEMLET_TRY(gm_fused_layout_copy(backend, &f->plan, &f->network, f->arena, GM_FUSED_TO_ARENA));
    GEMLET_TRY(build_program(f));
    return create_kernels(f);
}

/* Drivers whose compiler takes a vector apart (rusticl on llvmpipe) need minutes for the
 * kernels for CPUs and say that their native width is 1. */
static gemlet_status has_vectors(int *out, const gm_opencl *opencl)
{
    cl_uint native_floats = 0;
    GEMLET_CL(clGetDeviceInfo(opencl->device, CL_DEVICE_NATIVE_VECTOR_WIDTH_FLOAT,
                              sizeof native_floats, &native_floats, NULL));
    *out = native_floats > 1;
    return GEMLET_OK;
}

/* *is_fused = 1 and the plan, or 0 and the reason. */
static gemlet_status make_plan(gm_fused_plan *plan, int *is_fused, const gm_opencl *opencl,
                               const gm_fused_network *network, char *reason)
{
    *is_fused = 0;
    int vectors = 0;
    GEMLET_TRY(has_vectors(&vectors, opencl));
    if (!vectors && opencl->cpu_kernels && opencl->base.info.type == GEMLET_DEVICE_OPENCL_CPU) {
        snprintf(reason, GM_FUSED_REASON_SIZE, "the device has no vectors");
        return GEMLET_OK;
    }
    const gm_fused_device device = {
        .compute_units = opencl->base.info.compute_units,
        .is_gpu = !opencl->cpu_kernels,
        .wide_registers = opencl->wide_registers != 0,
        .local_memory_bytes = opencl->base.info.local_memory_bytes,
        .max_allocation_bytes = opencl->base.info.max_allocation_bytes,
        .tuning = opencl->fused_tuning,
    };
    *is_fused = gm_fused_plan_make(plan, network, &device, reason);
    if (*is_fused && plan->is_gpu && opencl->base.info.type != GEMLET_DEVICE_OPENCL_CPU &&
        !network->is_demanded && !gm_fused_gpu_pays(plan, device.compute_units)) {
        snprintf(reason, GM_FUSED_REASON_SIZE, "products this large are faster one by one");
        *is_fused = 0;
    }
    return GEMLET_OK;
}

gemlet_status gm_fused_step_create(gm_backend *backend, gm_fused **out,
                                   const gm_fused_network *network, char *reason)
{
    gm_opencl *opencl = (gm_opencl *)backend;
    fused_step *f;
    *out = NULL;
    GEMLET_TRY(GM_ALLOC(f, 1, "fused step"));
    f->base.ops = &fused_ops;
    f->opencl = opencl;
    f->network = *network;
    int is_fused;
    gemlet_status status = make_plan(&f->plan, &is_fused, opencl, network, reason);
    if (status == GEMLET_OK && is_fused)
        status = set_up(f);
    if (status == GEMLET_OK && is_fused)
        status = check_groups(f, &is_fused, reason);
    if (status == GEMLET_OK && is_fused)
        *out = &f->base;
    else
        destroy_step(&f->base);
    return status;
}

gemlet_status gm_fused_step_fingerprint(gm_backend *backend, char **out,
                                        const gm_fused_network *network)
{
    const gm_opencl *opencl = (const gm_opencl *)backend;
    gm_fused_plan plan;
    gm_program_source source = {0};
    int is_fused;
    char reason[GM_FUSED_REASON_SIZE];
    *out = NULL;
    GEMLET_TRY(make_plan(&plan, &is_fused, opencl, network, reason));
    if (!is_fused)
        return GEMLET_OK;
    gemlet_status status = create_source(&source, opencl, &plan, network);
    if (status == GEMLET_OK)
        status = gm_format_string(out, "%016" PRIx64, gm_program_source_hash(&source));
    gm_program_source_free(&source);
    return status;
}
