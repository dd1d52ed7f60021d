/* SPDX-License-Identifier: MIT
 * See row_writer.h. */
#include "data/row_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "data/idx.h"
#include "data/rows.h"

#define WIDEN_LENGTH ((size_t)64 * 1024) /* bytes made floats at a time */

static gemlet_status cannot_write(const gm_row_writer *writer)
{
    return gm_error(GEMLET_E_IO, "%s: cannot write: %s", writer->path, strerror(errno));
}

gemlet_status gm_row_writer_open(gm_row_writer *writer, const char *path, gemlet_element element)
{
    static const unsigned char room[GM_ROW_WRITER_HEADER];
    *writer = (gm_row_writer){.path = path, .element = element};
    GEMLET_TRY(gm_output_open(&writer->output, path));
    gemlet_status status = GEMLET_OK;
    if (fchmod(fileno(writer->output.file.stream), S_IRUSR | S_IWUSR) != 0)
        status = cannot_write(writer);
    if (status == GEMLET_OK)
        status = gm_output_write(&writer->output, room, sizeof room);
    if (status != GEMLET_OK)
        gm_row_writer_abort(writer);
    return status;
}

gemlet_status gm_row_writer_add(gm_row_writer *writer, const void *values, size_t n)
{
    const size_t size = gm_dataset_element_size(writer->element);
    if (n == 0)
        return GEMLET_OK; /* crc32_z() of nothing at NULL is 0 */
    writer->crc32 = (uint32_t)crc32_z(writer->crc32, values, n * size);
    return writer->element == GEMLET_ELEMENT_U8 ? gm_output_write(&writer->output, values, n)
                                                : gm_idx_write_u32(&writer->output, values, n);
}

/* Adds the bytes of the open file `from` to the writer, as floats. */
static gemlet_status add_widened(gm_row_writer *writer, int from)
{
    unsigned char bytes[WIDEN_LENGTH];
    float values[WIDEN_LENGTH];
    for (off_t place = GM_ROW_WRITER_HEADER;;) {
        const ssize_t n = pread(from, bytes, sizeof bytes, place);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return gm_error(GEMLET_E_IO, "%s: cannot read: %s", writer->path, strerror(errno));
        if (n == 0)
            return GEMLET_OK;
        for (ssize_t i = 0; i < n; ++i)
            values[i] = (float)bytes[i];
        GEMLET_TRY(gm_row_writer_add(writer, values, (size_t)n));
        place += n;
    }
}

gemlet_status gm_row_writer_widen(gm_row_writer *writer)
{
    gm_row_writer wide;
    if (fflush(writer->output.file.stream) != 0)
        return cannot_write(writer);
    const int from = open(writer->output.file.temporary_path, O_RDONLY | O_CLOEXEC);
    if (from < 0)
        return gm_error(GEMLET_E_IO, "%s: cannot read: %s", writer->path, strerror(errno));
    gemlet_status status = gm_row_writer_open(&wide, writer->path, GEMLET_ELEMENT_F32);
    if (status == GEMLET_OK)
        status = add_widened(&wide, from);
    close(from);
    if (status != GEMLET_OK) {
        gm_row_writer_abort(&wide);
        return status;
    }
    gm_row_writer_abort(writer);
    *writer = wide;
    return GEMLET_OK;
}

gemlet_status gm_row_writer_finish(gm_row_writer *writer, gemlet_dim rows, gemlet_dim features)
{
    const gemlet_dim dims[2] = {rows, features};
    const unsigned char type = writer->element == GEMLET_ELEMENT_U8 ? GM_IDX_UBYTE : GM_IDX_FLOAT;
    if (fseek(writer->output.file.stream, 0, SEEK_SET) != 0)
        return cannot_write(writer);
    GEMLET_TRY(gm_idx_write_header(&writer->output, type, 2, dims));
    return gm_output_finish(&writer->output);
}

void gm_row_writer_abort(gm_row_writer *writer)
{
    gm_output_abort(&writer->output);
}
