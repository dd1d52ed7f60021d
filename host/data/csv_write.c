/* SPDX-License-Identifier: MIT
 * Writing CSV files: one row a line, label first, no header, no quotes. */
#include <stdio.h>

#include "data/dataset.h"
#include "data/number.h"
#include "data/output.h"

#define TEXT_SIZE  ((size_t)64 * 1024)
#define FIELD_SIZE ((size_t)32) /* holds any number and what separates it from the next */

struct writer {
    const gemlet_dataset *dataset;
    gm_output output;
    size_t length; /* of the text not yet written */
    char text[TEXT_SIZE];
};

static gemlet_status make_room(struct writer *writer)
{
    if (writer->length + FIELD_SIZE <= TEXT_SIZE)
        return GEMLET_OK;
    GEMLET_TRY(gm_output_write(&writer->output, writer->text, writer->length));
    writer->length = 0;
    return GEMLET_OK;
}

static void append_integer(struct writer *writer, uint32_t value)
{
    char digits[10];
    size_t n = 0;
    do {
        digits[n++] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    while (n > 0)
        writer->text[writer->length++] = digits[--n];
}

static void append_float(struct writer *writer, float value)
{
    /* Nine significant digits name every float. */
    const int n = snprintf(writer->text + writer->length, FIELD_SIZE, "%.9g", (double)value);
    writer->length += (size_t)n;
}

/* values (features) of the row. */
static gemlet_status write_row(struct writer *writer, const void *values, gemlet_dim row)
{
    const gemlet_dataset *dataset = writer->dataset;
    if (dataset->labels != NULL) {
        GEMLET_TRY(make_room(writer));
        append_integer(writer, dataset->labels[row]);
        writer->text[writer->length++] = ',';
    }
    for (gemlet_dim column = 0; column < dataset->features; ++column) {
        GEMLET_TRY(make_room(writer));
        if (dataset->element == GEMLET_ELEMENT_U8)
            append_integer(writer, ((const uint8_t *)values)[column]);
        else
            append_float(writer, ((const float *)values)[column]);
        writer->text[writer->length++] = column + 1 < dataset->features ? ',' : '\n';
    }
    return GEMLET_OK;
}

static gemlet_status write_rows(const void *values, gemlet_dim first, gemlet_dim n, void *user)
{
    struct writer *writer = user;
    const size_t size = gm_rows_size(writer->dataset);
    for (gemlet_dim i = 0; i < n; ++i)
        GEMLET_TRY(write_row(writer, (const unsigned char *)values + i * size, first + i));
    return GEMLET_OK;
}

gemlet_status gemlet_dataset_save_csv(const gemlet_dataset *dataset, const char *path)
{
    struct writer writer;
    if (dataset->has_targets)
        return gm_error(GEMLET_E_ARGUMENT,
                        "%s: found a data set with targets, expected labels or none", path);
    writer.dataset = dataset;
    writer.length = 0;
    gm_number_locale locale;
    GEMLET_TRY(gm_number_enter(&locale));
    gemlet_status status = gm_output_open(&writer.output, path);
    if (status == GEMLET_OK)
        status = gm_rows_visit(dataset, 0, dataset->rows, write_rows, &writer);
    if (status == GEMLET_OK)
        status = gm_output_write(&writer.output, writer.text, writer.length);
    if (status == GEMLET_OK)
        status = gm_output_finish(&writer.output);
    gm_output_abort(&writer.output);
    gm_number_leave(&locale);
    return status;
}
