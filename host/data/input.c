/* SPDX-License-Identifier: MIT
 * Plain and gzip files, the latter by zlib's inflate; see input.h. */
#include "data/input.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>
#include <zlib.h>

#include "core/content.h"
#include "core/memory.h"
#include "core/memory_limit.h"
#include "core/open_file.h"

#define BUFFER_SIZE ((size_t)256 * 1024)
/* zlib counts in unsigned. */
#define MAX_STEP ((size_t)1 << 30)
/* Deflate codes at most 258 bytes in two bits (RFC 1951, section 3.2.5). */
#define MAX_DEFLATE_RATIO 1032u
/* zlib's way to say: gzip, with the longest window. */
#define GZIP_WINDOW (15 + 16)

/* The bytes as the file has them, and where they are in it. */
struct gm_packed {
    int descriptor;
    struct stat info; /* when it was opened */
    unsigned char buffer[BUFFER_SIZE];
    size_t begin; /* of what was not used yet */
    size_t end;
    uint64_t n_used;
    int is_at_end;

    int is_gzip;
    int is_between_members; /* the next bytes begin a member, or nothing */
    z_stream inflater;
};

/* ---- the file ------------------------------------------------------------------------------- */

/* A file that is replaced keeps its content for those who have it open; one that is written to does
 * not, and half of it would be of either time. */
static gemlet_status check_unchanged(const gm_input *input)
{
    const struct gm_packed *p = input->packed;
    struct stat now;
    if (!S_ISREG(p->info.st_mode) || fstat(p->descriptor, &now) != 0)
        return GEMLET_OK;
    if (now.st_size == p->info.st_size && now.st_mtim.tv_sec == p->info.st_mtim.tv_sec &&
        now.st_mtim.tv_nsec == p->info.st_mtim.tv_nsec)
        return GEMLET_OK;
    return gm_error(GEMLET_E_IO,
                    "%s: was changed while it was read (from %jd bytes to %jd), expected a file "
                    "that stays as it is",
                    input->path, (intmax_t)p->info.st_size, (intmax_t)now.st_size);
}

/* Makes at least n bytes available in the buffer, unless the file ends. */
static gemlet_status fill(gm_input *input, size_t n)
{
    struct gm_packed *p = input->packed;
    if (p->end - p->begin >= n || p->is_at_end)
        return GEMLET_OK;
    memmove(p->buffer, p->buffer + p->begin, p->end - p->begin);
    p->end -= p->begin;
    p->begin = 0;
    while (p->end < n) {
        const ssize_t n_got = read(p->descriptor, p->buffer + p->end, BUFFER_SIZE - p->end);
        if (n_got < 0 && errno == EINTR)
            continue;
        if (n_got < 0)
            return gm_error(GEMLET_E_IO, "%s: cannot read: %s", input->path, strerror(errno));
        if (n_got == 0) {
            p->is_at_end = 1;
            return check_unchanged(input);
        }
        p->end += (size_t)n_got;
    }
    return GEMLET_OK;
}

static void use(struct gm_packed *p, size_t n)
{
    p->begin += n;
    p->n_used += n;
}

static int begins_gzip(const struct gm_packed *p)
{
    return p->end - p->begin >= 2 && p->buffer[p->begin] == 0x1f && p->buffer[p->begin + 1] == 0x8b;
}

/* ---- content -------------------------------------------------------------------------------- */

/* Both: out (n, at least 1) gets the next bytes, *n_got out how many, 0 at the end. */
static gemlet_status read_plain(gm_input *input, unsigned char *out, size_t n, size_t *n_got)
{
    struct gm_packed *p = input->packed;
    GEMLET_TRY(fill(input, 1));
    const size_t n_there = p->end - p->begin;
    *n_got = n < n_there ? n : n_there;
    memcpy(out, p->buffer + p->begin, *n_got);
    use(p, *n_got);
    return GEMLET_OK;
}

static gemlet_status gzip_error(const gm_input *input, int code)
{
    const z_stream *z = &input->packed->inflater;
    if (code == Z_MEM_ERROR)
        return gm_error(GEMLET_E_MEMORY, "%s: cannot read: out of memory", input->path);
    return gm_error(GEMLET_E_FORMAT, "%s: corrupt gzip data after %zu bytes of content: %s",
                    input->path, input->n_read, z->msg != NULL ? z->msg : "not deflate");
}

/* One call of inflate, which may give nothing where it only reads a header. */
static gemlet_status inflate_some(gm_input *input, unsigned char *out, size_t n, size_t *n_got)
{
    struct gm_packed *p = input->packed;
    z_stream *z = &p->inflater;
    GEMLET_TRY(fill(input, 1));
    if (p->begin == p->end)
        return gm_error(GEMLET_E_FORMAT,
                        "%s: truncated gzip file: found its end after %zu bytes of content, "
                        "expected more gzip data (an unfinished download?)",
                        input->path, input->n_read);
    z->next_in = p->buffer + p->begin;
    z->avail_in = (uInt)(p->end - p->begin);
    z->next_out = out;
    z->avail_out = (uInt)(n < MAX_STEP ? n : MAX_STEP);
    const uInt n_before = z->avail_out;
    const int code = inflate(z, Z_NO_FLUSH);
    use(p, p->end - p->begin - z->avail_in);
    *n_got = n_before - z->avail_out;
    p->is_between_members = code == Z_STREAM_END;
    return code == Z_OK || code == Z_STREAM_END ? GEMLET_OK : gzip_error(input, code);
}

