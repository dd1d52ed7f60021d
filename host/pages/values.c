/* SPDX-License-Identifier: MIT
 * What completion can offer as the value of an option; see pages.h. */
#include <string.h>

#include "pages/pages.h"

/* What options that take a text call their value where it is a file or a directory. */
static const struct {
    const char *value;
    gm_value_kind kind;
} named_values[] = {
    {"FILE", GM_VALUE_FILE},     {"PART|FILE", GM_VALUE_FILE}, {"MODEL", GM_VALUE_FILE},
    {"DIR", GM_VALUE_DIRECTORY}, {"DEVICE", GM_VALUE_WORDS},
};

gm_value_kind gm_value_kind_of(const gm_option *option)
{
    if (option->kind == GM_KIND_FLAG)
        return GM_VALUE_NONE;
    if (option->kind == GM_KIND_CHOICE)
        return GM_VALUE_WORDS;
    if (option->kind != GM_KIND_TEXT)
        return GM_VALUE_ANY;
    if (option->role != GM_NAMES_NOTHING) /* data may be a table, a file */
        return GM_VALUE_FILE;
    for (size_t i = 0; i < sizeof named_values / sizeof named_values[0]; ++i) {
        if (strcmp(option->value, named_values[i].value) == 0)
            return named_values[i].kind;
    }
    return GM_VALUE_ANY;
}

void gm_value_print_words(FILE *stream, const gm_option *option)
{
    const int is_device = option->kind != GM_KIND_CHOICE;
    const gm_name *name = is_device ? gm_device_type_names : option->choices;
    if (is_device)
        fputs("auto ", stream);
    for (size_t i = 0; name[i].name != NULL; ++i)
        fprintf(stream, "%s%s", i > 0 ? " " : "", name[i].name);
}

int gm_operands_are_directories(const gm_command *command)
{
    return strcmp(command->operands->name, "RUN") == 0;
}

/* 1 where the text goes on with another clause. */
static int is_end_of_clause(const char *text)
{
    return *text == '\0' || *text == '\n' || strchr(";:", *text) != NULL ||
           ((*text == '.' || *text == ',') && text[1] == ' ') || strncmp(text, " (", 2) == 0;
}

void gm_brief(char text[GM_BRIEF_SIZE], const char *help)
{
    size_t length = 0;
    while (!is_end_of_clause(help + length))
        ++length;
    if (length >= GM_BRIEF_SIZE) { /* the last word that fits */
        length = GM_BRIEF_SIZE - 1;
        while (length > 0 && help[length] != ' ')
            --length;
    }
    memcpy(text, help, length);
    text[length] = '\0';
}

size_t gm_next_option(const gm_command *command, size_t i)
{
    while (i < command->n_options && !gm_options_takes(command, &command->options[i]))
        ++i;
    return i;
}
