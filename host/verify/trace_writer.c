/* SPDX-License-Identifier: MIT
 * See trace_writer.h. */
#include "verify/trace_writer.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/memory.h"
#include "model/network.h"
#include "model/npz.h"

struct gm_trace_writer {
    gm_npz_writer *npz;
    gm_trace_info info;
    unsigned n_ops; /* of the step so far */
};

gemlet_status gm_trace_writer_create(gm_trace_writer **out, const gm_trace_info *info)
{
    *out = NULL;
    gm_trace_writer *writer;
    GEMLET_TRY(GM_ALLOC(writer, 1, "reference file"));
    writer->info = *info;
    writer->info.n_steps = 0;
    const gemlet_status status = gm_npz_writer_create(&writer->npz);
    if (status != GEMLET_OK) {
        gm_trace_writer_destroy(writer);
        return status;
    }
    *out = writer;
    return GEMLET_OK;
}

gemlet_status gm_trace_writer_begin_step(gm_trace_writer *writer, uint64_t step,
                                         float learning_rate, float weight_decay)
{
    gm_trace_info *info = &writer->info;
    if (info->n_steps == GM_TRACE_MAX_STEPS || step == 0 || step > UINT32_MAX)
        return gm_error(GEMLET_E_RANGE,
                        "reference file: step %llu as the %u-th of at most %u, numbers to %lu",
                        (unsigned long long)step, info->n_steps + 1, GM_TRACE_MAX_STEPS,
                        (unsigned long)UINT32_MAX);
    info->steps[info->n_steps++] = (uint32_t)step;
    writer->n_ops = 0;
    char name[GM_TRACE_NAME_SIZE];
    snprintf(name, sizeof name, "step %llu/learning_rate", (unsigned long long)step);
    GEMLET_TRY(gm_npz_add_f32(writer->npz, name, &learning_rate, NULL, 0));
    snprintf(name, sizeof name, "step %llu/weight_decay", (unsigned long long)step);
    return gm_npz_add_f32(writer->npz, name, &weight_decay, NULL, 0);
}

/* values (n): each fits the element type. */
static gemlet_status add_values(gm_trace_writer *writer, const char *name,
                                const gm_check_operand *o, const double *values)
{
    const size_t shape[2] = {o->view.rows, o->view.cols};
    gemlet_status status;
    if (o->view.buffer->element == GM_U32) {
        uint32_t *words;
        GEMLET_TRY(GM_ALLOC(words, o->n, name));
        for (size_t i = 0; i < o->n; ++i)
            words[i] = (uint32_t)values[i];
        status = gm_npz_add_u32(writer->npz, name, words, shape, 2);
        free(words);
    } else {
        float *floats;
        GEMLET_TRY(GM_ALLOC(floats, o->n, name));
        for (size_t i = 0; i < o->n; ++i)
            floats[i] = (float)values[i];
        status = gm_npz_add_f32(writer->npz, name, floats, shape, 2);
        free(floats);
    }
    return status;
}

gemlet_status gm_trace_writer_add_call(gm_trace_writer *writer, const char *label,
                                       const gm_check_call *call)
{
    if (!gm_trace_holds(call->op))
        return GEMLET_OK;
    const uint64_t step = writer->info.steps[writer->info.n_steps - 1];
    char name[GM_TRACE_NAME_SIZE];
    for (unsigned i = 0; i < call->op->n_operands; ++i) {
        const gm_check_operand *o = &call->operands[i];
        const double *after = writer->info.is_double ? o->ref : o->got;
        if (o->before != NULL) {
            gm_trace_name(name, step, writer->n_ops, label, o->info, GM_TRACE_BEFORE);
            GEMLET_TRY(add_values(writer, name, o, o->before));
        }
        if (after != NULL) {
            gm_trace_name(name, step, writer->n_ops, label, o->info, GM_TRACE_AFTER);
            GEMLET_TRY(add_values(writer, name, o, after));
        }
    }
    ++writer->n_ops;
    return GEMLET_OK;
}

static gemlet_status add_numbers(gm_npz_writer *npz, const gm_trace_info *info)
{
    const float eps = GM_BATCH_NORM_EPS;
    const float momentum = GM_BATCH_NORM_MOMENTUM;
    const uint32_t batch = info->batch;
    const uint32_t n_steps = info->n_steps;
    const size_t shape[1] = {info->n_steps};
    GEMLET_TRY(gm_npz_add_i32(npz, "format_version", GM_TRACE_VERSION));
    GEMLET_TRY(gm_npz_add_u32(npz, "batch", &batch, NULL, 0));
    GEMLET_TRY(gm_npz_add_u32(npz, "data_crc32", &info->data_crc32, NULL, 0));
    GEMLET_TRY(gm_npz_add_f32(npz, "input_scale", &info->input_scale, NULL, 0));
    GEMLET_TRY(gm_npz_add_f32(npz, "batch_norm_eps", &eps, NULL, 0));
    GEMLET_TRY(gm_npz_add_f32(npz, "batch_norm_momentum", &momentum, NULL, 0));
    GEMLET_TRY(gm_npz_add_u32(npz, "n_steps", &n_steps, NULL, 0));
    return gm_npz_add_u32(npz, "steps", info->steps, shape, 1);
}

/* Names of devices are whatever a driver says. */
static gemlet_status add_printable(gm_npz_writer *npz, const char *name, const char *text)
{
    char clean[GM_TRACE_TEXT_SIZE];
    snprintf(clean, sizeof clean, "%s", text[0] != '\0' ? text : "unknown");
    for (char *c = clean; *c != '\0'; ++c) {
        if (*c < ' ' || *c > '~')
            *c = '?';
    }
    return gm_npz_add_string(npz, name, clean);
}

static gemlet_status add_texts(gm_npz_writer *npz, const gm_trace_info *info)
{
    char seed[32];
    snprintf(seed, sizeof seed, "%llu", (unsigned long long)info->seed);
    GEMLET_TRY(gm_npz_add_string(npz, "format", GM_TRACE_FORMAT));
    GEMLET_TRY(gm_npz_add_string(npz, "network", info->network));
    GEMLET_TRY(gm_npz_add_string(npz, "seed", seed));
    GEMLET_TRY(gm_npz_add_string(npz, "precision", info->is_double ? "double" : "float"));
    GEMLET_TRY(add_printable(npz, "device", info->device));
    GEMLET_TRY(add_printable(npz, "driver", info->driver));
    return add_printable(npz, "gemm", info->gemm);
}

gemlet_status gm_trace_writer_write(gm_trace_writer *writer, const char *path)
{
    if (writer->info.n_steps == 0)
        return gm_error(GEMLET_E_RANGE, "%s: no step was recorded, expected at least 1", path);
    GEMLET_TRY(add_texts(writer->npz, &writer->info));
    GEMLET_TRY(add_numbers(writer->npz, &writer->info));
    return gm_npz_writer_write(writer->npz, path);
}

void gm_trace_writer_destroy(gm_trace_writer *writer)
{
    if (writer == NULL)
        return;
    gm_npz_writer_destroy(writer->npz);
    free(writer);
}
