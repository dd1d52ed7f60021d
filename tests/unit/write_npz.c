/* SPDX-License-Identifier: MIT
 * Writes an archive and a model with known content, for check_npz.py to read with NumPy.
 * Usage: write_npz ARRAYS.npz MODEL.npz */
#include <stdio.h>
#include <stdlib.h>

#include "gemlet/model.h"
#include "npz/npz.h"

static gemlet_status write_arrays(const char *path)
{
    gm_npz_writer *writer;
    GEMLET_TRY(gm_npz_writer_create(&writer));
    float values[24];
    for (int i = 0; i < 24; ++i)
        values[i] = (float)i / 7.0f - 1.5f;
    const size_t shape[] = {2, 3, 4};
    gemlet_status status = gm_npz_add_f32(writer, "cube", values, shape, 3);
    if (status == GEMLET_OK)
        status = gm_npz_add_f32(writer, "a.name", values + 20, shape + 2, 1);
    if (status == GEMLET_OK)
        status = gm_npz_add_f32(writer, "scalar", values + 23, NULL, 0);
    if (status == GEMLET_OK)
        status = gm_npz_add_i32(writer, "number", -123456789);
    if (status == GEMLET_OK)
        status = gm_npz_add_string(writer, "text", "5-7bn-relu-3");
    if (status == GEMLET_OK)
        status = gm_npz_writer_write(writer, path);
    gm_npz_writer_destroy(writer);
    return status;
}

static gemlet_status write_model(const char *path)
{
    gemlet_spec spec;
    GEMLET_TRY(gemlet_spec_parse(&spec, "5-7bn-relu-3"));
    gemlet_init_options options;
    gemlet_init_options_init(&options);
    gemlet_model *model;
    GEMLET_TRY(gemlet_model_create(&model, &spec, &options));
    float *weight = gemlet_model_tensor(model, 0, GEMLET_TENSOR_WEIGHT);
    for (int i = 0; i < 35; ++i)
        weight[i] = (float)i;
    const gemlet_status status = gemlet_model_save(model, path);
    gemlet_model_destroy(model);
    return status;
}

int main(int n_arguments, char **arguments)
{
    if (n_arguments != 3 || write_arrays(arguments[1]) != GEMLET_OK ||
        write_model(arguments[2]) != GEMLET_OK) {
        fprintf(stderr, "write_npz: %s\n", gemlet_last_error());
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
