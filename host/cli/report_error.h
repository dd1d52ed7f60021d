/* SPDX-License-Identifier: MIT
 * Reports a failed library call to the user. */
#ifndef GM_CLI_REPORT_ERROR_H
#define GM_CLI_REPORT_ERROR_H

/* Prints "gemlet <command>: <gemlet_last_error()>" to stderr and below it the detail (the build log
 * of a kernel), if there is any. Returns GM_EXIT_FAILURE. */
int gm_report_error(const char *command);

/* A gemlet_note_callback: prints "gemlet <command>: <note>" as one line to stderr. `command` is the
 * name of the command. */
void gm_print_note(const char *note, void *command);

#endif
