/* SPDX-License-Identifier: MIT
 * See bench_report.h. */
#include "cli/bench_report.h"

#include <math.h>
#include <stdio.h>

#include "core/clean_text.h"
#include "core/text_table.h"
#include "model/spec.h"
#include "core/json.h"

#define SCHEMA_VERSION 1

static const char *const names[GM_BENCH_N_MODES] = {"fused", "ops", "cpu"};
static const char *const titles[GM_BENCH_N_MODES] = {"opencl fused", "opencl op by op", "CPU path"};

const char *gm_bench_mode_name(gm_bench_mode mode)
{
    return names[mode];
}

/* ---- figures -------------------------------------------------------------------------------- */

static double flops_per_second(const gm_bench_subject *s, const gm_bench_measured *m)
{
    const double n_flops = (double)gm_op_cost_step(s->spec, s->batch, 0).n_flops;
    return n_flops / (1e-6 * m->us_per_step);
}

static double samples_per_second(const gm_bench_subject *s, const gm_bench_measured *m)
{
    return s->batch / (1e-6 * m->us_per_step);
}

/* Of what the device can do; NAN where that is not known. The CPU path is compared with an OpenCL
 * device only if that is the same CPU. */
static double share_of_peak(const gm_bench_subject *s, const gm_bench_result *r, gm_bench_mode mode)
{
    const int is_same = mode != GM_BENCH_CPU_PATH || r->device.type == GEMLET_DEVICE_OPENCL_CPU;
    if (!r->device.has_limits || !is_same)
        return (double)NAN;
    return flops_per_second(s, &r->modes[mode]) / r->device.limits.flops_per_second;
}

static gm_op_cost step_cost(const gm_bench_subject *s)
{
    const int is_bytes = gemlet_dataset_element(s->dataset) == GEMLET_ELEMENT_U8;
    return gm_op_cost_step(s->spec, s->batch, is_bytes ? 1 : 4);
}

/* ---- the table ------------------------------------------------------------------------------ */

void gm_bench_print_limits(const gm_device_limits *limits)
{
    printf("limits   %.1f GFLOP/s of multiply-adds\n         copies of ",
           1e-9 * limits->flops_per_second);
    for (unsigned i = 0; i < GM_LIMITS_N_SIZES; ++i)
        printf("%s%.0f", i > 0 ? ", " : "", 1e-9 * limits->bytes_per_second[i]);
    printf(" GB/s within");
    for (unsigned i = 0; i < GM_LIMITS_N_SIZES; ++i)
        printf("%s %.4g", i > 0 ? "," : "", (double)gm_limits_size(i) / 0x1p20);
    printf(" MiB\n         launch %.1f us, on all cores %.1f us\n", 1e6 * limits->launch_seconds,
           1e6 * limits->split_launch_seconds);
}

void gm_bench_print_subject(const gm_bench_subject *s, const gm_bench_result *r)
{
    gm_print_text(stdout, "data     %s: %u rows, %u features, %u classes\n", s->data,
                  gemlet_dataset_rows(s->dataset), s->spec->n_inputs, gm_spec_classes(s->spec));
    printf("network  %s, %zu parameters; a step of %u rows: %.4g MFLOP\n", s->spec_text,
           gemlet_spec_n_parameters(s->spec), s->batch, 1e-6 * (double)step_cost(s).n_flops);
    if (r->has_device)
        gm_print_text(stdout, "device   %s\n", r->device.choice);
    else
        printf("device   none for OpenCL, only the CPU path is measured%s%s\n",
               r->device.choice[0] != '\0' ? ": " : "", r->device.choice);
    if (r->device.has_limits)
        gm_bench_print_limits(&r->device.limits);
    fflush(stdout);
}

/* "-" for what was not measured. */
static void format_seconds(char *text, size_t size, double seconds)
{
    if (isfinite(seconds))
        snprintf(text, size, "%.2f", seconds);
    else
        snprintf(text, size, "-");
}

static gemlet_status add_row(gm_text_table *table, const gm_bench_subject *s,
                             const gm_bench_result *r, gm_bench_mode mode)
{
    const gm_bench_measured *m = &r->modes[mode];
    char peak[16] = "-";
    char cold[24];
    char warm[24];
    const double share = share_of_peak(s, r, mode);
    format_seconds(cold, sizeof cold, m->cold_start_seconds);
    format_seconds(warm, sizeof warm, m->warm_start_seconds);
    if (isfinite(share))
        snprintf(peak, sizeof peak, "%.1f %%", 100.0 * share);
    GEMLET_TRY(gm_text_table_add(table, "%s", titles[mode]));
    GEMLET_TRY(gm_text_table_add(table, "%.1f", m->us_per_step));
    GEMLET_TRY(gm_text_table_add(table, "%.1f-%.1f", m->lower_quartile, m->upper_quartile));
    GEMLET_TRY(gm_text_table_add(table, "%.0f", samples_per_second(s, m)));
    GEMLET_TRY(gm_text_table_add(table, "%.1f", 1e-9 * flops_per_second(s, m)));
    GEMLET_TRY(gm_text_table_add(table, "%s", peak));
    GEMLET_TRY(gm_text_table_add(table, "%s", cold));
    GEMLET_TRY(gm_text_table_add(table, "%s", warm));
    GEMLET_TRY(gm_text_table_add(table, "%.0f", (double)m->peak_memory_bytes / 0x1p20));
    return gm_text_table_add(table, "%.4f", m->loss);
}

