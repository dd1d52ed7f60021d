/* SPDX-License-Identifier: MIT
 * Fuzz target of the CSV reader, with and without a column of labels. */
#include "fuzz/fuzz.h"
#include "fuzz/fuzz_dataset.h"

static gemlet_status load(gemlet_dataset **out, const char *path, const void *labels)
{
    return gemlet_dataset_load_csv(out, path, *(const gemlet_labels *)labels);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const gemlet_labels labels[] = {GEMLET_LABELS_NONE, GEMLET_LABELS_FIRST};
    const char *path = fuzz_file("input", data, size);
    for (size_t i = 0; i < sizeof labels / sizeof labels[0]; ++i) {
        gemlet_dataset *dataset;
        if (!fuzz_succeeded(gemlet_dataset_load_csv(&dataset, path, labels[i]))) {
            FUZZ_CHECK(dataset == NULL);
            fuzz_stored(NULL, 4, load, path, &labels[i]);
            continue;
        }
        fuzz_stored(dataset, 4, load, path, &labels[i]);
        fuzz_round_trip_csv(dataset);
        fuzz_round_trip_idx(dataset);
        gemlet_dataset_destroy(dataset);
    }
    return 0;
}
