/* SPDX-License-Identifier: MIT
 * What cJSON lacks: numbers that keep all their digits, text from outside, files that appear whole.
 *
 * The functions that add return 1, or 0 when memory runs out, to be chained with &&. */
#ifndef GM_CORE_JSON_H
#define GM_CORE_JSON_H

#include <stdint.h>

#include <cjson/cJSON.h>

#include "core/error.h"

/* A string item with the text made clean (clean_text.h); NULL when memory runs out. */
cJSON *gm_json_create_text(const char *text);

/* null for NULL. */
int gm_json_add_text(cJSON *object, const char *key, const char *text);

/* The shortest text that reads back as the same value; null for what is not finite. */
int gm_json_add_real(cJSON *object, const char *key, double value);

int gm_json_add_count(cJSON *object, const char *key, uint64_t value);

/* The item at a place, "key" or "object.key"; NULL if there is none. root may be NULL. */
const cJSON *gm_json_at(const cJSON *root, const char *place);

/* The number there; NAN if there is none. */
double gm_json_number_at(const cJSON *root, const char *place);

/* The text there; NULL if there is none. Belongs to the tree. */
const char *gm_json_text_at(const cJSON *root, const char *place);

/* Writes the tree to `path` atomically and deletes it. NULL stands for a tree for which memory ran
 * out: GEMLET_E_MEMORY. */
gemlet_status gm_json_write(const char *path, cJSON *root);

#endif
