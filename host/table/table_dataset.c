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
    gm_encoding *encoding;
    uint32_t *answers = NULL;
    *out = NULL;
    GEMLET_TRY(gm_compact_make(&compact, schema, table, rows, n_rows, path));
    if (news != NULL)
        count_news(news, &compact);
    gemlet_status status = gm_encode_schema(&encoding, schema);
    if (status == GEMLET_OK && with_answers)
        status = gm_answers_of_rows(&answers, schema, table, rows, n_rows, path);
    if (status == GEMLET_OK) {
        status = gm_dataset_adopt(out, n_rows, schema->n_inputs, GEMLET_ELEMENT_F32, compact.values,
                                  answers);
        compact.values = NULL;
    }
    gm_compact_free(&compact);
    if (status != GEMLET_OK) {
        gm_encoding_release(encoding);
        return status;
    }
    gm_dataset_set_encoding(*out, encoding);
    if (with_answers) {
        (*out)->classes = schema->n_classes; /* those without a row here exist, too */
        (*out)->has_targets = schema->task == GM_TASK_REGRESSION;
    }
    return GEMLET_OK;
}
