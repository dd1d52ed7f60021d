/* SPDX-License-Identifier: MIT
 * See tripwire.h.
 *
 * The repetition on the CPU is the float path's where another device trains: it has the same range
 * of numbers, and through CBLAS it repeats the steps of any network in seconds. Where the float
 * path itself trains, the double-precision reference takes its place. A healthy run stays far from
 * overflow, a diverging one grows by large factors, so that it does not matter that the CPU rounds
 * differently: it is given as many steps again to overflow in. */
#include "train/tripwire.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "backend/cpu/cpu_backend.h"
#include "core/memory.h"
#include "train/divergence.h"
#include "train/fused.h"

/* Multiply-adds that the double-precision reference may repeat: at about 10^9 a second, plain
 * loops, 20 seconds. Beyond that only the one step is repeated in which the device failed. */
#define MAX_DOUBLE_FMAS 2e10

/* The square root of the largest float is 1.8e19; a sum of some thousand squares is less. */
#define MAX_INPUT 1e17

/* One place where the run is repeated. */
typedef struct side {
    gm_backend *backend;
    gm_network *network;
    gm_fused *fused; /* NULL: operation by operation */
    gm_device_data *data;
    gm_step_plan *plan;
    gm_buffer *loss;
    gm_buffer *correct;

    /* A CPU side owns these, and its backend. */
    gm_device_data own_data;
    gm_step_plan own_plan;
    int is_own;
} side;

static void close_side(side *s)
{
    if (s->backend == NULL)
        return;
    gm_backend_free(s->backend, s->correct);
    gm_backend_free(s->backend, s->loss);
    if (!s->is_own)
        return;
    gm_step_plan_free(&s->own_plan);
    gm_device_data_destroy(&s->own_data);
    gm_network_destroy(s->network);
    gm_backend_destroy(s->backend);
}

static gemlet_status allocate_slots(side *s)
{
    GEMLET_TRY(gm_backend_alloc(s->backend, &s->loss, GM_REAL, 1, "loss"));
    return gm_backend_alloc(s->backend, &s->correct, GM_U32, 1, "count");
}

static gemlet_status open_device_side(side *s, const gm_tripwire_run *run)
{
    *s = (side){.backend = run->network->backend,
                .network = run->network,
                .fused = run->fused,
                .data = run->data,
                .plan = run->plan};
    return allocate_slots(s);
}

static gemlet_status open_cpu_side(side *s, const gm_tripwire_run *run,
                                   gemlet_status (*create)(gm_backend **))
{
    const gemlet_train_options *options = run->plan->options;
    *s = (side){.is_own = 1};
    GEMLET_TRY(create(&s->backend));
    s->data = &s->own_data;
    s->plan = &s->own_plan;
    GEMLET_TRY(
        gm_network_create(&s->network, s->backend, run->good, GM_NETWORK_TRAIN, options->batch));
    GEMLET_TRY(gm_device_data_create(&s->own_data, s->backend, run->dataset, options->batch));
    GEMLET_TRY(gm_step_plan_create(&s->own_plan, options, run->dataset, run->plan->input_scale));
    return allocate_slots(s);
}

/* ---- steps ---------------------------------------------------------------------------------- */

static gemlet_status upload_state(side *s, const gemlet_model *state)
{
    GEMLET_TRY(gm_network_upload(s->network, state));
    return s->fused != NULL ? s->fused->ops->load(s->fused) : GEMLET_OK;
}

/* Everything that the step calculates is in the network's tensors then. */
static gemlet_status repeat_fused_step(side *s, const gm_step_args *args)
{
    GEMLET_TRY(s->fused->ops->step(s->fused, &(gm_fused_step_args){args->first, args->learning_rate,
                                                                   args->loss, args->correct}));
    GEMLET_TRY(s->fused->ops->store(s->fused));
    return gm_train_fused_show(s->fused, s->network, s->data);
}

static gemlet_status repeat_step(side *s, uint64_t step)
{
    const volatile sig_atomic_t *stop = s->plan->options->stop;
    if (stop != NULL && *stop != 0)
        return gm_error(GEMLET_E_DIVERGED, "interrupted");
    gm_step_args args;
    GEMLET_TRY(gm_step_plan_prepare(s->plan, s->data, step, &args));
    args.loss = (gm_vector){s->loss, 0, 1};
    args.correct = (gm_vector){s->correct, 0, 1};
    if (s->fused != NULL)
        return repeat_fused_step(s, &args);
    return gm_train_step(s->network, s->data, &args);
}

