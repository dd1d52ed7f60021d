/* SPDX-License-Identifier: MIT
 * See page.h. */
#include "html/page.h"

#include "gemlet/status.h"
#include "html/html.h"
#include "html/style.h"

void gm_page_begin(FILE *stream, const char *kind, const char *title)
{
    gm_html(stream,
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
            "img-src data:; style-src 'unsafe-inline'\">\n"
            "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
            "<meta name=\"generator\" content=\"gemlet\">\n<title>%s - gemlet</title>\n<style>\n",
            title);
    gm_style_write(stream);
    gm_html(stream, "</style>\n</head>\n<body>\n<header>\n<p class=\"kind\">%s</p>\n<h1>%s</h1>\n",
            kind, title);
}

void gm_page_end(FILE *stream)
{
    gm_html(stream,
            "</main>\n<footer>Made by gemlet %s from the files of the run.</footer>\n</body>\n"
            "</html>\n",
            gemlet_version());
}
