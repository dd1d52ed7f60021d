/* SPDX-License-Identifier: MIT
 * See kept_text.h. A file is: the key, the text, and a line with the hash of both. */
#include "core/kept_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "core/hash.h"
#include "core/memory.h"

gemlet_status gm_kept_text_path(char **path, const char *directory, const char *kind,
                                const char *key)
{
    char name[64];
    snprintf(name, sizeof name, "%s-%016" PRIx64 ".txt", kind,
             gm_hash(GM_HASH_BEGIN, key, strlen(key)));
    return gm_path_join(path, directory, name);
}

/* Reads at most size - 1 bytes and ends them with 0. Returns 0 if there is no such file. */
static int read_file(const char *path, char *text, size_t size)
{
    FILE *stream = fopen(path, "rb");
    if (stream == NULL)
        return 0;
    const size_t length = fread(text, 1, size - 1, stream);
    text[length] = '\0';
    const int ok = !ferror(stream);
    fclose(stream);
    return ok;
}

/* The last line of a file whose other lines are the first n_bytes of text. */
static void format_hash_line(char line[32], const char *text, size_t n_bytes)
{
    snprintf(line, 32, "hash %016" PRIx64 "\n", gm_hash(GM_HASH_BEGIN, text, n_bytes));
}

/* 1 if the text ends with the hash of what is before that line, which is then cut off. */
static int take_off_hash(char *text)
{
    char expected[32];
    char *last = strstr(text, "\nhash ");
    if (last == NULL)
        return 0;
    ++last;
    format_hash_line(expected, text, (size_t)(last - text));
    if (strcmp(last, expected) != 0)
        return 0;
    *last = '\0';
    return 1;
}

gm_kept_text_state gm_kept_text_find(char *text, const char *directory, const char *kind,
                                     const char *key)
{
    const size_t length = strlen(key);
    char *path;
    if (gm_kept_text_path(&path, directory, kind, key) != GEMLET_OK)
        return GM_KEPT_NONE;
    const int is_read = read_file(path, text, GM_KEPT_TEXT_SIZE);
    free(path);
    if (!is_read)
        return GM_KEPT_NONE;
    if (!take_off_hash(text) || strncmp(text, key, length) != 0)
        return GM_KEPT_DAMAGED;
    memmove(text, text + length, strlen(text + length) + 1);
    return GM_KEPT_FOUND;
}

gemlet_status gm_kept_text_store(const char *directory, const char *kind, const char *key,
                                 const char *text)
{
    char *path = NULL;
    char *body = NULL;
    char *whole = NULL;
    char hash_line[32];
    gemlet_status status = GEMLET_OK;
    GEMLET_TRY_CLEANUP(status, gm_directory_create(directory));
    GEMLET_TRY_CLEANUP(status, gm_kept_text_path(&path, directory, kind, key));
    GEMLET_TRY_CLEANUP(status, gm_format_string(&body, "%s%s", key, text));
    format_hash_line(hash_line, body, strlen(body));
    GEMLET_TRY_CLEANUP(status, gm_format_string(&whole, "%s%s", body, hash_line));
    GEMLET_TRY_CLEANUP(status, gm_file_write(path, whole, strlen(whole)));
cleanup:
    free(whole);
    free(body);
    free(path);
    return status;
}
