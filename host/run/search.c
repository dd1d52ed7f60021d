/* SPDX-License-Identifier: MIT
 * See search.h. */
#include "run/search.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/error.h"
#include "core/memory.h"
#include "core/rng.h"
#include "model/spec.h"
#include "run/train.h"

#define KEPT_OF          3u /* one of so many goes on to the next round */
#define N_ROUNDS         3u /* with a ninth of the steps, a third, all */
#define N_VALIDATIONS    8u /* of a training */
#define MAX_SEARCH_DECAY 0.1
#define MIN_SEARCH_DECAY 1e-5

/* ---- trials --------------------------------------------------------------------------------- */

gm_trial gm_search_draw(const gm_search *search, unsigned number)
{
    const gm_run_settings *s = &search->setup->settings;
    gm_trial trial = {
        .number = number,
        .learning_rate = s->train.learning_rate,
        .weight_decay = s->train.weight_decay,
        .dropout = s->train.dropout,
        .hidden = s->hidden,
    };
    gm_rng rng;
    gm_rng_init(&rng, s->train.seed, GM_RNG_SEARCH, number);
    /* All are drawn, so that none depends on which of them are searched. */
    const double rate = pow(10, 2 * gm_rng_uniform(&rng) - 1);
    const uint32_t has_decay = gm_rng_below(&rng, 4);
    const double decay =
        MIN_SEARCH_DECAY * pow(MAX_SEARCH_DECAY / MIN_SEARCH_DECAY, gm_rng_uniform(&rng));
    const uint32_t tenths = gm_rng_below(&rng, 6);
    const uint32_t n_layers = 1 + gm_rng_below(&rng, 4);
    const gemlet_dim width = (gemlet_dim)64 << gm_rng_below(&rng, 4);
    if (number == 1)
        return trial;
    if ((search->searched & GM_SEARCH_LEARNING_RATE) != 0)
        trial.learning_rate *= rate;
    if ((search->searched & GM_SEARCH_WEIGHT_DECAY) != 0)
        trial.weight_decay = has_decay > 0 ? decay : 0;
    if ((search->searched & GM_SEARCH_DROPOUT) != 0)
        trial.dropout = tenths / 10.0;
    if ((search->searched & GM_SEARCH_HIDDEN) != 0) {
        trial.hidden.n = n_layers;
        for (unsigned i = 0; i < n_layers; ++i)
            trial.hidden.values[i] = width;
    }
    return trial;
}

/* A setup of its own with the rows, the device and the caches of the search. */
static gemlet_status make_setup(gm_setup *own, const gm_search *search, const gm_trial *trial)
{
    const gemlet_spec *spec = &search->setup->spec;
    *own = *search->setup;
    own->model = NULL;
    own->settings.hidden = trial->hidden;
    own->settings.train.learning_rate = trial->learning_rate;
    own->settings.train.weight_decay = trial->weight_decay;
    own->settings.train.dropout = trial->dropout;
    const gemlet_dim n_classes = spec->task == GEMLET_TASK_REGRESSION ? 0 : gm_spec_classes(spec);
    GEMLET_TRY(gm_run_settings_spec(&own->spec, &own->settings, spec->n_inputs, n_classes));
    return gm_setup_create_model(own);
}

static gemlet_status train(gm_trial *trial, gm_setup *own, const gm_search *search)
{
    gemlet_train_options options = own->settings.train;
    gemlet_train_result result;
    options.n_steps = trial->n_steps;
    options.validation = own->rows.validation;
    options.validate_every = trial->n_steps < N_VALIDATIONS ? 1 : trial->n_steps / N_VALIDATIONS;
    options.cache_directory = own->cache_directory;
    options.stop = search->stop;
    /* A network that is trained for so short a time is not worth a program of its own. */
    options.fused = GEMLET_FUSED_OFF;
    const gm_gated_options gated = {.start = NULL};
    const double started = gm_clock_seconds();
    const gemlet_status status =
        gm_gated_train(own->model, own->device, own->rows.train, &options, &gated, &result);
    trial->seconds = gm_clock_seconds() - started;
    /* One that was cut short says nothing. */
    const int is_whole = status == GEMLET_OK && !result.stopped;
    trial->loss = is_whole ? result.validation.loss : (double)INFINITY;
    trial->accuracy = is_whole ? result.validation.accuracy : (double)NAN;
    return status == GEMLET_E_DIVERGED ? GEMLET_OK : status;
}

static gemlet_status try_trial(gm_trial *trial, const gm_search *search)
{
    gm_setup own;
    gemlet_status status = make_setup(&own, search, trial);
    if (status == GEMLET_OK)
        status = train(trial, &own, search);
    gemlet_model_destroy(own.model);
    if (status == GEMLET_OK && search->on_trial != NULL)
        search->on_trial(trial, search->user);
    return status;
}

/* ---- rounds --------------------------------------------------------------------------------- */

/* Lower losses first; of equal ones the lower number. */
static int compare_trials(const void *a, const void *b)
{
    const gm_trial *x = a;
    const gm_trial *y = b;
    if (x->loss != y->loss)
        return x->loss < y->loss ? -1 : 1;
    return x->number < y->number ? -1 : 1;
}

static int is_over(const gm_search *search, double started)
{
    return (search->stop != NULL && *search->stop != 0) ||
           gm_clock_seconds() - started > search->budget_seconds;
}

static uint64_t steps_of_round(const gm_search *search, unsigned round)
{
    uint64_t n = search->n_steps;
    for (unsigned i = round + 1; i < N_ROUNDS; ++i)
        n /= KEPT_OF;
    return n > 0 ? n : 1;
}

/* The best of the trials of a round that is not over is the best of the search if it has any. */
static gemlet_status run_rounds(gm_trial *best, int *is_complete, gm_trial *trials,
                                const gm_search *search)
{
    const double started = gm_clock_seconds();
    unsigned n = search->n_trials;
    *is_complete = 1;
    for (unsigned round = 0; round < N_ROUNDS; ++round) {
        unsigned n_done = 0;
        for (; n_done < n && !(round + n_done > 0 && is_over(search, started)); ++n_done) {
            trials[n_done].n_steps = steps_of_round(search, round);
            GEMLET_TRY(try_trial(&trials[n_done], search));
        }
        *is_complete = n_done == n;
        qsort(trials, n_done, sizeof *trials, compare_trials);
        if (n_done > 0)
            *best = trials[0];
        if (!*is_complete)
            return GEMLET_OK;
        n = (n + KEPT_OF - 1) / KEPT_OF;
    }
    return GEMLET_OK;
}

gemlet_status gm_search_run(gm_trial *best, int *is_complete, const gm_search *search)
{
    gm_trial *trials;
    if (search->setup->rows.validation == NULL)
        return gm_error(GEMLET_E_RANGE, "a search needs validation rows, found none");
    GEMLET_TRY(GM_ALLOC(trials, search->n_trials, "trials"));
    for (unsigned i = 0; i < search->n_trials; ++i)
        trials[i] = gm_search_draw(search, i + 1);
    gemlet_status status = run_rounds(best, is_complete, trials, search);
    free(trials);
    if (status == GEMLET_OK && !isfinite(best->loss))
        status = gm_error(GEMLET_E_DIVERGED, "every trial diverged; lower learning rates (--lr) "
                                             "may not");
    return status;
}
