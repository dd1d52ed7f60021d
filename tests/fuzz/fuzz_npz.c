/* SPDX-License-Identifier: MIT
 * Fuzz target of the model reader, and with it of npz archives. */
#include <string.h>

#include "fuzz/fuzz.h"
#include "gemlet/model.h"

static void check_same(gemlet_model *a, gemlet_model *b)
{
    static const gemlet_tensor tensors[] = {GEMLET_TENSOR_WEIGHT,       GEMLET_TENSOR_BIAS,
                                            GEMLET_TENSOR_GAMMA,        GEMLET_TENSOR_BETA,
                                            GEMLET_TENSOR_RUNNING_MEAN, GEMLET_TENSOR_RUNNING_VAR};
    char text[GEMLET_SPEC_TEXT_SIZE];
    char other_text[GEMLET_SPEC_TEXT_SIZE];
    FUZZ_CHECK(gemlet_spec_format(gemlet_model_spec(a), text, sizeof text) == GEMLET_OK);
    FUZZ_CHECK(gemlet_spec_format(gemlet_model_spec(b), other_text, sizeof other_text) ==
               GEMLET_OK);
    FUZZ_CHECK(strcmp(text, other_text) == 0);
    FUZZ_CHECK(gemlet_model_input_scale(a) == gemlet_model_input_scale(b));
    for (unsigned l = 0; l < gemlet_model_spec(a)->n_layers; ++l) {
        for (size_t t = 0; t < sizeof tensors / sizeof tensors[0]; ++t) {
            const size_t n = gemlet_model_tensor_size(a, l, tensors[t]);
            FUZZ_CHECK(n == gemlet_model_tensor_size(b, l, tensors[t]));
            if (n > 0)
                FUZZ_CHECK(memcmp(gemlet_model_tensor(a, l, tensors[t]),
                                  gemlet_model_tensor(b, l, tensors[t]), n * sizeof(float)) == 0);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    gemlet_model *model;
    gemlet_model *copy;
    const char *path = fuzz_file("input.npz", data, size);
    if (!fuzz_succeeded(gemlet_model_load(&model, path))) {
        FUZZ_CHECK(model == NULL);
        return 0;
    }
    const char *copy_path = fuzz_path("copy.npz");
    const char *second_path = fuzz_path("second.npz");
    FUZZ_CHECK(gemlet_model_save(model, copy_path) == GEMLET_OK);
    FUZZ_CHECK(gemlet_model_load(&copy, copy_path) == GEMLET_OK);
    check_same(model, copy);
    FUZZ_CHECK(gemlet_model_save(copy, second_path) == GEMLET_OK);
    FUZZ_CHECK(fuzz_same_files(copy_path, second_path));
    gemlet_model_destroy(copy);
    gemlet_model_destroy(model);
    return 0;
}
