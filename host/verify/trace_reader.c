/* SPDX-License-Identifier: MIT
 * See trace_reader.h. */
#include "verify/trace_reader.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "model/network.h"
#include "model/npz.h"
#include "model/spec.h"

struct gm_trace_reader {
    gm_npz_reader *npz;
    char *path;
    gm_trace_info info;
};

/* ---- about the run -------------------------------------------------------------------------- */

static gemlet_status check_format(gm_trace_reader *reader)
{
    char format[GM_TRACE_TEXT_SIZE];
    int32_t version = 0;
    GEMLET_TRY(gm_npz_read_string(reader->npz, "format", format, sizeof format));
    if (strcmp(format, GM_TRACE_FORMAT) != 0)
        return gm_error(GEMLET_E_FORMAT, "%s: format \"%s\", expected \"%s\"", reader->path, format,
                        GM_TRACE_FORMAT);
    GEMLET_TRY(gm_npz_read_i32(reader->npz, "format_version", &version));
    if (version != GM_TRACE_VERSION)
        return gm_error(GEMLET_E_FORMAT, "%s: format version %ld, expected %d", reader->path,
                        (long)version, GM_TRACE_VERSION);
    return GEMLET_OK;
}

/* Operations with other constants are other operations. */
static gemlet_status check_constant(gm_trace_reader *reader, const char *name, float expected)
{
    float found = 0;
    GEMLET_TRY(gm_npz_read_f32(reader->npz, name, &found, NULL, 0));
    if (!(found == expected))
        return gm_error(GEMLET_E_FORMAT, "%s: %s is %g, expected %g", reader->path, name,
                        (double)found, (double)expected);
    return GEMLET_OK;
}

static gemlet_status read_texts(gm_trace_reader *reader)
{
    gm_trace_info *info = &reader->info;
    gm_npz_reader *npz = reader->npz;
    char seed[32];
    char precision[GM_TRACE_TEXT_SIZE];
    GEMLET_TRY(gm_npz_read_string(npz, "network", info->network, sizeof info->network));
    GEMLET_TRY(gm_npz_read_string(npz, "device", info->device, sizeof info->device));
    GEMLET_TRY(gm_npz_read_string(npz, "driver", info->driver, sizeof info->driver));
    GEMLET_TRY(gm_npz_read_string(npz, "gemm", info->gemm, sizeof info->gemm));
    GEMLET_TRY(gm_npz_read_string(npz, "precision", precision, sizeof precision));
    info->is_double = strcmp(precision, "double") == 0;
    if (!info->is_double && strcmp(precision, "float") != 0)
        return gm_error(GEMLET_E_FORMAT, "%s: precision \"%s\", expected \"float\" or \"double\"",
                        reader->path, precision);
    GEMLET_TRY(gm_npz_read_string(npz, "seed", seed, sizeof seed));
    errno = 0;
    char *end;
    info->seed = strtoull(seed, &end, 10);
    if (seed[0] < '0' || seed[0] > '9' || *end != '\0' || errno != 0)
        return gm_error(GEMLET_E_FORMAT, "%s: seed \"%s\", expected a whole number", reader->path,
                        seed);
    return GEMLET_OK;
}

static gemlet_status read_numbers(gm_trace_reader *reader)
{
    gm_trace_info *info = &reader->info;
    gm_npz_reader *npz = reader->npz;
    uint32_t batch = 0;
    uint32_t n_steps = 0;
    GEMLET_TRY(gm_npz_read_u32(npz, "batch", &batch, NULL, 0));
    GEMLET_TRY(gm_npz_read_u32(npz, "data_crc32", &info->data_crc32, NULL, 0));
    GEMLET_TRY(gm_npz_read_f32(npz, "input_scale", &info->input_scale, NULL, 0));
    GEMLET_TRY(gm_npz_read_u32(npz, "n_steps", &n_steps, NULL, 0));
    if (batch == 0)
        return gm_error(GEMLET_E_FORMAT, "%s: batch of 0 rows, expected at least 1", reader->path);
    if (n_steps == 0 || n_steps > GM_TRACE_MAX_STEPS)
        return gm_error(GEMLET_E_FORMAT, "%s: %lu steps, expected 1 to %u", reader->path,
                        (unsigned long)n_steps, GM_TRACE_MAX_STEPS);
    info->batch = batch;
    info->n_steps = n_steps;
    const size_t shape[1] = {n_steps};
    GEMLET_TRY(gm_npz_read_u32(npz, "steps", info->steps, shape, 1));
    for (unsigned i = 0; i < n_steps; ++i) {
        if (info->steps[i] <= (i == 0 ? 0 : info->steps[i - 1]))
            return gm_error(GEMLET_E_FORMAT, "%s: step numbers do not increase from 1 on",
                            reader->path);
    }
    return GEMLET_OK;
}

static gemlet_status read_info(gm_trace_reader *reader, const char *path)
{
    GEMLET_TRY(gm_copy_string(&reader->path, path));
    GEMLET_TRY(gm_npz_reader_open(&reader->npz, path));
    GEMLET_TRY(check_format(reader));
    GEMLET_TRY(read_texts(reader));
    GEMLET_TRY(read_numbers(reader));
    GEMLET_TRY(check_constant(reader, "batch_norm_eps", GM_BATCH_NORM_EPS));
    return check_constant(reader, "batch_norm_momentum", GM_BATCH_NORM_MOMENTUM);
}

