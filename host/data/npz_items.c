/* SPDX-License-Identifier: MIT
 * See npz_items.h. */
#include "data/npz_items.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "core/memory.h"
#include "core/memory_limit.h"

static const char *const names_of_x[][5] = {
    [GEMLET_SPLIT_TRAIN] = {"x", "X", "x_train", "X_train", NULL},
    [GEMLET_SPLIT_TEST] = {"x_test", "X_test", NULL},
    [GEMLET_SPLIT_VALIDATION] = {"x_val", "x_valid", "x_validation", NULL},
};

static const char *const names_of_y[][5] = {
    [GEMLET_SPLIT_TRAIN] = {"y", "Y", "y_train", NULL},
    [GEMLET_SPLIT_TEST] = {"y_test", NULL},
    [GEMLET_SPLIT_VALIDATION] = {"y_val", "y_valid", "y_validation", NULL},
};

const char *const *gm_npz_names_of_x(gemlet_split split)
{
    return names_of_x[split];
}

/* ---- arrays --------------------------------------------------------------------------------- */

static gemlet_status check_shapes(const gm_npz_array *x, const gm_npz_array *y, const char *path)
{
    if (x->n_dims == 0 || x->n == 0 || x->kind == GM_NPZ_TEXT)
        return gm_error(GEMLET_E_SHAPE, "%s: x is %s, expected numbers (rows, columns)", path,
                        x->n_dims == 0           ? "a scalar"
                        : x->kind == GM_NPZ_TEXT ? "texts"
                                                 : "empty");
    if (x->shape[0] > UINT32_MAX - 1)
        return gm_error(GEMLET_E_RANGE, "%s: found more than %u rows, expected fewer", path,
                        UINT32_MAX - 1);
    if (y->elements == NULL || y->n == 0)
        return GEMLET_OK;
    const int is_column = y->n_dims == 1 || (y->n_dims == 2 && y->shape[1] == 1);
    if (is_column && y->shape[0] == x->shape[0])
        return GEMLET_OK;
    char shape[GM_NPY_SHAPE_SIZE];
    gm_npy_format_shape(shape, y->shape, y->n_dims);
    return gm_error(GEMLET_E_SHAPE, "%s: y has the shape %s, expected (%zu,) as x has so many rows",
                    path, shape, x->shape[0]);
}

static gemlet_status read_xy(gm_npz_array *x, gm_npz_array *y, gm_npz_reader *reader,
                             const char *path, gemlet_split split)
{
    const char *name;
    GEMLET_TRY(gm_npz_find_any(&name, reader, names_of_x[split]));
    if (name == NULL)
        return gm_error(GEMLET_E_FORMAT, "%s: found no array %s, expected one", path,
                        names_of_x[split][0]);
    GEMLET_TRY(gm_npz_array_read(x, reader, path, name));
    GEMLET_TRY(gm_npz_find_any(&name, reader, names_of_y[split]));
    if (name != NULL)
        GEMLET_TRY(gm_npz_array_read(y, reader, path, name));
    return check_shapes(x, y, path);
}

gemlet_status gm_npz_read_xy(gm_npz_array *x, gm_npz_array *y, const char *path, gemlet_split split)
{
    gm_npz_reader *reader;
    *x = *y = (gm_npz_array){0};
    GEMLET_TRY(gm_npz_reader_open(&reader, path));
    const gemlet_status status = read_xy(x, y, reader, path, split);
    gm_npz_reader_close(reader);
    if (status != GEMLET_OK) {
        gm_npz_array_free(y);
        gm_npz_array_free(x);
    }
    return status;
}

int gm_npz_items_are_in(const char *path)
{
    static const gemlet_split splits[] = {GEMLET_SPLIT_TRAIN, GEMLET_SPLIT_TEST};
    gm_npz_reader *reader;
    gm_npy_header header;
    int is_found = 0;
    if (!gm_npz_is_archive(path) || gm_npz_reader_open(&reader, path) != GEMLET_OK)
        return 0;
    for (size_t i = 0; !is_found && i < sizeof splits / sizeof splits[0]; ++i) {
        const char *name;
        if (gm_npz_find_any(&name, reader, names_of_x[splits[i]]) == GEMLET_OK && name != NULL &&
            gm_npz_read_header(reader, name, &header) == GEMLET_OK)
            is_found = header.n_dims > 2 ||
                       (header.n_dims == 2 && header.type[0] == '|' && header.type[1] == 'u');
    }
    gm_npz_reader_close(reader);
    return is_found;
}

