/* SPDX-License-Identifier: MIT
 * See file_names.h. Words are taken off the end one by one. */
#include "data/file_names.h"

#include <ctype.h>
#include <string.h>

#define NAME_SIZE 128u

/* Small letters, one kind of separator. 0 if the name is too long to be one of ours. */
static int normalise(char text[NAME_SIZE], const char *name)
{
    const size_t length = strlen(name);
    if (length >= NAME_SIZE)
        return 0;
    for (size_t i = 0; i <= length; ++i)
        text[i] = strchr("._", name[i]) != NULL && name[i] != '\0'
                      ? '-'
                      : (char)tolower((unsigned char)name[i]);
    return 1;
}

/* Cuts "-word" off the end, or the whole text if it is the word. 0 if it does not end so. */
static int take_word(char *text, const char *word)
{
    const size_t length = strlen(text);
    const size_t word_length = strlen(word);
    if (length < word_length || strcmp(text + length - word_length, word) != 0)
        return 0;
    size_t end = length - word_length;
    if (end > 0 && text[--end] != '-')
        return 0;
    text[end] = '\0';
    return 1;
}

static int take_split(char *text, gemlet_split *split)
{
    *split = GEMLET_SPLIT_TRAIN;
    if (take_word(text, "train"))
        return 1;
    *split = GEMLET_SPLIT_TEST;
    if (take_word(text, "test") || take_word(text, "t10k"))
        return 1;
    *split = GEMLET_SPLIT_VALIDATION;
    return take_word(text, "validation") || take_word(text, "valid") || take_word(text, "val");
}

/* "-idx3-ubyte" and the like. */
static int take_format(char *text)
{
    static const char *const types[] = {"ubyte", "byte", "short", "int", "float", "double"};
    int is_typed = 0;
    for (size_t i = 0; !is_typed && i < sizeof types / sizeof types[0]; ++i)
        is_typed = take_word(text, types[i]);
    char word[] = "idx0";
    for (word[3] = '1'; is_typed && word[3] <= '9'; ++word[3]) {
        if (take_word(text, word))
            return 1;
    }
    return 0;
}

static gm_file_role take_role(char *text)
{
    if (take_word(text, "csv"))
        return GM_FILE_TABLE;
    if (!take_format(text))
        return GM_FILE_OTHER;
    if (take_word(text, "images"))
        return GM_FILE_ITEMS;
    return take_word(text, "labels") ? GM_FILE_LABELS : GM_FILE_OTHER;
}

gm_file_name gm_file_name_parse(const char *name)
{
    gm_file_name parsed = {.role = GM_FILE_OTHER};
    char text[NAME_SIZE];
    if (!normalise(text, name))
        return parsed;
    take_word(text, "gz");
    const gm_file_role role = take_role(text);
    if (role == GM_FILE_OTHER || !take_split(text, &parsed.split) ||
        strlen(text) >= sizeof parsed.prefix)
        return parsed;
    parsed.role = role;
    strcpy(parsed.prefix, text);
    return parsed;
}
