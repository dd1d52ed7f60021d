/* SPDX-License-Identifier: MIT
 * The table of `gemlet qualify` has every operation, with every activation. */
#include <string.h>

#include "backend/ops.h"
#include "support/run_suite.h"
#include "verify/op_table.h"

static int has_operation(const gm_op_table *table, const char *name)
{
    const size_t length = strlen(name);
    for (size_t i = 0; i < table->lines.n_lines; ++i) {
        const char *label = table->lines.lines[i].label;
        if (strncmp(label, name, length) == 0 && label[length] == ' ')
            return 1;
    }
    return 0;
}

START_TEST(every_operation_is_tried)
{
    static const char *const names[] = {
#define NAME(op) #op,
        GM_OPS(NAME)
#undef NAME
    };
    gm_op_table table = {0};
    gemlet_device *device;
    gemlet_device_options options;
    gemlet_device_options_init(&options);
    options.selector = "cpu";
    ck_assert_int_eq(gemlet_device_open(&device, &options), GEMLET_OK);
    for (size_t i = 0; i < gm_op_table_n_cases; ++i)
        ck_assert_msg(gm_op_table_add(&table, device, &gm_op_table_cases[i]) == GEMLET_OK, "%s: %s",
                      gm_op_table_cases[i].network, gemlet_last_error());
    for (size_t i = 0; i < sizeof names / sizeof names[0]; ++i)
        ck_assert_msg(has_operation(&table, names[i]), "%s is not in the table", names[i]);
    ck_assert(gm_op_table_is_right(&table));
    gm_op_table_free(&table);
    gemlet_device_close(device);
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("op_table");
    TCase *tests = tcase_create("table");
    tcase_set_timeout(tests, 0);
    tcase_add_test(tests, every_operation_is_tried);
    suite_add_tcase(suite, tests);
    return suite;
}