/* *finite = 1 if loss and state are so after the step; `state` gets it, as floats. */
static gemlet_status look_at_state(int *finite, const side *s, gemlet_model *state)
{
    float loss;
    GEMLET_TRY(gm_backend_download(s->backend, s->loss, 0, 1, &loss));
    GEMLET_TRY(gm_network_download(s->network, state));
    *finite = isfinite(loss) && gm_model_is_finite(state);
    return GEMLET_OK;
}

/* Repeats steps first..end-1 from `state`, which is overwritten. *step = the first after which
 * something is not finite, or `end`. */
static gemlet_status find_overflow(uint64_t *step, side *s, gemlet_model *state, uint64_t first,
                                   uint64_t end)
{
    GEMLET_TRY(upload_state(s, state));
    for (*step = first; *step < end; ++*step) {
        int finite;
        GEMLET_TRY(repeat_step(s, *step));
        GEMLET_TRY(look_at_state(&finite, s, state));
        if (!finite)
            break;
    }
    return GEMLET_OK;
}

/* ---- which step, which tensor --------------------------------------------------------------- */

/* What the steps of the diagnosis hand on. */
typedef struct diagnosis {
    const gm_tripwire_run *run;
    side device;
    side cpu;
    side reference;
    gemlet_model *before; /* the state before the step that fails */
    gemlet_model *state;  /* scratch */
    uint64_t step;        /* from 0: the one that fails */
    int is_repeated;      /* the device failed again */
} diagnosis;

/* Repeats the run on the device up to the step that fails. */
static gemlet_status find_step(diagnosis *d)
{
    const gm_tripwire_run *run = d->run;
    gm_model_copy_values(d->before, run->good);
    GEMLET_TRY(upload_state(&d->device, run->good));
    for (d->step = run->good_steps; d->step < run->last_step; ++d->step) {
        int finite;
        GEMLET_TRY(repeat_step(&d->device, d->step));
        GEMLET_TRY(look_at_state(&finite, &d->device, d->state));
        if (!finite) {
            d->is_repeated = 1;
            return GEMLET_OK;
        }
        gm_model_copy_values(d->before, d->state);
    }
    --d->step;
    return GEMLET_OK;
}

static double fmas_of_steps(const gm_tripwire_run *run, uint64_t n_steps)
{
    return 3.0 * (double)run->network->n_decayed * (double)run->network->capacity * (double)n_steps;
}

/* *overflows = 1 if the CPU's values do not stay finite either. */
static gemlet_status try_cpu(int *overflows, diagnosis *d)
{
    const gm_tripwire_run *run = d->run;
    const int trains_here = run->network->backend->info.type == GEMLET_DEVICE_CPU_PATH;
    uint64_t first = run->good_steps;
    uint64_t end = d->step + 1 + (d->step + 1 - first);
    if (end > run->plan->options->n_steps)
        end = run->plan->options->n_steps;
    gm_model_copy_values(d->state, run->good);
    if (trains_here && fmas_of_steps(run, end - first) > MAX_DOUBLE_FMAS) {
        first = d->step;
        end = d->step + 1;
        gm_model_copy_values(d->state, d->before);
    }
    GEMLET_TRY(open_cpu_side(&d->cpu, run,
                             trains_here ? gm_cpu64_backend_create : gm_cpu32_backend_create));
    uint64_t step;
    GEMLET_TRY(find_overflow(&step, &d->cpu, d->state, first, end));
    *overflows = step < end;
    return GEMLET_OK;
}

/* The tensors of a side as a step left them. */
typedef struct tensors {
    gm_step_tensor *list;
    size_t n;
} tensors;

static gemlet_status list_tensors(tensors *out, const side *s)
{
    return gm_step_tensors_list(&out->list, &out->n, s->network, s->data->x,
                                (gm_vector){s->loss, 0, 1});
}

