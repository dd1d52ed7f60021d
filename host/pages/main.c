/* SPDX-License-Identifier: MIT
 * gemlet_pages DIRECTORY: writes the manual pages and the completion of shells of all commands to
 * man1/, bash/, zsh/ and fish/ there.
 *
 * Each command is asked for its --help, with a printer that writes a page of its table instead. It
 * prints to stdout, which is the file of the page. */
#include <stdio.h>

#include "options/options_help.h"
#include "pages/pages.h"

static const char *directory;

/* Behind what is still to be written of the file before. */
static int begin_file(const char *folder, const char *file, const char *extension)
{
    char path[4096];
    const int length = snprintf(path, sizeof path, "%s/%s%s%s", directory, folder, file, extension);
    if (fflush(stdout) == 0 && !ferror(stdout) && (size_t)length < sizeof path &&
        freopen(path, "w", stdout) != NULL)
        return 1;
    perror(path);
    return 0;
}

static void ask(const gm_subcommand *subcommand)
{
    char name[32];
    char help[] = "--help";
    snprintf(name, sizeof name, "%s", subcommand->name);
    (void)subcommand->run(2, (char *[]){name, help, NULL});
}

static int write_manual(void)
{
    gm_options_help_printer = gm_man_page;
    for (size_t i = 0; i < gm_n_subcommands; ++i) {
        char page[64];
        snprintf(page, sizeof page, "gemlet-%s", gm_subcommands[i].name);
        if (!begin_file("man1/", page, ".1"))
            return 0;
        gm_man_page_summary = gm_subcommands[i].summary;
        ask(&gm_subcommands[i]);
    }
    /* Last: the build takes it for the sign that all were written. */
    if (!begin_file("man1/", "gemlet", ".1"))
        return 0;
    gm_man_overview(stdout);
    return 1;
}

static int write_completion(const gm_shell *shell)
{
    if (!begin_file("", shell->file, ""))
        return 0;
    gm_options_help_printer = shell->command;
    shell->begin(stdout);
    for (size_t i = 0; i < gm_n_subcommands; ++i)
        ask(&gm_subcommands[i]);
    shell->end(stdout);
    return 1;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: gemlet_pages DIRECTORY\n");
        return 2;
    }
    directory = argv[1];
    const int is_done = write_completion(&gm_bash) && write_completion(&gm_zsh) &&
                        write_completion(&gm_fish) && write_manual();
    return is_done && fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
}
