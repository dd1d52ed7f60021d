/* SPDX-License-Identifier: MIT
 * What tuning found for a device and a network: as text, and kept from one run to the next. */
#ifndef GM_TUNE_TUNED_H
#define GM_TUNE_TUNED_H

#include "backend/tuning.h"
#include "core/kept_file.h"
#include "gemlet/model.h"

extern const gm_kept_kind gm_tuned_kind;

/* Lines of all that a tuning depends on: the library, device, platform, driver, kernels, network
 * and batch. kernels_id may be NULL. Release with free(). */
gemlet_status gm_tuned_key(char **key, const gemlet_device_info *info, const char *kernels_id,
                           const gemlet_spec *spec, gemlet_dim batch);

/* The same for an open device. */
gemlet_status gm_tuned_device_key(char **key, gemlet_device *device, const gemlet_spec *spec,
                                  gemlet_dim batch);

/* The tuning under the key. A file of another version of this program counts as damaged. */
gm_kept_state gm_tuned_find(gm_tuning *tuning, const char *directory, const char *key);

/* Keeps it; creates the directory. */
gemlet_status gm_tuned_store(const char *directory, const char *key, const gm_tuning *tuning);

/* gm_backend_tune() of an open device. */
gemlet_status gm_tuned_apply(gemlet_device *device, const gm_tuning *tuning);

/* *text = a line with every choice, and its end. Release with free(). */
gemlet_status gm_tuned_format(char **text, const gm_tuning *tuning);

/* Returns 1 if the text is that of a tuning this program can have written. */
int gm_tuned_parse(gm_tuning *tuning, const char *text);

int gm_tuned_is_equal(const gm_tuning *a, const gm_tuning *b);

/* text (GM_TUNED_TEXT_SIZE) out: for people, e.g. "fused, panels of 48 columns". */
#define GM_TUNED_TEXT_SIZE 160u
void gm_tuned_describe(char *text, const gm_tuning *tuning);

#endif
