/* SPDX-License-Identifier: MIT
 * init_study.json: everything a study measured. */
#ifndef GM_STUDY_STUDY_JSON_H
#define GM_STUDY_STUDY_JSON_H

#include "study/study.h"

/* Raised when a key changes its meaning or goes away. */
#define GM_STUDY_SCHEMA    1

#define GM_STUDY_JSON_NAME "init_study.json"

/* Writes the file into `directory`. */
gemlet_status gm_study_json_write(const char *directory, const gm_study *study,
                                  const char *device_name, const char *data);

#endif
