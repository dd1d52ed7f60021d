/* SPDX-License-Identifier: MIT
 * See made_reports.h. */
#include "made_reports.h"

#include <check.h>

gemlet_progress made_report(size_t i, double loss)
{
    return (gemlet_progress){
        .step = i == 0 ? 1 : 100 * i,
        .n_steps = 20000,
        .epoch = (double)i / 3.0,
        .learning_rate = 0.1,
        .train_loss = loss,
        .train_accuracy = 0.1 + (double)i / 1e4,
        .seconds = 0.25 * (double)i,
        .steps_per_second = 400.0,
    };
}

gm_history made_history(size_t count)
{
    gm_history history = {0};
    for (size_t i = 0; i < count; ++i) {
        const gemlet_progress report = made_report(i, 2.3 / (1.0 + (double)i));
        ck_assert_int_eq(gm_history_append(&history, &report), GEMLET_OK);
    }
    return history;
}
