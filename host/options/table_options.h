/* SPDX-License-Identifier: MIT
 * The options with which users say how a table is to be read: one list for all commands. */
#ifndef GM_OPTIONS_TABLE_OPTIONS_H
#define GM_OPTIONS_TABLE_OPTIONS_H

#include "options/options.h"
#include "table/load.h"

extern const gm_name gm_header_names[];
extern const gm_name gm_task_names[];

/* Those that tell how its text is to be read. */
#define GM_TABLE_TEXT_OPTIONS(settings)                                                            \
    GM_TEXT(TABLE_FILE, "missing", "TEXTS", &(settings)->missing,                                  \
            "further texts that stand for a gap, separated by commas; empty fields, NA, N/A, "     \
            "NaN, null, None and ? always do"),                                                    \
        GM_CHOICE(TABLE_FILE, "header", "NAME", &(settings)->header, gm_header_names,              \
                  "whether the first line names the columns")

/* These, and what the columns are for. */
#define GM_TABLE_OPTIONS(settings)                                                                 \
    GM_TEXT(TABLE_FILE, "target", "NAME", &(settings)->choice.target,                              \
            "column to predict, by its name or its number from 1"),                                \
        GM_CHOICE(TABLE_FILE, "task", "NAME", &(settings)->task, gm_task_names,                    \
                  "classification or regression; auto: a target of texts or few distinct whole "   \
                  "numbers is a class"),                                                           \
        GM_TEXT(TABLE_FILE, "drop", "NAMES", &(settings)->choice.drop,                             \
                "columns to leave out, separated by commas"),                                      \
        GM_TEXT(TABLE_FILE, "categorical", "NAMES", &(settings)->choice.categorical,               \
                "columns to take as categories though they may look like numbers"),                \
        GM_TEXT(TABLE_FILE, "numeric", "NAMES", &(settings)->choice.numeric,                       \
                "columns to take as numbers; a text in them is an error"),                         \
        GM_TEXT(TABLE_FILE, "weight", "NAME", &(settings)->choice.weight,                          \
                "column with the weight of each row in the loss of the training: no input"),       \
        GM_TEXT(TABLE_FILE, "id", "NAME", &(settings)->choice.id,                                  \
                "column that identifies rows: no input, but passed on to predictions"),            \
        GM_TABLE_TEXT_OPTIONS(settings)

#endif
