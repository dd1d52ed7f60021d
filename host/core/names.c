/* SPDX-License-Identifier: MIT
 * See names.h. */
#include "core/names.h"

#include <stdio.h>

#include "gemlet/gemlet.h"

const gm_name gm_device_type_names[] = {
    {"cpu", GEMLET_DEVICE_CPU_PATH},
    {"opencl-cpu", GEMLET_DEVICE_OPENCL_CPU},
    {"gpu", GEMLET_DEVICE_GPU},
    {"accelerator", GEMLET_DEVICE_ACCELERATOR},
    {"reference", GEMLET_DEVICE_REFERENCE},
    {NULL, 0},
};

const gm_name gm_gemm_names[] = {
    {"auto", GEMLET_GEMM_AUTO},
    {"clblast", GEMLET_GEMM_CLBLAST},
    {"own", GEMLET_GEMM_OWN},
    {NULL, 0},
};

const gm_name gm_kernels_names[] = {
    {"auto", GEMLET_KERNELS_AUTO},
    {"cpu", GEMLET_KERNELS_CPU},
    {"gpu", GEMLET_KERNELS_GPU},
    {NULL, 0},
};

const gm_name gm_program_cache_names[] = {
    {"auto", GEMLET_PROGRAM_CACHE_AUTO},
    {"on", GEMLET_PROGRAM_CACHE_ON},
    {"off", GEMLET_PROGRAM_CACHE_OFF},
    {NULL, 0},
};

const gm_name gm_fused_names[] = {
    {"auto", GEMLET_FUSED_AUTO},
    {"on", GEMLET_FUSED_ON},
    {"off", GEMLET_FUSED_OFF},
    {NULL, 0},
};

const gm_name gm_optimizer_names[] = {
    {"sgd", GEMLET_OPTIMIZER_SGD},
    {"adam", GEMLET_OPTIMIZER_ADAM},
    {"adamw", GEMLET_OPTIMIZER_ADAMW},
    {NULL, 0},
};

const gm_name gm_regression_loss_names[] = {
    {"squared", GEMLET_REGRESSION_LOSS_SQUARED},
    {"absolute", GEMLET_REGRESSION_LOSS_ABSOLUTE},
    {"huber", GEMLET_REGRESSION_LOSS_HUBER},
    {NULL, 0},
};

const gm_name gm_schedule_names[] = {
    {"constant", GEMLET_SCHEDULE_CONSTANT},   {"step", GEMLET_SCHEDULE_STEP},
    {"cosine", GEMLET_SCHEDULE_COSINE},       {"flat-cosine", GEMLET_SCHEDULE_FLAT_COSINE},
    {"one-cycle", GEMLET_SCHEDULE_ONE_CYCLE}, {"cosine-restarts", GEMLET_SCHEDULE_COSINE_RESTARTS},
    {"coslog4", GEMLET_SCHEDULE_COSLOG4},     {NULL, 0},
};

const gm_name gm_init_scheme_names[] = {
    {"auto", GEMLET_INIT_AUTO},
    {"kaiming", GEMLET_INIT_KAIMING},
    {"xavier", GEMLET_INIT_XAVIER},
    {"lecun", GEMLET_INIT_LECUN},
    {"normal", GEMLET_INIT_NORMAL},
    {"scaled-normal", GEMLET_INIT_SCALED_NORMAL},
    {"he", GEMLET_INIT_KAIMING},
    {"glorot", GEMLET_INIT_XAVIER},
    {NULL, 0},
};

const gm_name gm_split_names[] = {
    {"train", GEMLET_SPLIT_TRAIN},
    {"test", GEMLET_SPLIT_TEST},
    {"validation", GEMLET_SPLIT_VALIDATION},
    {NULL, 0},
};

const gm_name gm_activation_names[] = {
    {"identity", GEMLET_ACTIVATION_IDENTITY},
    {"relu", GEMLET_ACTIVATION_RELU},
    {"sigmoid", GEMLET_ACTIVATION_SIGMOID},
    {"tanh", GEMLET_ACTIVATION_TANH},
    {"leaky_relu", GEMLET_ACTIVATION_LEAKY_RELU},
    {"elu", GEMLET_ACTIVATION_ELU},
    {"selu", GEMLET_ACTIVATION_SELU},
    {"gelu", GEMLET_ACTIVATION_GELU},
    {"silu", GEMLET_ACTIVATION_SILU},
    {"mish", GEMLET_ACTIVATION_MISH},
    {NULL, 0},
};

const char *gm_name_of(const gm_name *names, unsigned value)
{
    for (; names->name != NULL; ++names) {
        if (names->value == value)
            return names->name;
    }
    return "unknown";
}

void gm_names_list(char text[GM_NAMES_SIZE], const gm_name *names)
{
    size_t used = 0;
    text[0] = '\0';
    for (const gm_name *name = names; name->name != NULL && used < GM_NAMES_SIZE; ++name) {
        const char *separator = name == names ? "" : name[1].name == NULL ? " or " : ", ";
        used += (size_t)snprintf(text + used, GM_NAMES_SIZE - used, "%s%s", separator, name->name);
    }
}
