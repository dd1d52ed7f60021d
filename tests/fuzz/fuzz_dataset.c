/* SPDX-License-Identifier: MIT
 * Round trips of data sets; see fuzz_dataset.h. */
#include "fuzz/fuzz_dataset.h"

#include <string.h>

#include "core/temporary.h"
#include "fuzz/fuzz.h"

static size_t n_values(const gemlet_dataset *dataset)
{
    return (size_t)gemlet_dataset_rows(dataset) * gemlet_dataset_features(dataset);
}

static float value_at(const gemlet_dataset *dataset, size_t i)
{
    const void *values = gemlet_dataset_values(dataset);
    if (gemlet_dataset_element(dataset) == GEMLET_ELEMENT_U8)
        return ((const uint8_t *)values)[i];
    return ((const float *)values)[i];
}

static void check_same(const gemlet_dataset *a, const gemlet_dataset *b)
{
    FUZZ_CHECK(gemlet_dataset_rows(a) == gemlet_dataset_rows(b));
    FUZZ_CHECK(gemlet_dataset_features(a) == gemlet_dataset_features(b));
    FUZZ_CHECK(gemlet_dataset_classes(a) == gemlet_dataset_classes(b));
    for (size_t i = 0; i < n_values(a); ++i)
        FUZZ_CHECK(value_at(a, i) == value_at(b, i));
    const uint32_t *labels = gemlet_dataset_labels(a);
    const uint32_t *other_labels = gemlet_dataset_labels(b);
    FUZZ_CHECK((labels == NULL) == (other_labels == NULL));
    if (labels != NULL)
        FUZZ_CHECK(memcmp(labels, other_labels, gemlet_dataset_rows(a) * sizeof *labels) == 0);
}

void fuzz_round_trip_idx(const gemlet_dataset *dataset)
{
    const char *items_path = fuzz_path("items");
    const char *labels_path = gemlet_dataset_labels(dataset) != NULL ? fuzz_path("labels") : NULL;
    gemlet_dataset *copy;
    unsigned n_dims = 0;
    const gemlet_dim *dims = gemlet_dataset_item_dims(dataset, &n_dims);
    FUZZ_CHECK(gemlet_dataset_save_idx(dataset, items_path, labels_path) == GEMLET_OK);
    FUZZ_CHECK(gemlet_dataset_load_idx(&copy, items_path, labels_path) == GEMLET_OK);
    check_same(dataset, copy);
    FUZZ_CHECK(gemlet_dataset_element(dataset) == gemlet_dataset_element(copy));
    FUZZ_CHECK(gemlet_dataset_crc32(dataset) == gemlet_dataset_crc32(copy)); /* bits */
    unsigned n_copy_dims = 0;
    const gemlet_dim *copy_dims = gemlet_dataset_item_dims(copy, &n_copy_dims);
    FUZZ_CHECK(n_dims == n_copy_dims);
    FUZZ_CHECK(memcmp(dims, copy_dims, n_dims * sizeof *dims) == 0);
    gemlet_dataset_destroy(copy);
}

/* ---- rows in files -------------------------------------------------------------------------- */

void fuzz_stored(const gemlet_dataset *expected, size_t n_bytes, fuzz_loader load, const char *path,
                 const void *labels)
{
    const char *cache = fuzz_path("cache");
    const char *tables[] = {fuzz_path("one"), fuzz_path("other")};
    gemlet_memory_limit_set(n_bytes > 0 ? n_bytes : 1);
    FUZZ_CHECK(gemlet_dataset_allow_files(1, cache) == GEMLET_OK);
    for (unsigned i = 0; i < 2; ++i) {
        gemlet_dataset *stored;
        if (!fuzz_succeeded(load(&stored, path, labels))) {
            FUZZ_CHECK(stored == NULL);
            continue;
        }
        FUZZ_CHECK(expected != NULL);
        FUZZ_CHECK(gemlet_dataset_rows(stored) == gemlet_dataset_rows(expected));
        FUZZ_CHECK(gemlet_dataset_crc32(stored) == gemlet_dataset_crc32(expected));
        FUZZ_CHECK(gemlet_dataset_save_csv(stored, tables[0]) == GEMLET_OK);
        FUZZ_CHECK(gemlet_dataset_save_csv(expected, tables[1]) == GEMLET_OK);
        FUZZ_CHECK(fuzz_same_files(tables[0], tables[1]));
        gemlet_dataset_destroy(stored);
    }
    /* The next input may be a file of the same size, number and, as clocks are coarse, time. */
    gm_directory_remove(cache);
    gemlet_dataset_allow_files(0, NULL);
    gemlet_memory_limit_set(0);
}

void fuzz_round_trip_csv(const gemlet_dataset *dataset)
{
    const gemlet_labels labels =
        gemlet_dataset_labels(dataset) != NULL ? GEMLET_LABELS_FIRST : GEMLET_LABELS_NONE;
    const char *path = fuzz_path("table");
    gemlet_dataset *copy;
    FUZZ_CHECK(gemlet_dataset_save_csv(dataset, path) == GEMLET_OK);
    FUZZ_CHECK(gemlet_dataset_load_csv(&copy, path, labels) == GEMLET_OK);
    check_same(dataset, copy);
    gemlet_dataset_destroy(copy);
}
