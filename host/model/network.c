/* SPDX-License-Identifier: MIT
 * Layout of a network in device memory. */
#include "model/network.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "backend/activation.h"
#include "core/memory.h"
#include "model/spec.h"

#define SQUARES_PER_SUM 4096u
#define MAX_SQUARE_SUMS 1024u

/* ---- layout --------------------------------------------------------------------------------- */

static int is_for_training(gm_storage storage)
{
    return storage == GM_STORAGE_SAVED || storage == GM_STORAGE_ACTIVATION_GRADIENT ||
           storage == GM_STORAGE_GRADIENT;
}

/* The order in which tensors are placed: weights, which weight decay takes as a prefix of the
 * arena, the other parameters, the rest. */
typedef enum pass {
    PASS_WEIGHTS,
    PASS_PARAMETERS,
    PASS_REST
} pass;

static pass pass_of(gm_tensor t)
{
    if (gm_tensors[t].storage != GM_STORAGE_PARAMETER)
        return PASS_REST;
    return gm_tensor_is_vector(t) ? PASS_PARAMETERS : PASS_WEIGHTS;
}

/* Running statistics lie behind the parameters. */
static gm_storage arena_of(gm_tensor t)
{
    const gm_storage storage = gm_tensors[t].storage;
    return storage == GM_STORAGE_RUNNING ? GM_STORAGE_PARAMETER : storage;
}

/* The view of a tensor; its buffer is set after it was allocated. Views are cut from the front of
 * their arena, each aligned. */
static void place_tensor(gm_network *network, const gemlet_spec *spec, unsigned l, gm_tensor t,
                         size_t used[GM_N_STORAGES])
{
    const gm_tensor_info *info = &gm_tensors[t];
    gm_layer *layer = &network->layers[l];
    gemlet_dim extents[2];
    if (info->place != t) {
        gm_layer_set_view(layer, t, gm_layer_view(layer, info->place));
        return;
    }
    gm_tensor_extents(t, gm_spec_fan_in(spec, l), spec->layers[l].width, network->capacity,
                      extents);
    const size_t ld = gm_round_up(extents[1], GM_ALIGNMENT);
    gm_layer_set_view(layer, t, (gm_matrix){NULL, used[info->storage], ld, extents[0], extents[1]});
    used[info->storage] += extents[0] * ld;
}

static int has_tensor(const gm_network *network, const gemlet_spec *spec, unsigned l, gm_tensor t)
{
    if (network->use == GM_NETWORK_TEST && is_for_training(gm_tensors[t].storage))
        return 0;
    return gm_layer_has_with(&spec->layers[l], network->layers[l].is_separate, t);
}

static void place_tensors(gm_network *network, const gemlet_spec *spec, pass which,
                          size_t used[GM_N_STORAGES])
{
    for (unsigned l = 0; l < spec->n_layers; ++l) {
        for (unsigned t = 0; t < GM_N_TENSORS; ++t) {
            if (pass_of(t) == which && has_tensor(network, spec, l, t))
                place_tensor(network, spec, l, t, used);
        }
    }
}

static void plan_layout(gm_network *network, const gemlet_spec *spec, size_t used[GM_N_STORAGES])
{
    place_tensors(network, spec, PASS_WEIGHTS, used);
    network->n_decayed = used[GM_STORAGE_PARAMETER];
    place_tensors(network, spec, PASS_PARAMETERS, used);
    network->n_parameters = used[GM_STORAGE_PARAMETER];
    used[GM_STORAGE_RUNNING] = network->n_parameters;
    place_tensors(network, spec, PASS_REST, used);
    network->n_values = used[GM_STORAGE_RUNNING];
    used[GM_STORAGE_PARAMETER] = network->n_values;
    used[GM_STORAGE_RUNNING] = 0;
    if (network->use != GM_NETWORK_TEST)
        used[GM_STORAGE_GRADIENT] = network->n_parameters;
}

/* The buffers exist now: put them into the views that were planned (those with an extent). */
static void bind_buffers(gm_network *network)
{
    for (unsigned l = 0; l < network->n_layers; ++l) {
        for (unsigned t = 0; t < GM_N_TENSORS; ++t) {
            gm_matrix view = gm_layer_view(&network->layers[l], t);
            if (view.cols == 0)
                continue;
            view.buffer = network->arenas[arena_of(t)];
            gm_layer_set_view(&network->layers[l], t, view);
        }
    }
}

/* ---- creation ------------------------------------------------------------------------------- */

