/* SPDX-License-Identifier: MIT
 * Reads a command line by a table of options. The first mistake ends it, with one line. */
#include "options/options.h"

#include <assert.h>
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "options/exit_codes.h"
#include "options/options_help.h"
#include "options/output_check.h"
#include "options/suggest.h"
#include "core/clean_text.h"
#include "core/float_range.h"

static void print_error(const gm_command *command)
{
    if (command->is_silent)
        return;
    fflush(stdout);
    gm_print_text(stderr, "gemlet %s: %s\n", command->name, gemlet_last_error());
}

int gm_options_error(const gm_command *command, const char *format, ...)
{
    char message[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    (void)gm_error(GEMLET_E_ARGUMENT, "%s", message);
    print_error(command);
    return GM_EXIT_USAGE;
}

int gm_options_failure(const gm_command *command)
{
    print_error(command);
    return GM_EXIT_FAILURE;
}

/* Digits and nothing else. 0 if `length` characters at `text` are no number or do not fit. */
static int read_whole(const char *text, size_t length, uint64_t *out)
{
    uint64_t value = 0;
    for (size_t i = 0; i < length; ++i) {
        if (text[i] < '0' || text[i] > '9')
            return 0;
        const uint64_t digit = (uint64_t)(text[i] - '0');
        if (value > (UINT64_MAX - digit) / 10)
            return 0;
        value = value * 10 + digit;
    }
    *out = value;
    return length > 0;
}

/* "8G" and the like. */
static int read_size(const char *text, uint64_t *out)
{
    static const char units[] = "KMGT";
    const size_t length = strlen(text);
    const char *unit = length > 0 ? strchr(units, toupper((unsigned char)text[length - 1])) : NULL;
    if (unit == NULL)
        return read_whole(text, length, out);
    const unsigned shift = 10 * (unsigned)(unit - units + 1);
    if (!read_whole(text, length - 1, out) || *out > UINT64_MAX >> shift)
        return 0;
    *out <<= shift;
    return 1;
}

static int set_size(const gm_command *command, const gm_option *option, const char *text)
{
    uint64_t value = 0;
    if (!read_size(text, &value) || value < option->min || value > option->max)
        return gm_options_error(command,
                                "--%s: found '%s', expected a number of bytes, e.g. 500M or 8G",
                                option->name, text);
    *option->target.number = value;
    return GM_OPTIONS_RUN;
}

/* Decimal notation only: strtod() would also take blanks, hexadecimal, "nan" and "inf". The
 * program never calls setlocale(), so the decimal point is a point. */
static int read_real(const char *text, double *out)
{
    if (text[0] == '\0' || text[strspn(text, "0123456789+-.eE")] != '\0')
        return 0;
    char *end = NULL;
    *out = strtod(text, &end);
    return *end == '\0' && isfinite(*out);
}

static int set_whole(const gm_command *command, const gm_option *option, const char *text)
{
    uint64_t value = 0;
    if (!read_whole(text, strlen(text), &value) || value < option->min || value > option->max)
        return gm_options_error(
            command, "--%s: found '%s', expected a whole number from %llu to %llu", option->name,
            text, (unsigned long long)option->min, (unsigned long long)option->max);
    if (option->kind == GM_KIND_DIM)
        *option->target.dim = (gemlet_dim)value;
    else
        *option->target.number = value;
    return GM_OPTIONS_RUN;
}

static int set_real(const gm_command *command, const gm_option *option, const char *text)
{
    double value = 0;
    const int is_number = read_real(text, &value);
    if (is_number && !gm_fits_float(value))
        return gm_options_error(command, "--%s: found '%s', expected a number " GM_FLOAT_RANGE,
                                option->name, text);
    const int is_low = option->above ? value <= option->low : value < option->low;
    if (is_number && !is_low && value <= option->high) {
        *option->target.real = value;
        return GM_OPTIONS_RUN;
    }
    if (isfinite(option->high))
        return gm_options_error(command, "--%s: found '%s', expected a number from %g to %g",
                                option->name, text, option->low, option->high);
    return gm_options_error(command, "--%s: found '%s', expected a finite number %s %g",
                            option->name, text, option->above ? "above" : "not below", option->low);
}

static int set_choice(const gm_command *command, const gm_option *option, const char *text)
{
    char list[GM_NAMES_SIZE];
    for (const gm_name *choice = option->choices; choice->name != NULL; ++choice) {
        if (strcmp(text, choice->name) == 0) {
            *option->target.choice = choice->value;
            return GM_OPTIONS_RUN;
        }
    }
    gm_names_list(list, option->choices);
    return gm_options_error(command, "--%s: found '%s', expected %s", option->name, text, list);
}

static int set_dim_list(const gm_command *command, const gm_option *option, const char *text)
{
    gm_dim_list list = {{0}, 0};
    const char *rest = strcmp(text, "none") == 0 ? NULL : text;
    while (rest != NULL) {
        const size_t length = strcspn(rest, ",x");
        uint64_t value = 0;
        if (!read_whole(rest, length, &value) || value < option->min || value > option->max)
            return gm_options_error(
                command, "--%s: found '%.*s' in '%s', expected whole numbers from %llu to %llu",
                option->name, (int)length, rest, text, (unsigned long long)option->min,
                (unsigned long long)option->max);
        if (list.n == GM_MAX_LIST)
            return gm_options_error(command,
                                    "--%s: found more than %u numbers, expected at most %u",
                                    option->name, GM_MAX_LIST, GM_MAX_LIST);
        list.values[list.n++] = (gemlet_dim)value;
        rest = rest[length] == '\0' ? NULL : rest + length + 1;
    }
    *option->target.dim_list = list;
    return GM_OPTIONS_RUN;
}

static int set_value(const gm_command *command, const gm_option *option, const char *text)
{
    switch (option->kind) {
    case GM_KIND_DIM:
    case GM_KIND_UNSIGNED:
        return set_whole(command, option, text);
    case GM_KIND_SIZE:
        return set_size(command, option, text);
    case GM_KIND_REAL:
        return set_real(command, option, text);
    case GM_KIND_CHOICE:
        return set_choice(command, option, text);
    case GM_KIND_DIM_LIST:
        return set_dim_list(command, option, text);
    case GM_KIND_TEXT:
        if (text[0] == '\0')
            return gm_options_error(command, "--%s: found an empty text, expected %s", option->name,
                                    option->value);
        *option->target.text = text;
        return GM_OPTIONS_RUN;
    case GM_KIND_FLAG:
        break;
    }
    assert(!"an option of this kind takes no value");
    return GM_EXIT_USAGE;
}

static gm_option *find_option(const gm_command *command, const char *name, size_t length)
{
    for (size_t i = 0; i < command->n_options; ++i) {
        gm_option *option = &command->options[i];
        if (strlen(option->name) == length && memcmp(option->name, name, length) == 0)
            return option;
    }
    return NULL;
}

int gm_options_takes(const gm_command *command, const gm_option *option)
{
    return (command->without >> option->group & 1u) == 0;
}

static int report_unknown(const gm_command *command, const char *argument)
{
    const int length = (int)strcspn(argument, "=");
    char word[64];
    snprintf(word, sizeof word, "%.*s", length - 2, argument + 2);
    const char *nearest = NULL;
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < command->n_options; ++i) {
        const gm_option *option = &command->options[i];
        if (gm_options_takes(command, option) && gm_suggest_is_nearer(word, option->name, &best))
            nearest = option->name;
    }
    if (nearest != NULL)
        return gm_options_error(command, "unknown option %.*s (did you mean --%s?)", length,
                                argument, nearest);
    return gm_options_error(command, "unknown option %.*s ('gemlet %s --help' lists them)", length,
                            argument, command->name);
}

