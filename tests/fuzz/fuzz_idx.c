/* SPDX-License-Identifier: MIT
 * Fuzz target of the IDX reader. The input is a file of items and, read once more, of labels: an
 * input with one dimension and small integers is both. */
#include "fuzz/fuzz.h"
#include "fuzz/fuzz_dataset.h"

static gemlet_status load(gemlet_dataset **out, const char *path, const void *labels_path)
{
    return gemlet_dataset_load_idx(out, path, labels_path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *path = fuzz_file("input", data, size);
    const char *const labels_paths[] = {NULL, path};
    for (size_t i = 0; i < sizeof labels_paths / sizeof labels_paths[0]; ++i) {
        gemlet_dataset *dataset;
        if (!fuzz_succeeded(gemlet_dataset_load_idx(&dataset, path, labels_paths[i]))) {
            FUZZ_CHECK(dataset == NULL);
            fuzz_stored(NULL, 100, load, path, labels_paths[i]);
            continue;
        }
        /* Less than the rows take. */
        fuzz_stored(dataset,
                    (size_t)gemlet_dataset_rows(dataset) * gemlet_dataset_features(dataset) - 1,
                    load, path, labels_paths[i]);
        fuzz_round_trip_idx(dataset);
        fuzz_round_trip_csv(dataset);
        gemlet_dataset_destroy(dataset);
    }
    return 0;
}
