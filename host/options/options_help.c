/* SPDX-License-Identifier: MIT
 * Lays out the help: names in a left column, texts wrapped in a right one. */
#include "options/options_help.h"

#include <stdlib.h>
#include <string.h>

#include "options/options_texts.h"

#define LINE_WIDTH  80u
#define TEXT_COLUMN 25u

static const char *const headings[] = {
#define HEADING(group, heading) [GM_GROUP_##group] = (heading),
    GM_OPTION_GROUPS(HEADING)
#undef HEADING
};

void (*gm_options_help_printer)(const gm_command *command, FILE *stream) = gm_options_print_help;

const char gm_options_help_of_help[] = "show this help and exit";

const char *gm_options_heading(gm_option_group group)
{
    return headings[group];
}

static void print_blanks(FILE *stream, size_t n)
{
    fprintf(stream, "%*s", (int)n, "");
}

void gm_print_wrapped(FILE *stream, const char *text, size_t indent)
{
    size_t column = indent;
    while (*text != '\0') {
        if (*text == '\n') {
            fputc('\n', stream);
            print_blanks(stream, indent);
            column = indent;
            ++text;
            continue;
        }
        const size_t length = strcspn(text, " \n");
        if (column > indent && column + 1 + length > LINE_WIDTH) {
            fputc('\n', stream);
            print_blanks(stream, indent);
            column = indent;
        }
        if (column > indent)
            fputc(' ', stream);
        column += (column > indent) + length;
        fwrite(text, 1, length, stream);
        text += length;
        text += *text == ' ';
    }
    fputc('\n', stream);
}

static void print_option(FILE *stream, const char *name, const char *value, const char *help)
{
    int column =
        fprintf(stream, "  --%s%s%s", name, value != NULL ? " " : "", value != NULL ? value : "");
    if (column < 0)
        return;
    if ((size_t)column + 2 > TEXT_COLUMN) {
        fputc('\n', stream);
        column = 0;
    }
    print_blanks(stream, TEXT_COLUMN - (size_t)column);
    gm_print_wrapped(stream, help, TEXT_COLUMN);
}

void gm_option_describe(char text[GM_OPTION_TEXT_SIZE], const gm_option *option)
{
    char *default_text = NULL;
    if (option->kind != GM_KIND_FLAG)
        (void)gm_option_format(&default_text, option);
    size_t length = (size_t)snprintf(text, GM_OPTION_TEXT_SIZE, "%s", option->help);
    if (option->kind == GM_KIND_CHOICE) {
        const gm_name *choice = option->choices;
        for (; choice->name != NULL && length < GM_OPTION_TEXT_SIZE; ++choice)
            length += (size_t)snprintf(text + length, GM_OPTION_TEXT_SIZE - length, "%s%s",
                                       choice == option->choices ? "\n" : ", ", choice->name);
    }
    if (default_text != NULL && length < GM_OPTION_TEXT_SIZE)
        snprintf(text + length, GM_OPTION_TEXT_SIZE - length, " (default: %s)", default_text);
    free(default_text);
}

void gm_options_print_help(const gm_command *command, FILE *stream)
{
    const char *operand = command->operands != NULL ? command->operands->name : "";
    fprintf(stream, "Usage: gemlet %s %s%s[options]\n\n", command->name, operand,
            command->operands != NULL ? "... " : "");
    gm_print_wrapped(stream, command->description, 0);
    const char *heading = "";
    for (size_t i = 0; i < command->n_options; ++i) {
        const gm_option *option = &command->options[i];
        if (!gm_options_takes(command, option))
            continue;
        if (strcmp(headings[option->group], heading) != 0)
            fprintf(stream, "\n%s\n", headings[option->group]);
        heading = headings[option->group];
        char text[GM_OPTION_TEXT_SIZE];
        gm_option_describe(text, option);
        print_option(stream, option->name, option->value, text);
    }
    print_option(stream, "help", NULL, gm_options_help_of_help);
    if (command->examples != NULL)
        fprintf(stream, "\nExamples\n%s", command->examples);
}
