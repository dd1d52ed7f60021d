/* SPDX-License-Identifier: MIT
 * What the settings of a training run stand for: data, network, model, options. Shared by the
 * commands that train and those that verify training. */
#ifndef GM_CLI_TRAIN_JOB_H
#define GM_CLI_TRAIN_JOB_H

#include "cli/train_settings.h"

/* The rows of a run. Zero-initialised; release with gm_train_rows_free(), also after a failure. */
typedef struct gm_train_rows {
    gemlet_dataset *train;
    gemlet_dataset *held_out; /* NULL unless --hold-out */
    gemlet_dataset *test;
} gm_train_rows;

/* Loads the data, fits the network to them, takes out the held-out rows, and fits the batch. */
gemlet_status gm_train_job_load(gm_train_rows *rows, gemlet_spec *spec, const char *command,
                                gm_train_settings *settings);

/* Where there are fewer rows than the default batch has, the batch becomes the number of rows, and
 * a line on stderr says so. GEMLET_E_RANGE for a --batch that is larger. */
gemlet_status gm_train_job_fit_batch(const char *command, gm_train_settings *settings,
                                     const gemlet_dataset *train);

/* The steps that --steps or --epochs asks for. */
uint64_t gm_train_job_count_steps(const gm_train_settings *settings, const gemlet_dataset *train);

/* GEMLET_E_RANGE where batch-norm would see a single row a step, which cannot be learned from. */
gemlet_status gm_train_job_check_batch_norm(const gm_train_settings *settings,
                                            const gemlet_spec *spec);

/* One line on stderr if all rows are of one class. */
void gm_train_job_warn_of_one_class(const char *command, const gemlet_dataset *train);

/* The untrained model with the input scale for these data. Release with gemlet_model_destroy(). */
gemlet_status gm_train_job_create_model(gemlet_model **out, const gm_train_settings *settings,
                                        const gemlet_spec *spec, const gemlet_dataset *train);

/* Those of the settings, for so many steps. */
gemlet_train_options gm_train_job_options(const gm_train_settings *settings, uint64_t n_steps);

void gm_train_rows_free(gm_train_rows *rows);

#endif
