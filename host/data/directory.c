/* SPDX-License-Identifier: MIT
 * A directory in the MNIST layout: which files of it make up a split. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/file.h"
#include "core/memory.h"
#include "data/csv.h"
#include "data/dataset.h"
#include "data/file_names.h"
#include "data/idx.h"
#include "data/npz_items.h"

/* Names in a message; further ones are counted. */
#define MAX_SHOWN 8u
#define LIST_SIZE 640u

struct standard_names {
    const char *split;
    const char *items;
    const char *labels;
    const char *table;
    const char *short_table;
};

static const struct standard_names names_of[] = {
    [GEMLET_SPLIT_TRAIN] = {"training", "train-images-idx3-ubyte", "train-labels-idx1-ubyte",
                            "mnist_train.csv", "train.csv"},
    [GEMLET_SPLIT_TEST] = {"test", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte",
                           "mnist_test.csv", "test.csv"},
    [GEMLET_SPLIT_VALIDATION] = {"validation", "validation-images-idx3-ubyte",
                                 "validation-labels-idx1-ubyte", "mnist_validation.csv",
                                 "validation.csv"},
};
#define N_SPLITS (sizeof names_of / sizeof names_of[0])

struct file {
    char *name;
    int is_directory;
    gm_file_name parsed;
};

struct listing {
    const char *directory;
    struct file *files; /* (n), in the order of their names */
    size_t n;
};

/* ---- the list ------------------------------------------------------------------------------- */

