/* SPDX-License-Identifier: MIT
 * See driver_check.h. */
#include "backend/opencl/driver_check.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "backend/opencl/driver_files.h"
#include "backend/opencl/driver_probe.h"
#include "backend/opencl/driver_state.h"
#include "core/kept_file.h"
#include "core/memory.h"

#define VENDORS_VARIABLE "OCL_ICD_VENDORS"
#define KEY              "gemlet check of the OpenCL drivers 1\n"
#define KEPT_SECONDS     3600

static const gm_kept_kind verdict_kind = {"drivers", "txt", 256, 0, 0};

/* The drivers are loaded once, into the whole process. */
static struct {
    int is_enabled;
    int is_done;
    char *directory; /* where it is kept that all is well; NULL: nowhere */
    int loads_none;
    char *left_out;
    gm_scratch vendors;   /* of the chosen drivers; none: all */
    char *former_vendors; /* VENDORS_VARIABLE before; NULL: not set */
} check;

gemlet_status gm_driver_check_enable(const char *directory)
{
    check.is_enabled = 1;
    free(check.directory);
    check.directory = NULL;
    return directory != NULL ? gm_copy_string(&check.directory, directory) : GEMLET_OK;
}

/* ---- what is kept --------------------------------------------------------------------------- */

static int was_right(uint64_t state)
{
    char *text;
    size_t n_bytes;
    uint64_t kept_state = 0;
    int64_t when = 0;
    if (check.directory == NULL ||
        gm_kept_find(&text, &n_bytes, check.directory, &verdict_kind, KEY) != GM_KEPT_FOUND)
        return 0;
    const int n_read = sscanf(text, "right %" SCNx64 " %" SCNd64 "\n", &kept_state, &when);
    const int64_t age = (int64_t)time(NULL) - when;
    free(text);
    return n_read == 2 && kept_state == state && age >= 0 && age < KEPT_SECONDS;
}

/* What cannot be kept is checked again next time. */
static void keep_right(uint64_t state)
{
    char text[64];
    snprintf(text, sizeof text, "right %016" PRIx64 " %" PRId64 "\n", state, (int64_t)time(NULL));
    if (check.directory != NULL)
        (void)gm_kept_store(check.directory, &verdict_kind, KEY, text, strlen(text));
}

/* ---- what is left out ----------------------------------------------------------------------- */

static gemlet_status add_reason(const char *subject, const char *reason)
{
    char *longer = NULL;
    GEMLET_TRY(gm_format_string(&longer, "%s%s%s %s", check.left_out,
                                check.left_out[0] != '\0' ? "; " : "", subject, reason));
    free(check.left_out);
    check.left_out = longer;
    return GEMLET_OK;
}

static gemlet_status leave_out_all(const gm_probe *probe)
{
    char reason[GM_PROBE_TEXT_SIZE];
    gm_probe_describe(reason, probe);
    check.loads_none = 1;
    return add_reason("OpenCL is left out: what loads its drivers", reason);
}

static gemlet_status leave_out(const char *path, const gm_probe *probe)
{
    char reason[GM_PROBE_TEXT_SIZE];
    char library[512];
    char *subject = NULL;
    gm_probe_describe(reason, probe);
    gm_driver_files_read_library(library, sizeof library, path);
    GEMLET_TRY(
        gm_format_string(&subject, "the OpenCL driver %s of %s is left out: it", library, path));
    const gemlet_status status = add_reason(subject, reason);
    free(subject);
    return status;
}

/* ---- which one it is ------------------------------------------------------------------------ */

/* probes, chosen (files->n) out: how each driver does alone. */
static gemlet_status probe_each(gm_probe *probes, int *chosen, const gm_driver_files *files,
                                void (*query)(void))
{
    gm_scratch *directories = NULL;
    gemlet_status status = GEMLET_OK;
    size_t n_started = 0;
    GEMLET_TRY(GM_ALLOC(directories, files->n, "OpenCL drivers"));
    for (; n_started < files->n && status == GEMLET_OK; n_started += status == GEMLET_OK) {
        chosen[n_started] = 1;
        status = gm_driver_files_link(&directories[n_started], files, chosen);
        chosen[n_started] = 0;
        if (status == GEMLET_OK)
            gm_probe_start(&probes[n_started], directories[n_started].path, query);
    }
    gm_probe_wait(probes, n_started);
    for (size_t i = 0; i < n_started; ++i) {
        chosen[i] = probes[i].state == GM_PROBE_GOOD;
        gm_scratch_remove(&directories[i]);
    }
    free(directories);
    return status;
}

