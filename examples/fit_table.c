/* SPDX-License-Identifier: MIT
 * Trains on a table in memory, with categories and gaps, and answers for its rows, through the C
 * API.
 *
 *     fit_table [DEVICE [MODEL-FILE]]
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "gemlet/gemlet.h"

/* A call that fails leaves a message behind. */
#define TRY(call)                                                                                  \
    do {                                                                                           \
        if ((call) != GEMLET_OK) {                                                                 \
            fprintf(stderr, "fit_table: %s\n", gemlet_last_error());                               \
            goto cleanup;                                                                          \
        }                                                                                          \
    } while (0)

enum {
    N_ROWS = 200,
    N_CLASSES = 2
};

static void print_note(const char *note, void *user)
{
    (void)user;
    fprintf(stderr, "fit_table: %s\n", note);
}

int main(int argc, char **argv)
{
    static const char *const days[] = {"workday", "sunday"};
    static const char *const answers[] = {"closed", "open"};
    static const char *const settings[] = {"target=shop", "hidden=16", "epochs=500", "seed=1"};
    double hours[N_ROWS];
    int32_t day_of[N_ROWS];
    int32_t shop_of[N_ROWS];
    double probabilities[N_ROWS][N_CLASSES];
    gemlet_device *device = NULL;
    gemlet_table *table = NULL;
    gemlet_model *model = NULL;
    int exit_code = EXIT_FAILURE;

    for (int i = 0; i < N_ROWS; ++i) {
        hours[i] = i % 10 == 0 ? (double)NAN : i * 7 % 24; /* NaN: not known */
        day_of[i] = i % 5 == 0;
        shop_of[i] = day_of[i] == 0 && hours[i] >= 8 && hours[i] < 18;
    }
    TRY(gemlet_table_create(&table, N_ROWS));
    TRY(gemlet_table_add_numbers(table, "hour", GEMLET_NUMBER_F64, hours, sizeof hours[0]));
    TRY(gemlet_table_add_texts(table, "day", days, 2, day_of));
    TRY(gemlet_table_add_texts(table, "shop", answers, 2, shop_of));

    TRY(gemlet_device_open_usual(&device, argc > 1 ? argv[1] : NULL));
    gemlet_fit_options options;
    gemlet_fit_result result;
    gemlet_fit_options_init(&options);
    options.options = settings;
    options.n_options = sizeof settings / sizeof settings[0];
    options.on_note = print_note;
    TRY(gemlet_fit_table(&model, device, table, &options, &result));
    printf("%llu steps, validation accuracy %.2f %% of %llu rows\n",
           (unsigned long long)result.steps, 100 * result.validation_accuracy,
           (unsigned long long)result.validation_rows);

    TRY(gemlet_answer_table(model, device, table, print_note, NULL, probabilities[0]));
    for (int i = 1; i < 4; ++i)
        printf("%s at %g: %s with probability %.2f\n", days[day_of[i]], hours[i],
               gemlet_model_class(model, 1, NULL), probabilities[i][1]);
    TRY(gemlet_model_save(model, argc > 2 ? argv[2] : "shop.npz"));
    exit_code = EXIT_SUCCESS;
cleanup:
    gemlet_model_destroy(model);
    gemlet_table_destroy(table);
    gemlet_device_close(device);
    return exit_code;
}
