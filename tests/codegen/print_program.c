/* SPDX-License-Identifier: MIT
 * Prints what the OpenCL backend gives to a compiler, so that other compilers can be given the
 * same without a second list of files or macros.
 *
 *   print_program options|source cpu|gpu
 *
 * options: the build options on one line. source: the whole program. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

int main(int argc, char **argv)
{
    const int is_valid = argc == 3 &&
                         (strcmp(argv[1], "options") == 0 || strcmp(argv[1], "source") == 0) &&
                         (strcmp(argv[2], "cpu") == 0 || strcmp(argv[2], "gpu") == 0);
    if (!is_valid) {
        fprintf(stderr, "usage: print_program options|source cpu|gpu\n");
        return EXIT_FAILURE;
    }
    if (strcmp(argv[1], "options") == 0)
        print_options(strcmp(argv[2], "cpu") == 0);
    else
        print_source();
    return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
