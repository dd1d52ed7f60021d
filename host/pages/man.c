/* SPDX-License-Identifier: MIT
 * Manual pages in the macros of man(7): one of the program, one of each command. */
#include <ctype.h>
#include <string.h>

#include "gemlet/status.h"
#include "options/options_help.h"
#include "pages/pages.h"

const char *gm_man_page_summary;

/* Text as roff prints it: no character is a command, and - ' ` ^ ~ stay what they are in ASCII. */
static void print_character(FILE *stream, char c)
{
    static const struct {
        char c;
        const char *escape;
    } escapes[] = {{'\\', "\\e"},  {'-', "\\-"},   {'\'', "\\(aq"}, {'`', "\\(ga"},
                   {'^', "\\(ha"}, {'~', "\\(ti"}, {'"', "\\(dq"}};
    for (size_t i = 0; i < sizeof escapes / sizeof escapes[0]; ++i) {
        if (c == escapes[i].c) {
            fputs(escapes[i].escape, stream);
            return;
        }
    }
    fputc(c, stream);
}

/* Each '\n' becomes a line with `between`, a macro or an empty text. */
static void print_lines(FILE *stream, const char *text, const char *between)
{
    int is_first = 1; /* of its line */
    for (; *text != '\0'; ++text) {
        if (*text == '\n') {
            fprintf(stream, "\n%s%s", between, between[0] != '\0' ? "\n" : "");
            is_first = 1;
            continue;
        }
        if (is_first && (*text == '.' || *text == '\''))
            fputs("\\&", stream);
        print_character(stream, *text);
        is_first = 0;
    }
    if (!is_first)
        fputc('\n', stream);
}

static void print_text(FILE *stream, const char *text)
{
    while (*text != '\0')
        print_character(stream, *text++);
}

static void print_name(FILE *stream, const char *name, const char *summary)
{
    fputs(".TH ", stream);
    for (const char *c = name; *c != '\0'; ++c)
        print_character(stream, (char)toupper((unsigned char)*c));
    fprintf(stream, " 1 \"\" \"gemlet %s\" gemlet\n.SH NAME\n", gemlet_version());
    print_text(stream, name);
    fputs(" \\- ", stream);
    print_lines(stream, summary, ".PP");
}

static void print_option(FILE *stream, const char *name, const char *value, const char *text)
{
    fputs(".TP\n\\fB\\-\\-", stream);
    print_text(stream, name);
    fputs("\\fR", stream);
    if (value != NULL) {
        fputs(" \\fI", stream);
        print_text(stream, value);
        fputs("\\fR", stream);
    }
    fputc('\n', stream);
    print_lines(stream, text, ".br");
}

static void print_options(FILE *stream, const gm_command *command)
{
    const char *heading = "";
    fputs(".SH OPTIONS\n", stream);
    for (size_t i = gm_next_option(command, 0); i < command->n_options;
         i = gm_next_option(command, i + 1)) {
        const gm_option *option = &command->options[i];
        const char *own = gm_options_heading(option->group);
        if (strcmp(own, heading) != 0) {
            fputs(".SS ", stream);
            print_lines(stream, own, "");
        }
        heading = own;
        char text[GM_OPTION_TEXT_SIZE];
        gm_option_describe(text, option);
        print_option(stream, option->name, option->value, text);
    }
    print_option(stream, "help", NULL, gm_options_help_of_help);
}

void gm_man_page(const gm_command *command, FILE *stream)
{
    char name[64];
    snprintf(name, sizeof name, "gemlet-%s", command->name);
    print_name(stream, name, gm_man_page_summary);
    fputs(".SH SYNOPSIS\n\\fBgemlet ", stream);
    print_text(stream, command->name);
    fputs("\\fR", stream);
    if (command->operands != NULL)
        fprintf(stream, " \\fI%s\\fR...", command->operands->name);
    fputs(" [\\fIoptions\\fR]\n.SH DESCRIPTION\n", stream);
    print_lines(stream, command->description, ".PP");
    print_options(stream, command);
    if (command->examples != NULL) {
        fputs(".SH EXAMPLES\n.nf\n", stream);
        print_lines(stream, command->examples, "");
        fputs(".fi\n", stream);
    }
    fputs(".SH EXIT STATUS\nAs of \\fBgemlet\\fR(1).\n.SH SEE ALSO\n\\fBgemlet\\fR(1)\n", stream);
}

void gm_man_overview(FILE *stream)
{
    print_name(stream, "gemlet", "train multi-layer perceptrons on any OpenCL device");
    fputs(".SH SYNOPSIS\n\\fBgemlet\\fR \\fIcommand\\fR [\\fIoptions\\fR]\n.br\n"
          "\\fBgemlet help\\fR [\\fIcommand\\fR]\n.br\n"
          "\\fBgemlet \\-\\-version\\fR [\\fB\\-\\-verbose\\fR]\n.SH DESCRIPTION\n",
          stream);
    print_lines(stream, gm_program_summary, ".PP");
    fputs(".SH COMMANDS\nEach has a manual page of its own.\n", stream);
    for (size_t i = 0; i < gm_n_subcommands; ++i) {
        fputs(".TP\n\\fBgemlet\\-", stream);
        print_text(stream, gm_subcommands[i].name);
        fputs("\\fR(1)\n", stream);
        print_lines(stream, gm_subcommands[i].summary, ".PP");
    }
    fputs(".SH OPTIONS\n", stream);
    print_option(stream, "help", NULL, "list the commands and exit; behind a command: its options");
    print_option(stream, "version", NULL,
                 "print the versions of gemlet and its libraries and exit; with --verbose behind "
                 "it drivers and devices as well");
    fputs(".SH EXIT STATUS\n", stream);
    for (size_t i = 0; i < gm_n_exit_codes; ++i) {
        fprintf(stream, ".TP\n%d\n", gm_exit_codes[i].code);
        print_lines(stream, gm_exit_codes[i].meaning, ".PP");
    }
    fputs(".SH SEE ALSO\nThe README and the guides in docs/, which Debian's package has in\n"
          "/usr/share/doc/gemlet.\n",
          stream);
}
