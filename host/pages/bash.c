/* SPDX-License-Identifier: MIT
 * Completion for bash: one function, without the helpers of the package bash-completion. */
#include "pages/pages.h"

static void begin(FILE *stream)
{
    fputs("# Completion of gemlet for bash, made of its tables of options.\n"
          "_gemlet()\n"
          "{\n"
          "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
          "    local command=${COMP_WORDS[1]} options= operands= value=\n"
          "    COMPREPLY=()\n"
          "    if ((COMP_CWORD == 1)) || { ((COMP_CWORD == 2)) && [[ $command == help ]]; }; then\n"
          "        COMPREPLY=($(compgen -W '",
          stream);
    for (size_t i = 0; i < gm_n_subcommands; ++i)
        fprintf(stream, "%s ", gm_subcommands[i].name);
    fputs("help' -- \"$word\"))\n"
          "        [[ $word != -* || $command == help ]] ||\n"
          "            COMPREPLY=($(compgen -W '--help --version' -- \"$word\"))\n"
          "        return\n"
          "    fi\n"
          "    # --name=value comes as three words.\n"
          "    if [[ $word == = ]]; then\n"
          "        word=\n"
          "    elif [[ $before == = ]]; then\n"
          "        before=${COMP_WORDS[COMP_CWORD-2]}\n"
          "    fi\n"
          "    case $command in\n"
          "    --version) options=--verbose ;;\n",
          stream);
}

static void print_values(const gm_command *command, FILE *stream)
{
    fputs("        case $before in\n", stream);
    for (size_t i = gm_next_option(command, 0); i < command->n_options;
         i = gm_next_option(command, i + 1)) {
        const gm_option *option = &command->options[i];
        const gm_value_kind kind = gm_value_kind_of(option);
        if (kind == GM_VALUE_NONE)
            continue;
        fprintf(stream, "        --%s) value=", option->name);
        if (kind == GM_VALUE_WORDS) {
            fputc('\'', stream);
            gm_value_print_words(stream, option);
            fputc('\'', stream);
        } else {
            fputs(kind == GM_VALUE_FILE        ? "FILE"
                  : kind == GM_VALUE_DIRECTORY ? "DIR"
                                               : "ANY",
                  stream);
        }
        fputs(" ;;\n", stream);
    }
    fputs("        esac\n", stream);
}

static void print_command(const gm_command *command, FILE *stream)
{
    fprintf(stream, "    %s)\n        options='", command->name);
    for (size_t i = gm_next_option(command, 0); i < command->n_options;
         i = gm_next_option(command, i + 1))
        fprintf(stream, "--%s ", command->options[i].name);
    fputs("--help'\n", stream);
    if (command->operands != NULL)
        fprintf(stream, "        operands=%s\n",
                gm_operands_are_directories(command) ? "DIR" : "FILE");
    if (command->n_options > 0)
        print_values(command, stream);
    fputs("        ;;\n", stream);
}

static void end(FILE *stream)
{
    fputs("    esac\n"
          "    [[ -n $value || $word == -* ]] || value=$operands\n"
          "    case $value in\n"
          "    ANY) ;;\n"
          "    FILE)\n"
          "        compopt -o filenames\n"
          "        mapfile -t COMPREPLY < <(compgen -f -- \"$word\")\n"
          "        ;;\n"
          "    DIR)\n"
          "        compopt -o filenames\n"
          "        mapfile -t COMPREPLY < <(compgen -d -- \"$word\")\n"
          "        ;;\n"
          "    *) COMPREPLY=($(compgen -W \"${value:-$options}\" -- \"$word\")) ;;\n"
          "    esac\n"
          "} &&\n"
          "    complete -F _gemlet gemlet\n",
          stream);
}

const gm_shell gm_bash = {"bash/gemlet", begin, print_command, end};
