/* SPDX-License-Identifier: MIT
 * Data sets: rows of features with a class label each, read from IDX or CSV files.
 *
 * A data set lives in host memory, or in a file where that is allowed, and never changes after it
 * was made. Values are kept as they
 * stand in the file; what they are multiplied with before they enter a network is a property of
 * the model (gemlet_model_input_scale), so that training and later use cannot disagree. */
#ifndef GEMLET_DATASET_H
#define GEMLET_DATASET_H

#include <stddef.h>
#include <stdint.h>

#include "gemlet/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gemlet_dataset gemlet_dataset;

/* Extent of one dimension: rows, features, classes. */
typedef uint32_t gemlet_dim;

/* Largest number of classes, and so one more than the largest label. */
#define GEMLET_MAX_CLASSES 65536u

typedef enum gemlet_element {
    GEMLET_ELEMENT_U8, /* uint8_t, 0..255 */
    GEMLET_ELEMENT_F32 /* float, finite */
} gemlet_element;

typedef enum gemlet_split {
    GEMLET_SPLIT_TRAIN,
    GEMLET_SPLIT_TEST,
    GEMLET_SPLIT_VALIDATION
} gemlet_split;

typedef enum gemlet_labels {
    GEMLET_LABELS_NONE, /* every column is a feature */
    GEMLET_LABELS_FIRST /* the first column is the label */
} gemlet_labels;

/* Sets how many bytes of memory the content of one file, data or model, may take from now on in
 * this process; 0, the default: three quarters of what the machine has free. A file that needs more
 * is refused with GEMLET_E_MEMORY before that is taken. Without a limit of one's own, packed files
 * of which more than 32 MiB expand to more than 200 times their size are refused as well
 * (GEMLET_E_RANGE). */
GEMLET_API void gemlet_memory_limit_set(size_t n_bytes);

/* allow = 1: from now on in this process, a plain file of items that needs more memory than may be
 * taken is not refused. The rows of an IDX file stay in it; those of a CSV file in a binary copy,
 * made once and used again as long as the file stays as it is, in "<cache_directory>/rows", which
 * is created for this user alone; NULL: CSV files are refused all the same. The rows are read when
 * they are needed, and the file must not be changed before the data set is destroyed: what uses it
 * then returns GEMLET_E_IO. gemlet_dataset_values() of such a data set is NULL. 0 is the default.
 * On failure nothing changes. */
GEMLET_API gemlet_status gemlet_dataset_allow_files(int allow, const char *cache_directory);

/* Reads one split of a directory that holds either the four IDX files
 *   train-images-idx3-ubyte train-labels-idx1-ubyte t10k-images-idx3-ubyte t10k-labels-idx1-ubyte
 * or the CSV files mnist_train.csv and mnist_test.csv (also train.csv and test.csv), each plain or
 * with .gz; IDX is preferred where both are there. Files of the validation split, which no data set
 * needs, have "validation" in place of "train".
 *
 * This and the other readers: on failure *out = NULL and the message names the file, the place,
 * what was found and what was expected. GEMLET_E_IO: no such file, or it cannot be read.
 * GEMLET_E_FORMAT: its content is malformed, truncated, oversized, or a value cannot be used.
 * GEMLET_E_RANGE: it announces sizes beyond what can be counted. Release with
 * gemlet_dataset_destroy(). */
GEMLET_API gemlet_status gemlet_dataset_load_directory(gemlet_dataset **out, const char *directory,
                                                       gemlet_split split);

/* Reads an IDX file of items, plain or gz: first dimension rows, the others one item. Element type
 * ubyte stays U8, the other IDX types (sbyte, short, int, float, double) become F32, rounded to
 * the nearest. `labels_path` may be NULL: a data set without labels; else an IDX file of integers
 * below GEMLET_MAX_CLASSES with one dimension of the same length (GEMLET_E_SHAPE if it differs).
 * Rows and columns count from 0 in messages. */
GEMLET_API gemlet_status gemlet_dataset_load_idx(gemlet_dataset **out, const char *items_path,
                                                 const char *labels_path);

/* Reads a CSV file, plain or gz: one row a line, comma-separated decimal numbers with a point,
 * quoted or not; blank lines do not count. The first line is a header if its first field that is
 * not empty is not a number. If every feature is a whole number from 0 to 255 the elements are U8,
 * else F32. Lines and columns count from 1 in messages. */
GEMLET_API gemlet_status gemlet_dataset_load_csv(gemlet_dataset **out, const char *path,
                                                 gemlet_labels labels);

/* Copies values (rows x features, row-major, of type `element`) and labels (rows; NULL: none).
 * GEMLET_E_RANGE if rows or features is 0, a label is >= GEMLET_MAX_CLASSES or a value is not
 * finite. */
GEMLET_API gemlet_status gemlet_dataset_create(gemlet_dataset **out, gemlet_dim rows,
                                               gemlet_dim features, gemlet_element element,
                                               const void *values, const uint32_t *labels);

/* Splits off `n_rows` rows chosen at random by `seed`: *rest gets the others, *held_out the chosen
 * ones. Both are new data sets in the order of the original, with its item dimensions and its
 * number of classes. GEMLET_E_RANGE unless 0 < n_rows < rows. On failure both are NULL. */
