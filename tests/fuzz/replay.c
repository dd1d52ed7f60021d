/* SPDX-License-Identifier: MIT
 * Runs a fuzz target on the files of a directory, without a fuzzer: every file that was once worth
 * keeping is a regression test under any compiler.
 *
 *   replay_<target> DIRECTORY
 *
 * Prints each file's name before it is read, so that the last one named is the one that failed. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz/fuzz.h"

/* A reader that does not end would otherwise hang the tests; a slow machine needs a fraction. */
#define MAX_SECONDS 60u

/* The largest file is some kilobytes, and what it may ask for is a thousand times that. The rest
 * is for the address sanitizer, which keeps 256 MB of freed memory. */
#define MAX_KILOBYTES (640l * 1024)

static int read_file(const char *path, uint8_t **bytes, size_t *n_bytes)
{
    struct stat info;
    FILE *file = fopen(path, "rb");
    *bytes = NULL;
    if (file == NULL || fstat(fileno(file), &info) != 0) {
        perror(path);
        if (file != NULL)
            fclose(file);
        return 0;
    }
    *n_bytes = (size_t)info.st_size;
    *bytes = malloc(*n_bytes + (*n_bytes == 0));
    const int is_read = *bytes != NULL && fread(*bytes, 1, *n_bytes, file) == *n_bytes;
    fclose(file);
    if (!is_read)
        fprintf(stderr, "%s: cannot read\n", path);
    return is_read;
}

static int replay_file(const char *path)
{
    uint8_t *bytes;
    size_t n_bytes;
    printf("%s\n", path);
    fflush(stdout);
    const int is_read = read_file(path, &bytes, &n_bytes);
    if (is_read) {
        alarm(MAX_SECONDS);
        LLVMFuzzerTestOneInput(bytes, n_bytes);
        alarm(0);
    }
    free(bytes);
    return is_read;
}

static int is_shown(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

int main(int argc, char **argv)
{
    struct dirent **entries = NULL;
    const int n = argc == 2 ? scandir(argv[1], &entries, is_shown, alphasort) : -1;
    int passed = n > 0;
    if (!passed)
        fprintf(stderr, "usage: %s DIRECTORY, with at least one file in it\n", argv[0]);
    for (int i = 0; i < n; ++i) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", argv[1], entries[i]->d_name);
        passed &= replay_file(path);
        free(entries[i]);
    }
    free(entries);
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    if (usage.ru_maxrss > MAX_KILOBYTES) {
        fprintf(stderr, "%s: used %ld kB of memory, expected at most %ld\n", argv[0],
                usage.ru_maxrss, MAX_KILOBYTES);
        passed = 0;
    }
    return passed ? EXIT_SUCCESS : EXIT_FAILURE;
}
