/* SPDX-License-Identifier: MIT
 * The exit codes of the program. */
#ifndef GM_OPTIONS_EXIT_CODES_H
#define GM_OPTIONS_EXIT_CODES_H

enum {
    GM_EXIT_OK = 0,
    GM_EXIT_FAILURE = 1,  /* data, device, model or file: the message says which */
    GM_EXIT_USAGE = 2,    /* wrong command line */
    GM_EXIT_STOPPED = 130 /* ended by Ctrl-C, after saving; 128 + SIGINT, as shells count */
};

#endif