static double count_bytes(const gm_network *network, const size_t used[GM_N_STORAGES])
{
    double n = 4.0 * (double)network->n_values * gm_count_states(network->states);
    for (unsigned i = 0; i < GM_N_STORAGES; ++i)
        n += 4.0 * (double)used[i];
    return n;
}

/* *fits = a smaller batch of which the network needs at most so many bytes, the batch halved as
 * often as need be; 0: none. *needed = what it needs then. */
static void find_fitting_batch(gemlet_dim *fits, double *needed, const gm_network *network,
                               const gemlet_spec *spec, double available)
{
    gm_network *smaller;
    *fits = 0;
    if (GM_ALLOC(smaller, 1, "network") != GEMLET_OK)
        return;
    for (gemlet_dim batch = network->capacity / 2; batch > 0 && *fits == 0; batch /= 2) {
        size_t used[GM_N_STORAGES] = {0};
        *smaller = *network;
        smaller->capacity = batch;
        plan_layout(smaller, spec, used);
        *needed = count_bytes(smaller, used);
        if (*needed <= available)
            *fits = batch;
    }
    free(smaller);
}

#define HINT_SIZE 96u

static void describe_fitting_batch(char hint[HINT_SIZE], const gm_network *network,
                                   const gemlet_spec *spec, double available)
{
    gemlet_dim fits;
    double needed = 0;
    find_fitting_batch(&fits, &needed, network, spec, available);
    if (fits > 0)
        snprintf(hint, HINT_SIZE, "a batch of %u needs %.4g MiB", fits, needed / 0x1p20);
    else
        snprintf(hint, HINT_SIZE, "no smaller batch fits either");
}

/* Refuses what cannot fit, before the driver or the system runs out of memory half-way. */
static gemlet_status check_memory(const gm_network *network, const gemlet_spec *spec,
                                  const size_t used[GM_N_STORAGES])
{
    const double available = (double)network->backend->info.global_memory_bytes;
    const double needed = count_bytes(network, used);
    char hint[HINT_SIZE];
    if (available == 0 || needed <= available)
        return GEMLET_OK;
    describe_fitting_batch(hint, network, spec, available);
    return gm_error(GEMLET_E_MEMORY,
                    "network needs %.4g MiB for a batch of %u, the device \"%s\" has %.4g MiB; %s",
                    needed / 0x1p20, network->capacity, network->backend->info.name,
                    available / 0x1p20, hint);
}

/* The device has less than it says, or others use it: what was there says what fits. */
static gemlet_status explain_failed_allocation(gemlet_status status, const gm_network *network,
                                               const gemlet_spec *spec,
                                               const size_t used[GM_N_STORAGES])
{
    char message[512];
    char hint[HINT_SIZE];
    double given = 0;
    for (unsigned i = 0; i < GM_N_STORAGES; ++i) {
        if (network->arenas[i] != NULL)
            given += 4.0 * (double)used[i];
    }
    for (unsigned i = 0; i < GM_N_STATES; ++i)
        given += network->state_arenas[i] != NULL ? 4.0 * (double)network->n_values : 0.0;
    snprintf(message, sizeof message, "%s", gemlet_last_error());
    describe_fitting_batch(hint, network, spec, given);
    return gm_error(status,
                    "%s; of %.4g MiB that the network needs for a batch of %u there were "
                    "%.4g; %s",
                    message, count_bytes(network, used) / 0x1p20, network->capacity, given / 0x1p20,
                    hint);
}

static size_t count_square_sums(const gm_network *network)
{
    const size_t n = (network->n_parameters + SQUARES_PER_SUM - 1) / SQUARES_PER_SUM;
    return n < MAX_SQUARE_SUMS ? n : MAX_SQUARE_SUMS;
}

static gemlet_status allocate_buffers(gm_network *network, const size_t used[GM_N_STORAGES])
{
    static const char *const names[GM_N_STORAGES] = {
        [GM_STORAGE_PARAMETER] = "parameters",
        [GM_STORAGE_ACTIVATION] = "activations",
        [GM_STORAGE_SAVED] = "what the way back needs",
        [GM_STORAGE_ACTIVATION_GRADIENT] = "gradients of activations",
        [GM_STORAGE_GRADIENT] = "gradients",
    };
    for (unsigned i = 0; i < GM_N_STORAGES; ++i) {
        if (used[i] > 0)
            GEMLET_TRY(gm_backend_alloc(network->backend, &network->arenas[i], GM_REAL, used[i],
                                        names[i]));
    }
    if (network->use != GM_NETWORK_TEST)
        GEMLET_TRY(gm_backend_alloc(network->backend, &network->square_sums, GM_REAL,
                                    count_square_sums(network), "square sums of the gradients"));
    for (unsigned i = 0; i < GM_N_STATES; ++i) {
        if (gm_has_state(network->states, i))
            GEMLET_TRY(gm_backend_alloc(network->backend, &network->state_arenas[i], GM_REAL,
                                        network->n_values, gm_state_names[i]));
    }
    return GEMLET_OK;
}