static int is_listed(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* What cannot be looked at is left for opening to report. */
static gemlet_status look_at(struct file *file, const char *directory)
{
    char *path;
    GEMLET_TRY(gm_path_join(&path, directory, file->name));
    file->is_directory = gm_directory_exists(path);
    free(path);
    file->parsed = gm_file_name_parse(file->name);
    if (file->is_directory)
        file->parsed.role = GM_FILE_OTHER;
    return GEMLET_OK;
}

static void free_listing(struct listing *listing)
{
    for (size_t i = 0; listing->files != NULL && i < listing->n; ++i)
        free(listing->files[i].name);
    free(listing->files);
    *listing = (struct listing){0};
}

static gemlet_status copy_entries(struct listing *listing, struct dirent **entries)
{
    GEMLET_TRY(GM_ALLOC(listing->files, listing->n, "files of a directory"));
    for (size_t i = 0; i < listing->n; ++i) {
        struct file *file = &listing->files[i];
        GEMLET_TRY(gm_copy_string(&file->name, entries[i]->d_name));
        GEMLET_TRY(look_at(file, listing->directory));
    }
    return GEMLET_OK;
}

static gemlet_status read_listing(struct listing *listing, const char *directory)
{
    struct dirent **entries = NULL;
    *listing = (struct listing){.directory = directory};
    const int n = scandir(directory, &entries, is_listed, alphasort);
    if (n < 0) {
        const int code = errno;
        if (code == ENOENT || code == ENOTDIR)
            return gm_error(GEMLET_E_IO, "%s: found %s, expected a directory with a data set",
                            directory,
                            code == ENOENT              ? "no such directory"
                            : gm_file_exists(directory) ? "a file"
                                                        : "no directory");
        return gm_error(code == ENOMEM ? GEMLET_E_MEMORY : GEMLET_E_IO, "%s: cannot read: %s",
                        directory, strerror(code));
    }
    listing->n = (size_t)n;
    const gemlet_status status = copy_entries(listing, entries);
    for (size_t i = 0; i < listing->n; ++i)
        free(entries[i]);
    free(entries);
    if (status != GEMLET_OK)
        free_listing(listing);
    return status;
}

/* text (LIST_SIZE) out: the first names; those of which role is OTHER only if nothing else is. */
static void format_names(char *text, const struct listing *listing, int only_known)
{
    size_t used = 0;
    size_t n = 0;
    text[0] = '\0';
    for (size_t i = 0; i < listing->n; ++i) {
        const struct file *file = &listing->files[i];
        if ((only_known && file->parsed.role == GM_FILE_OTHER) || n++ >= MAX_SHOWN)
            continue;
        used += (size_t)snprintf(text + used, LIST_SIZE - used, "%s%.60s%s", n > 1 ? ", " : "",
                                 file->name, file->is_directory ? "/" : "");
    }
    if (n > MAX_SHOWN)
        snprintf(text + used, LIST_SIZE - used, " and %zu more", n - MAX_SHOWN);
    if (n == 0)
        snprintf(text, LIST_SIZE, "nothing");
}

/* ---- choosing ------------------------------------------------------------------------------- */

/* The first file of this role, split and prefix, NULL if there is none. A plain file comes before
 * the same name with .gz. */
static const struct file *find(const struct listing *listing, gm_file_role role, gemlet_split split,
                               const char *prefix)
{
    for (size_t i = 0; i < listing->n; ++i) {
        const gm_file_name *parsed = &listing->files[i].parsed;
        if (parsed->role == role && parsed->split == split && strcmp(parsed->prefix, prefix) == 0)
            return &listing->files[i];
    }
    return NULL;
}

/* MNIST's own names, in the order in which they are preferred. */
static const struct {
    gm_file_role role;
    const char *prefix;
} standard[] = {{GM_FILE_ITEMS, ""}, {GM_FILE_TABLE, "mnist"}, {GM_FILE_TABLE, ""}};
#define N_STANDARD (sizeof standard / sizeof standard[0])

static const struct file *find_standard(const struct listing *listing, gemlet_split split)
{
    const struct file *found = NULL;
    for (size_t i = 0; found == NULL && i < N_STANDARD; ++i)
        found = find(listing, standard[i].role, split, standard[i].prefix);
    return found;
}

/* Validation files are no part of what training and testing need: they name no data set for them.
 */
static int names_data_set(const gm_file_name *parsed, gm_file_role role, gemlet_split split)
{
    return parsed->role == role &&
           (parsed->split == split || parsed->split != GEMLET_SPLIT_VALIDATION);
}

/* *prefix out: what the files of this role are called, of the split or another; NULL if there are
 * none. GEMLET_E_FORMAT if they are of several data sets. */
static gemlet_status find_prefix(const char **prefix, const struct listing *listing,
                                 gm_file_role role, gemlet_split split)
{
    *prefix = NULL;
    for (size_t i = 0; i < listing->n; ++i) {
        const gm_file_name *parsed = &listing->files[i].parsed;
        if (!names_data_set(parsed, role, split))
            continue;
        if (*prefix == NULL)
            *prefix = parsed->prefix;
        if (strcmp(*prefix, parsed->prefix) != 0) {
            char shown[LIST_SIZE];
            format_names(shown, listing, 1);
            return gm_error(
                GEMLET_E_FORMAT,
                "%s: found several data sets, '%s' and '%s' among them, expected one in "
                "a directory: %s",
                listing->directory, *prefix, parsed->prefix, shown);
        }
    }
    return GEMLET_OK;
}

/* *file out: items or table of the split, NULL if there are none. */
static gemlet_status choose(const struct file **file, const struct listing *listing,
                            gemlet_split split)
{
    static const gm_file_role roles[] = {GM_FILE_ITEMS, GM_FILE_TABLE};
    *file = find_standard(listing, split);
    /* Nothing of another data set stands in for a missing part. */
    if (*file != NULL || find_standard(listing, GEMLET_SPLIT_TRAIN) != NULL ||
        find_standard(listing, GEMLET_SPLIT_TEST) != NULL)
        return GEMLET_OK;
    for (size_t i = 0; *file == NULL && i < sizeof roles / sizeof roles[0]; ++i) {
        const char *prefix;
        GEMLET_TRY(find_prefix(&prefix, listing, roles[i], split));
        if (prefix != NULL)
            *file = find(listing, roles[i], split, prefix);
    }
    return GEMLET_OK;
}

static gemlet_status not_found(const struct listing *listing, gemlet_split split)
{
    const struct standard_names *names = &names_of[split];
    char shown[LIST_SIZE];
    format_names(shown, listing, 0);
    return gm_error(GEMLET_E_IO,
                    "%s: found no data set for the %s split, expected %s and %s, or %s, or %s, "
                    "each plain or with .gz; the directory holds %s",
                    listing->directory, names->split, names->items, names->labels, names->table,
                    names->short_table, shown);
}

/* ---- loading -------------------------------------------------------------------------------- */

/* *path out: where the labels of these items lie. Release with free(). */
static gemlet_status find_labels(char **path, const struct listing *listing,
                                 const struct file *items)
{
    const char *expected = names_of[items->parsed.split].labels;
    const struct file *labels =
        find(listing, GM_FILE_LABELS, items->parsed.split, items->parsed.prefix);
    if (labels == NULL) {
        char shown[LIST_SIZE];
        format_names(shown, listing, 1);
        return gm_error(GEMLET_E_IO,
                        "%s: found %s but no labels, expected %s%s%s or the same with .gz; the "
                        "directory holds %s",
                        listing->directory, items->name, items->parsed.prefix,
                        items->parsed.prefix[0] != '\0' ? "-" : "", expected, shown);
    }
    return gm_path_join(path, listing->directory, labels->name);
}

static gemlet_status load_idx(gemlet_dataset **out, const struct listing *listing,
                              const struct file *items, const char *items_path)
{
    char *labels_path;
    GEMLET_TRY(find_labels(&labels_path, listing, items));
    const gemlet_status status = gemlet_dataset_load_idx(out, items_path, labels_path);
    free(labels_path);
    return status;
}

static gemlet_status load_split(gemlet_dataset **out, const struct listing *listing,
                                gemlet_split split)
{
    const struct file *file;
    GEMLET_TRY(choose(&file, listing, split));
    if (file == NULL)
        return not_found(listing, split);
    char *path;
    GEMLET_TRY(gm_path_join(&path, listing->directory, file->name));
    const gemlet_status status = file->parsed.role == GM_FILE_TABLE
                                     ? gemlet_dataset_load_csv(out, path, GEMLET_LABELS_FIRST)
                                     : load_idx(out, listing, file, path);
    free(path);
    return status;
}

gemlet_status gemlet_dataset_load_directory(gemlet_dataset **out, const char *directory,
                                            gemlet_split split)
{
    *out = NULL;
    if ((size_t)split >= N_SPLITS)
        return gm_error(GEMLET_E_ARGUMENT, "%s: found split %d, expected train, test or validation",
                        directory, (int)split);
    if (gm_npz_items_are_in(directory))
        return gm_npz_items_load(out, directory, split, 1);
    struct listing listing;
    GEMLET_TRY(read_listing(&listing, directory));
    const gemlet_status status = load_split(out, &listing, split);
    free_listing(&listing);
    return status;
}

/* *path out: where the labels lie of the IDX items `items_path`. Release with free(). */
static gemlet_status find_labels_beside(char **path, const char *items_path)
{
    const char *slash = strrchr(items_path, '/');
    const char *name = slash != NULL ? slash + 1 : items_path;
    struct file items = {.name = NULL, .parsed = gm_file_name_parse(name)};
    if (items.parsed.role != GM_FILE_ITEMS)
        return gm_error(GEMLET_E_IO,
                        "%s: found items without labels, expected a name such as %s, with %s "
                        "beside it, or a CSV file with the label in front",
                        items_path, names_of[GEMLET_SPLIT_VALIDATION].items,
                        names_of[GEMLET_SPLIT_VALIDATION].labels);
    struct listing listing;
    char *directory;
    GEMLET_TRY(gm_format_string(&directory, "%.*s", slash != NULL ? (int)(name - items_path) : 2,
                                slash != NULL ? items_path : "./"));
    gemlet_status status = read_listing(&listing, directory);
    if (status == GEMLET_OK)
        status = gm_copy_string(&items.name, name);
    if (status == GEMLET_OK)
        status = find_labels(path, &listing, &items);
    free(items.name);
    free_listing(&listing);
    free(directory);
    return status;
}

static gemlet_status read_labelled(gemlet_dataset **out, gm_input *input)
{
    size_t n;
    const unsigned char *head = gm_input_head(input, &n);
    if (!gm_idx_begins(head, n))
        return gm_csv_read(out, input, GEMLET_LABELS_FIRST);
    char *labels_path;
    GEMLET_TRY(find_labels_beside(&labels_path, input->path));
    const gemlet_status status = gm_idx_read(out, input, labels_path, 0);
    free(labels_path);
    return status;
}

gemlet_status gm_dataset_load_file(gemlet_dataset **out, const char *path)
{
    gm_input input;
    *out = NULL;
    GEMLET_TRY(gm_input_open(&input, path));
    const gemlet_status status = read_labelled(out, &input);
    gm_input_close(&input);
    return status;
}

/* ---- what would be loaded -------------------------------------------------------------------- */

/* file NULL: no. */
static int is_same_file(const struct listing *listing, const struct file *file, const char *path)
{
    char *file_path;
    if (file == NULL || gm_path_join(&file_path, listing->directory, file->name) != GEMLET_OK)
        return 0;
    const int is_same = gm_file_is_same(file_path, path);
    free(file_path);
    return is_same;
}

int gm_dataset_directory_reads(const char *directory, const char *path)
{
    struct listing listing;
    int is_read = 0;
    if (read_listing(&listing, directory) != GEMLET_OK)
        return 0;
    for (size_t i = 0; i < N_SPLITS; ++i) {
        const struct file *file;
        const gemlet_split split = (gemlet_split)i;
        if (choose(&file, &listing, split) != GEMLET_OK || file == NULL)
            continue;
        is_read |= is_same_file(&listing, file, path);
        if (file->parsed.role == GM_FILE_ITEMS)
            is_read |= is_same_file(
                &listing, find(&listing, GM_FILE_LABELS, split, file->parsed.prefix), path);
    }
    free_listing(&listing);
    return is_read;
}
