/* SPDX-License-Identifier: MIT
 * See good_state.h. */
#include "train/good_state.h"

#include "core/clock.h"

/* So many times as long as a fetch takes passes before the next one. */
#define FETCH_PAUSE 50.0

gemlet_status gm_good_state_create(gm_good_state *good, gm_session *session, gemlet_model *model)
{
    *good = (gm_good_state){.session = session, .model = model};
    const gemlet_status status = gm_network_copy_create(&good->copy, session->network);
    return status == GEMLET_E_OPENCL ? GEMLET_OK : status; /* no room: the host has the only one */
}

void gm_good_state_begin(gm_good_state *good, uint64_t steps)
{
    good->steps = good->model_steps = steps;
}

static int has_copy(const gm_good_state *good)
{
    return good->copy.n > 0;
}

static gemlet_status check_on_host(gm_good_state *good, uint64_t n_done)
{
    if (good->newest == NULL)
        GEMLET_TRY(gm_model_allocate(&good->newest, gemlet_model_spec(good->model)));
    GEMLET_TRY(gm_network_download(good->session->network, good->newest));
    if (gm_model_is_finite(good->newest))
        return GEMLET_OK;
    return gm_error(GEMLET_E_DIVERGED, "parameters are not finite after step %llu",
                    (unsigned long long)n_done);
}

static gemlet_status check(gm_good_state *good, uint64_t n_done)
{
    int finite = 0;
    if (has_copy(good))
        GEMLET_TRY(gm_network_copy_try_finite(&finite, &good->copy));
    return finite ? GEMLET_OK : check_on_host(good, n_done);
}

static int is_fetch_due(const gm_good_state *good)
{
    return gm_clock_seconds() - good->fetched_seconds >= FETCH_PAUSE * good->fetch_seconds;
}

gemlet_status gm_good_state_keep(gm_good_state *good, uint64_t n_done)
{
    gm_stepper *stepper = good->session->stepper;
    GEMLET_TRY(stepper->ops->store(stepper));
    GEMLET_TRY(check(good, n_done));
    if (!has_copy(good)) {
        GEMLET_TRY(gm_model_copy_values(good->model, good->newest));
        gm_good_state_begin(good, n_done);
        return GEMLET_OK;
    }
    GEMLET_TRY(gm_network_copy_take(&good->copy));
    good->steps = n_done;
    return is_fetch_due(good) ? gm_good_state_fetch(good) : GEMLET_OK;
}

gemlet_status gm_good_state_fetch(gm_good_state *good)
{
    if (good->model_steps == good->steps)
        return GEMLET_OK;
    const double started = gm_clock_seconds();
    GEMLET_TRY(gm_network_copy_download(&good->copy, good->model));
    good->model_steps = good->steps;
    good->fetched_seconds = gm_clock_seconds();
    good->fetch_seconds = good->fetched_seconds - started;
    return GEMLET_OK;
}

void gm_good_state_free(gm_good_state *good)
{
    gm_network_copy_free(&good->copy);
    gemlet_model_destroy(good->newest);
    *good = (gm_good_state){0};
}
