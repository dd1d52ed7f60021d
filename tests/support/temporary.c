/* SPDX-License-Identifier: MIT
 * Temporary files of the tests; see temporary.h. */
#include "support/temporary.h"

#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_SIZE 1024
#define N_PATHS   8

static char directory[PATH_SIZE];

const char *temporary_directory(void)
{
    if (directory[0] == '\0') {
        const char *parent = getenv("TMPDIR");
        snprintf(directory, sizeof directory, "%s/gemlet-test-XXXXXX",
                 parent != NULL ? parent : "/tmp");
        ck_assert_ptr_nonnull(mkdtemp(directory));
    }
    return directory;
}

const char *temporary_path(const char *name)
{
    static char paths[N_PATHS][2 * PATH_SIZE];
    static unsigned next;
    char *path = paths[next++ % N_PATHS];
    snprintf(path, sizeof paths[0], "%s/%s", temporary_directory(), name);
    return path;
}

const char *temporary_file(const char *name, const void *bytes, size_t n_bytes)
{
    const char *path = temporary_path(name);
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, n_bytes, file), n_bytes);
    ck_assert_int_eq(fclose(file), 0);
    return path;
}

static void remove_tree(const char *path)
{
    DIR *entries = opendir(path);
    if (entries == NULL) {
        unlink(path);
        return;
    }
    for (struct dirent *entry = readdir(entries); entry != NULL; entry = readdir(entries)) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        char child[4 * PATH_SIZE];
        snprintf(child, sizeof child, "%s/%s", path, entry->d_name);
        remove_tree(child);
    }
    closedir(entries);
    rmdir(path);
}

char *read_whole_file(const char *path, size_t *n_bytes)
{
    struct stat info;
    FILE *file = fopen(path, "rb");
    ck_assert_msg(file != NULL && fstat(fileno(file), &info) == 0, "%s: cannot open", path);
    char *bytes = calloc((size_t)info.st_size + 1, 1);
    ck_assert_ptr_nonnull(bytes);
    ck_assert_uint_eq(fread(bytes, 1, (size_t)info.st_size, file), (size_t)info.st_size);
    fclose(file);
    if (n_bytes != NULL)
        *n_bytes = (size_t)info.st_size;
    return bytes;
}

void temporary_remove(void)
{
    if (directory[0] == '\0')
        return;
    remove_tree(directory);
    directory[0] = '\0';
}
