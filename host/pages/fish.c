/* SPDX-License-Identifier: MIT
 * Completion for fish: one line for each command and option. */
#include <string.h>

#include "pages/pages.h"

/* Text within single quotes. */
static void print_text(FILE *stream, const char *text)
{
    for (; *text != '\0'; ++text) {
        if (*text == '\'' || *text == '\\')
            fputc('\\', stream);
        fputc(*text, stream);
    }
}

/* Of a word that may stand behind `gemlet`, or behind `gemlet help`. */
static void print_first(FILE *stream, const char *name, const char *summary)
{
    fprintf(stream, "complete -c gemlet -n '__gemlet_at; or __gemlet_at help' -f -a %s -d '", name);
    print_text(stream, summary);
    fputs("'\n", stream);
}

static void begin(FILE *stream)
{
    fputs("# Completion of gemlet for fish, made of its tables of options.\n"
          "\n"
          "# Whether the words behind gemlet are these.\n"
          "function __gemlet_at\n"
          "    set -l words (commandline -opc)\n"
          "    test \"$words[2..-1]\" = \"$argv\"\n"
          "end\n"
          "\n"
          "# Whether the command is this one.\n"
          "function __gemlet_is\n"
          "    set -l words (commandline -opc)\n"
          "    test (count $words) -ge 2; and test $words[2] = $argv[1]\n"
          "end\n"
          "\n"
          "complete -c gemlet -f\n"
          "complete -c gemlet -n __gemlet_at -l help -d 'list the commands'\n"
          "complete -c gemlet -n __gemlet_at -l version -d 'versions of gemlet and its libraries'\n"
          "complete -c gemlet -n '__gemlet_is --version' -l verbose -d 'drivers and devices as "
          "well'\n",
          stream);
    for (size_t i = 0; i < gm_n_subcommands; ++i)
        print_first(stream, gm_subcommands[i].name, gm_subcommands[i].summary);
    print_first(stream, "help", "list the commands, or the options of one");
}

static void print_option(const gm_command *command, const gm_option *option, FILE *stream)
{
    char brief[GM_BRIEF_SIZE];
    gm_brief(brief, option->help);
    fprintf(stream, "complete -c gemlet -n '__gemlet_is %s' -l %s -d '", command->name,
            option->name);
    print_text(stream, brief);
    fputc('\'', stream);
    switch (gm_value_kind_of(option)) {
    case GM_VALUE_NONE:
        break;
    case GM_VALUE_ANY:
        fputs(" -x", stream);
        break;
    case GM_VALUE_WORDS:
        fputs(" -x -a '", stream);
        gm_value_print_words(stream, option);
        fputc('\'', stream);
        break;
    case GM_VALUE_FILE:
        fputs(" -r -F", stream);
        break;
    case GM_VALUE_DIRECTORY:
        fputs(" -x -a '(__fish_complete_directories)'", stream);
        break;
    }
    fputc('\n', stream);
}

static void print_command(const gm_command *command, FILE *stream)
{
    fputc('\n', stream);
    for (size_t i = gm_next_option(command, 0); i < command->n_options;
         i = gm_next_option(command, i + 1))
        print_option(command, &command->options[i], stream);
    fprintf(stream, "complete -c gemlet -n '__gemlet_is %s' -l help -d 'show this help and exit'\n",
            command->name);
    if (command->operands == NULL)
        return;
    fprintf(stream, "complete -c gemlet -n '__gemlet_is %s' %s\n", command->name,
            gm_operands_are_directories(command) ? "-a '(__fish_complete_directories)'" : "-F");
}

static void end(FILE *stream)
{
    (void)stream;
}

const gm_shell gm_fish = {"fish/gemlet.fish", begin, print_command, end};
