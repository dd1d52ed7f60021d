/* SPDX-License-Identifier: MIT
 * See scratch.h. */
#include "core/scratch.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/temporary.h"

const char *gm_scratch_parent(void)
{
    const char *directory = getenv("TMPDIR");
    return directory != NULL && directory[0] != '\0' ? directory : "/tmp";
}

gemlet_status gm_scratch_create(gm_scratch *scratch)
{
    char what[1024];
    const char *parent = gm_scratch_parent();
    *scratch = (gm_scratch){0};
    gm_temporary_remove_strays(parent, GM_TEMPORARY_DIRECTORIES);
    snprintf(what, sizeof what, "%s: temporary directory (TMPDIR)", parent);
    const gemlet_status status =
        gm_temporary_directory_create(&scratch->path, &scratch->lock, parent, what);
    if (status != GEMLET_OK)
        *scratch = (gm_scratch){0};
    return status;
}

void gm_scratch_remove(gm_scratch *scratch)
{
    if (scratch->path == NULL)
        return;
    gm_directory_remove(scratch->path);
    close(scratch->lock);
    free(scratch->path);
    *scratch = (gm_scratch){0};
}
