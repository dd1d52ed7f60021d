/* SPDX-License-Identifier: MIT
 * See qualify_full.h. */
#include "cli/qualify_full.h"

#include <stdio.h>
#include <string.h>

#include "bench/part.h"
#include "bench/qualify_parts.h"
#include "bench/tiles.h"
#include "core/clean_text.h"
#include "core/clock.h"
#include "core/json.h"
#include "gemlet/gemlet.h"
#include "run/device.h"

#define SCHEMA_VERSION 1

/* All parts together; a part that would begin later is left out. */
#define MOST_SECONDS 480.0

/* One part, should it hang. */
#define MOST_PART_SECONDS 120.0

/* Of a device's peak rate, in products that are not as large as they could be. */
#define EXPECTED_EFFICIENCY 0.1

typedef struct full_run {
    const gemlet_device_options *device;
    const char *json;
    int quiet;
    double started;
    int has_kernels; /* OpenCL */
    int has_tiles;   /* kernels for GPUs */
    double flops;    /* most in a second */
    unsigned n_done;
    unsigned n_bad; /* wrong, failed or left out */
    cJSON *parts;
    cJSON *described; /* the device, from its own part; NULL: not yet */
} full_run;

/* ---- what came out -------------------------------------------------------------------------- */

static const char *text_of(const cJSON *results, const char *key)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItem(results, key));
    return text != NULL ? text : "";
}

/* "crash" also of a part that was right until its process ended. */
static const char *verdict_of(const gm_part *part)
{
    switch (part->state) {
    case GM_PART_DONE:
        return text_of(part->results, "verdict");
    case GM_PART_FAILED:
        return "failed";
    case GM_PART_TOO_LONG:
        return "hangs";
    default:
        return "crash";
    }
}

static void print_part(const full_run *r, const char *name, const gm_part *part, int is_bad)
{
    const char *summary = text_of(part->results, "summary");
    if (r->quiet && !is_bad)
        return;
    gm_print_text(stdout, "%-8s  %-44s %6.1f s  %s%s%s\n", verdict_of(part), name, part->seconds,
                  summary, summary[0] != '\0' && part->message[0] != '\0' ? "; " : "",
                  part->message);
    fflush(stdout);
}

static gemlet_status add_part(full_run *r, const char *name, gm_part *part)
{
    cJSON *object = cJSON_CreateObject();
    if (!cJSON_AddItemToArray(r->parts, object) || !gm_json_add_text(object, "part", name) ||
        !gm_json_add_text(object, "outcome", verdict_of(part)) ||
        !gm_json_add_text(object, "message", part->message) ||
        cJSON_AddNumberToObject(object, "exit_code",
                                part->state == GM_PART_EXITED ? part->code : 0) == NULL ||
        cJSON_AddNumberToObject(object, "signal", part->state == GM_PART_KILLED ? part->code : 0) ==
            NULL ||
        !gm_json_add_real(object, "seconds", part->seconds))
        return gm_error(GEMLET_E_MEMORY, "results of a part: out of memory");
    if (part->results != NULL && cJSON_AddItemToObject(object, "results", part->results))
        part->results = NULL;
    return GEMLET_OK;
}

static gemlet_status write_json(const full_run *r, int is_complete)
{
    if (r->json == NULL)
        return GEMLET_OK;
    const char *verdict = r->n_bad > 0 ? "fail" : is_complete ? "pass" : "incomplete";
    cJSON *root = cJSON_CreateObject();
    const int ok =
        root != NULL && cJSON_AddNumberToObject(root, "schema_version", SCHEMA_VERSION) != NULL &&
        gm_json_add_text(root, "gemlet_version", gemlet_version()) &&
        gm_json_add_text(root, "verdict", verdict) &&
        cJSON_AddBoolToObject(root, "complete", is_complete) != NULL &&
        gm_json_add_real(root, "seconds", gm_clock_seconds() - r->started) &&
        (r->described == NULL || cJSON_AddItemReferenceToObject(root, "device", r->described)) &&
        cJSON_AddItemReferenceToObject(root, "parts", r->parts);
    if (ok)
        return gm_json_write(r->json, root);
    cJSON_Delete(root);
    return gm_json_write(r->json, NULL);
}

/* ---- one part ------------------------------------------------------------------------------- */

static void describe_device(full_run *r, gm_part *part)
{
    r->described = cJSON_DetachItemFromObject(part->results, "device");
    r->flops = cJSON_GetNumberValue(cJSON_GetObjectItem(part->results, "flops"));
    r->has_kernels = text_of(r->described, "kernels")[0] != '\0';
    r->has_tiles = strncmp(text_of(r->described, "kernels"), "gpu", 3) == 0;
}

/* In the part's process, where nobody is told of what the device lacks. */
static gemlet_status open_device(gemlet_device **out, const gemlet_device_options *options)
{
    const gm_run_events nobody = {.user = NULL};
    GEMLET_TRY(gm_run_open_device(out, options, &nobody));
    return gm_run_check_compared(*out);
}

