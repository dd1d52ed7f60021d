/* SPDX-License-Identifier: MIT
 * See table_dataset.h. */
#include "table/table_dataset.h"

#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "core/memory_limit.h"
#include "data/dataset.h"
#include "table/answers.h"
#include "table/compact.h"
#include "table/encode.h"

static gemlet_status encode(float **inputs, const gm_schema *schema, const gm_compact *compact,
                            const char *path)
{
    gm_encoding *encoding;
    size_t n;
    size_t n_bytes;
    GEMLET_TRY(gm_checked_mul(&n, compact->rows, schema->n_inputs, path));
    GEMLET_TRY(gm_checked_mul(&n_bytes, n, sizeof **inputs, path));
    GEMLET_TRY(gm_memory_limit_check(n_bytes, path));
    GEMLET_TRY(GM_ALLOC(*inputs, n, path));
    const gemlet_status status = gm_encoding_create(&encoding, schema);
    if (status != GEMLET_OK) {
        free(*inputs);
        return status;
    }
    for (gemlet_dim row = 0; row < compact->rows; ++row)
        gm_encode32_row(encoding, compact->values + (size_t)row * compact->n_columns,
                        *inputs + (size_t)row * schema->n_inputs);
    gm_encoding_destroy(encoding);
    return GEMLET_OK;
}

static void count_news(gm_table_news *news, const gm_compact *compact)
{
    *news = (gm_table_news){0, 0};
    for (gemlet_dim i = 0; i < compact->n_columns; ++i) {
        news->n_unknown += compact->n_unknown[i];
        news->n_new_gaps += compact->n_new_gaps[i];
    }
}

gemlet_status gm_table_dataset_create(gemlet_dataset **out, gm_table_news *news,
                                      const gm_schema *schema, const gm_table *table,
                                      const gemlet_dim *rows, gemlet_dim n_rows, int with_answers,
                                      const char *path)
{
    gm_compact compact;
    float *inputs = NULL;
    uint32_t *answers = NULL;
    *out = NULL;
    GEMLET_TRY(gm_compact_make(&compact, schema, table, rows, n_rows, path));
    if (news != NULL)
        count_news(news, &compact);
    gemlet_status status = encode(&inputs, schema, &compact, path);
    gm_compact_free(&compact);
    if (status == GEMLET_OK && with_answers)
        status = gm_answers_of_rows(&answers, schema, table, rows, n_rows, path);
    if (status != GEMLET_OK) {
        free(inputs);
        return status;
    }
    GEMLET_TRY(
        gm_dataset_adopt(out, n_rows, schema->n_inputs, GEMLET_ELEMENT_F32, inputs, answers));
    if (with_answers) {
        (*out)->classes = schema->n_classes; /* those without a row here exist, too */
        (*out)->has_targets = schema->task == GM_TASK_REGRESSION;
    }
    return GEMLET_OK;
}
