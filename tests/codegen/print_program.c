/* SPDX-License-Identifier: MIT
 * Prints what the OpenCL backend gives to a compiler, so that other compilers can be given the
 * same without a second list of files or macros.
 *
 *   print_program options|source cpu|gpu|fused
 *
 * options: the build options on one line. source: the whole program. fused: the fused training step
 * of 784-150bn-relu-150bn-relu-10 on GPUs, batch 64, with momentum. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/opencl/fused_plan.h"
#include "backend/opencl/fused_source.h"
#include "backend/opencl/kernel_sources.h"
#include "backend/opencl/program.h"

static void print_options(int cpu_kernels)
{
    char options[GM_PROGRAM_OPTIONS_SIZE];
    gm_program_format_options(options, cpu_kernels, 0, 48 * 1024);
    puts(options);
}

static void print_source(void)
{
    for (size_t i = 0; i < gm_n_kernel_sources; ++i) {
        const gm_kernel_source *source = &gm_kernel_sources[i];
        printf("#line 1 \"%s\"\n%.*s", source->name, (int)source->length, source->text);
    }
}

/* Of an RTX 3060. */
static const gm_fused_device gpu = {.compute_units = 28,
                                    .max_allocation_bytes = 1u << 30,
                                    .is_gpu = 1,
                                    .local_memory_bytes = 48 * 1024};

/* Returns 1, or 0 with a message. */
static int print_fused(void)
{
    static const gemlet_dim widths[] = {784, 150, 150, 10};
    gm_buffer bytes = {.element = GM_U8};
    gm_layer layers[3] = {{.spec = {.batch_norm = 1, .activation = GEMLET_ACTIVATION_RELU}},
                          {.spec = {.batch_norm = 1, .activation = GEMLET_ACTIVATION_RELU}},
                          {.spec = {.batch_norm = 0}}};
    for (unsigned l = 0; l < 3; ++l)
        layers[l].weight = (gm_matrix){.rows = widths[l], .cols = widths[l + 1]};
    const gm_fused_network network = {.n_layers = 3,
                                      .layers = layers,
                                      .states = 1u << GM_STATE_momentum,
                                      .batch = 64,
                                      .policies = {.rule = GM_UPDATE_SGD_MOMENTUM},
                                      .features = {.buffer = &bytes, .cols = 784, .ld = 784}};
    gm_fused_plan plan;
    char reason[GM_FUSED_REASON_SIZE];
    char *constants = NULL;
    char *kernels = NULL;
    gm_program_source source = {0};
    const int is_made =
        gm_fused_plan_make(&plan, &network, &gpu, reason) &&
        gm_fused_source_constants(&constants, &plan, &network) == GEMLET_OK &&
        gm_fused_source_kernels(&kernels, &plan) == GEMLET_OK &&
        gm_program_source_create_fused(&source, "", constants, kernels) == GEMLET_OK;
    for (size_t i = 0; i < source.n_texts; ++i)
        fputs(source.texts[i], stdout);
    if (!is_made)
        fprintf(stderr, "print_program: the step cannot be fused\n");
    gm_program_source_free(&source);
    free(kernels);
    free(constants);
    return is_made;
}

int main(int argc, char **argv)
{
    const int is_valid = argc == 3 &&
                         (strcmp(argv[1], "options") == 0 || strcmp(argv[1], "source") == 0) &&
                         (strcmp(argv[2], "cpu") == 0 || strcmp(argv[2], "gpu") == 0 ||
                          strcmp(argv[2], "fused") == 0);
    if (!is_valid) {
        fprintf(stderr, "usage: print_program options|source cpu|gpu|fused\n");
        return EXIT_FAILURE;
    }
    if (strcmp(argv[1], "options") == 0)
        print_options(strcmp(argv[2], "cpu") == 0);
    else if (strcmp(argv[2], "fused") != 0)
        print_source();
    else if (!print_fused())
        return EXIT_FAILURE;
    return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