static void print_winner(const gm_bench_result *r)
{
    const gm_bench_mode fastest = gm_bench_fastest(r);
    const char *before = "is";
    if (fastest == GM_BENCH_N_MODES)
        return;
    for (gm_bench_mode mode = 0; mode < GM_BENCH_N_MODES; ++mode) {
        if (mode == fastest || !r->modes[mode].is_measured)
            continue;
        printf("%s%s %.2fx as fast as %s%s", before[0] == 'i' ? titles[fastest] : "",
               before[0] == 'i' ? " is" : before, gm_bench_ratio(r, fastest, mode),
               mode == GM_BENCH_CPU_PATH ? "the " : "", titles[mode]);
        before = ",";
    }
    if (before[0] == 'i')
        printf("nothing to compare %s with", titles[fastest]);
    printf("\n");
}

static gemlet_status fill_table(gm_text_table *table, const gm_bench_subject *s,
                                const gm_bench_result *r)
{
    static const char *const header[] = {"",        "us/step", "quartiles", "rows/s", "GFLOP/s",
                                         "of peak", "cold s",  "warm s",    "MiB",    "loss"};
    table->n_columns = sizeof header / sizeof *header;
    table->n_names = 1;
    table->n_keys = 1;
    for (size_t c = 0; c < table->n_columns; ++c)
        GEMLET_TRY(gm_text_table_add(table, "%s", header[c]));
    for (gm_bench_mode mode = 0; mode < GM_BENCH_N_MODES; ++mode) {
        if (r->modes[mode].is_measured)
            GEMLET_TRY(add_row(table, s, r, mode));
    }
    return GEMLET_OK;
}

gemlet_status gm_bench_print_table(const gm_bench_subject *s, const gm_bench_result *r)
{
    gm_text_table table = {0};
    gemlet_status status = fill_table(&table, s, r);
    if (status == GEMLET_OK)
        status = gm_text_table_print(&table, stdout);
    gm_text_table_free(&table);
    for (gm_bench_mode mode = 0; mode < GM_BENCH_N_MODES; ++mode) {
        const gm_bench_measured *m = &r->modes[mode];
        if (!m->is_measured && m->left_out[0] != '\0' && r->has_device)
            gm_print_text(stdout, "%s  left out: %s\n", titles[mode], m->left_out);
    }
    print_winner(r);
    return status;
}

/* ---- the file ------------------------------------------------------------------------------- */

static int add_limits(cJSON *root, const gm_worker_device *device)
{
    const gm_device_limits *limits = &device->limits;
    if (!device->has_limits)
        return cJSON_AddNullToObject(root, "limits") != NULL;
    cJSON *object = cJSON_AddObjectToObject(root, "limits");
    int ok = object != NULL &&
             gm_json_add_real(object, "flops_per_second", limits->flops_per_second) &&
             gm_json_add_real(object, "launch_seconds", limits->launch_seconds) &&
             gm_json_add_real(object, "split_launch_seconds", limits->split_launch_seconds);
    cJSON *copies = ok ? cJSON_AddArrayToObject(object, "copies") : NULL;
    ok = copies != NULL;
    for (unsigned i = 0; ok && i < GM_LIMITS_N_SIZES; ++i) {
        cJSON *copy = cJSON_CreateObject();
        ok = cJSON_AddItemToArray(copies, copy) &&
             gm_json_add_count(copy, "working_set_bytes", gm_limits_size(i)) &&
             gm_json_add_real(copy, "bytes_per_second", limits->bytes_per_second[i]);
    }
    return ok;
}

static int add_device(cJSON *root, const gm_bench_result *r)
{
    const gm_worker_device *device = &r->device;
    if (!r->has_device)
        return cJSON_AddNullToObject(root, "device") != NULL;
    cJSON *object = cJSON_AddObjectToObject(root, "device");
    return object != NULL && gm_json_add_text(object, "name", device->name) &&
           gm_json_add_text(object, "type", gemlet_device_type_name(device->type)) &&
           gm_json_add_text(object, "platform", device->platform) &&
           gm_json_add_text(object, "driver", device->driver) &&
           gm_json_add_text(object, "gemm", device->gemm) &&
           gm_json_add_count(object, "compute_units", device->compute_units);
}

