/* SPDX-License-Identifier: MIT
 * See confusion.h. */
#include "report/confusion.h"

static int add_class(cJSON *classes, const char *const *names, gemlet_dim i)
{
    return cJSON_AddItemToArray(classes, names != NULL ? gm_json_create_text(names[i])
                                                       : cJSON_CreateNumber(i));
}

/* The rows of one class. They are fewer than a double counts exactly. */
static int add_counts(cJSON *rows, const uint64_t *counts, gemlet_dim n_classes)
{
    cJSON *row = cJSON_CreateArray();
    int ok = cJSON_AddItemToArray(rows, row);
    for (gemlet_dim i = 0; ok && i < n_classes; ++i)
        ok = cJSON_AddItemToArray(row, cJSON_CreateNumber((double)counts[i]));
    return ok;
}

int gm_confusion_add_json(cJSON *object, const uint64_t *counts, const char *const *names,
                          gemlet_dim n_classes)
{
    cJSON *classes = cJSON_AddArrayToObject(object, "classes");
    cJSON *rows = cJSON_AddArrayToObject(object, "counts");
    int ok = classes != NULL && rows != NULL;
    for (gemlet_dim i = 0; ok && i < n_classes; ++i)
        ok = add_class(classes, names, i) &&
             add_counts(rows, counts + (size_t)i * n_classes, n_classes);
    return ok;
}
