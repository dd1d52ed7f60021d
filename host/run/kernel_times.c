/* SPDX-License-Identifier: MIT
 * See kernel_times.h. */
#include "run/kernel_times.h"

#include "bench/profile.h"
#include "core/json.h"
#include "run/note.h"

/* Of so many steps of the training one is profiled; from fewer than MIN_STEPS nothing can be told.
 */
#define STEPS_PER_PROFILED 400u
#define MIN_STEPS          5u
#define MAX_STEPS          50u
/* Those that take most time; a network of 64 layers has hundreds. */
#define MAX_KERNELS 100u

/* Those that this process took: none of an earlier one that was resumed. */
static uint64_t count_steps(const gm_run *r)
{
    const uint64_t before = r->resumed != NULL ? r->resumed->state.n_done : 0;
    const uint64_t n = (r->trained.steps - before) / STEPS_PER_PROFILED;
    return n < MAX_STEPS ? n : MAX_STEPS;
}

static int add_kernel(cJSON *array, const gm_profile_row *row, double n_steps)
{
    cJSON *item = cJSON_CreateObject();
    return cJSON_AddItemToArray(array, item) &&
           gm_json_add_text(item, "operation", row->operation) &&
           gm_json_add_text(item, "shape", row->shape) &&
           gm_json_add_text(item, "kernel", row->kernel[0] != '\0' ? row->kernel : NULL) &&
           gm_json_add_real(item, "launches_per_step", (double)row->n_launches / n_steps) &&
           gm_json_add_real(item, "us_per_step", 1e6 * row->seconds / n_steps) &&
           gm_json_add_real(item, "gap_us_per_step", 1e6 * row->gap_seconds / n_steps);
}

/* NULL when memory runs out. */
static cJSON *make_json(const gm_profile *profile)
{
    cJSON *root = cJSON_CreateObject();
    int ok = root != NULL && gm_json_add_count(root, "steps", profile->n_steps);
    cJSON *kernels = ok ? cJSON_AddArrayToObject(root, "kernels") : NULL;
    ok = kernels != NULL;
    for (size_t i = 0; ok && i < profile->n_rows && i < MAX_KERNELS; ++i)
        ok = add_kernel(kernels, &profile->rows[i], (double)profile->n_steps);
    if (ok)
        return root;
    cJSON_Delete(root);
    return NULL;
}

void gm_run_measure_kernels(gm_session *session, void *run)
{
    gm_run *r = run;
    gm_profile profile = {0};
    const uint64_t n_steps = count_steps(r);
    if (n_steps < MIN_STEPS || r->trained.stopped || session->data.chunks.rows > 0)
        return;
    if (gm_profile_session(&profile, session, r->trained.steps - n_steps, n_steps) == GEMLET_OK) {
        gm_profile_sort(&profile);
        r->profile = make_json(&profile);
    } else {
        gm_note(r->setup.events.on_note, r->setup.events.user,
                "the time of each kernel is not known: %s", gemlet_last_error());
    }
    gm_profile_free(&profile);
}
