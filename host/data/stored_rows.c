/* SPDX-License-Identifier: MIT
 * See stored_rows.h. */
#include "data/stored_rows.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/memory.h"
#include "data/idx.h"

#define READ_BYTES ((size_t)256 * 1024) /* at a time, or one row */

struct gm_stored_rows {
    unsigned n_owners;
    char *path;
    int descriptor;
    struct stat info;
    gm_stored_format format;
    size_t row_size; /* bytes in the file */
    size_t n_at_a_time;
    unsigned char *raw; /* (n_at_a_time, row_size) */
};

gemlet_status gm_stored_rows_create(gm_stored_rows **out, const char *path, int descriptor,
                                    const struct stat *info, const gm_stored_format *format)
{
    gm_stored_rows *rows;
    *out = NULL;
    GEMLET_TRY(GM_ALLOC(rows, 1, path));
    *rows = (gm_stored_rows){.n_owners = 1, .descriptor = -1, .info = *info, .format = *format};
    gemlet_status status = GEMLET_OK;
    rows->row_size = format->n_features * gm_idx_element_size(format->type);
    rows->n_at_a_time = rows->row_size < READ_BYTES ? READ_BYTES / rows->row_size : 1;
    GEMLET_TRY_CLEANUP(status, gm_copy_string(&rows->path, path));
    GEMLET_TRY_CLEANUP(status, GM_ALLOC(rows->raw, rows->n_at_a_time * rows->row_size, path));
    rows->descriptor = fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
    if (rows->descriptor < 0)
        status = gm_error(GEMLET_E_IO, "%s: cannot open: %s", path, strerror(errno));
cleanup:
    if (status == GEMLET_OK)
        *out = rows;
    else
        gm_stored_rows_release(rows);
    return status;
}

gm_stored_rows *gm_stored_rows_share(gm_stored_rows *rows)
{
    ++rows->n_owners;
    return rows;
}

void gm_stored_rows_release(gm_stored_rows *rows)
{
    if (rows == NULL || --rows->n_owners > 0)
        return;
    if (rows->descriptor >= 0)
        close(rows->descriptor); /* nothing was written: nothing to lose */
    free(rows->raw);
    free(rows->path);
    free(rows);
}

/* ---- reading -------------------------------------------------------------------------------- */

static gemlet_status check_unchanged(const gm_stored_rows *rows)
{
    struct stat now;
    if (fstat(rows->descriptor, &now) != 0)
        return gm_error(GEMLET_E_IO, "%s: cannot look at it: %s", rows->path, strerror(errno));
    if (now.st_size == rows->info.st_size && now.st_mtim.tv_sec == rows->info.st_mtim.tv_sec &&
        now.st_mtim.tv_nsec == rows->info.st_mtim.tv_nsec)
        return GEMLET_OK;
    return gm_error(GEMLET_E_IO,
                    "%s: was changed while its rows were in use (from %jd bytes to %jd), expected "
                    "a file that stays as it is",
                    rows->path, (intmax_t)rows->info.st_size, (intmax_t)now.st_size);
}

/* raw = n rows, at most n_at_a_time. */
static gemlet_status read_raw(const gm_stored_rows *rows, size_t first, size_t n)
{
    const size_t n_bytes = n * rows->row_size;
    const off_t begin = rows->format.begin + (off_t)(first * rows->row_size);
    for (size_t done = 0; done < n_bytes;) {
        const ssize_t n_got =
            pread(rows->descriptor, rows->raw + done, n_bytes - done, begin + (off_t)done);
        if (n_got < 0 && errno == EINTR)
            continue;
        if (n_got < 0)
            return gm_error(GEMLET_E_IO, "%s: cannot read: %s", rows->path, strerror(errno));
        if (n_got == 0) {
            GEMLET_TRY(check_unchanged(rows));
            return gm_error(GEMLET_E_IO, "%s: ended while its rows were in use", rows->path);
        }
        done += (size_t)n_got;
    }
    return GEMLET_OK;
}

/* Row i of raw to row `place` of values. */
static void convert_row(const gm_stored_rows *rows, size_t i, void *values, size_t place)
{
    const size_t n = rows->format.n_features;
    const unsigned char *raw = rows->raw + i * rows->row_size;
    if (rows->format.type == GM_IDX_UBYTE)
        memcpy((unsigned char *)values + place * n, raw, n);
    else
        gm_idx_to_floats((float *)values + place * n, rows->format.type, raw, n);
}

gemlet_status gm_stored_rows_read(const gm_stored_rows *rows, size_t first, size_t n, void *values)
{
    for (size_t done = 0; done < n;) {
        const size_t left = n - done;
        const size_t n_now = left < rows->n_at_a_time ? left : rows->n_at_a_time;
        GEMLET_TRY(read_raw(rows, first + done, n_now));
        for (size_t i = 0; i < n_now; ++i)
            convert_row(rows, i, values, done + i);
        done += n_now;
    }
    return check_unchanged(rows);
}

/* Where a row is in the file, in the upper half, and where it goes to. */
static int compare_places(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a;
    const uint64_t y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

gemlet_status gm_stored_rows_gather(const gm_stored_rows *rows, const uint32_t *numbers, size_t n,
                                    void *values)
{
    uint64_t *places;
    gemlet_status status = GEMLET_OK;
    GEMLET_TRY(GM_ALLOC(places, n, "places of rows"));
    for (size_t i = 0; i < n; ++i)
        places[i] = (uint64_t)numbers[i] << 32 | i;
    qsort(places, n, sizeof *places, compare_places);
    for (size_t i = 0; i < n;) {
        /* Neighbours are read at once. */
        const size_t first = (size_t)(places[i] >> 32);
        size_t last = i;
        while (last + 1 < n && (places[last + 1] >> 32) - first < rows->n_at_a_time &&
               (places[last + 1] >> 32) - (places[last] >> 32) <= 1)
            ++last;
        GEMLET_TRY_CLEANUP(status, read_raw(rows, first, (size_t)(places[last] >> 32) - first + 1));
        for (; i <= last; ++i)
            convert_row(rows, (size_t)(places[i] >> 32) - first, values,
                        (size_t)(uint32_t)places[i]);
    }
    status = check_unchanged(rows);
cleanup:
    free(places);
    return status;
}