gemlet_status gm_trace_reader_open(gm_trace_reader **out, const char *path)
{
    *out = NULL;
    gm_trace_reader *reader;
    GEMLET_TRY(GM_ALLOC(reader, 1, "reference file"));
    const gemlet_status status = read_info(reader, path);
    if (status == GEMLET_OK)
        *out = reader;
    else
        gm_trace_reader_close(reader);
    return status;
}

const gm_trace_info *gm_trace_reader_info(const gm_trace_reader *reader)
{
    return &reader->info;
}

const char *gm_trace_reader_path(const gm_trace_reader *reader)
{
    return reader->path;
}

gemlet_status gm_trace_reader_spec(const gm_trace_reader *reader, gemlet_spec *spec)
{
    const gm_trace_info *info = &reader->info;
    if (gemlet_spec_parse(spec, info->network) != GEMLET_OK) {
        char reason[512];
        snprintf(reason, sizeof reason, "%s", gemlet_last_error());
        return gm_error(GEMLET_E_FORMAT, "%s: network: %s", reader->path, reason);
    }
    /* All of these are in the file for every step, and more. */
    double row = (double)spec->n_inputs;
    for (unsigned l = 0; l < spec->n_layers; ++l)
        row += (double)spec->layers[l].width;
    const double n_values = (double)gemlet_spec_n_parameters(spec) + row * (double)info->batch;
    const double claimed = gm_npz_claimed_bytes(reader->npz);
    if (4 * n_values * (double)info->n_steps > claimed)
        return gm_error(GEMLET_E_FORMAT,
                        "%s: %u steps of network %.200s with batch %lu need %.0f bytes at least, "
                        "the arrays have %.0f",
                        reader->path, info->n_steps, info->network, (unsigned long)info->batch,
                        4 * n_values * (double)info->n_steps, claimed);
    return GEMLET_OK;
}

/* ---- steps ---------------------------------------------------------------------------------- */

static gemlet_status check_finite(const gm_trace_reader *reader, const char *name,
                                  const float *values, size_t n)
{
    for (size_t i = 0; i < n; ++i) {
        if (!isfinite(values[i]))
            return gm_error(GEMLET_E_FORMAT,
                            "%s: array %s: element %zu is %g, expected a finite "
                            "value",
                            reader->path, name, i, (double)values[i]);
    }
    return GEMLET_OK;
}

gemlet_status gm_trace_reader_rates(gm_trace_reader *reader, uint64_t step, float *learning_rate,
                                    float *weight_decay)
{
    char name[GM_TRACE_NAME_SIZE];
    snprintf(name, sizeof name, "step %llu/learning_rate", (unsigned long long)step);
    GEMLET_TRY(gm_npz_read_f32(reader->npz, name, learning_rate, NULL, 0));
    GEMLET_TRY(check_finite(reader, name, learning_rate, 1));
    snprintf(name, sizeof name, "step %llu/weight_decay", (unsigned long long)step);
    GEMLET_TRY(gm_npz_read_f32(reader->npz, name, weight_decay, NULL, 0));
    return check_finite(reader, name, weight_decay, 1);
}

static gemlet_status read_u32(gm_trace_reader *reader, double *values, const char *name,
                              const size_t *shape)
{
    const size_t n = shape[0] * shape[1];
    uint32_t *words;
    GEMLET_TRY(GM_ALLOC(words, n, name));
    const gemlet_status status = gm_npz_read_u32(reader->npz, name, words, shape, 2);
    for (size_t i = 0; status == GEMLET_OK && i < n; ++i)
        values[i] = (double)words[i];
    free(words);
    return status;
}

static gemlet_status read_f32(gm_trace_reader *reader, double *values, const char *name,
                              const size_t *shape)
{
    const size_t n = shape[0] * shape[1];
    float *floats;
    GEMLET_TRY(GM_ALLOC(floats, n, name));
    gemlet_status status = gm_npz_read_f32(reader->npz, name, floats, shape, 2);
    if (status == GEMLET_OK)
        status = check_finite(reader, name, floats, n);
    for (size_t i = 0; status == GEMLET_OK && i < n; ++i)
        values[i] = (double)floats[i];
    free(floats);
    return status;
}

gemlet_status gm_trace_reader_values(gm_trace_reader *reader, double *values, uint64_t step,
                                     unsigned index, const char *label,
                                     const gm_check_operand *operand, gm_trace_when when)
{
    char name[GM_TRACE_NAME_SIZE];
    gm_trace_name(name, step, index, label, operand->info, when);
    const size_t shape[2] = {operand->view.rows, operand->view.cols};
    if (operand->view.buffer->element == GM_U32)
        return read_u32(reader, values, name, shape);
    return read_f32(reader, values, name, shape);
}

void gm_trace_reader_close(gm_trace_reader *reader)
{
    if (reader == NULL)
        return;
    gm_npz_reader_close(reader->npz);
    free(reader->path);
    free(reader);
}