/* Finds the first tensor that is not finite on the device, but is so on the reference; or, if there
 * is none or no reference, the first that is not finite on the device. */
static gemlet_status find_tensor(const diagnosis *d, const tensors *found, const tensors *expected,
                                 char *name)
{
    for (size_t i = 0; i < found->n; ++i) {
        const gm_step_tensor *tensor = &found->list[i];
        int finite;
        GEMLET_TRY(gm_step_tensors_finite(&finite, d->device.backend, tensor->view));
        if (finite)
            continue;
        if (name[0] == '\0')
            snprintf(name, GM_STEP_TENSOR_NAME_SIZE, "%s", tensor->name);
        if (expected->list == NULL)
            break;
        GEMLET_TRY(gm_step_tensors_finite(&finite, d->reference.backend, expected->list[i].view));
        if (finite) {
            snprintf(name, GM_STEP_TENSOR_NAME_SIZE, "%s", tensor->name);
            break;
        }
    }
    return GEMLET_OK;
}

static gemlet_status repeat_failing_step(diagnosis *d, side *s, tensors *out)
{
    GEMLET_TRY(upload_state(s, d->before));
    GEMLET_TRY(repeat_step(s, d->step));
    return list_tensors(out, s);
}

/* Repeats the step that failed from the same state, on the device and, if the device is to be
 * told from it, on the reference. */
static gemlet_status name_tensor(diagnosis *d, int with_reference, char *name)
{
    tensors found = {0};
    tensors expected = {0};
    gemlet_status status = GEMLET_OK;
    GEMLET_TRY_CLEANUP(status, repeat_failing_step(d, &d->device, &found));
    if (with_reference) {
        GEMLET_TRY_CLEANUP(status, open_cpu_side(&d->reference, d->run, gm_cpu64_backend_create));
        GEMLET_TRY_CLEANUP(status, repeat_failing_step(d, &d->reference, &expected));
    }
    GEMLET_TRY_CLEANUP(status, find_tensor(d, &found, &expected, name));
cleanup:
    free(expected.list);
    free(found.list);
    return status;
}

/* Inputs whose products and squares no float holds: that a device overflows is not its fault, even
 * where the reference, in double, or another order of sums does not. */
static int has_huge_inputs(const gm_tripwire_run *run)
{
    gemlet_dim feature;
    const double largest =
        gm_largest_value(&feature, run->dataset, 0, gemlet_dataset_rows(run->dataset));
    return fabs(largest) * (double)run->plan->input_scale > MAX_INPUT;
}

/* The reference has nothing to be compared with: if it diverges, training does. */
static gemlet_status reach_verdict(diagnosis *d, gm_tripwire_verdict *verdict)
{
    int overflows = 1;
    GEMLET_TRY(find_step(d));
    verdict->step = d->step + 1;
    if (d->run->network->backend->info.type != GEMLET_DEVICE_REFERENCE)
        GEMLET_TRY(try_cpu(&overflows, d));
    overflows |= has_huge_inputs(d->run);
    if (d->is_repeated)
        GEMLET_TRY(name_tensor(d, !overflows, verdict->tensor));
    verdict->divergence = overflows ? GEMLET_DIVERGENCE_TRAINING : GEMLET_DIVERGENCE_DEVICE;
    return GEMLET_OK;
}

gemlet_status gm_tripwire_diagnose(gm_tripwire_verdict *verdict, const gm_tripwire_run *run)
{
    diagnosis d = {.run = run};
    gemlet_status status = GEMLET_OK;
    *verdict = (gm_tripwire_verdict){.divergence = GEMLET_DIVERGENCE_UNKNOWN};
    GEMLET_TRY_CLEANUP(status, gm_model_allocate(&d.before, gemlet_model_spec(run->good)));
    GEMLET_TRY_CLEANUP(status, gm_model_allocate(&d.state, gemlet_model_spec(run->good)));
    GEMLET_TRY_CLEANUP(status, open_device_side(&d.device, run));
    GEMLET_TRY_CLEANUP(status, reach_verdict(&d, verdict));
cleanup:
    close_side(&d.reference);
    close_side(&d.cpu);
    close_side(&d.device);
    gemlet_model_destroy(d.state);
    gemlet_model_destroy(d.before);
    return status;
}
