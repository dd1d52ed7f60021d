/* SPDX-License-Identifier: MIT
 * The command line of one subcommand, described by one table.
 *
 * The table is all there is: parsing, range checks, messages and --help come from it, and the
 * default shown by --help is what the target holds before parsing. In use:
 *
 *     gemlet_dim batch = 64;
 *     const char *data = "datasets/mnist";
 *     gm_option options[] = {
 *         GM_TEXT(DATA, "data", "DIR", &data, "directory of the data set"),
 *         GM_DIM(TRAINING, "batch", "N", &batch, 1, UINT32_MAX, "rows per step"),
 *     };
 *     const gm_command command = {"train", "Trains a network.", options, GM_N_OPTIONS(options)};
 *     const int exit_code = gm_options_parse(&command, argc, argv);
 *     if (exit_code != GM_OPTIONS_RUN)
 *         return exit_code;
 *     if (!gm_options_given(&command, "batch")) ...
 *
 * Values are written --name value or --name=value; of a repeated option the last one wins. Nothing
 * is copied: text targets point into argv. */
#ifndef GM_OPTIONS_OPTIONS_H
#define GM_OPTIONS_OPTIONS_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>

#include "core/dim_list.h"
#include "core/error.h"
#include "core/names.h"

typedef enum gm_option_kind {
    GM_KIND_FLAG,     /* no value; sets the target to 1 */
    GM_KIND_DIM,      /* whole number from min to max */
    GM_KIND_UNSIGNED, /* whole number from min to max */
    GM_KIND_SIZE,     /* bytes from min to max; K, M, G or T at the end counts in powers of 1024 */
    GM_KIND_REAL,     /* number that a float holds from low to high; above low if `above` */
    GM_KIND_TEXT,     /* anything but the empty text */
    GM_KIND_CHOICE,   /* one of the names in `choices`; the target gets its value */
    GM_KIND_DIM_LIST  /* whole numbers from min to max separated by ',' or 'x'; "none": empty */
} gm_option_kind;

/* Groups of options: X(group, its heading in --help). Groups may share a heading. */
#define GM_OPTION_GROUPS(X)                                                                        \
    X(INPUT, "Input")                                                                              \
    X(ONE_FILE, "One file")                                                                        \
    X(DATA_SET, "A whole data set")                                                                \
    X(EITHER, "Either")                                                                            \
    X(DATA, "Data")                                                                                \
    X(HELD_OUT, "Data") /* rows kept out of training */                                            \
    X(MADE_UP, "Made-up data, instead of --data")                                                  \
    X(TABLE_FILE, "A table")                                                                       \
    X(CASES, "Cases")                                                                              \
    X(SHAPES, "Shapes")                                                                            \
    X(NETWORK, "Network")                                                                          \
    X(TRAINING, "Training")                                                                        \
    X(LENGTH, "Training") /* the number of steps */                                                \
    X(EPOCHS, "Training") /* the same, in passes over the data */                                  \
    X(STUDY, "Network and training")                                                               \
    X(DEVICE, "Device")                                                                            \
    X(KERNELS, "Device") /* which kernels */                                                       \
    X(VARIANT, "Device") /* which products */                                                      \
    X(FUSED, "Device")   /* which steps */                                                         \
    X(MODE, "Mode")                                                                                \
    X(BENCHMARK, "Benchmark")                                                                      \
    X(TUNING, "Tuning")                                                                            \
    X(TABLE, "Table")                                                                              \
    X(PICTURE, "Picture")                                                                          \
    X(REPORT, "Report")                                                                            \
    X(OUTPUT, "Output")

typedef enum gm_option_group {
#define GM_GROUP_ENUM(group, heading) GM_GROUP_##group,
    GM_OPTION_GROUPS(GM_GROUP_ENUM)
#undef GM_GROUP_ENUM
} gm_option_group;

/* For gm_command.without: GM_GROUP_BIT(DEVICE) | GM_GROUP_BIT(FUSED) */
#define GM_GROUP_BIT(group) (1u << GM_GROUP_##group)