/* Links the chosen drivers and tries them together. */
static gemlet_status choose_drivers(const gm_driver_files *files, const int *chosen,
                                    void (*query)(void))
{
    gm_probe probe;
    GEMLET_TRY(gm_driver_files_link(&check.vendors, files, chosen));
    gm_probe_start(&probe, check.vendors.path, query);
    gm_probe_wait(&probe, 1);
    return probe.state == GM_PROBE_GOOD ? GEMLET_OK : leave_out_all(&probe);
}

/* probe: how all did together. */
static gemlet_status find_bad(const gm_probe *probe, const gm_driver_files *files,
                              void (*query)(void))
{
    gm_probe *probes = NULL;
    int *chosen = NULL;
    gemlet_status status = GEMLET_OK;
    size_t n_good = 0;
    if (files->n == 1) {
        check.loads_none = 1;
        return leave_out(files->paths[0], probe);
    }
    GEMLET_TRY_CLEANUP(status, GM_ALLOC(probes, files->n, "OpenCL drivers"));
    GEMLET_TRY_CLEANUP(status, GM_ALLOC(chosen, files->n, "OpenCL drivers"));
    GEMLET_TRY_CLEANUP(status, probe_each(probes, chosen, files, query));
    for (size_t i = 0; i < files->n; ++i) {
        n_good += (size_t)chosen[i];
        if (!chosen[i])
            GEMLET_TRY_CLEANUP(status, leave_out(files->paths[i], &probes[i]));
    }
    if (n_good == files->n) /* each alone, but not together */
        GEMLET_TRY_CLEANUP(status, leave_out_all(probe));
    else if (n_good > 0)
        GEMLET_TRY_CLEANUP(status, choose_drivers(files, chosen, query));
    else
        check.loads_none = 1;
cleanup:
    free(chosen);
    free(probes);
    return status;
}

static gemlet_status check_drivers(void (*query)(void))
{
    gm_driver_files files;
    gm_probe probe;
    GEMLET_TRY(gm_copy_string(&check.left_out, ""));
    GEMLET_TRY(gm_driver_files_find(&files));
    const uint64_t state = gm_driver_state_hash(&files);
    gemlet_status status = GEMLET_OK;
    if (!was_right(state)) {
        gm_probe_start(&probe, NULL, query);
        gm_probe_wait(&probe, 1);
        if (probe.state == GM_PROBE_GOOD)
            keep_right(state);
        else if (probe.state == GM_PROBE_NONE || files.n == 0)
            status = leave_out_all(&probe);
        else
            status = find_bad(&probe, &files, query);
    }
    gm_driver_files_free(&files);
    if (status != GEMLET_OK) { /* such as no temporary directory: none is known to be good */
        check.loads_none = 1;
        status = add_reason("OpenCL is left out: its drivers cannot be told apart:",
                            gemlet_last_error());
    }
    return status;
}

/* ---- loading -------------------------------------------------------------------------------- */

gemlet_status gm_driver_check_begin(gm_driver_choice *choice, void (*query)(void))
{
    if (check.is_enabled && !check.is_done) {
        check.is_done = 1;
        GEMLET_TRY(check_drivers(query));
    }
    const char *former = getenv(VENDORS_VARIABLE);
    if (check.vendors.path != NULL) {
        if (former != NULL)
            GEMLET_TRY(gm_copy_string(&check.former_vendors, former));
        setenv(VENDORS_VARIABLE, check.vendors.path, 1);
    }
    choice->loads_none = check.loads_none;
    choice->left_out = check.left_out != NULL ? check.left_out : "";
    return GEMLET_OK;
}

void gm_driver_check_end(void)
{
    if (check.vendors.path == NULL)
        return;
    if (check.former_vendors != NULL)
        setenv(VENDORS_VARIABLE, check.former_vendors, 1);
    else
        unsetenv(VENDORS_VARIABLE);
    free(check.former_vendors);
    gm_scratch_remove(&check.vendors);
    check.former_vendors = NULL;
}