/* The activations are the only part whose size the spec's validation has not bounded. */
static gemlet_status check_activation_sizes(const gemlet_spec *spec, gemlet_dim capacity)
{
    size_t row = 0;
    for (unsigned l = 0; l < spec->n_layers; ++l)
        row += GM_N_TENSORS * gm_round_up(spec->layers[l].width, GM_ALIGNMENT);
    size_t n_bytes;
    GEMLET_TRY(gm_checked_mul(&n_bytes, row, capacity, "activations of a batch"));
    return gm_checked_mul(&n_bytes, n_bytes, sizeof(double), "activations of a batch");
}

/* What of a layer does not depend on its place in memory. */
static void begin_layer(gm_network *network, const gemlet_spec *spec, unsigned l)
{
    gm_layer *layer = &network->layers[l];
    layer->spec = spec->layers[l];
    const gm_network_use use = network->use;
    const int is_hidden = l + 1 < spec->n_layers;
    layer->dropout =
        is_hidden && (use == GM_NETWORK_TRAIN_DROPOUT || use == GM_NETWORK_TRAIN_NOISE_DROPOUT);
    layer->noise =
        is_hidden && (use == GM_NETWORK_TRAIN_NOISE || use == GM_NETWORK_TRAIN_NOISE_DROPOUT);
    layer->is_separate =
        layer->dropout || layer->noise || gm_activation_is_separate(layer->spec.activation);
}

gemlet_status gm_network_create(gm_network **out, gm_backend *backend, const gemlet_model *model,
                                gm_network_use use, gemlet_dim capacity, gm_state_set states)
{
    *out = NULL;
    assert((states & ~(use != GM_NETWORK_TEST ? GM_ALL_STATES : 0u)) == 0);
    assert(model->n_networks == 0);
    const gemlet_spec *spec = &model->spec;
    GEMLET_TRY(check_activation_sizes(spec, capacity));
    gm_network *network;
    GEMLET_TRY(GM_ALLOC(network, 1, "network"));
    network->backend = backend;
    network->use = use;
    network->capacity = capacity;
    network->states = states;
    network->n_layers = spec->n_layers;
    for (unsigned l = 0; l < spec->n_layers; ++l)
        begin_layer(network, spec, l);

    size_t used[GM_N_STORAGES] = {0};
    plan_layout(network, spec, used);

    gemlet_status status = check_memory(network, spec, used);
    if (status == GEMLET_OK) {
        status = allocate_buffers(network, used);
        if (status != GEMLET_OK)
            status = explain_failed_allocation(status, network, spec, used);
    }
    if (status == GEMLET_OK) {
        bind_buffers(network);
        status = gm_network_upload(network, model);
    }
    if (status != GEMLET_OK) {
        gm_network_destroy(network);
        return status;
    }
    *out = network;
    return GEMLET_OK;
}

void gm_network_destroy(gm_network *network)
{
    if (network == NULL)
        return;
    gm_backend_free(network->backend, network->aside.x.buffer);
    gm_backend_free(network->backend, network->aside.dx.buffer);
    gm_backend_free(network->backend, network->aside.probabilities.buffer);
    gm_backend_free(network->backend, network->aside.gradients.buffer);
    gm_backend_free(network->backend, network->square_sums);
    for (unsigned i = 0; i < GM_N_STATES; ++i)
        gm_backend_free(network->backend, network->state_arenas[i]);
    for (unsigned i = 0; i < GM_N_STORAGES; ++i)
        gm_backend_free(network->backend, network->arenas[i]);
    free(network);
}

/* ---- passes aside --------------------------------------------------------------------------- */