/* What a text names, for output_check.h. */
typedef enum gm_option_role {
    GM_NAMES_NOTHING, /* no file */
    GM_NAMES_INPUT,   /* a file that is read */
    GM_NAMES_OUTPUT,  /* a file that is written */
    GM_NAMES_DATA     /* data that are read: a directory, or a file of a table */
} gm_option_role;

/* Made with the macros below, which check the type of the target. */
typedef struct gm_option {
    gm_option_kind kind;
    gm_option_role role;
    gm_option_group group;
    const char *name;  /* without "--" */
    const char *value; /* what --help calls the value; NULL for flags */
    const char *help;  /* one or more sentences, wrapped by --help; the choices and the default
                          follow by themselves */
    union {
        int *flag;
        gemlet_dim *dim;
        uint64_t *number;
        double *real;
        const char **text;
        unsigned *choice;
        gm_dim_list *dim_list;
    } target;
    uint64_t min;
    uint64_t max;
    double low;
    double high;
    int above;
    const gm_name *choices;
    int given; /* set by gm_options_parse() */
} gm_option;

/* `group_` is one of GM_OPTION_GROUPS. */
#define GM_FLAG(group_, name_, target_, help_)                                                     \
    {                                                                                              \
        .kind = GM_KIND_FLAG, .group = GM_GROUP_##group_, .name = (name_), .help = (help_),        \
        .target = {                                                                                \
            .flag = (target_)                                                                      \
        }                                                                                          \
    }
/* The default is shown by --help only if it is within the range, so that a value outside it (0
 * where min is 1, NAN) stands for "not set". */
#define GM_DIM(group_, name_, value_, target_, min_, max_, help_)                                  \
    {                                                                                              \
        .kind = GM_KIND_DIM, .group = GM_GROUP_##group_, .name = (name_), .value = (value_),       \
        .help = (help_), .target = {.dim = (target_)}, .min = (min_), .max = (max_)                \
    }
#define GM_UNSIGNED(group_, name_, value_, target_, min_, max_, help_)                             \
    {                                                                                              \
        .kind = GM_KIND_UNSIGNED, .group = GM_GROUP_##group_, .name = (name_), .value = (value_),  \
        .help = (help_), .target = {.number = (target_)}, .min = (min_), .max = (max_)             \
    }
#define GM_SIZE(group_, name_, value_, target_, min_, max_, help_)                                 \
    {                                                                                              \
        .kind = GM_KIND_SIZE, .group = GM_GROUP_##group_, .name = (name_), .value = (value_),      \
        .help = (help_), .target = {.number = (target_)}, .min = (min_), .max = (max_)             \
    }
#define GM_REAL_RANGE(group_, name_, value_, target_, low_, high_, help_)                          \
    {                                                                                              \
        .kind = GM_KIND_REAL, .group = GM_GROUP_##group_, .name = (name_), .value = (value_),      \
        .help = (help_), .target = {.real = (target_)}, .low = (low_), .high = (high_)             \
    }
#define GM_REAL_ABOVE(group_, name_, value_, target_, low_, help_)                                 \
    {                                                                                              \
        .kind = GM_KIND_REAL, .group = GM_GROUP_##group_, .name = (name_), .value = (value_),      \
        .help = (help_), .target = {.real = (target_)}, .low = (low_), .high = (double)INFINITY,   \
        .above = 1                                                                                 \
    }
/* What a text names. A NULL target means "not set". */
#define GM_NAMING(role_, group_, name_, value_, target_, help_)                                    \
    {                                                                                              \
        .kind = GM_KIND_TEXT, .role = (role_), .group = (group_), .name = (name_),                 \
        .value = (value_), .help = (help_), .target = {                                            \
            .text = (target_)                                                                      \
        }                                                                                          \
    }