static int add_subject(cJSON *root, const gm_bench_subject *s)
{
    const gm_op_cost cost = step_cost(s);
    return gm_json_add_text(root, "network", s->spec_text) &&
           gm_json_add_count(root, "n_parameters", gemlet_spec_n_parameters(s->spec)) &&
           gm_json_add_text(root, "data", s->data) &&
           gm_json_add_count(root, "rows", gemlet_dataset_rows(s->dataset)) &&
           gm_json_add_count(root, "batch", s->batch) &&
           gm_json_add_count(root, "flops_per_step", cost.n_flops) &&
           gm_json_add_count(root, "least_bytes_per_step", cost.n_bytes);
}

static int add_rounds(cJSON *object, const gm_bench_result *r, const gm_bench_measured *m)
{
    cJSON *rounds = cJSON_AddArrayToObject(object, "round_seconds");
    int ok = rounds != NULL;
    for (unsigned i = 0; ok && i < r->n_rounds; ++i)
        ok = cJSON_AddItemToArray(rounds, cJSON_CreateNumber(m->round_seconds[i]));
    return ok;
}

static int add_mode(cJSON *modes, const gm_bench_subject *s, const gm_bench_result *r,
                    gm_bench_mode mode)
{
    const gm_bench_measured *m = &r->modes[mode];
    cJSON *object = cJSON_CreateObject();
    if (!cJSON_AddItemToArray(modes, object) || !gm_json_add_text(object, "mode", names[mode]))
        return 0;
    if (!m->is_measured)
        return gm_json_add_text(object, "left_out", m->left_out);
    return gm_json_add_real(object, "us_per_step", m->us_per_step) &&
           gm_json_add_real(object, "lower_quartile", m->lower_quartile) &&
           gm_json_add_real(object, "upper_quartile", m->upper_quartile) &&
           gm_json_add_real(object, "rows_per_second", samples_per_second(s, m)) &&
           gm_json_add_real(object, "flops_per_second", flops_per_second(s, m)) &&
           gm_json_add_real(object, "share_of_peak", share_of_peak(s, r, mode)) &&
           gm_json_add_real(object, "cold_start_seconds", m->cold_start_seconds) &&
           gm_json_add_real(object, "warm_start_seconds", m->warm_start_seconds) &&
           gm_json_add_count(object, "peak_memory_bytes", m->peak_memory_bytes) &&
           gm_json_add_real(object, "loss", m->loss) && add_rounds(object, r, m);
}

static int add_winner(cJSON *root, const gm_bench_result *r)
{
    const gm_bench_mode fastest = gm_bench_fastest(r);
    cJSON *ratios = NULL;
    int ok = gm_json_add_text(root, "fastest", names[fastest]) &&
             (ratios = cJSON_AddObjectToObject(root, "times_as_fast_as")) != NULL;
    for (gm_bench_mode mode = 0; ok && mode < GM_BENCH_N_MODES; ++mode) {
        if (mode != fastest && r->modes[mode].is_measured)
            ok = gm_json_add_real(ratios, names[mode], gm_bench_ratio(r, fastest, mode));
    }
    return ok;
}

static int fill_root(cJSON *root, const gm_bench_subject *s, const gm_bench_result *r)
{
    if (root == NULL || !gm_json_add_count(root, "schema_version", SCHEMA_VERSION) ||
        !gm_json_add_text(root, "gemlet_version", gemlet_version()) || !add_subject(root, s) ||
        !add_device(root, r) || !add_limits(root, &r->device) ||
        !gm_json_add_count(root, "rounds", r->n_rounds) ||
        !gm_json_add_count(root, "steps_per_round", r->steps_per_round) ||
        !gm_json_add_count(root, "total_steps", r->total_steps))
        return 0;
    cJSON *modes = cJSON_AddArrayToObject(root, "modes");
    int ok = modes != NULL;
    for (gm_bench_mode mode = 0; ok && mode < GM_BENCH_N_MODES; ++mode) {
        if (r->modes[mode].is_measured || r->modes[mode].left_out[0] != '\0')
            ok = add_mode(modes, s, r, mode);
    }
    return ok && add_winner(root, r);
}

gemlet_status gm_bench_write_json(const char *path, const gm_bench_subject *subject,
                                  const gm_bench_result *result)
{
    cJSON *root = cJSON_CreateObject();
    if (fill_root(root, subject, result))
        return gm_json_write(path, root);
    cJSON_Delete(root);
    return gm_json_write(path, NULL);
}
