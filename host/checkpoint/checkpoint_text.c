/* SPDX-License-Identifier: MIT
 * See checkpoint_text.h. */
#include "checkpoint/checkpoint_text.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "core/memory.h"

/* Raised when a key changes its meaning or goes away. */
#define VERSION "1"

/* Beyond it a double would skip numbers of steps. */
#define MAX_STEPS (UINT64_C(1) << 53)

/* The numbers of a state by name. */
static const struct state_number {
    const char *name;
    size_t offset;
    enum {
        REAL,
        COUNT, /* uint64_t, not double */
        SHARE  /* NaN of a regression */
    } kind;
} state_numbers[] = {
    {"steps", offsetof(gm_train_state, n_done), COUNT},
    {"initial_loss", offsetof(gm_train_state, initial_loss), REAL},
    {"train_loss", offsetof(gm_train_state, train_loss), REAL},
    {"train_accuracy", offsetof(gm_train_state, train_accuracy), SHARE},
    {"loss_sum", offsetof(gm_train_state, loss_sum), REAL},
    {"correct_sum", offsetof(gm_train_state, correct_sum), COUNT},
    {"summed_steps", offsetof(gm_train_state, n_summed), COUNT},
    {"seconds", offsetof(gm_train_state, seconds), REAL},
    {"report_seconds", offsetof(gm_train_state, report_seconds), REAL},
    {"validation_seconds", offsetof(gm_train_state, validation_seconds), REAL},
    {"validations", offsetof(gm_train_state, validation.n_done), COUNT},
    {"validations_without_gain", offsetof(gm_train_state, validation.n_without_gain), COUNT},
    {"best_step", offsetof(gm_train_state, validation.best_step), COUNT},
    {"best_rows", offsetof(gm_train_state, validation.best.rows), COUNT},
    {"best_correct", offsetof(gm_train_state, validation.best.correct), COUNT},
    {"best_accuracy", offsetof(gm_train_state, validation.best.accuracy), SHARE},
    {"best_loss", offsetof(gm_train_state, validation.best.loss), REAL},
    {"last_step", offsetof(gm_train_state, validation.last_step), COUNT},
    {"last_rows", offsetof(gm_train_state, validation.last.rows), COUNT},
    {"last_correct", offsetof(gm_train_state, validation.last.correct), COUNT},
    {"last_accuracy", offsetof(gm_train_state, validation.last.accuracy), SHARE},
    {"last_loss", offsetof(gm_train_state, validation.last.loss), REAL},
};
#define N_STATE_NUMBERS (sizeof state_numbers / sizeof state_numbers[0])

/* ---- writing -------------------------------------------------------------------------------- */

static gemlet_status format_state(gm_pairs *pairs, const gm_train_state *state)
{
    for (size_t i = 0; i < N_STATE_NUMBERS; ++i) {
        const void *number = (const char *)state + state_numbers[i].offset;
        GEMLET_TRY(
            state_numbers[i].kind == COUNT
                ? gm_pairs_set(pairs, state_numbers[i].name, "%" PRIu64, *(const uint64_t *)number)
                : gm_pairs_set(pairs, state_numbers[i].name, "%.17g", *(const double *)number));
    }
    return GEMLET_OK;
}

/* Returns 0 when memory runs out. */
static int add_pairs(cJSON *root, const char *key, const gm_pairs *pairs)
{
    cJSON *object = cJSON_AddObjectToObject(root, key);
    int ok = object != NULL;
    for (size_t i = 0; ok && i < pairs->count; ++i)
        ok = cJSON_AddStringToObject(object, pairs->items[i].name, pairs->items[i].value) != NULL;
    return ok;
}

gemlet_status gm_checkpoint_format_text(char **text, const gm_checkpoint *c)
{
    gm_pairs state = {0};
    *text = NULL;
    gemlet_status status = format_state(&state, &c->state);
    cJSON *root = cJSON_CreateObject();
    if (status == GEMLET_OK && root != NULL &&
        cJSON_AddStringToObject(root, "version", VERSION) != NULL &&
        add_pairs(root, "state", &state) && add_pairs(root, "options", &c->options) &&
        add_pairs(root, "job", &c->job) && add_pairs(root, "device", &c->device))
        *text = cJSON_Print(root);
    if (status == GEMLET_OK && *text == NULL)
        status = gm_error(GEMLET_E_MEMORY, "checkpoint: out of memory");
    cJSON_Delete(root);
    gm_pairs_free(&state);
    return status;
}

/* ---- reading -------------------------------------------------------------------------------- */

