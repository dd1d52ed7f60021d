/* SPDX-License-Identifier: MIT
 * See qualify_cache.h. A file is: the key, a line with state, products and worst error, a line with
 * the fault, and a line with the hash of all that. */
#include "verify/qualify_cache.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "core/hash.h"
#include "core/memory.h"

/* Raised when the procedure changes, so that older verdicts no longer count. */
#define PROCEDURE 1

/* A key is some hundred bytes, and 2 KiB more for the longest network. */
#define MAX_FILE_BYTES 16384u

static const char *const state_names[] = {[GM_GEMM_RIGHT] = "right", [GM_GEMM_WRONG] = "wrong"};
#define N_STATES (sizeof state_names / sizeof state_names[0])

gemlet_status gm_qualify_cache_key(char **key, const gm_backend *backend, const gm_qualify_job *job)
{
    const gemlet_device_info *info = &backend->info;
    char spec[GEMLET_SPEC_TEXT_SIZE];
    *key = NULL;
    GEMLET_TRY(gemlet_spec_format(job->spec, spec, sizeof spec));
    return gm_format_string(key,
                            "gemlet qualification %d of gemlet %s\n"
                            "device %s\nplatform %s\nversion %s\ndriver %s\n"
                            "gemm %s\nkernels %s\n"
                            "network %s\nbatch %u\ntest rows %u %u\n",
                            PROCEDURE, gemlet_version(), info->name, info->platform, info->version,
                            info->driver, backend->gemm_name,
                            backend->kernels_id != NULL ? backend->kernels_id : "", spec,
                            job->batch, job->test_rows[0], job->test_rows[1]);
}

gemlet_status gm_qualify_cache_fused_key(char **key, const gm_backend *backend,
                                         const gemlet_spec *spec, const char *step)
{
    const gemlet_device_info *info = &backend->info;
    char spec_text[GEMLET_SPEC_TEXT_SIZE];
    *key = NULL;
    GEMLET_TRY(gemlet_spec_format(spec, spec_text, sizeof spec_text));
    return gm_format_string(key,
                            "gemlet qualification of the fused step %d of gemlet %s\n"
                            "device %s\nplatform %s\nversion %s\ndriver %s\n"
                            "network %s\nstep %s\n",
                            PROCEDURE, gemlet_version(), info->name, info->platform, info->version,
                            info->driver, spec_text, step);
}

static gemlet_status make_path(char **path, const char *directory, const char *key)
{
    char name[64];
    snprintf(name, sizeof name, "qualification-%016" PRIx64 ".txt",
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

/* What stands behind the key. Its hash was right, so this program, or one like it, wrote it. */
static int parse_verdict(gm_gemm_verdict *verdict, const char *text)
{
    char state[16];
    int n_read = 0;
    *verdict = (gm_gemm_verdict){0};
    if (sscanf(text, "verdict %15s %u %lf\n%n", state, &verdict->n_products, &verdict->worst,
               &n_read) != 3 ||
        n_read == 0 || strncmp(text + n_read, "fault ", 6) != 0)
        return 0;
    const char *fault = text + n_read + 6;
    snprintf(verdict->fault, sizeof verdict->fault, "%.*s", (int)strcspn(fault, "\n"), fault);
    for (size_t i = 0; i < N_STATES; ++i) {
        if (strcmp(state, state_names[i]) == 0) {
            verdict->state = (gm_gemm_state)i;
            return 1;
        }
    }
    return 0;
}

int gm_qualify_cache_find(const char *directory, const char *key, gm_gemm_verdict *verdict)
{
    char text[MAX_FILE_BYTES];
    char *path;
    if (make_path(&path, directory, key) != GEMLET_OK)
        return 0;
    const int is_read = read_file(path, text, sizeof text);
    free(path);
    const size_t length = strlen(key);
    return is_read && take_off_hash(text) && strncmp(text, key, length) == 0 &&
           parse_verdict(verdict, text + length);
}

gemlet_status gm_qualify_cache_store(const char *directory, const char *key,
                                     const gm_gemm_verdict *verdict)
{
    char *path = NULL;
    char *body = NULL;
    char *text = NULL;
    char hash_line[32];
    gemlet_status status = GEMLET_OK;
    GEMLET_TRY_CLEANUP(status, gm_directory_create(directory));
    GEMLET_TRY_CLEANUP(status, make_path(&path, directory, key));
    GEMLET_TRY_CLEANUP(status, gm_format_string(&body, "%sverdict %s %u %.17g\nfault %s\n", key,
                                                state_names[verdict->state], verdict->n_products,
                                                verdict->worst, verdict->fault));
    format_hash_line(hash_line, body, strlen(body));
    GEMLET_TRY_CLEANUP(status, gm_format_string(&text, "%s%s", body, hash_line));
    GEMLET_TRY_CLEANUP(status, gm_file_write(path, text, strlen(text)));
cleanup:
    free(text);
    free(body);
    free(path);
    return status;
}
