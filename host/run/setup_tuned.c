/* SPDX-License-Identifier: MIT
 * A setup with what gemlet tune found for it; see setup.h. */
#include <stdlib.h>

#include "core/error.h"
#include "run/note.h"
#include "run/setup.h"

static gemlet_status apply(gm_setup *s, const gm_tuning *tuning)
{
    const gm_tuning none = {0};
    s->settings.train.fused = tuning->is_unfused ? GEMLET_FUSED_OFF : GEMLET_FUSED_AUTO;
    if (gm_tuned_is_equal(tuning, &none))
        return GEMLET_OK;
    GEMLET_TRY(gm_tuned_apply(s->device, tuning));
    gm_tuned_describe(s->tuned, tuning);
    s->tuning = *tuning;
    return GEMLET_OK;
}

static void note_damaged(const gm_setup *s, const char *key)
{
    char *path;
    if (gm_kept_path(&path, s->cache_directory, &gm_tuned_kind, key) != GEMLET_OK)
        return;
    gm_note(s->events.on_note, s->events.user,
            "%s: damaged, or not the tuning of this device and network: ignored", path);
    free(path);
}

/* 1 if the settings do not say how to multiply or what to fuse. */
static int says_nothing_else(const gm_setup *s)
{
    const gm_run_settings *settings = &s->settings;
    return !settings->no_tuned && settings->train.fused == gm_recipe_get(settings->recipe)->fused &&
           settings->device.gemm == GEMLET_GEMM_AUTO;
}

gemlet_status gm_setup_use_tuned(gm_setup *s)
{
    char *key;
    gm_tuning tuning;
    gemlet_status status = GEMLET_OK;
    if (s->cache_directory == NULL || !says_nothing_else(s))
        return GEMLET_OK;
    GEMLET_TRY(gm_tuned_device_key(&key, s->device, &s->spec, s->settings.train.batch));
    switch (gm_tuned_find(&tuning, s->cache_directory, key)) {
    case GM_KEPT_FOUND:
        status = apply(s, &tuning);
        break;
    case GM_KEPT_DAMAGED:
        note_damaged(s, key);
        break;
    case GM_KEPT_NONE:
        break;
    }
    free(key);
    return status;
}

gemlet_status gm_setup_use_earlier_tuning(gm_setup *s, const char *text)
{
    gm_tuning tuning;
    if (!says_nothing_else(s))
        return GEMLET_OK;
    if (!gm_tuned_parse(&tuning, text))
        return gm_error(GEMLET_E_FORMAT,
                        "tuning of the run: found \"%.80s\", expected what "
                        "gemlet tune writes",
                        text);
    return apply(s, &tuning);
}
