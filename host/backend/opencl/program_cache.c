/* SPDX-License-Identifier: MIT
 * See program_cache.h. */
#include "backend/opencl/program_cache.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"
#include "core/hash.h"
#include "core/memory.h"
#include "gemlet/status.h"

/* Raised when the layout of the files changes. */
#define FORMAT 1

/* A program of POCL takes 1 MB. */
#define MAX_PROGRAM_BYTES (64ul << 20)

/* What the directory holds at most; the oldest files make room. A network, or another batch, is a
 * program. */
#define MAX_PROGRAMS        64u
#define MAX_DIRECTORY_BYTES (256ull << 20)

/* ---- what a program depends on -------------------------------------------------------------- */

/* An unknown version is a version like others. */
static void read_platform_version(char *text, size_t size, cl_platform_id platform)
{
    if (clGetPlatformInfo(platform, CL_PLATFORM_VERSION, size, text, NULL) != CL_SUCCESS)
        snprintf(text, size, "unknown");
}

gemlet_status gm_program_cache_create(gm_program_cache *cache, const char *directory,
                                      cl_platform_id platform, const gemlet_device_info *info)
{
    char version[256] = "";
    *cache = (gm_program_cache){0};
    if (directory == NULL)
        return GEMLET_OK;
    read_platform_version(version, sizeof version, platform);
    GEMLET_TRY(gm_copy_string(&cache->directory, directory));
    return gm_format_string(
        &cache->target,
        "gemlet program %d of gemlet %s\nplatform %s\nplatform version %s\ndevice %s\nversion %s\n"
        "driver %s\n",
        FORMAT, gemlet_version(), info->platform, version, info->name, info->version, info->driver);
}

void gm_program_cache_destroy(gm_program_cache *cache)
{
    free(cache->target);
    free(cache->directory);
    *cache = (gm_program_cache){0};
}

/* Sets key and path of a program that may be kept. */
static gemlet_status name_program(gm_kept_program *program, const gm_program_cache *cache,
                                  const gm_program_source *source)
{
    char name[48];
    size_t n_bytes = 0;
    for (size_t i = 0; i < source->n_texts; ++i)
        n_bytes += strlen(source->texts[i]);
    GEMLET_TRY(gm_format_string(&program->key, "%soptions %s\nsources %zu bytes %016" PRIx64 "\n",
                                cache->target, source->options, n_bytes,
                                gm_program_source_hash(source)));
    snprintf(name, sizeof name, "program-%016" PRIx64 ".bin",
             gm_hash(GM_HASH_BEGIN, program->key, strlen(program->key)));
    return gm_path_join(&program->path, cache->directory, name);
}

static void forget_name(gm_kept_program *program)
{
    free(program->path);
    free(program->key);
    program->path = program->key = NULL;
}

/* ---- files ---------------------------------------------------------------------------------- */

#define HEADER_BYTES 46u

/* The line between key and binary; always as long. */
static void format_header(char line[HEADER_BYTES + 1], const char *key, const void *binary,
                          size_t n_bytes)
{
    const uint64_t hash = gm_hash(gm_hash(GM_HASH_BEGIN, key, strlen(key)), binary, n_bytes);
    snprintf(line, HEADER_BYTES + 1, "binary %016zx hash %016" PRIx64 "\n", n_bytes, hash);
}

/* *bytes = the whole file, NULL if there is none or it cannot be read. */
static void read_file(unsigned char **bytes, size_t *n_bytes, const char *path)
{
    FILE *stream = fopen(path, "rb");
    *bytes = NULL;
    if (stream == NULL)
        return;
    const long length = fseek(stream, 0, SEEK_END) == 0 ? ftell(stream) : -1;
    if (length > 0 && (unsigned long)length <= MAX_PROGRAM_BYTES &&
        fseek(stream, 0, SEEK_SET) == 0 &&
        gm_alloc((void **)bytes, (size_t)length, 1, "kept program") == GEMLET_OK) {
        *n_bytes = fread(*bytes, 1, (size_t)length, stream);
        if (*n_bytes != (size_t)length) {
            free(*bytes);
            *bytes = NULL;
        }
    }
    fclose(stream);
}

/* Where the binary begins in a file under this key; 0 if the file is damaged or another's. */
static size_t check_file(const unsigned char *bytes, size_t n_bytes, const char *key)
{
    char header[HEADER_BYTES + 1];
    const size_t begin = strlen(key) + HEADER_BYTES;
    if (n_bytes <= begin || memcmp(bytes, key, strlen(key)) != 0)
        return 0;
    format_header(header, key, bytes + begin, n_bytes - begin);
    return memcmp(bytes + strlen(key), header, HEADER_BYTES) == 0 ? begin : 0;
}

static gemlet_status write_program(const gm_kept_program *program, const char *directory,
                                   const unsigned char *binary, size_t n_bytes)
{
    char header[HEADER_BYTES + 1];
    gm_atomic_file file;
    format_header(header, program->key, binary, n_bytes);
    GEMLET_TRY(gm_directory_create(directory));
    GEMLET_TRY(gm_atomic_file_open(&file, program->path));
    /* A short write sets the stream's error flag, which commit reports. */
    fputs(program->key, file.stream);
    fputs(header, file.stream);
    fwrite(binary, 1, n_bytes, file.stream);
    return gm_atomic_file_commit(&file);
}

