/* SPDX-License-Identifier: MIT
 * See output_check.h. */
#include "options/output_check.h"

#include "options/exit_codes.h"
#include "core/file.h"
#include "data/dataset.h"

static const char *text_of(const gm_option *option)
{
    return option->role != GM_NAMES_NOTHING ? *option->target.text : NULL;
}

/* 1 if writing `path` would write over what the other option names. */
static int is_taken(const gm_option *other, const char *path)
{
    const char *text = text_of(other);
    if (text == NULL)
        return 0;
    switch (other->role) {
    case GM_NAMES_INPUT:
        return gm_file_is_same(path, text);
    case GM_NAMES_OUTPUT:
        return gm_file_is_same_place(path, text);
    case GM_NAMES_DATA:
        return gm_file_is_same(path, text) || gm_dataset_directory_reads(text, path);
    case GM_NAMES_NOTHING:
        break;
    }
    return 0;
}

int gm_output_check_file(const gm_command *command, const gm_option *option, const char *path)
{
    for (size_t i = 0; !gm_file_is_stream(path) && i < command->n_options; ++i) {
        const gm_option *other = &command->options[i];
        if (other == option || !is_taken(other, path))
            continue;
        return gm_options_error(
            command, "--%s: %s is also %s--%s, expected another file", option->name, path,
            other->role == GM_NAMES_DATA && !gm_file_is_same(path, text_of(other)) ? "a file of "
                                                                                   : "",
            other->name);
    }
    if (gm_file_check_writable(path) == GEMLET_OK)
        return GM_OPTIONS_RUN;
    return gm_options_failure(command);
}

int gm_outputs_check(const gm_command *command)
{
    for (size_t i = 0; i < command->n_options; ++i) {
        const gm_option *option = &command->options[i];
        if (option->role != GM_NAMES_OUTPUT || text_of(option) == NULL)
            continue;
        const int exit_code = gm_output_check_file(command, option, text_of(option));
        if (exit_code != GM_OPTIONS_RUN)
            return exit_code;
    }
    return GM_OPTIONS_RUN;
}