/* Reads the option at argv[*at] and moves *at past it and its value; or keeps the operand. */
static int parse_one(const gm_command *command, int argc, char **argv, int *at)
{
    const char *argument = argv[(*at)++];
    if (command->operands != NULL && argument[0] != '-') {
        if (argument[0] == '\0')
            return gm_options_error(command, "found an empty text, expected %s",
                                    command->operands->name);
        command->operands->values[command->operands->n++] = argv[*at - 1];
        return GM_OPTIONS_RUN;
    }
    if (strncmp(argument, "--", 2) != 0 || argument[2] == '\0')
        return gm_options_error(command, "found '%s', expected an option beginning with --",
                                argument);
    const size_t length = strcspn(argument + 2, "=");
    gm_option *option = find_option(command, argument + 2, length);
    if (option == NULL)
        return report_unknown(command, argument);
    if (!gm_options_takes(command, option))
        return gm_options_error(command, "--%s means nothing to gemlet %s: leave it out",
                                option->name, command->name);

    const char *value = argument[2 + length] == '=' ? argument + 2 + length + 1 : NULL;
    option->given = 1;
    if (option->kind == GM_KIND_FLAG) {
        if (value != NULL)
            return gm_options_error(command, "--%s: found a value '%s', expected none",
                                    option->name, value);
        *option->target.flag = 1;
        return GM_OPTIONS_RUN;
    }
    if (value != NULL)
        return set_value(command, option, value);
    if (*at == argc)
        return gm_options_error(command, "--%s: found nothing after it, expected a value %s",
                                option->name, option->value);
    /* A forgotten value must not swallow the next option. */
    if (strncmp(argv[*at], "--", 2) == 0)
        return gm_options_error(command,
                                "--%s: found the option '%s' after it, expected a value %s",
                                option->name, argv[*at], option->value);
    return set_value(command, option, argv[(*at)++]);
}

int gm_options_parse(const gm_command *command, int argc, char **argv)
{
    /* First, so that the help shows the defaults whatever else stands on the line. */
    for (int i = 1; i < argc && !command->is_silent; ++i) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            gm_options_help_printer(command, stdout);
            return GM_EXIT_OK;
        }
    }
    if (command->operands != NULL)
        *command->operands = (gm_operands){command->operands->name, argv + 1, 0};
    for (int at = 1; at < argc;) {
        const int exit_code = parse_one(command, argc, argv, &at);
        if (exit_code != GM_OPTIONS_RUN)
            return exit_code;
    }
    return gm_outputs_check(command);
}

const gm_option *gm_options_find(const gm_command *command, const char *name)
{
    const gm_option *option = find_option(command, name, strlen(name));
    assert(option != NULL);
    return option;
}

int gm_options_set(const gm_command *command, const char *name, const char *text)
{
    gm_option *option = find_option(command, name, strlen(name));
    if (option == NULL)
        return gm_options_error(command,
                                "--%s: the run was begun with it, and this version does "
                                "not know it",
                                name);
    if (option->kind != GM_KIND_FLAG)
        return set_value(command, option, text);
    *option->target.flag = 1;
    return GM_OPTIONS_RUN;
}

int gm_options_given(const gm_command *command, const char *name)
{
    return gm_options_find(command, name)->given;
}
