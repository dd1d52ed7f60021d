/* SPDX-License-Identifier: MIT
 * Checks and files of the fuzz targets; see fuzz.h. */
#include "fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DIRECTORY_SIZE 256
#define NAME_SIZE      64
#define N_PATHS        16
#define N_NAMES        16

static char directory[DIRECTORY_SIZE];
static char used_names[N_NAMES][NAME_SIZE]; /* to be removed at exit */
static size_t n_used_names;

static void remove_directory(void)
{
    for (size_t i = 0; i < n_used_names; ++i)
        unlink(fuzz_path(used_names[i]));
    rmdir(directory);
}

void fuzz_fail(const char *file, int line, const char *condition)
{
    fprintf(stderr, "%s:%d: not so: %s; last message: %s\n", file, line, condition,
            gemlet_last_error());
    remove_directory(); /* abort() does not call what exit() does */
    abort();
}

int fuzz_succeeded(gemlet_status status)
{
    if (status == GEMLET_OK)
        return 1;
    const char *message = gemlet_last_error();
    FUZZ_CHECK(message[0] != '\0');
    for (const char *c = message; *c != '\0'; ++c)
        FUZZ_CHECK((unsigned char)*c >= ' ' && *c != 0x7f);
    return 0;
}

static void make_directory(void)
{
    struct stat info;
    const char *parent = getenv("TMPDIR");
    if (stat("/dev/shm", &info) == 0 && S_ISDIR(info.st_mode) && access("/dev/shm", W_OK) == 0)
        parent = "/dev/shm";
    snprintf(directory, sizeof directory, "%s/gemlet-fuzz-XXXXXX",
             parent != NULL ? parent : "/tmp");
    if (mkdtemp(directory) == NULL) {
        perror(directory);
        exit(EXIT_FAILURE);
    }
    atexit(remove_directory);
}

static void remember_name(const char *name)
{
    for (size_t i = 0; i < n_used_names; ++i) {
        if (strcmp(used_names[i], name) == 0)
            return;
    }
    FUZZ_CHECK(n_used_names < N_NAMES);
    snprintf(used_names[n_used_names++], NAME_SIZE, "%s", name);
}

const char *fuzz_path(const char *name)
{
    static char paths[N_PATHS][DIRECTORY_SIZE + NAME_SIZE];
    static unsigned next;
    if (directory[0] == '\0')
        make_directory();
    remember_name(name);
    char *path = paths[next++ % N_PATHS];
    snprintf(path, sizeof paths[0], "%s/%s", directory, name);
    return path;
}

const char *fuzz_file(const char *name, const void *bytes, size_t n_bytes)
{
    const char *path = fuzz_path(name);
    FILE *file = fopen(path, "wb");
    FUZZ_CHECK(file != NULL);
    FUZZ_CHECK(fwrite(bytes, 1, n_bytes, file) == n_bytes);
    FUZZ_CHECK(fclose(file) == 0);
    return path;
}

int fuzz_same_files(const char *path, const char *other_path)
{
    FILE *file = fopen(path, "rb");
    FILE *other = fopen(other_path, "rb");
    FUZZ_CHECK(file != NULL && other != NULL);
    int c;
    int same;
    do {
        c = getc(file);
        same = c == getc(other);
    } while (same && c != EOF);
    fclose(other);
    fclose(file);
    return same;
}
