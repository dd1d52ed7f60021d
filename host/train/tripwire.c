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

/* Multiply-adds that the double-precision reference may repeat: at about 10^9 a second, plain
 * loops, 20 seconds. Beyond that only the one step is repeated in which the device failed. */
#define MAX_DOUBLE_FMAS 2e10

/* The square root of the largest float is 1.8e19; a sum of some thousand squares is less. */
#define MAX_INPUT 1e17

/* One place where the run is repeated. A CPU side owns its backend and its session. */
typedef struct side {
    gm_backend *own_backend;
    gm_session *session;
} side;

static void close_side(side *s)
{
    if (s->own_backend == NULL)
        return;
    gm_session_destroy(s->session);
    gm_backend_destroy(s->own_backend);
}

/* `options` are those of the run, without a fused step. */
static gemlet_status open_cpu_side(side *s, const gm_tripwire_run *run,
                                   const gemlet_train_options *options,
                                   gemlet_status (*create)(gm_backend **))
{
    GEMLET_TRY(create(&s->own_backend));
    return gm_session_create(&s->session, s->own_backend, run->good, run->dataset, options, 1, 0);
}

/* ---- steps ---------------------------------------------------------------------------------- */

/* Everything that the step calculates is in the network's tensors then. */
static gemlet_status repeat_step(side *s, uint64_t step)
{
    gm_stepper *stepper = s->session->stepper;
    const volatile sig_atomic_t *stop = s->session->plan.options->stop;
    if (stop != NULL && *stop != 0)
        return gm_error(GEMLET_E_DIVERGED, "interrupted");
    GEMLET_TRY(gm_session_enqueue(s->session, step, 0));
    GEMLET_TRY(stepper->ops->store(stepper));
    return stepper->ops->show(stepper, 1);
}

/* *finite = 1 if loss and state are so after the step; `state` gets it, as floats. */
static gemlet_status look_at_state(int *finite, const side *s, gemlet_model *state)
{
    float loss;
    GEMLET_TRY(gm_session_read(s->session, 0, 1, &loss, NULL));
    GEMLET_TRY(gm_network_download(s->session->network, state));
    *finite = isfinite(loss) && gm_model_is_finite(state);
    return GEMLET_OK;
}

/* Repeats steps first..end-1 from `state`, which is overwritten. *step = the first after which
 * something is not finite, or `end`. */
static gemlet_status find_overflow(uint64_t *step, side *s, gemlet_model *state, uint64_t first,
                                   uint64_t end)
{
    GEMLET_TRY(gm_session_load(s->session, state));
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
    gemlet_train_options cpu_options;
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
    GEMLET_TRY(gm_model_copy_values(d->before, run->good));
    GEMLET_TRY(gm_session_load(d->device.session, run->good));
    for (d->step = run->good_steps; d->step < run->last_step; ++d->step) {
        int finite;
        GEMLET_TRY(repeat_step(&d->device, d->step));
        GEMLET_TRY(look_at_state(&finite, &d->device, d->state));
        if (!finite) {
            d->is_repeated = 1;
            return GEMLET_OK;
        }
        GEMLET_TRY(gm_model_copy_values(d->before, d->state));
    }
    --d->step;
    return GEMLET_OK;
}

static double fmas_of_steps(const gm_tripwire_run *run, uint64_t n_steps)
{
    return 3.0 * (double)run->session->network->n_decayed *
           (double)run->session->network->capacity * (double)n_steps;
}

/* *overflows = 1 if the CPU's values do not stay finite either. */
static gemlet_status try_cpu(int *overflows, diagnosis *d)
{
    const gm_tripwire_run *run = d->run;
    const int trains_here = run->session->backend->info.type == GEMLET_DEVICE_CPU_PATH;
    uint64_t first = run->good_steps;
    uint64_t end = d->step + 1 + (d->step + 1 - first);
    if (end > run->session->plan.options->n_steps)
        end = run->session->plan.options->n_steps;
    GEMLET_TRY(gm_model_copy_values(d->state, run->good));
    if (trains_here && fmas_of_steps(run, end - first) > MAX_DOUBLE_FMAS) {
        first = d->step;
        end = d->step + 1;
        GEMLET_TRY(gm_model_copy_values(d->state, d->before));
    }
    GEMLET_TRY(open_cpu_side(&d->cpu, run, &d->cpu_options,
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
    const gm_session *session = s->session;
    return gm_step_tensors_list(&out->list, &out->n, session->network, session->data.x,
                                (gm_vector){session->losses, 0, 1});
}

/* Finds the first tensor that is not finite on the device, but is so on the reference; or, if there
 * is none or no reference, the first that is not finite on the device. */
static gemlet_status find_tensor(const diagnosis *d, const tensors *found, const tensors *expected,
                                 char *name)
{
    for (size_t i = 0; i < found->n; ++i) {
        const gm_step_tensor *tensor = &found->list[i];
        int finite;
        GEMLET_TRY(gm_step_tensors_finite(&finite, d->device.session->backend, tensor->view));
        if (finite)
            continue;
        if (name[0] == '\0')
            snprintf(name, GM_STEP_TENSOR_NAME_SIZE, "%s", tensor->name);
        if (expected->list == NULL)
            break;
        GEMLET_TRY(
            gm_step_tensors_finite(&finite, d->reference.session->backend, expected->list[i].view));
        if (finite) {
            snprintf(name, GM_STEP_TENSOR_NAME_SIZE, "%s", tensor->name);
            break;
        }
    }
    return GEMLET_OK;
}

static gemlet_status repeat_failing_step(diagnosis *d, side *s, tensors *out)
{
    GEMLET_TRY(gm_session_load(s->session, d->before));
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
        GEMLET_TRY_CLEANUP(
            status, open_cpu_side(&d->reference, d->run, &d->cpu_options, gm_cpu64_backend_create));
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
    return fabs(largest) * (double)run->session->plan.policies.input_scale > MAX_INPUT;
}

/* The reference has nothing to be compared with: if it diverges, training does. */
static gemlet_status reach_verdict(diagnosis *d, gm_tripwire_verdict *verdict)
{
    int overflows = 1;
    GEMLET_TRY(find_step(d));
    verdict->step = d->step + 1;
    if (d->run->session->backend->info.type != GEMLET_DEVICE_REFERENCE)
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
    d.device.session = run->session;
    d.cpu_options = *run->session->plan.options;
    d.cpu_options.fused = GEMLET_FUSED_OFF;
    d.cpu_options.on_plan = NULL;
    GEMLET_TRY_CLEANUP(status, reach_verdict(&d, verdict));
cleanup:
    close_side(&d.reference);
    close_side(&d.cpu);
    close_side(&d.device);
    gemlet_model_destroy(d.state);
    gemlet_model_destroy(d.before);
    return status;
}
