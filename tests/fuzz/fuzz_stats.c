/* SPDX-License-Identifier: MIT
 * Fuzz target of the reader of stats.json. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compare/run_groups.h"
#include "compare/run_record.h"
#include "fuzz/fuzz.h"

static void check_text(const char *text)
{
    FUZZ_CHECK(text != NULL);
    for (const char *c = text; *c != '\0'; ++c)
        FUZZ_CHECK((unsigned char)*c >= ' ' && *c != 0x7f);
}

/* What tables and groups rely on. */
static void check_record(const gm_run_record *record)
{
    for (size_t i = 0; i < GM_N_FIGURES; ++i)
        FUZZ_CHECK(isnan(record->figures[i]) ||
                   (record->figures[i] >= 0 && isfinite(record->figures[i])));
    FUZZ_CHECK(!(record->figures[GM_FIGURE_TEST_ACCURACY] > 1));
    FUZZ_CHECK(!(record->seed < 0) && !isinf(record->seed));
    FUZZ_CHECK(record->n_traits > 0 && record->n_traits <= GM_RUN_RECORD_MAX_TRAITS);
    for (size_t i = 0; i < record->n_traits; ++i) {
        check_text(record->traits[i].name);
        check_text(record->traits[i].value);
    }
}

/* A run is like itself: under another name, and with no seed that could tell them to be repeats, it
 * falls into the same group. */
static void check_grouping(gm_run_record *records)
{
    gm_run_groups groups;
    records[0].seed = records[1].seed = (double)NAN;
    FUZZ_CHECK(gm_run_groups_create(&groups, records, 2) == GEMLET_OK);
    FUZZ_CHECK(groups.n == 1 && groups.groups[0].n_runs == 2);
    FUZZ_CHECK(groups.n_traits == 0);
    gm_run_groups_free(&groups);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    gm_run_record records[2];
    char *text = malloc(size + 1); /* of its own size, so that a read beyond the end is seen */
    FUZZ_CHECK(text != NULL);
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    if (fuzz_succeeded(gm_run_record_parse(&records[0], text, size, "a", "stats.json"))) {
        check_record(&records[0]);
        FUZZ_CHECK(gm_run_record_parse(&records[1], text, size, "b", "stats.json") == GEMLET_OK);
        check_grouping(records);
        gm_run_record_free(&records[0]);
        gm_run_record_free(&records[1]);
    }
    free(text);
    return 0;
}