/* ---- data sets ------------------------------------------------------------------------------ */

static gemlet_status make_floats(float **values, const gm_npz_array *x, const char *path)
{
    GEMLET_TRY(gm_memory_limit_check(x->n * sizeof **values, path));
    GEMLET_TRY(GM_ALLOC(*values, x->n, path));
    for (size_t i = 0; i < x->n; ++i) {
        const double value = gm_npz_array_number(x, i);
        if (!(fabs(value) <= (double)FLT_MAX))
            return gm_error(GEMLET_E_RANGE, "%s: x: row %zu: found %g, expected a finite float",
                            path, i / (x->n / x->shape[0]), value);
        (*values)[i] = (float)value;
    }
    return GEMLET_OK;
}

static gemlet_status make_labels(uint32_t **labels, const gm_npz_array *y, const char *path)
{
    if (y->elements == NULL)
        return gm_error(GEMLET_E_FORMAT, "%s: found no array y, expected the class of each row",
                        path);
    if (y->kind != GM_NPZ_UNSIGNED && y->kind != GM_NPZ_SIGNED)
        return gm_error(GEMLET_E_FORMAT, "%s: y holds %s, expected whole numbers from 0 on", path,
                        y->kind == GM_NPZ_TEXT ? "texts" : "numbers with a point");
    GEMLET_TRY(GM_ALLOC(*labels, y->n, path));
    for (size_t i = 0; i < y->n; ++i) {
        const double value = gm_npz_array_number(y, i);
        if (!(value >= 0 && value < GEMLET_MAX_CLASSES))
            return gm_error(GEMLET_E_RANGE, "%s: y: row %zu: found %.17g, expected 0 to %u", path,
                            i, value, GEMLET_MAX_CLASSES - 1);
        (*labels)[i] = (uint32_t)value;
    }
    return GEMLET_OK;
}

static gemlet_status make(gemlet_dataset **out, const gm_npz_array *x, const uint32_t *labels,
                          const void *values, gemlet_element element)
{
    const size_t n_features = x->n / x->shape[0];
    gemlet_dim dims[GM_NPY_MAX_DIMS];
    GEMLET_TRY(gemlet_dataset_create(out, (gemlet_dim)x->shape[0], (gemlet_dim)n_features, element,
                                     values, labels));
    for (unsigned i = 1; i < x->n_dims; ++i)
        dims[i - 1] = (gemlet_dim)x->shape[i];
    if (x->n_dims < 2 || x->n_dims - 1 > GEMLET_MAX_ITEM_DIMS)
        return GEMLET_OK;
    return gemlet_dataset_set_item_dims(*out, dims, x->n_dims - 1);
}

gemlet_status gm_npz_items_load(gemlet_dataset **out, const char *path, gemlet_split split,
                                int with_labels)
{
    gm_npz_array x;
    gm_npz_array y;
    float *values = NULL;
    uint32_t *labels = NULL;
    *out = NULL;
    GEMLET_TRY(gm_npz_read_xy(&x, &y, path, split));
    const int is_bytes = x.kind == GM_NPZ_UNSIGNED && x.size == 1;
    gemlet_status status = with_labels ? make_labels(&labels, &y, path) : GEMLET_OK;
    if (status == GEMLET_OK && !is_bytes)
        status = make_floats(&values, &x, path);
    if (status == GEMLET_OK)
        status = make(out, &x, labels, is_bytes ? x.elements : values,
                      is_bytes ? GEMLET_ELEMENT_U8 : GEMLET_ELEMENT_F32);
    free(labels);
    free(values);
    gm_npz_array_free(&y);
    gm_npz_array_free(&x);
    return status;
}
