/* SPDX-License-Identifier: MIT
 * Plain and gzip files through zlib's gzread, which passes plain content on; see input.h. */
#include "data/input.h"

#include <errno.h>
#include <string.h>
#include <zlib.h>

#include "core/file.h"

#define ZLIB_BUFFER_SIZE (256u * 1024u)
/* gzread counts in unsigned and reports in int. */
#define MAX_READ ((size_t)1 << 30)

gemlet_status gm_input_open(gm_input *input, const char *path)
{
    *input = (gm_input){.path = path};
    if (gm_directory_exists(path))
        return gm_error(GEMLET_E_IO, "%s: found a directory, expected a file", path);
    errno = 0;
    gzFile gz = gzopen(path, "rb");
    if (gz == NULL) {
        if (errno == 0)
            return gm_error(GEMLET_E_MEMORY, "%s: cannot open: out of memory", path);
        return gm_error(GEMLET_E_IO, "%s: cannot open: %s", path, strerror(errno));
    }
    gzbuffer(gz, ZLIB_BUFFER_SIZE); /* on failure the smaller default stays */
    input->gz = gz;
    return GEMLET_OK;
}

/* What went wrong, if anything, after a read that returned less than asked for. */
static gemlet_status check_end(const gm_input *input)
{
    int code = Z_OK;
    const char *text = gzerror(input->gz, &code);
    switch (code) {
    case Z_OK:
    case Z_STREAM_END:
        return GEMLET_OK;
    case Z_BUF_ERROR:
        return gm_error(GEMLET_E_FORMAT,
                        "%s: truncated gzip file: found its end after %zu bytes of content, "
                        "expected more gzip data",
                        input->path, input->n_read);
    case Z_ERRNO:
        return gm_error(GEMLET_E_IO, "%s: cannot read: %s", input->path, strerror(errno));
    case Z_MEM_ERROR:
        return gm_error(GEMLET_E_MEMORY, "%s: cannot read: out of memory", input->path);
    default: {
        /* zlib puts "<path>: " in front of its text. */
        const size_t length = strlen(input->path);
        if (strncmp(text, input->path, length) == 0 && strncmp(text + length, ": ", 2) == 0)
            text += length + 2;
        return gm_error(GEMLET_E_FORMAT, "%s: corrupt gzip data after %zu bytes of content: %s",
                        input->path, input->n_read, text);
    }
    }
}

gemlet_status gm_input_read(gm_input *input, void *bytes, size_t n_bytes, size_t *n_read)
{
    *n_read = 0;
    while (*n_read < n_bytes) {
        const size_t n_left = n_bytes - *n_read;
        const unsigned n_asked = (unsigned)(n_left < MAX_READ ? n_left : MAX_READ);
        const int n_got = gzread(input->gz, (unsigned char *)bytes + *n_read, n_asked);
        if (n_got > 0) {
            *n_read += (size_t)n_got;
            input->n_read += (size_t)n_got;
        }
        if (n_got < 0 || (unsigned)n_got < n_asked)
            return check_end(input);
    }
    return GEMLET_OK;
}

void gm_input_close(gm_input *input)
{
    if (input->gz != NULL)
        gzclose(input->gz); /* nothing was written: nothing to lose */
    *input = (gm_input){0};
}