#define GM_TEXT(group_, name_, value_, target_, help_)                                             \
    GM_NAMING(GM_NAMES_NOTHING, GM_GROUP_##group_, name_, value_, target_, help_)
/* A file that is read, or else what `value_` says besides. */
#define GM_INPUT_OR(group_, name_, value_, target_, help_)                                         \
    GM_NAMING(GM_NAMES_INPUT, GM_GROUP_##group_, name_, value_, target_, help_)
#define GM_INPUT_FILE(group_, name_, target_, help_)                                               \
    GM_NAMING(GM_NAMES_INPUT, GM_GROUP_##group_, name_, "FILE", target_, help_)
#define GM_OUTPUT_FILE(group_, name_, target_, help_)                                              \
    GM_NAMING(GM_NAMES_OUTPUT, GM_GROUP_##group_, name_, "FILE", target_, help_)
#define GM_DATA_DIRECTORY(group_, name_, target_, help_)                                           \
    GM_NAMING(GM_NAMES_DATA, GM_GROUP_##group_, name_, "DIR", target_, help_)
/* The target is an enum without negative values, which is an unsigned for the compilers in use. */
#define GM_CHOICE(group_, name_, value_, target_, choices_, help_)                                 \
    {                                                                                              \
        .kind = GM_KIND_CHOICE, .group = GM_GROUP_##group_, .name = (name_), .value = (value_),    \
        .help = (help_), .target = {.choice = (target_)}, .choices = (choices_)                    \
    }
#define GM_DIM_LIST(group_, name_, value_, target_, min_, max_, help_)                             \
    {                                                                                              \
        .kind = GM_KIND_DIM_LIST, .group = GM_GROUP_##group_, .name = (name_), .value = (value_),  \
        .help = (help_), .target = {.dim_list = (target_)}, .min = (min_), .max = (max_)           \
    }
/* Of every command that reads data or models; for gemlet_memory_limit_set(). */
#define GM_MAX_MEMORY_OPTION(group_, target_)                                                      \
    GM_SIZE(group_, "max-memory", "SIZE", (target_), 1, SIZE_MAX,                                  \
            "most memory that the content of one file may take, e.g. 500M or 8G; default: three "  \
            "quarters of what the machine has free. The rows of larger IDX or CSV files stay in "  \
            "a file where that will do, unless they are packed. Without it, packed files that "    \
            "expand to more than 200 times their size are refused as well")
#define GM_N_OPTIONS(options) (sizeof(options) / sizeof((options)[0]))

/* What stands on the line without being an option, e.g. files. */
typedef struct gm_operands {
    const char *name; /* what --help calls one: "RUN" */
    char **values;    /* (n) set by gm_options_parse(), which moves them to the front of argv */
    int n;
} gm_operands;

typedef struct gm_command {
    const char *name;        /* "train" */
    const char *description; /* paragraphs, separated by '\n', wrapped by --help */
    gm_option *options;
    size_t n_options;
    unsigned without; /* bits of the groups of the table that mean nothing to this command: --help
                         does not show them, and they are refused */
    const char *examples;  /* lines printed as they stand at the end of --help; may be NULL */
    gm_operands *operands; /* NULL: none are taken */
    int is_silent; /* 1: nothing is printed, no help and no mistake, which is the last error alone:
                      for callers that are no command line */
} gm_command;

#define GM_OPTIONS_RUN (-1) /* not an exit code: the command goes on */

/* Reads argv[1..argc-1] into the targets. Returns GM_OPTIONS_RUN; or GM_EXIT_OK after --help was
 * printed to stdout; or GM_EXIT_USAGE after one line about the first mistake was printed to stderr,
 * in which case targets may have been written; or what gm_outputs_check() returns. */
int gm_options_parse(const gm_command *command, int argc, char **argv);

/* 1 unless the option is of a group that the command is without. */
int gm_options_takes(const gm_command *command, const gm_option *option);

/* The option of this name, which must be in the table. */
const gm_option *gm_options_find(const gm_command *command, const char *name);

/* Gives an option a value as if it stood on the command line; a flag whatever the text. An exit
 * code with a message if there is no such option or value, else GM_OPTIONS_RUN. */
int gm_options_set(const gm_command *command, const char *name, const char *text);

/* 1 if the option stood on the command line. The name must be in the table. */
int gm_options_given(const gm_command *command, const char *name);

/* Makes the message the last error, prints "gemlet <command>: <message>" as one line to stderr and
 * returns GM_EXIT_USAGE: for what a table cannot say, e.g. options that exclude each other. */
int gm_options_error(const gm_command *command, const char *format, ...) GM_PRINTF(2, 3);

/* The same of the last error, which is no mistake of the user's; returns GM_EXIT_FAILURE. */
int gm_options_failure(const gm_command *command);

#endif
