/* SPDX-License-Identifier: MIT
 * Models in the formats of other programs, with what turns raw values into inputs inside, so that
 * the same rows give the same answers there. docs/export.md shows each in use. */
#ifndef GEMLET_EXPORT_H
#define GEMLET_EXPORT_H

#include <stddef.h>

#include "gemlet/model.h"
#include "gemlet/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum gemlet_export_format {
    GEMLET_EXPORT_C,           /* a .c file and a .h file beside it: C99, no library but libm */
    GEMLET_EXPORT_ONNX,        /* for ONNX Runtime and others, of less than 2 GiB */
    GEMLET_EXPORT_SAFETENSORS, /* for PyTorch: layers as trained, tensors for the inputs */
    GEMLET_EXPORT_NPZ          /* for NumPy: weights and biases alone, and arrays for the inputs */
} gemlet_export_format;

/* The type of raw values of a model that is of no table, and of a matrix of columns, which holds
 * doubles for AUTO and no bytes. Columns that are inputs each are doubles and texts. */
typedef enum gemlet_export_input {
    GEMLET_EXPORT_INPUT_AUTO, /* bytes if the model scales its inputs by 1/255, else floats */
    GEMLET_EXPORT_INPUT_BYTE,
    GEMLET_EXPORT_INPUT_FLOAT
} gemlet_export_input;

/* How ONNX takes the columns of a table. Of a model of no table there is one matrix in any case. */
typedef enum gemlet_export_columns {
    GEMLET_EXPORT_COLUMNS_SEPARATE, /* each an input of its name: numbers, or texts */
    GEMLET_EXPORT_COLUMNS_MATRIX    /* one input, x (batch, columns), whose rows are those of a C
                                       export: of a text the number of its category */
} gemlet_export_columns;

typedef struct gemlet_export_options {
    size_t struct_size; /* set by gemlet_export_options_init() */
    gemlet_export_format format;
    gemlet_export_input input;
    gemlet_export_columns columns;
} gemlet_export_options;

/* The same for a structure of which the caller knows struct_size bytes. */
GEMLET_API void gemlet_export_options_init_sized(void *options, size_t struct_size);

/* Sets all members to their defaults, and struct_size, as gemlet_init_options_init() does. */
static inline void gemlet_export_options_init(gemlet_export_options *options)
{
    gemlet_export_options_init_sized(options, sizeof *options);
}

/* Writes the model to `path`, atomically; the same model gives the same bytes. Its parameters are
 * those that gemlet_predict() uses, so of a moving average the average. Where the name matters, as
 * in C, it follows from that of the file.
 * GEMLET_E_ARGUMENT for a name that the format cannot have; GEMLET_E_RANGE for a model that it
 * cannot hold, e.g. one of 2 GiB or more in ONNX; GEMLET_E_IO. */
GEMLET_API gemlet_status gemlet_model_export(const gemlet_model *model, const char *path,
                                             const gemlet_export_options *options);

#ifdef __cplusplus
}
#endif
#endif
