/* SPDX-License-Identifier: MIT
 * See eval_report.h. */
#include "cli/eval_report.h"

#include <inttypes.h>
#include <math.h>

#include "core/clean_text.h"
#include "core/text_table.h"
#include "report/confusion.h"

/* More columns fit no terminal. */
#define MAX_PRINTED_CLASSES 20u

/* ---- text ----------------------------------------------------------------------------------- */

static void print_real(FILE *stream, const char *name, double value)
{
    if (isnan(value))
        fprintf(stream, "%-17s  unknown\n", name);
    else
        fprintf(stream, "%-17s  %.6g\n", name, value);
}

static gemlet_status add_class(gm_text_table *table, const gm_schema *schema, gemlet_dim class_)
{
    char name[44];
    if (schema == NULL)
        return gm_text_table_add(table, "%u", class_);
    snprintf(name, sizeof name, "%.40s", schema->classes[class_]);
    gm_clean_text_in_place(name);
    return gm_text_table_add(table, "%s", name);
}

static gemlet_status add_confusion(gm_text_table *table, const gm_eval_report *r)
{
    const gemlet_dim n_classes = r->metrics.n_classes;
    GEMLET_TRY(gm_text_table_add(table, "rows \\ answers"));
    for (gemlet_dim c = 0; c < n_classes; ++c)
        GEMLET_TRY(add_class(table, r->schema, c));
    for (gemlet_dim c = 0; c < n_classes; ++c) {
        GEMLET_TRY(add_class(table, r->schema, c));
        for (gemlet_dim k = 0; k < n_classes; ++k)
            GEMLET_TRY(
                gm_text_table_add(table, "%" PRIu64, r->metrics.confusion[c * n_classes + k]));
    }
    return GEMLET_OK;
}

static gemlet_status print_confusion(const gm_eval_report *r, FILE *stream)
{
    gm_text_table table = {
        .n_columns = (size_t)r->metrics.n_classes + 1, .n_names = 1, .n_keys = 1};
    if (r->metrics.confusion == NULL || r->metrics.n_classes > MAX_PRINTED_CLASSES)
        return GEMLET_OK;
    gemlet_status status = add_confusion(&table, r);
    fputc('\n', stream);
    if (status == GEMLET_OK)
        status = gm_text_table_print(&table, stream);
    gm_text_table_free(&table);
    return status;
}

gemlet_status gm_eval_report_print(const gm_eval_report *r, FILE *stream)
{
    const gemlet_evaluation *evaluation = &r->evaluation;
    const gm_metrics *m = &r->metrics;
    fprintf(stream, "%-17s  %" PRIu64 "\n", "rows", evaluation->rows);
    if (m->n_classes == 0) {
        print_real(stream, "RMSE", m->rmse);
        print_real(stream, "MAE", m->mae);
        print_real(stream, "R2", m->r2);
        print_real(stream, "loss", evaluation->loss);
        return GEMLET_OK;
    }
    fprintf(stream, "%-17s  %" PRIu64 "\n%-17s  %.2f %%\n%-17s  %.6f\n", "correct",
            evaluation->correct, "accuracy", 100.0 * evaluation->accuracy, "loss",
            evaluation->loss);
    fprintf(stream, "%-17s  %.2f %%\n", "balanced accuracy", 100.0 * m->balanced_accuracy);
    print_real(stream, "macro F1", m->macro_f1);
    print_real(stream, "AUC", m->auc);
    return print_confusion(r, stream);
}

/* ---- JSON ----------------------------------------------------------------------------------- */

static void print_json_real(FILE *stream, const char *name, double value)
{
    if (isnan(value))
        fprintf(stream, ", \"%s\": null", name);
    else
        fprintf(stream, ", \"%s\": %.17g", name, value);
}

static gemlet_status print_json_confusion(const gm_eval_report *r, FILE *stream)
{
    if (r->metrics.confusion == NULL)
        return GEMLET_OK;
    const char *const *names = r->schema != NULL ? (const char *const *)r->schema->classes : NULL;
    cJSON *object = cJSON_CreateObject();
    char *text = object != NULL && gm_confusion_add_json(object, r->metrics.confusion, names,
                                                         r->metrics.n_classes)
                     ? cJSON_PrintUnformatted(object)
                     : NULL;
    cJSON_Delete(object);
    if (text == NULL)
        return gm_error(GEMLET_E_MEMORY, "confusion matrix: out of memory");
    fprintf(stream, ", \"confusion\": %s", text);
    cJSON_free(text);
    return GEMLET_OK;
}

gemlet_status gm_eval_report_print_json(const gm_eval_report *r, FILE *stream)
{
    const gemlet_evaluation *evaluation = &r->evaluation;
    const gm_metrics *m = &r->metrics;
    gemlet_status status = GEMLET_OK;
    fprintf(stream, "{\"rows\": %" PRIu64, evaluation->rows);
    if (m->n_classes > 0) {
        fprintf(stream, ", \"correct\": %" PRIu64, evaluation->correct);
        print_json_real(stream, "accuracy", evaluation->accuracy);
    }
    print_json_real(stream, "loss", evaluation->loss);
    if (m->n_classes > 0) {
        print_json_real(stream, "balanced_accuracy", m->balanced_accuracy);
        print_json_real(stream, "macro_f1", m->macro_f1);
        print_json_real(stream, "auc", m->auc);
        status = print_json_confusion(r, stream);
    } else {
        print_json_real(stream, "rmse", m->rmse);
        print_json_real(stream, "mae", m->mae);
        print_json_real(stream, "r2", m->r2);
    }
    fputs("}\n", stream);
    return status;
}
