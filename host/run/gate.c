/* SPDX-License-Identifier: MIT
 * See gate.h. */
#include "run/gate.h"

#include "model/model.h"
#include "run/note.h"

static const char *when(int is_cached)
{
    return is_cached ? " (found earlier)" : "";
}

/* The last of the trials is the GEMM in use; the ones before it were replaced. */
static void tell_of_replaced(const gm_gate *gate, const gm_qualify_report *report)
{
    for (unsigned i = 0; i + 1 < report->n_trials; ++i) {
        const gm_qualify_trial *trial = &report->trials[i];
        gm_note(gate->on_note, gate->user, "%s %s on this device%s: %s; using %s instead",
                trial->gemm, trial->verdict.state == GM_GEMM_WRONG ? "is wrong" : "fails",
                when(trial->is_cached), trial->verdict.fault, report->trials[i + 1].gemm);
    }
}

gemlet_status gm_gate_products(const gm_gate *gate, const gemlet_spec *spec, gemlet_dim batch)
{
    gm_qualify_report report;
    gm_qualify_job job = {.spec = spec, .batch = batch};
    for (unsigned i = 0; i < GM_QUALIFY_MAX_TESTS; ++i)
        job.test_rows[i] = gate->test_rows[i];
    const gemlet_status status =
        gm_qualify_device(gate->device, &job, gate->cache_directory, &report);
    tell_of_replaced(gate, &report);
    if (report.note != NULL)
        gm_note(gate->on_note, gate->user, "device %s %s",
                gemlet_device_get_info(gate->device)->name, report.note);
    return status;
}

gemlet_status gm_gate_fused_steps(gm_gate_fused *verdict, const gm_gate *gate,
                                  const gm_step_job *job)
{
    gm_step_report report;
    *verdict = GM_GATE_NOT_FUSED;
    GEMLET_TRY(gm_qualify_fused(&report, gate->device, job, gate->cache_directory));
    if (!report.is_tried)
        return GEMLET_OK;
    *verdict = report.is_wrong ? GM_GATE_FUSED_WRONG : GM_GATE_FUSED_RIGHT;
    if (!report.is_wrong)
        return GEMLET_OK;
    if (job->options->fused == GEMLET_FUSED_ON)
        return gm_error(GEMLET_E_DEVICE,
                        "the fused step is wrong on this device%s: %s; leave out --fused on",
                        when(report.is_cached), report.fault);
    gm_note(gate->on_note, gate->user,
            "the fused step is wrong on this device%s: %s; training operation by operation instead",
            when(report.is_cached), report.fault);
    return GEMLET_OK;
}

static gemlet_status refuse_wrong(const gm_gate *gate, const gm_step_report *report,
                                  const char *verb)
{
    if (!report->is_wrong)
        return GEMLET_OK;
    return gm_error(GEMLET_E_DEVICE, "device %s %s wrongly%s: %s; use --device cpu",
                    gemlet_device_get_info(gate->device)->name, verb, when(report->is_cached),
                    report->fault);
}

gemlet_status gm_gate_composed_steps(const gm_gate *gate, const gm_step_job *job)
{
    gm_step_report report;
    GEMLET_TRY(gm_gate_products(gate, gemlet_model_spec(job->model), job->options->batch));
    GEMLET_TRY(gm_qualify_composed(&report, gate->device, job, gate->cache_directory));
    return refuse_wrong(gate, &report, "trains");
}

gemlet_status gm_gate_evaluation(const gm_gate *gate, const gemlet_model *model,
                                 const gemlet_dataset *dataset)
{
    gm_step_report report;
    gm_gate of_rows = *gate;
    of_rows.test_rows[0] = gemlet_dataset_rows(dataset);
    GEMLET_TRY(gm_gate_products(&of_rows, gemlet_model_spec(model), 0));
    /* The networks of an ensemble do the same. */
    GEMLET_TRY(gm_qualify_evaluation(&report, gate->device, gm_model_network(model, 0), dataset,
                                     gate->cache_directory));
    return refuse_wrong(gate, &report, "evaluates");
}
