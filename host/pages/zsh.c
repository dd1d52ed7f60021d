/* SPDX-License-Identifier: MIT
 * Completion for zsh: a specification of _arguments for each command. */
#include <string.h>

#include "pages/pages.h"

/* Text within a specification of _arguments within single quotes. */
static void print_text(FILE *stream, const char *text)
{
    for (; *text != '\0'; ++text) {
        if (*text == '\'')
            fputs("'\\'", stream);
        else if (strchr("[]:\\", *text) != NULL)
            fputc('\\', stream);
        fputc(*text, stream);
    }
}

static void begin(FILE *stream)
{
    fputs("#compdef gemlet\n"
          "# Completion of gemlet for zsh, made of its tables of options.\n"
          "_gemlet() {\n"
          "    local -a commands=(\n",
          stream);
    for (size_t i = 0; i < gm_n_subcommands; ++i) {
        fprintf(stream, "        '%s:", gm_subcommands[i].name);
        print_text(stream, gm_subcommands[i].summary);
        fputs("'\n", stream);
    }
    fputs("        'help:list the commands, or the options of one'\n"
          "    )\n"
          "    if ((CURRENT == 2)); then\n"
          "        _describe command commands\n"
          "        [[ $words[2] != -* ]] || compadd -- --help --version\n"
          "        return\n"
          "    fi\n"
          "    local command=$words[2]\n"
          "    shift words\n"
          "    ((CURRENT--))\n"
          "    case $command in\n"
          "    help) ((CURRENT > 2)) || _describe command commands ;;\n"
          "    --version) _arguments '--verbose[drivers and devices as well]' ;;\n",
          stream);
}

static void print_option(const gm_option *option, FILE *stream)
{
    const gm_value_kind kind = gm_value_kind_of(option);
    char brief[GM_BRIEF_SIZE];
    gm_brief(brief, option->help);
    fprintf(stream, " \\\n        '--%s%s[", option->name, kind == GM_VALUE_NONE ? "" : "=");
    print_text(stream, brief);
    fputc(']', stream);
    if (kind != GM_VALUE_NONE) {
        fputc(':', stream);
        print_text(stream, option->value);
        fputc(':', stream);
    }
    if (kind == GM_VALUE_WORDS) {
        fputc('(', stream);
        gm_value_print_words(stream, option);
        fputc(')', stream);
    } else if (kind == GM_VALUE_FILE) {
        fputs("_files", stream);
    } else if (kind == GM_VALUE_DIRECTORY) {
        fputs("_files -/", stream);
    }
    fputc('\'', stream);
}

static void print_command(const gm_command *command, FILE *stream)
{
    fprintf(stream, "    %s)\n        _arguments", command->name);
    for (size_t i = gm_next_option(command, 0); i < command->n_options;
         i = gm_next_option(command, i + 1))
        print_option(&command->options[i], stream);
    fputs(" \\\n        '--help[show this help and exit]'", stream);
    if (command->operands != NULL)
        fprintf(stream, " \\\n        '*:%s:_files%s'", command->operands->name,
                gm_operands_are_directories(command) ? " -/" : "");
    fputs("\n        ;;\n", stream);
}

static void end(FILE *stream)
{
    fputs("    esac\n"
          "}\n"
          "_gemlet \"$@\"\n",
          stream);
}

const gm_shell gm_zsh = {"zsh/_gemlet", begin, print_command, end};
