/* SPDX-License-Identifier: MIT
 * See terminal.h. */
#include "core/terminal.h"

#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define DEFAULT_WIDTH 80u

size_t gm_terminal_width(FILE *stream)
{
    struct winsize size;
    if (!isatty(fileno(stream)))
        return 0;
    if (ioctl(fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    const char *columns = getenv("COLUMNS");
    const long value = columns != NULL ? strtol(columns, NULL, 10) : 0;
    return value > 0 && value < 10000 ? (size_t)value : DEFAULT_WIDTH;
}
