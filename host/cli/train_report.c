/* SPDX-License-Identifier: MIT
 * See train_report.h. */
#include "cli/train_report.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/clean_text.h"
#include "core/names.h"
#include "model/spec.h"
#include "train/augment.h"
#include "train/schedule.h"

/* What the recipe or the options have of these. */
static void print_besides(const gemlet_train_options *train)
{
    const struct {
        const char *name;
        double value; /* 0: none */
    } parts[] = {
        {train->nesterov ? "Nesterov's momentum" : "momentum", train->momentum},
        {"dropout", train->dropout},
        {"input dropout", train->input_dropout},
        {"input noise", train->input_noise},
        {"hidden noise", train->hidden_noise},
        {"label smoothing", train->label_smoothing},
        {"mixup", train->mixup},
        {"adversarial step", train->adversarial},
        {"virtual adversarial step", train->virtual_adversarial},
        {"gradient's largest norm", train->clip_norm},
        {"weights' largest norm", train->max_norm},
    };
    const char *before = "besides  ";
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; ++i) {
        if (parts[i].value == 0)
            continue;
        printf("%s%s %g", before, parts[i].name, parts[i].value);
        before = ", ";
    }
    if (before[0] == ',')
        putchar('\n');
}

void gm_train_report_setup(const gm_run *r)
{
    const gm_setup *s = &r->setup;
    gemlet_train_options train = s->settings.train;
    char schedule[GM_SCHEDULE_TEXT_SIZE];
    char validation[64] = "";
    if (s->rows.validation != NULL)
        snprintf(validation, sizeof validation, ", %u validation rows",
                 gemlet_dataset_rows(s->rows.validation));
    char answers[64] = "a number to predict";
    if (s->spec.task == GEMLET_TASK_CLASSIFICATION)
        snprintf(answers, sizeof answers, "%u classes", gm_spec_classes(&s->spec));
    gm_print_text(stdout, "data     %s: %u training rows%s, %u test rows, %u features, %s\n",
                  s->settings.data, gemlet_dataset_rows(s->rows.train), validation,
                  gemlet_dataset_rows(s->rows.test), s->spec.n_inputs, answers);
    if (s->rows.table != NULL)
        gm_print_text(stdout, "table    %s\n", s->rows.table);
    gm_print_text(stdout, "device   %s\n", gemlet_device_choice(s->device));
    if (s->tuned[0] != '\0')
        printf("tuned    %s (found by gemlet tune; --no-tuned does without)\n", s->tuned);
    printf("network  %s, %zu parameters\n", s->spec_text, gemlet_spec_n_parameters(&s->spec));
    if (s->settings.from != NULL)
        gm_print_text(stdout, "from     %s\n", s->settings.from);
    train.n_steps = r->n_steps;
    gm_schedule_describe(schedule, &train);
    printf("training %llu steps of %u rows, %s, learning rate %s, weight decay %g, recipe %s, "
           "seed %llu\n",
           (unsigned long long)r->n_steps, train.batch,
           gm_name_of(gm_optimizer_names, train.optimizer), schedule, train.weight_decay,
           gm_name_of(gm_recipe_names, s->settings.recipe), (unsigned long long)train.seed);
    print_besides(&train);
    if (s->settings.augment != NULL) {
        char augmentation[GM_AUGMENT_TEXT_SIZE];
        gm_augment_describe(augmentation, &train);
        printf("augment  %s\n", augmentation);
    }
    if (s->settings.lr_scale != NULL)
        gm_print_text(stdout, "rates    %s of the learning rate\n", s->settings.lr_scale);
    if (s->settings.average != NULL)
        printf("average  %s of the weights: what is evaluated and saved\n", s->settings.average);
}

/* Loss and accuracy; of a regression, which has none, RMSE in the unit of the target. */
static void print_evaluation(const gm_run *r, const char *before, const gemlet_evaluation *e)
{
    printf("%sloss %.4f, ", before, e->loss);
    if (isnan(e->accuracy))
        printf("RMSE %.6g", gm_schema_target_unit(r->setup.rows.schema) * sqrt(e->loss));
    else
        printf("accuracy %.2f %%", 100.0 * e->accuracy);
}

static void print_best(const gm_run *r)
{
    const gemlet_train_result *trained = &r->trained;
    printf("best     after %llu steps: ", (unsigned long long)trained->good_steps);
    print_evaluation(r, "validation ", &r->validated);
    printf(" of %llu rows\n", (unsigned long long)r->validated.rows);
    print_evaluation(r, "last     validation ", &trained->last_validation);
    putchar('\n');
}

/* "unknown" for a figure that these rows do not give, such as an AUC of one class. */
static const char *format_figure(char text[16], double value)
{
    snprintf(text, 16, isnan(value) ? "unknown" : "%.4f", value);
    return text;
}

static void print_test(const gm_run *r)
{
    const gm_metrics *m = &r->metrics;
    char figure[16];
    if (m->n_classes == 0) {
        printf("test     loss %.4f, RMSE %.6g, MAE %.6g, R2 %s of %llu rows\n", r->tested.loss,
               m->rmse, m->mae, format_figure(figure, m->r2), (unsigned long long)r->tested.rows);
        return;
    }
    printf("test     loss %.4f, accuracy %.2f %% (%llu of %llu)\n", r->tested.loss,
           100.0 * r->tested.accuracy, (unsigned long long)r->tested.correct,
           (unsigned long long)r->tested.rows);
    if (r->setup.rows.schema != NULL)
        printf("         balanced accuracy %.2f %%, macro F1 %.4f, AUC %s\n",
               100.0 * m->balanced_accuracy, m->macro_f1, format_figure(figure, m->auc));
}

void gm_train_report_figures(const gm_run *r)
{
    const gemlet_train_result *trained = &r->trained;
    if (trained->stopped)
        printf("stopped after %llu of %llu steps\n", (unsigned long long)trained->steps,
               (unsigned long long)r->n_steps);
    if (trained->stopped_early)
        printf("stopped early: %llu validations in a row did not lower the validation loss\n",
               (unsigned long long)r->setup.settings.train.patience);
    printf("trained  %llu steps in %.2f s, %.0f us a step\n", (unsigned long long)trained->steps,
           trained->seconds, 1e6 * trained->seconds / (double)trained->steps);
    if (gm_run_validates(r))
        print_best(r);
    else if (r->setup.rows.validation != NULL) {
        print_evaluation(r, "held out ", &r->validated);
        printf(" of %llu rows\n", (unsigned long long)r->validated.rows);
    }
    print_test(r);
}

/* As a shell takes it. */
void gm_train_report_resume(const char *out)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "/._-+,:@%=";
    const char *quote = out[strspn(out, plain)] == '\0' ? "" : "'";
    gm_print_text(stdout, "resume   gemlet train --resume %s%s%s\n", quote, out, quote);
}

void gm_train_report_seeds(const gm_run *r)
{
    const gm_run_settings *s = &r->setup.settings;
    printf("ensemble %u networks, seeds %llu to %llu\n", s->ensemble,
           (unsigned long long)s->train.seed,
           (unsigned long long)(s->train.seed + s->ensemble - 1));
}

void gm_train_report_whole(const gm_run *r)
{
    printf("ensemble of %u networks, trained in %.2f s\n", r->setup.settings.ensemble,
           r->trained.seconds);
    if (r->validated.rows > 0) {
        print_evaluation(r, "held out ", &r->validated);
        printf(" of %llu rows\n", (unsigned long long)r->validated.rows);
    }
    print_test(r);
}