static gemlet_status make_room(gm_network *network, gm_matrix *matrix, gemlet_dim cols,
                               const char *what)
{
    const size_t ld = gm_round_up(cols, GM_ALIGNMENT);
    size_t n_values;
    if (matrix->buffer != NULL)
        return GEMLET_OK;
    GEMLET_TRY(gm_checked_mul(&n_values, network->capacity, ld, what));
    GEMLET_TRY(gm_backend_alloc(network->backend, &matrix->buffer, GM_REAL, n_values, what));
    *matrix = (gm_matrix){matrix->buffer, 0, ld, network->capacity, cols};
    return GEMLET_OK;
}

gemlet_status gm_network_make_room_for_dx(gm_network *network)
{
    return make_room(network, &network->aside.dx, network->layers[0].weight.rows,
                     "gradient of the batch");
}

gemlet_status gm_network_make_room_aside(gm_network *network, gemlet_dim rows,
                                         gm_network_aside *aside)
{
    gm_network_aside *own = &network->aside;
    GEMLET_TRY(gm_network_make_room_for_dx(network));
    GEMLET_TRY(make_room(network, &own->x, network->layers[0].weight.rows, "another batch"));
    GEMLET_TRY(make_room(network, &own->probabilities,
                         network->layers[network->n_layers - 1].weight.cols, "probabilities"));
    if (own->gradients.buffer == NULL) {
        const size_t n = network->arenas[GM_STORAGE_GRADIENT]->length;
        GEMLET_TRY(gm_backend_alloc(network->backend, &own->gradients.buffer, GM_REAL, n,
                                    "further gradients"));
        own->gradients.length = network->n_parameters;
    }
    *aside = (gm_network_aside){gm_first_rows(own->x, rows), gm_first_rows(own->dx, rows),
                                gm_first_rows(own->probabilities, rows), own->gradients};
    return GEMLET_OK;
}

/* ---- views ---------------------------------------------------------------------------------- */

gm_matrix gm_first_rows(gm_matrix matrix, gemlet_dim rows)
{
    matrix.rows = rows;
    return matrix;
}

gm_matrix gm_network_logits(const gm_network *network, gemlet_dim rows)
{
    return gm_first_rows(network->layers[network->n_layers - 1].y, rows);
}

gm_matrix gm_network_dlogits(const gm_network *network, gemlet_dim rows)
{
    return gm_first_rows(network->layers[network->n_layers - 1].dy, rows);
}

gm_vector gm_network_parameters(const gm_network *network)
{
    return (gm_vector){network->arenas[GM_STORAGE_PARAMETER], 0, network->n_parameters};
}

gm_vector gm_network_gradients(const gm_network *network)
{
    return (gm_vector){network->arenas[GM_STORAGE_GRADIENT], 0, network->n_parameters};
}

gm_vector gm_network_square_sums(const gm_network *network)
{
    return (gm_vector){network->square_sums, 0, count_square_sums(network)};
}

gm_vector gm_network_state(const gm_network *network, gm_state state)
{
    assert(gm_has_state(network->states, state));
    return (gm_vector){network->state_arenas[state], 0, network->n_parameters};
}

gm_vector gm_network_values(const gm_network *network)
{
    return (gm_vector){network->arenas[GM_STORAGE_PARAMETER], 0, network->n_values};
}

gm_vector gm_network_averages(const gm_network *network)
{
    assert(gm_has_state(network->states, GM_STATE_average));
    return (gm_vector){network->state_arenas[GM_STATE_average], 0, network->n_values};
}

gm_buffer *gm_network_evaluated(const gm_network *network)
{
    return gm_has_state(network->states, GM_STATE_average) ? network->state_arenas[GM_STATE_average]
                                                           : network->arenas[GM_STORAGE_PARAMETER];
}

gm_buffer *gm_network_use_values(gm_network *network, gm_buffer *values)
{
    gm_buffer *own = network->arenas[GM_STORAGE_PARAMETER];
    assert(values->length == own->length);
    network->arenas[GM_STORAGE_PARAMETER] = values;
    bind_buffers(network);
    return own;
}

gm_buffer *gm_network_use_gradients(gm_network *network, gm_buffer *gradients)
{
    gm_buffer *own = network->arenas[GM_STORAGE_GRADIENT];
    assert(gradients->length == own->length);
    network->arenas[GM_STORAGE_GRADIENT] = gradients;
    bind_buffers(network);
    return own;
}

gm_matrix gm_network_state_view(const gm_network *network, unsigned layer, gm_tensor tensor,
                                gm_state state)
{
    assert((unsigned)tensor < gm_state_n_tensors(state));
    return gm_layer_twin(&network->layers[layer], tensor, network->state_arenas[state]);
}