GEMLET_API gemlet_status gemlet_dataset_hold_out(gemlet_dataset **rest, gemlet_dataset **held_out,
                                                 const gemlet_dataset *dataset, gemlet_dim n_rows,
                                                 uint64_t seed);

/* The same, but each class has the same share of *held_out as of the whole, to a row. A class with
 * a single row stays in *rest where that is possible. Without labels, as gemlet_dataset_hold_out().
 */
GEMLET_API gemlet_status gemlet_dataset_hold_out_stratified(gemlet_dataset **rest,
                                                            gemlet_dataset **held_out,
                                                            const gemlet_dataset *dataset,
                                                            gemlet_dim n_rows, uint64_t seed);

/* Cuts the rows into n_folds parts, at random by `seed`, that are equal in number to a row, and
 * with labels in rows of each class; *held_out gets part `place` (from 0), *rest the others, as
 * before. *numbers out, which may be NULL: the rows of *held_out, as places in the data set;
 * release it with free(). GEMLET_E_RANGE unless 2 <= n_folds <= rows and place < n_folds. On
 * failure all are NULL. */
GEMLET_API gemlet_status gemlet_dataset_take_fold(gemlet_dataset **rest, gemlet_dataset **held_out,
                                                  gemlet_dim **numbers,
                                                  const gemlet_dataset *dataset, gemlet_dim n_folds,
                                                  gemlet_dim place, uint64_t seed);

/* Writes the data set as IDX: items with the item's dimensions (U8 as ubyte, F32 as float), labels
 * as ubyte if there are at most 256 classes, else as int. A path that ends in .gz is compressed.
 * Each file is written atomically, and neither is touched if one cannot be written.
 * `labels_path` may be NULL; GEMLET_E_ARGUMENT if it is not and there are no labels, or if both
 * paths are the same. */
GEMLET_API gemlet_status gemlet_dataset_save_idx(const gemlet_dataset *dataset,
                                                 const char *items_path, const char *labels_path);

/* Writes the data set as CSV, label first if there are labels, no header; F32 with 9 significant
 * digits (exact). A path that ends in .gz is compressed. Atomic. */
GEMLET_API gemlet_status gemlet_dataset_save_csv(const gemlet_dataset *dataset, const char *path);

GEMLET_API gemlet_dim gemlet_dataset_rows(const gemlet_dataset *dataset);
GEMLET_API gemlet_dim gemlet_dataset_features(const gemlet_dataset *dataset);
GEMLET_API gemlet_element gemlet_dataset_element(const gemlet_dataset *dataset);

/* Largest label + 1; 0 without labels. The parts of a split keep the number of the whole. */
GEMLET_API gemlet_dim gemlet_dataset_classes(const gemlet_dataset *dataset);

/* (rows, features) row-major, of type gemlet_dataset_element(). Belongs to the data set. NULL if
 * the rows are in a file (gemlet_dataset_allow_files()). */
GEMLET_API const void *gemlet_dataset_values(const gemlet_dataset *dataset);

/* (rows); NULL without labels. Belongs to the data set. */
GEMLET_API const uint32_t *gemlet_dataset_labels(const gemlet_dataset *dataset);

/* Gives every row a number that a model of the task GEMLET_TASK_REGRESSION is to learn, targets
 * (rows), which are copied; labels go. GEMLET_E_RANGE unless all are finite; then nothing changes.
 */
GEMLET_API gemlet_status gemlet_dataset_set_targets(gemlet_dataset *dataset, const float *targets);

/* (rows); NULL without targets. Belongs to the data set. */
GEMLET_API const float *gemlet_dataset_targets(const gemlet_dataset *dataset);

/* Gives every row the weight of its loss in a training, weights (rows), which are copied; NULL: all
 * 1, as before. Evaluations know none. GEMLET_E_RANGE unless all are finite and not negative, and
 * one is above 0; then nothing changes. */
GEMLET_API gemlet_status gemlet_dataset_set_weights(gemlet_dataset *dataset, const float *weights);

/* (rows); NULL without weights. Belongs to the data set. */
GEMLET_API const float *gemlet_dataset_weights(const gemlet_dataset *dataset);

/* CRC-32 (zlib's) of the values followed by the labels or targets, and weights, as they lie in
 * memory: tells whether two runs saw the same data on the same kind of machine. */
GEMLET_API uint32_t gemlet_dataset_crc32(const gemlet_dataset *dataset);

/* Dimensions of one item, e.g. {28, 28}; their product is the number of features. *n_dims gets how
 * many there are (1..GEMLET_MAX_ITEM_DIMS). Belongs to the data set. */
#define GEMLET_MAX_ITEM_DIMS 8u
GEMLET_API const gemlet_dim *gemlet_dataset_item_dims(const gemlet_dataset *dataset,
                                                      unsigned *n_dims);

/* Gives the items another shape, e.g. {28, 28} for rows read from CSV. GEMLET_E_SHAPE if the
 * product is not the number of features. */
GEMLET_API gemlet_status gemlet_dataset_set_item_dims(gemlet_dataset *dataset,
                                                      const gemlet_dim *dims, unsigned n_dims);

/* NULL is allowed. */
GEMLET_API void gemlet_dataset_destroy(gemlet_dataset *dataset);

#ifdef __cplusplus
}
#endif
#endif
