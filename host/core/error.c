/* SPDX-License-Identifier: MIT
 * The thread's last error, and the names of the status codes. */
#include "core/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clean_text.h"
#include "gemlet/version.h"

static _Thread_local char last_message[1024];
static _Thread_local char *last_detail;

gemlet_status gm_error(gemlet_status status, const char *format, ...)
{
    /* Built apart from last_message because an argument may point into it. */
    char message[sizeof last_message];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    /* What is quoted from a file or a user may hold line ends or a terminal's commands. */
    gm_clean_text_in_place(message);
    memcpy(last_message, message, sizeof message);
    free(last_detail);
    last_detail = NULL;
    return status;
}

void gm_error_set_detail(const char *text)
{
    free(last_detail);
    const size_t size = strlen(text) + 1;
    last_detail = malloc(size);
    if (last_detail != NULL)
        gm_clean_lines_in_place(memcpy(last_detail, text, size));
}

const char *gemlet_last_error(void)
{
    return last_message;
}

const char *gemlet_last_error_detail(void)
{
    return last_detail != NULL ? last_detail : "";
}

const char *gemlet_status_name(gemlet_status status)
{
    switch (status) {
#define STATUS_NAME(name, value, text)                                                             \
    case name:                                                                                     \
        return #name;
        GEMLET_STATUS_MAP(STATUS_NAME)
#undef STATUS_NAME
    }
    return "unknown status";
}

const char *gemlet_status_text(gemlet_status status)
{
    switch (status) {
#define STATUS_TEXT(name, value, text)                                                             \
    case name:                                                                                     \
        return text;
        GEMLET_STATUS_MAP(STATUS_TEXT)
#undef STATUS_TEXT
    }
    return "unknown status";
}

const char *gemlet_version(void)
{
    return GEMLET_VERSION_STRING;
}
