/* SPDX-License-Identifier: MIT
 * The order of a report; see report.h. */
#include "html/report.h"

#include <stdlib.h>
#include <string.h>

#include "core/file.h"
#include "core/memory.h"
#include "html/html.h"
#include "html/page.h"
#include "html/sections.h"

static const gm_section *const sections[] = {
    &gm_section_curves, &gm_section_confusion,  &gm_section_classes,     &gm_section_residuals,
    &gm_section_worst,  &gm_section_importance, &gm_section_calibration, &gm_section_layers,
    &gm_section_time,   &gm_section_options,    &gm_section_repeat,
};
#define N_SECTIONS (sizeof sections / sizeof sections[0])

/* Last part of a path. */
static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

/* ---- the page ------------------------------------------------------------------------------- */

static void write_contents(FILE *stream, const gm_run_page *page)
{
    fputs("<nav>", stream);
    for (size_t i = 0; i < N_SECTIONS; ++i) {
        if (sections[i]->is_there(page))
            gm_html(stream, "<a href=\"#%s\">%s</a>", sections[i]->id, sections[i]->title);
    }
    fputs("</nav>\n", stream);
}

static gemlet_status write_page(FILE *stream, const gm_run_page *page)
{
    gm_page_begin(stream, "Run report", base_name(page->name));
    gm_section_summary(stream, page);
    write_contents(stream, page);
    fputs("</header>\n<main>\n", stream);
    for (size_t i = 0; i < N_SECTIONS; ++i) {
        const gm_section *section = sections[i];
        if (!section->is_there(page))
            continue;
        gm_html(stream, "<section id=\"%s\">\n<h2>%s</h2>\n", section->id, section->title);
        GEMLET_TRY(section->write(stream, page));
        fputs("</section>\n", stream);
    }
    gm_page_end(stream);
    return GEMLET_OK;
}

static gemlet_status write_named(const char *path, const char *directory, const char *name)
{
    gm_run_page page;
    gm_atomic_file file;
    GEMLET_TRY(gm_run_page_read(&page, directory, name));
    gemlet_status status = gm_atomic_file_open(&file, path);
    if (status == GEMLET_OK) {
        status = write_page(file.stream, &page);
        if (status == GEMLET_OK)
            status = gm_atomic_file_commit(&file);
        else
            gm_atomic_file_abort(&file);
    }
    gm_run_page_free(&page);
    return status;
}

gemlet_status gm_report_write(const char *path, const char *directory, const char *name)
{
    char *plain; /* without slashes at its end */
    GEMLET_TRY(gm_copy_string(&plain, name));
    for (size_t n = strlen(plain); n > 1 && plain[n - 1] == '/'; --n)
        plain[n - 1] = '\0';
    const gemlet_status status = write_named(path, directory, plain);
    free(plain);
    return status;
}