static gemlet_status run_part(full_run *r, const char *name, gm_part_job *job, gm_qualify_part with)
{
    const double left = MOST_SECONDS - (gm_clock_seconds() - r->started);
    gm_part part = {.state = GM_PART_TOO_LONG};
    gemlet_status status = GEMLET_OK;
    with.open = open_device;
    with.device = *r->device;
    if (with.tuning.gemm != GEMLET_GEMM_AUTO)
        with.device.gemm = with.tuning.gemm;
    if (left > 0.0)
        GEMLET_TRY_CLEANUP(
            status,
            gm_part_run(&part, job, &with, left < MOST_PART_SECONDS ? left : MOST_PART_SECONDS));
    else
        snprintf(part.message, sizeof part.message, "left out: the time is over");
    const char *verdict = verdict_of(&part);
    const int is_bad = strcmp(verdict, "pass") != 0 && strcmp(verdict, "measured") != 0;
    r->n_bad += is_bad != 0;
    ++r->n_done;
    print_part(r, name, &part, is_bad);
    if (job == gm_qualify_part_device)
        describe_device(r, &part);
    GEMLET_TRY_CLEANUP(status, add_part(r, name, &part));
    status = write_json(r, 0);
cleanup:
    gm_part_free(&part);
    return status;
}

/* ---- all of them ---------------------------------------------------------------------------- */

static gemlet_status run_operations(full_run *r)
{
    static const unsigned tiles[] = {128, 64, 32};
    static const unsigned splits[] = {1, 4};
    GEMLET_TRY(run_part(r, "operations, own products", gm_qualify_part_operations,
                        (gm_qualify_part){.tuning = {.gemm = GEMLET_GEMM_OWN}}));
    if (!r->has_kernels)
        return GEMLET_OK;
    GEMLET_TRY(run_part(r, "operations, CLBlast", gm_qualify_part_operations,
                        (gm_qualify_part){.tuning = {.gemm = GEMLET_GEMM_CLBLAST}}));
    for (unsigned i = 0; r->has_tiles && i < sizeof tiles / sizeof tiles[0]; ++i) {
        for (unsigned j = 0; j < sizeof splits / sizeof splits[0]; ++j) {
            const gm_tuning tuning = {.gemm = GEMLET_GEMM_OWN, .local = {tiles[i], splits[j]}};
            char name[64];
            snprintf(name, sizeof name, "operations, tile %u / %u", tiles[i], splits[j]);
            GEMLET_TRY(
                run_part(r, name, gm_qualify_part_operations, (gm_qualify_part){.tuning = tuning}));
        }
    }
    return GEMLET_OK;
}

static gemlet_status run_steps(full_run *r)
{
    static const struct {
        const char *name;
        gm_qualify_part part;
    } steps[] = {
        {"steps", {.network = "784-150bn-relu-150bn-relu-10", .batch = 64, .n_steps = 50}},
        {"steps, operation by operation",
         {.network = "784-150bn-relu-150bn-relu-10",
          .batch = 64,
          .n_steps = 50,
          .fused = GEMLET_FUSED_OFF}},
        {"steps, odd sizes",
         {.network = "784-300bn-sigmoid-77bn-sigmoid-1000bn-sigmoid-10",
          .batch = 257,
          .n_steps = 4}},
        {"steps, no batch-norm",
         {.network = "784-150-tanh-150-tanh-10", .batch = 64, .n_steps = 20}},
        {"steps, wide", {.network = "784-1024bn-relu-1024bn-relu-10", .batch = 256, .n_steps = 2}},
    };
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; ++i)
        GEMLET_TRY(run_part(r, steps[i].name, gm_qualify_part_steps, steps[i].part));
    return run_part(
        r, "training, and the end of its process", gm_qualify_part_training,
        (gm_qualify_part){.network = "784-150bn-relu-150bn-relu-10", .batch = 64, .n_steps = 2000});
}

/* Device emulators and CPUs with kernels for GPUs would need minutes for large products. */
static int would_take_long(const full_run *r, const gm_tiles_network *network)
{
    gemlet_spec spec;
    if (gemlet_spec_parse(&spec, network->network) != GEMLET_OK)
        return 0;
    const double seconds = gm_tiles_flop(&spec, network->batch) / (EXPECTED_EFFICIENCY * r->flops);
    return seconds > MOST_PART_SECONDS / 2;
}

static gemlet_status run_tiles(full_run *r)
{
    for (unsigned i = 0; r->has_tiles && i < GM_TILES_N_NETWORKS; ++i) {
        const gm_tiles_network *network = &gm_tiles_networks[i];
        char name[64];
        if (would_take_long(r, network))
            continue;
        snprintf(name, sizeof name, "products of %.20s..., batch %u", network->network,
                 network->batch);
        GEMLET_TRY(
            run_part(r, name, gm_qualify_part_tiles,
                     (gm_qualify_part){.network = network->network, .batch = network->batch}));
    }
    return GEMLET_OK;
}

/* What tells most comes first. */
static gemlet_status run_all(full_run *r)
{
    GEMLET_TRY(run_part(r, "device", gm_qualify_part_device, (gm_qualify_part){.n_steps = 0}));
    if (r->described == NULL)
        return write_json(r, 0);
    GEMLET_TRY(run_steps(r));
    GEMLET_TRY(run_operations(r));
    GEMLET_TRY(run_tiles(r));
    return write_json(r, 1);
}

gemlet_status gm_qualify_full(int *is_right, const gemlet_device_options *device, const char *json,
                              int quiet)
{
    full_run r = {.device = device,
                  .json = json,
                  .quiet = quiet,
                  .started = gm_clock_seconds(),
                  .parts = cJSON_CreateArray()};
    gemlet_status status =
        r.parts != NULL ? run_all(&r) : gm_error(GEMLET_E_MEMORY, "out of memory");
    *is_right = status == GEMLET_OK && r.n_bad == 0;
    if (status == GEMLET_OK)
        printf("%s: %u of %u parts right, %.0f s\n", *is_right ? "qualified" : "not qualified",
               r.n_done - r.n_bad, r.n_done, gm_clock_seconds() - r.started);
    cJSON_Delete(r.parts);
    cJSON_Delete(r.described);
    return status;
}
