/* SPDX-License-Identifier: MIT
 * Trains a small network on MNIST, saves it, loads it again and predicts, through the C API.
 *
 *     train_and_predict DIRECTORY [DEVICE [MODEL-FILE [as-gpu]]]
 *
 * as-gpu: with CLBlast and the kernels for GPUs, operation by operation, whatever the device is.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gemlet/gemlet.h"

/* A call that fails leaves a message behind. */
#define TRY(call)                                                                                  \
    do {                                                                                           \
        if ((call) != GEMLET_OK) {                                                                 \
            fprintf(stderr, "train_and_predict: %s\n", gemlet_last_error());                       \
            goto cleanup;                                                                          \
        }                                                                                          \
    } while (0)

/* gemlet_train() tries the device first, and does without what is wrong. */
static void print_note(const char *note, void *user)
{
    (void)user;
    fprintf(stderr, "train_and_predict: %s\n", note);
}

int main(int argc, char **argv)
{
    gemlet_dataset *train = NULL;
    gemlet_dataset *test = NULL;
    gemlet_device *device = NULL;
    gemlet_model *model = NULL;
    gemlet_model *loaded = NULL;
    float *probabilities = NULL;
    int exit_code = EXIT_FAILURE;
    const char *directory = argc > 1 ? argv[1] : "datasets/mnist";
    const char *model_path = argc > 3 ? argv[3] : "model.npz";

    TRY(gemlet_dataset_load_directory(&train, directory, GEMLET_SPLIT_TRAIN));
    TRY(gemlet_dataset_load_directory(&test, directory, GEMLET_SPLIT_TEST));

    gemlet_device_options device_options;
    gemlet_device_options_init(&device_options);
    device_options.selector = argc > 2 ? argv[2] : "auto";
    if (argc > 4 && strcmp(argv[4], "as-gpu") == 0) {
        device_options.gemm = GEMLET_GEMM_CLBLAST;
        device_options.kernels = GEMLET_KERNELS_GPU;
    }
    TRY(gemlet_device_open(&device, &device_options));
    printf("%s\n", gemlet_device_choice(device));

    gemlet_spec spec;
    gemlet_init_options init;
    gemlet_init_options_init(&init);
    TRY(gemlet_spec_parse(&spec, "784-48bn-relu-10"));
    TRY(gemlet_model_create(&model, &spec, &init));
    TRY(gemlet_model_set_input_scale(model, 1.0f / 255.0f));

    gemlet_train_options options;
    gemlet_train_options_init(&options);
    if (argc > 4 && strcmp(argv[4], "as-gpu") == 0)
        options.fused = GEMLET_FUSED_OFF;
    options.n_steps = 500;
    options.on_note = print_note;
    gemlet_train_result result;
    TRY(gemlet_train(model, device, train, &options, &result));
    printf("matrices multiplied by %s\n", gemlet_device_gemm_name(device));
    TRY(gemlet_model_save(model, model_path));

    TRY(gemlet_model_load(&loaded, model_path));
    gemlet_evaluation evaluation;
    TRY(gemlet_evaluate(loaded, device, test, &evaluation));
    printf("loss %.4f before, %.4f after; %.2f %% of the test rows right\n", result.initial_loss,
           evaluation.loss, 100.0 * evaluation.accuracy);

    probabilities = malloc((size_t)gemlet_dataset_rows(test) * 10 * sizeof *probabilities);
    if (probabilities == NULL) {
        perror("train_and_predict");
        goto cleanup;
    }
    TRY(gemlet_predict(loaded, device, test, probabilities));
    printf("row 0 is a %u with probability %.4f\n", gemlet_dataset_labels(test)[0],
           (double)probabilities[gemlet_dataset_labels(test)[0]]);
    exit_code = EXIT_SUCCESS;

cleanup:
    free(probabilities);
    gemlet_model_destroy(loaded);
    gemlet_model_destroy(model);
    gemlet_device_close(device);
    gemlet_dataset_destroy(test);
    gemlet_dataset_destroy(train);
    return exit_code;
}
