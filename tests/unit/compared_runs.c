/* SPDX-License-Identifier: MIT
 * See compared_runs.h. */
#include "compared_runs.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/temporary.h"

static const char *const command[] = {"gemlet", "train"};

gm_run_stats compared_stats(uint64_t seed)
{
    gm_run_stats stats = {
        .test_accuracy = 0.98,
        .test_loss = 0.06,
        .validation_accuracy = (double)NAN,
        .validation_loss = (double)NAN,
        .steps = 20000,
        .seed = seed,
        .argc = 2,
        .argv = command,
    };
    stats.device.name = "a device";
    stats.network.spec = "784-150bn-relu-10";
    stats.network.n_parameters = 142060;
    stats.options.recipe = "default";
    stats.options.train.batch = 64;
    stats.options.train.learning_rate = 0.1;
    stats.data.test_rows = 10000;
    stats.data.classes = 10;
    stats.data.train_crc32 = 0xbeef;
    stats.timings.train_seconds = 4.0;
    return stats;
}

gm_run_record compared_record(const gm_run_stats *stats, const char *name)
{
    gm_run_record record;
    char path[4096];
    const char *directory = temporary_directory();
    snprintf(path, sizeof path, "%s/stats.json", directory);
    ck_assert_int_eq(gm_run_stats_write(path, stats), GEMLET_OK);
    ck_assert_msg(gm_run_record_read(&record, directory) == GEMLET_OK, "%s", gemlet_last_error());
    free(record.directory);
    ck_assert_ptr_nonnull(record.directory = malloc(strlen(name) + 1));
    strcpy(record.directory, name);
    temporary_remove();
    return record;
}

void compared_add(compared_runs *r, const gm_run_stats *stats, const char *name)
{
    ck_assert_uint_lt(r->n, COMPARED_MAX_RUNS);
    r->records[r->n++] = compared_record(stats, name);
}

void compared_gather(compared_runs *r)
{
    ck_assert_int_eq(gm_run_groups_create(&r->groups, r->records, r->n), GEMLET_OK);
}

void compared_release(compared_runs *r)
{
    gm_run_groups_free(&r->groups);
    for (size_t i = 0; i < r->n; ++i)
        gm_run_record_free(&r->records[i]);
    *r = (compared_runs){0};
}

compared_runs compared_make(unsigned n_second)
{
    compared_runs r = {0};
    for (unsigned seed = 1; seed <= 3; ++seed) {
        char name[32];
        gm_run_stats stats = compared_stats(seed);
        stats.test_accuracy = 0.98 + seed / 1000.0;
        snprintf(name, sizeof name, "runs/fast-seed%u", seed);
        compared_add(&r, &stats, name);
        if (seed > n_second)
            continue;
        stats.options.train.learning_rate = 0.01;
        stats.options.train.schedule = GEMLET_SCHEDULE_COSINE;
        stats.test_accuracy = 0.97 + seed * seed / 10000.0;
        stats.test_loss = 0.08 + seed / 100.0;
        snprintf(name, sizeof name, "runs/slow-seed%u", seed);
        compared_add(&r, &stats, name);
    }
    compared_gather(&r);
    return r;
}
