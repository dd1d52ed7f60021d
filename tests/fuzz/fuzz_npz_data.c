/* SPDX-License-Identifier: MIT
 * Fuzz target of data in npz archives: what is read as a table has as many rows in all columns,
 * what is read as items is finite and has a class for each row. */
#include <math.h>
#include <string.h>

#include "data/npz_items.h"
#include "fuzz/fuzz.h"
#include "gemlet/dataset.h"
#include "table/npz_table.h"

static void check_table(const char *path, int is_test)
{
    gm_table *table;
    const gm_read_options options = {.requests = NULL};
    if (!fuzz_succeeded(gm_npz_table_read(&table, path, is_test, &options))) {
        FUZZ_CHECK(table == NULL);
        return;
    }
    FUZZ_CHECK(table->rows > 0 && table->n_columns > 0);
    for (gemlet_dim i = 0; i < table->n_columns; ++i) {
        const gm_column *column = &table->columns[i];
        for (gemlet_dim row = 0; column->values != NULL && row < table->rows; ++row) {
            if (column->kind == GM_COLUMN_TEXTS)
                FUZZ_CHECK(gm_column_level(column, row) == GM_NO_LEVEL ||
                           gm_column_level(column, row) < column->levels.n);
            else
                FUZZ_CHECK(!isinf(gm_column_number(column, row)));
        }
    }
    gm_table_destroy(table);
}

static void check_items(const char *path, gemlet_split split)
{
    gemlet_dataset *items;
    if (!fuzz_succeeded(gm_npz_items_load(&items, path, split, 1))) {
        FUZZ_CHECK(items == NULL);
        return;
    }
    const uint32_t *labels = gemlet_dataset_labels(items);
    for (gemlet_dim row = 0; row < gemlet_dataset_rows(items); ++row)
        FUZZ_CHECK(labels[row] < gemlet_dataset_classes(items));
    gemlet_dataset_destroy(items);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *path = fuzz_file("input.npz", data, size);
    if (gm_npz_items_are_in(path)) {
        check_items(path, GEMLET_SPLIT_TRAIN);
        check_items(path, GEMLET_SPLIT_TEST);
    }
    check_table(path, 0);
    check_table(path, 1);
    return 0;
}
