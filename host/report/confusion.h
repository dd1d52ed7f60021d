/* SPDX-License-Identifier: MIT
 * Confusion matrices in JSON: what classes the rows of each class were taken for. */
#ifndef GM_REPORT_CONFUSION_H
#define GM_REPORT_CONFUSION_H

#include "core/json.h"
#include "gemlet/dataset.h"

/* Adds "classes": their names, or their numbers where names is NULL; and "counts": for each class
 * the numbers of its rows by the answer, as they stand in counts (n_classes, n_classes). Returns 0
 * when memory runs out, else 1. */
int gm_confusion_add_json(cJSON *object, const uint64_t *counts, const char *const *names,
                          gemlet_dim n_classes);

#endif