/* ---- room ----------------------------------------------------------------------------------- */

typedef struct kept_files {
    unsigned n;
    uint64_t n_bytes;
    char oldest[256]; /* name */
} kept_files;

/* Half-written files of processes that were killed count, too. */
static int look_around(kept_files *files, const char *directory)
{
    struct timespec oldest = {0};
    *files = (kept_files){0};
    DIR *entries = opendir(directory);
    if (entries == NULL)
        return 0;
    for (struct dirent *entry = readdir(entries); entry != NULL; entry = readdir(entries)) {
        struct stat info;
        char *path;
        if (strncmp(entry->d_name, "program-", 8) != 0 ||
            gm_path_join(&path, directory, entry->d_name) != GEMLET_OK)
            continue;
        if (stat(path, &info) == 0 && S_ISREG(info.st_mode)) {
            ++files->n;
            files->n_bytes += (uint64_t)info.st_size;
            if (files->n == 1 || info.st_mtim.tv_sec < oldest.tv_sec ||
                (info.st_mtim.tv_sec == oldest.tv_sec && info.st_mtim.tv_nsec < oldest.tv_nsec)) {
                oldest = info.st_mtim;
                snprintf(files->oldest, sizeof files->oldest, "%s", entry->d_name);
            }
        }
        free(path);
    }
    closedir(entries);
    return 1;
}

static void make_room(const char *directory)
{
    kept_files files;
    while (look_around(&files, directory) &&
           (files.n > MAX_PROGRAMS || files.n_bytes > MAX_DIRECTORY_BYTES)) {
        char *path;
        if (gm_path_join(&path, directory, files.oldest) != GEMLET_OK)
            return;
        const int failed = unlink(path) != 0;
        free(path);
        if (failed)
            return;
    }
}

/* ---- programs ------------------------------------------------------------------------------- */

/* NULL if the driver refuses the binary, as it may after an update that kept its version. */
static cl_program make_from_binary(cl_context context, cl_device_id device, const char *options,
                                   const unsigned char *binary, size_t n_bytes)
{
    cl_int accepted = CL_SUCCESS;
    cl_int code = CL_SUCCESS;
    cl_program program =
        clCreateProgramWithBinary(context, 1, &device, &n_bytes, &binary, &accepted, &code);
    if (program == NULL || code != CL_SUCCESS)
        return NULL;
    if (accepted == CL_SUCCESS &&
        clBuildProgram(program, 1, &device, options, NULL, NULL) == CL_SUCCESS)
        return program;
    clReleaseProgram(program);
    return NULL;
}

static cl_program find_program(const gm_kept_program *program, cl_context context,
                               cl_device_id device, const char *options)
{
    unsigned char *bytes;
    size_t n_bytes = 0;
    cl_program found = NULL;
    read_file(&bytes, &n_bytes, program->path);
    if (bytes == NULL)
        return NULL;
    const size_t begin = check_file(bytes, n_bytes, program->key);
    if (begin > 0)
        found = make_from_binary(context, device, options, bytes + begin, n_bytes - begin);
    free(bytes);
    return found;
}

gemlet_status gm_program_cache_build(gm_kept_program *out, const gm_program_cache *cache,
                                     cl_context context, cl_device_id device,
                                     const gm_program_source *source)
{
    *out = (gm_kept_program){0};
    if (cache->directory != NULL) {
        const gemlet_status status = name_program(out, cache, source);
        if (status == GEMLET_OK)
            out->handle = find_program(out, context, device, source->options);
        if (status != GEMLET_OK || out->handle != NULL)
            forget_name(out);
        GEMLET_TRY(status);
        if (out->handle != NULL)
            return GEMLET_OK;
    }
    const gemlet_status status = gm_program_build(&out->handle, context, device, source);
    if (status != GEMLET_OK)
        forget_name(out);
    return status;
}

/* What cannot be kept is compiled again next time. */
static void keep_program(const gm_kept_program *program, const char *directory)
{
    size_t n_bytes = 0;
    unsigned char *binary = NULL;
    if (clGetProgramInfo(program->handle, CL_PROGRAM_BINARY_SIZES, sizeof n_bytes, &n_bytes,
                         NULL) != CL_SUCCESS ||
        n_bytes == 0 || n_bytes > MAX_PROGRAM_BYTES / 2 ||
        gm_alloc((void **)&binary, n_bytes, 1, "binary of a program") != GEMLET_OK)
        return;
    if (clGetProgramInfo(program->handle, CL_PROGRAM_BINARIES, sizeof binary, &binary, NULL) ==
            CL_SUCCESS &&
        write_program(program, directory, binary, n_bytes) == GEMLET_OK)
        make_room(directory);
    free(binary);
}

void gm_program_cache_release(gm_kept_program *program, const gm_program_cache *cache, int is_good)
{
    if (program->handle != NULL && program->path != NULL && is_good)
        keep_program(program, cache->directory);
    if (program->handle != NULL)
        clReleaseProgram(program->handle);
    forget_name(program);
    *program = (gm_kept_program){0};
}
