/* SPDX-License-Identifier: MIT
 * Fuzz target of the reader of checkpoints. It leaves the seal out, which nothing but chance would
 * get past; that it holds is for tests/unit/test_checkpoint.c. */
#include <string.h>

#include "checkpoint/checkpoint.h"
#include "fuzz/fuzz.h"

static void check(const gm_checkpoint *c)
{
    FUZZ_CHECK(c->model != NULL);
    FUZZ_CHECK(c->state.n_done > 0 && c->state.n_summed <= c->state.n_done);
    FUZZ_CHECK((c->best != NULL) == (c->state.validation.n_done > 0));
    for (size_t i = 0; i < c->history.count; ++i)
        FUZZ_CHECK(c->history.reports[i].step <= c->state.n_done);
    for (size_t i = 0; i < c->layers.count; ++i)
        FUZZ_CHECK(c->layers.steps[i] <= c->state.n_done);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    gm_npz_reader *reader;
    gm_checkpoint c;
    gm_checkpoint copy;
    const char *path = fuzz_file("input.npz", data, size);
    if (!fuzz_succeeded(gm_npz_reader_open(&reader, path)))
        return 0;
    const int is_read = fuzz_succeeded(gm_checkpoint_read(&c, reader, path));
    gm_npz_reader_close(reader);
    if (!is_read) {
        FUZZ_CHECK(c.model == NULL && c.options.items == NULL);
        return 0;
    }
    check(&c);
    const char *copy_path = fuzz_path("copy.npz");
    const char *second_path = fuzz_path("second.npz");
    FUZZ_CHECK(gm_checkpoint_save(&c, copy_path) == GEMLET_OK);
    FUZZ_CHECK(gm_checkpoint_load(&copy, copy_path) == GEMLET_OK);
    FUZZ_CHECK(memcmp(&c.state, &copy.state, sizeof c.state) == 0);
    FUZZ_CHECK(gm_checkpoint_save(&copy, second_path) == GEMLET_OK);
    FUZZ_CHECK(fuzz_same_files(copy_path, second_path));
    gm_checkpoint_free(&copy);
    gm_checkpoint_free(&c);
    return 0;
}