static gemlet_status read_gzip(gm_input *input, unsigned char *out, size_t n, size_t *n_got)
{
    struct gm_packed *p = input->packed;
    for (*n_got = 0; *n_got == 0;) {
        if (p->is_between_members) {
            GEMLET_TRY(fill(input, 2));
            if (!begins_gzip(p))
                return GEMLET_OK;
            inflateReset(&p->inflater); /* fails on a stream that was never begun only */
        }
        GEMLET_TRY(inflate_some(input, out, n, n_got));
    }
    return gm_expansion_check((uint64_t)input->n_read + *n_got, p->n_used, input->path);
}

/* Reads as gm_input_read() does, without regard to the head. */
static gemlet_status read_content(gm_input *input, unsigned char *bytes, size_t n_bytes,
                                  size_t *n_read)
{
    *n_read = 0;
    while (*n_read < n_bytes) {
        size_t n_got = 0;
        GEMLET_TRY(input->packed->is_gzip
                       ? read_gzip(input, bytes + *n_read, n_bytes - *n_read, &n_got)
                       : read_plain(input, bytes + *n_read, n_bytes - *n_read, &n_got));
        if (n_got == 0)
            break;
        *n_read += n_got;
        input->n_read += n_got;
    }
    return GEMLET_OK;
}

/* ---- the stream ----------------------------------------------------------------------------- */

static gemlet_status begin(gm_input *input)
{
    struct gm_packed *p = input->packed;
    GEMLET_TRY(gm_open_stream(&p->descriptor, &p->info, p->buffer, &p->end, input->path));
    GEMLET_TRY(fill(input, 2));
    p->is_gzip = begins_gzip(p);
    if (p->is_gzip && inflateInit2(&p->inflater, GZIP_WINDOW) != Z_OK) {
        p->is_gzip = 0;
        return gm_error(GEMLET_E_MEMORY, "%s: cannot open: out of memory", input->path);
    }
    GEMLET_TRY(read_content(input, input->head, GM_CONTENT_HEAD, &input->n_head));
    input->n_read = 0;
    return GEMLET_OK;
}

gemlet_status gm_input_open(gm_input *input, const char *path)
{
    *input = (gm_input){.path = path};
    gemlet_status status = GM_ALLOC(input->packed, 1, path);
    if (status == GEMLET_OK) {
        input->packed->descriptor = -1;
        status = GM_ALLOC(input->head, GM_CONTENT_HEAD, path);
    }
    if (status == GEMLET_OK)
        status = begin(input);
    if (status != GEMLET_OK)
        gm_input_close(input);
    return status;
}

const unsigned char *gm_input_head(const gm_input *input, size_t *n_bytes)
{
    *n_bytes = input->n_head;
    return input->head;
}

gemlet_status gm_input_refuse_foreign(const gm_input *input, const char *expected)
{
    if (input->n_head == 0)
        return gm_error(GEMLET_E_FORMAT, "%s: empty file, expected %s", input->path, expected);
    const char *name = gm_content_name(input->head, input->n_head);
    if (name == NULL)
        return GEMLET_OK;
    return gm_error(GEMLET_E_FORMAT, "%s: found %s%s, expected %s", input->path, name,
                    input->packed->is_gzip ? " packed by gzip" : "", expected);
}

int gm_input_is_packed(const gm_input *input)
{
    return input->packed->is_gzip;
}

int gm_input_is_plain_file(const gm_input *input, int *descriptor, struct stat *info)
{
    const struct gm_packed *p = input->packed;
    *descriptor = p->descriptor;
    *info = p->info;
    return S_ISREG(p->info.st_mode) && p->info.st_size > 0 && !p->is_gzip;
}

size_t gm_input_size_bound(const gm_input *input)
{
    const struct gm_packed *p = input->packed;
    if (!S_ISREG(p->info.st_mode) || p->info.st_size <= 0) /* what the system makes up has size 0 */
        return SIZE_MAX;
    const size_t size = (size_t)p->info.st_size;
    if (!p->is_gzip)
        return size;
    return size > SIZE_MAX / MAX_DEFLATE_RATIO ? SIZE_MAX : size * MAX_DEFLATE_RATIO;
}

gemlet_status gm_input_read(gm_input *input, void *bytes, size_t n_bytes, size_t *n_read)
{
    size_t n_ahead = input->n_read < input->n_head ? input->n_head - input->n_read : 0;
    if (n_ahead > n_bytes)
        n_ahead = n_bytes;
    if (n_ahead > 0)
        memcpy(bytes, input->head + input->n_read, n_ahead);
    input->n_read += n_ahead;
    const gemlet_status status =
        read_content(input, (unsigned char *)bytes + n_ahead, n_bytes - n_ahead, n_read);
    *n_read += n_ahead;
    return status;
}

void gm_input_close(gm_input *input)
{
    if (input->packed != NULL) {
        if (input->packed->is_gzip)
            inflateEnd(&input->packed->inflater);
        if (input->packed->descriptor >= 0)
            close(input->packed->descriptor); /* nothing was written: nothing to lose */
    }
    free(input->packed);
    free(input->head);
    *input = (gm_input){0};
}
