/* SPDX-License-Identifier: MIT
 * A directory in the MNIST layout: which files of it make up a split. */
#include <stdlib.h>

#include "core/file.h"
#include "core/memory.h"
#include "data/dataset.h"

struct split_files {
    const char *items;
    const char *labels;
    const char *csv[2];
};

static const struct split_files files_of[] = {
    [GEMLET_SPLIT_TRAIN] = {"train-images-idx3-ubyte",
                            "train-labels-idx1-ubyte",
                            {"mnist_train.csv", "train.csv"}},
    [GEMLET_SPLIT_TEST] = {"t10k-images-idx3-ubyte",
                           "t10k-labels-idx1-ubyte",
                           {"mnist_test.csv", "test.csv"}},
};

/* *out = path of `name` or `name`.gz in the directory, or NULL if neither is there. Release with
 * free(). */
static gemlet_status find_file(char **out, const char *directory, const char *name)
{
    static const char *const suffixes[] = {"", ".gz"};
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; ++i) {
        char *plain;
        *out = NULL;
        GEMLET_TRY(gm_path_join(&plain, directory, name));
        const gemlet_status status = gm_format_string(out, "%s%s", plain, suffixes[i]);
        free(plain);
        GEMLET_TRY(status);
        if (gm_file_exists(*out))
            return GEMLET_OK;
        free(*out);
        *out = NULL;
    }
    return GEMLET_OK;
}

static gemlet_status load_idx(gemlet_dataset **out, const char *directory,
                              const struct split_files *files, const char *items_path)
{
    char *labels_path;
    GEMLET_TRY(find_file(&labels_path, directory, files->labels));
    if (labels_path == NULL)
        return gm_error(GEMLET_E_IO, "%s: found %s but no labels, expected %s or %s.gz", directory,
                        files->items, files->labels, files->labels);
    const gemlet_status status = gemlet_dataset_load_idx(out, items_path, labels_path);
    free(labels_path);
    return status;
}

gemlet_status gemlet_dataset_load_directory(gemlet_dataset **out, const char *directory,
                                            gemlet_split split)
{
    *out = NULL;
    if (split != GEMLET_SPLIT_TRAIN && split != GEMLET_SPLIT_TEST)
        return gm_error(GEMLET_E_ARGUMENT, "%s: found split %d, expected train or test", directory,
                        (int)split);
    if (!gm_directory_exists(directory))
        return gm_error(GEMLET_E_IO, "%s: found %s, expected a directory with a data set",
                        directory, gm_file_exists(directory) ? "a file" : "no such directory");
    const struct split_files *files = &files_of[split];
    char *path;
    GEMLET_TRY(find_file(&path, directory, files->items));
    if (path != NULL) {
        const gemlet_status status = load_idx(out, directory, files, path);
        free(path);
        return status;
    }
    for (size_t i = 0; i < sizeof files->csv / sizeof files->csv[0]; ++i) {
        GEMLET_TRY(find_file(&path, directory, files->csv[i]));
        if (path != NULL) {
            const gemlet_status status = gemlet_dataset_load_csv(out, path, GEMLET_LABELS_FIRST);
            free(path);
            return status;
        }
    }
    return gm_error(GEMLET_E_IO,
                    "%s: found no data set for the %s split, expected %s and %s, or %s, or %s, "
                    "each plain or with .gz",
                    directory, split == GEMLET_SPLIT_TRAIN ? "training" : "test", files->items,
                    files->labels, files->csv[0], files->csv[1]);
}

static int is_found_as(const char *path, const char *directory, const char *name, int *is_there)
{
    char *file;
    if (find_file(&file, directory, name) != GEMLET_OK || file == NULL)
        return 0;
    *is_there = 1;
    const int is_same = gm_file_is_same(file, path);
    free(file);
    return is_same;
}

int gm_dataset_directory_reads(const char *directory, const char *path)
{
    for (size_t i = 0; i < sizeof files_of / sizeof files_of[0]; ++i) {
        const struct split_files *files = &files_of[i];
        int is_there = 0;
        if (is_found_as(path, directory, files->items, &is_there) ||
            (is_there && is_found_as(path, directory, files->labels, &is_there)))
            return 1;
        /* The first that is there is taken, as when loading. */
        for (size_t k = 0; !is_there && k < sizeof files->csv / sizeof files->csv[0]; ++k) {
            if (is_found_as(path, directory, files->csv[k], &is_there))
                return 1;
        }
    }
    return 0;
}
