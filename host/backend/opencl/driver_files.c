/* SPDX-License-Identifier: MIT
 * See driver_files.h. */
#define _XOPEN_SOURCE 700 /* realpath */

#include "backend/opencl/driver_files.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/file.h"
#include "core/memory.h"

#define DEFAULT_DIRECTORY "/etc/OpenCL/vendors"

static int is_icd(const char *name)
{
    const size_t length = strlen(name);
    return length > 4 && strcmp(name + length - 4, ".icd") == 0;
}

/* Takes over the path. */
static gemlet_status add_file(gm_driver_files *files, char *path)
{
    char **paths = realloc(files->paths, (files->n + 1) * sizeof *paths);
    if (paths == NULL) {
        free(path);
        return gm_error(GEMLET_E_MEMORY, "OpenCL drivers: out of memory");
    }
    files->paths = paths;
    files->paths[files->n++] = path;
    return GEMLET_OK;
}

static gemlet_status add_directory(gm_driver_files *files, const char *directory)
{
    gemlet_status status = GEMLET_OK;
    DIR *entries = opendir(directory);
    if (entries == NULL)
        return GEMLET_OK;
    for (struct dirent *entry = readdir(entries); entry != NULL && status == GEMLET_OK;
         entry = readdir(entries)) {
        char *path;
        if (!is_icd(entry->d_name))
            continue;
        status = gm_path_join(&path, directory, entry->d_name);
        if (status == GEMLET_OK)
            status = add_file(files, path);
    }
    closedir(entries);
    return status;
}

static int compare_paths(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static const char *find_place(void)
{
    static const char *const variables[] = {"OCL_ICD_VENDORS", "OPENCL_VENDOR_PATH"};
    for (size_t i = 0; i < sizeof variables / sizeof variables[0]; ++i) {
        const char *place = getenv(variables[i]);
        if (place != NULL && place[0] != '\0')
            return place;
    }
    return DEFAULT_DIRECTORY;
}

gemlet_status gm_driver_files_find(gm_driver_files *files)
{
    const char *place = find_place();
    *files = (gm_driver_files){0};
    gemlet_status status = GEMLET_OK;
    if (!gm_file_exists(place)) {
        status = add_directory(files, place);
    } else if (is_icd(place)) {
        char *path;
        status = gm_copy_string(&path, place);
        if (status == GEMLET_OK)
            status = add_file(files, path);
    }
    if (status != GEMLET_OK)
        gm_driver_files_free(files);
    else if (files->n > 1)
        qsort(files->paths, files->n, sizeof *files->paths, compare_paths);
    return status;
}

void gm_driver_files_free(gm_driver_files *files)
{
    for (size_t i = 0; i < files->n; ++i)
        free(files->paths[i]);
    free(files->paths);
    *files = (gm_driver_files){0};
}

void gm_driver_files_read_library(char *text, size_t size, const char *path)
{
    FILE *stream = gm_file_exists(path) ? fopen(path, "rb") : NULL;
    text[0] = '\0';
    if (stream == NULL)
        return;
    if (fgets(text, (int)size, stream) == NULL)
        text[0] = '\0';
    text[strcspn(text, " \t\r\n")] = '\0';
    fclose(stream);
}

static gemlet_status link_file(const char *directory, size_t number, const char *path)
{
    char name[32];
    char *target = realpath(path, NULL);
    char *link = NULL;
    /* Numbers keep the order, and tell files of the same name apart. */
    snprintf(name, sizeof name, "%04zu.icd", number);
    gemlet_status status = gm_path_join(&link, directory, name);
    if (status == GEMLET_OK && (target == NULL || symlink(target, link) != 0))
        status = gm_error(GEMLET_E_IO, "%s: cannot link: %s", link, strerror(errno));
    free(link);
    free(target);
    return status;
}

gemlet_status gm_driver_files_link(gm_scratch *directory, const gm_driver_files *files,
                                   const int *chosen)
{
    GEMLET_TRY(gm_scratch_create(directory));
    for (size_t i = 0; i < files->n; ++i) {
        const gemlet_status status =
            chosen[i] ? link_file(directory->path, i, files->paths[i]) : GEMLET_OK;
        if (status != GEMLET_OK) {
            gm_scratch_remove(directory);
            return status;
        }
    }
    return GEMLET_OK;
}
