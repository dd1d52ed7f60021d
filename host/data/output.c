/* SPDX-License-Identifier: MIT
 * Plain and gzip output on top of atomic files; see output.h. */
#include "data/output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#define ZLIB_CONST /* next_in points to const */
#include <zlib.h>

#include "core/memory.h"

#define CHUNK_SIZE     ((size_t)64 * 1024)
#define MAX_WRITE      ((size_t)1 << 30) /* zlib counts in unsigned */
#define GZIP_WINDOW    (15 + 16)         /* largest window, gzip wrapper */
#define MEMORY_LEVEL   8                 /* zlib's default */
#define UNKNOWN_SYSTEM 255               /* RFC 1952: the same header on every machine */

struct gm_deflater {
    z_stream stream;
    gz_header header;
    unsigned char chunk[CHUNK_SIZE];
};

static int ends_in_gz(const char *path)
{
    const size_t length = strlen(path);
    return length >= 3 && strcmp(path + length - 3, ".gz") == 0;
}

static void release_deflater(gm_output *output)
{
    if (output->deflater != NULL)
        deflateEnd(&output->deflater->stream);
    free(output->deflater);
    output->deflater = NULL;
}

static gemlet_status create_deflater(gm_output *output, const char *path)
{
    GEMLET_TRY(GM_ALLOC(output->deflater, 1, "gzip writer"));
    struct gm_deflater *deflater = output->deflater;
    if (deflateInit2(&deflater->stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_WINDOW,
                     MEMORY_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK) {
        free(deflater);
        output->deflater = NULL;
        return gm_error(GEMLET_E_MEMORY, "%s: cannot start compression: out of memory", path);
    }
    deflater->header.os = UNKNOWN_SYSTEM;
    deflateSetHeader(&deflater->stream, &deflater->header);
    return GEMLET_OK;
}

gemlet_status gm_output_open(gm_output *output, const char *path)
{
    *output = (gm_output){0};
    if (ends_in_gz(path))
        GEMLET_TRY(create_deflater(output, path));
    const gemlet_status status = gm_atomic_file_open(&output->file, path);
    if (status != GEMLET_OK)
        release_deflater(output);
    return status;
}

static gemlet_status write_plain(gm_output *output, const void *bytes, size_t n_bytes)
{
    if (fwrite(bytes, 1, n_bytes, output->file.stream) != n_bytes)
        return gm_error(GEMLET_E_IO, "%s: cannot write: %s", output->file.path, strerror(errno));
    return GEMLET_OK;
}

/* Runs deflate until the input is used up, or with Z_FINISH until the stream is complete. */
static gemlet_status deflate_pending(gm_output *output, int flush)
{
    struct gm_deflater *deflater = output->deflater;
    do {
        deflater->stream.next_out = deflater->chunk;
        deflater->stream.avail_out = (unsigned)CHUNK_SIZE;
        deflate(&deflater->stream, flush); /* fails only on a stream that was misused */
        GEMLET_TRY(write_plain(output, deflater->chunk, CHUNK_SIZE - deflater->stream.avail_out));
    } while (deflater->stream.avail_out == 0);
    return GEMLET_OK;
}

gemlet_status gm_output_write(gm_output *output, const void *bytes, size_t n_bytes)
{
    if (output->deflater == NULL)
        return write_plain(output, bytes, n_bytes);
    const unsigned char *next = bytes;
    while (n_bytes > 0) {
        const size_t n_now = n_bytes < MAX_WRITE ? n_bytes : MAX_WRITE;
        output->deflater->stream.next_in = next;
        output->deflater->stream.avail_in = (unsigned)n_now;
        GEMLET_TRY(deflate_pending(output, Z_NO_FLUSH));
        next += n_now;
        n_bytes -= n_now;
    }
    return GEMLET_OK;
}

void gm_output_abort(gm_output *output)
{
    release_deflater(output);
    gm_atomic_file_abort(&output->file);
}

gemlet_status gm_output_complete(gm_output *output)
{
    if (output->deflater != NULL) {
        output->deflater->stream.avail_in = 0;
        const gemlet_status status = deflate_pending(output, Z_FINISH);
        if (status != GEMLET_OK) {
            gm_output_abort(output);
            return status;
        }
    }
    release_deflater(output);
    return gm_atomic_file_complete(&output->file);
}

gemlet_status gm_output_finish(gm_output *output)
{
    if (output->file.stream != NULL)
        GEMLET_TRY(gm_output_complete(output));
    return gm_atomic_file_commit(&output->file);
}