static gemlet_status read_pairs(gm_pairs *pairs, const cJSON *root, const char *key,
                                const char *path)
{
    const cJSON *object = cJSON_GetObjectItemCaseSensitive(root, key);
    if (!cJSON_IsObject(object))
        return gm_error(GEMLET_E_FORMAT, "%s: checkpoint: found no object \"%s\"", path, key);
    for (const cJSON *item = object->child; item != NULL; item = item->next) {
        if (!cJSON_IsString(item))
            return gm_error(GEMLET_E_FORMAT, "%s: checkpoint: \"%s\": \"%.64s\" is no text", path,
                            key, item->string);
        if (gm_pairs_get(pairs, item->string) != NULL)
            return gm_error(GEMLET_E_FORMAT, "%s: checkpoint: \"%s\": found \"%.64s\" twice", path,
                            key, item->string);
        GEMLET_TRY(gm_pairs_set(pairs, item->string, "%s", item->valuestring));
    }
    return GEMLET_OK;
}

static int read_count(uint64_t *out, const char *text)
{
    char *end;
    if (text[0] < '0' || text[0] > '9')
        return 0;
    errno = 0;
    *out = strtoull(text, &end, 10);
    return errno == 0 && *end == '\0' && *out <= MAX_STEPS;
}

/* A validation loss may be infinite. */
static int read_real(double *out, const char *text)
{
    char *end;
    if (strcmp(text, "inf") != 0 &&
        (text[0] == '\0' || text[strspn(text, "0123456789+-.e")] != '\0'))
        return 0;
    *out = strtod(text, &end);
    return *end == '\0' && *out != -(double)INFINITY;
}

static int read_share(double *out, const char *text)
{
    if (strcmp(text, "nan") != 0)
        return read_real(out, text);
    *out = (double)NAN;
    return 1;
}

static int read_number(void *out, const struct state_number *number, const char *text)
{
    switch (number->kind) {
    case COUNT:
        return read_count(out, text);
    case SHARE:
        return read_share(out, text);
    case REAL:
        break;
    }
    return read_real(out, text);
}

static int is_possible(const gm_train_state *state)
{
    const gm_validation_state *validation = &state->validation;
    return state->n_done > 0 && state->n_summed <= state->n_done && state->seconds >= 0.0 &&
           isfinite(state->seconds) && state->report_seconds >= 0.0 &&
           state->validation_seconds >= 0.0 && isfinite(state->validation_seconds) &&
           validation->n_done <= state->n_done &&
           validation->n_without_gain <= validation->n_done &&
           validation->best_step <= validation->last_step && validation->last_step <= state->n_done;
}

static gemlet_status read_state(gm_train_state *state, const gm_pairs *pairs, const char *path)
{
    for (size_t i = 0; i < N_STATE_NUMBERS; ++i) {
        const struct state_number *number = &state_numbers[i];
        const char *text = gm_pairs_get(pairs, number->name);
        void *out = (char *)state + number->offset;
        if (text == NULL)
            return gm_error(GEMLET_E_FORMAT, "%s: checkpoint: \"state\": found no \"%s\"", path,
                            number->name);
        if (!read_number(out, number, text))
            return gm_error(
                GEMLET_E_FORMAT, "%s: checkpoint: \"state\": \"%s\": found '%.32s', expected %s",
                path, number->name, text, number->kind == COUNT ? "a whole number" : "a number");
    }
    if (!is_possible(state))
        return gm_error(GEMLET_E_FORMAT,
                        "%s: checkpoint: \"state\": no run can be there after %" PRIu64 " steps",
                        path, state->n_done);
    return GEMLET_OK;
}

static gemlet_status read_root(gm_checkpoint *c, const cJSON *root, const char *path)
{
    const cJSON *version = cJSON_GetObjectItemCaseSensitive(root, "version");
    gm_pairs state = {0};
    if (!cJSON_IsString(version))
        return gm_error(GEMLET_E_FORMAT, "%s: checkpoint: found no \"version\"", path);
    if (strcmp(version->valuestring, VERSION) != 0)
        return gm_error(GEMLET_E_FORMAT, "%s: checkpoint: found version %.16s, expected " VERSION,
                        path, version->valuestring);
    GEMLET_TRY(read_pairs(&c->options, root, "options", path));
    GEMLET_TRY(read_pairs(&c->job, root, "job", path));
    GEMLET_TRY(read_pairs(&c->device, root, "device", path));
    gemlet_status status = read_pairs(&state, root, "state", path);
    if (status == GEMLET_OK)
        status = read_state(&c->state, &state, path);
    gm_pairs_free(&state);
    return status;
}

gemlet_status gm_checkpoint_parse_text(gm_checkpoint *c, const char *text, size_t n,
                                       const char *path)
{
    cJSON *root = strlen(text) == n ? cJSON_ParseWithLengthOpts(text, n + 1, NULL, 1) : NULL;
    if (root == NULL)
        return gm_error(GEMLET_E_FORMAT, "%s: array checkpoint: found what is not JSON", path);
    const gemlet_status status = read_root(c, root, path);
    cJSON_Delete(root);
    return status;
}
