/* SPDX-License-Identifier: MIT
 * Directories of results that are replaced as a whole, and what ended processes leave behind. */
#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/file.h"
#include "core/temporary.h"
#include "report/result_directory.h"
#include "support/run_suite.h"
#include "support/temporary.h"

static const char *const names[] = {"key", "model", "picture"};
#define N_NAMES (sizeof names / sizeof names[0])

static void remove_all(void)
{
    temporary_remove();
}

static void open_results(gm_result_directory *results)
{
    ck_assert_msg(gm_result_directory_open(results, temporary_path("runs/out"), names, N_NAMES) ==
                      GEMLET_OK,
                  "%s", gemlet_last_error());
}

/* The same as on a file system that has no locks. */
static void open_unlocked(gm_result_directory *results)
{
    open_results(results);
    gm_process_lock_release(&results->lock, results->target);
}

static void write_stage(const gm_result_directory *results, const char *name, const char *text)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", results->stage, name);
    ck_assert_int_eq(gm_file_write(path, text, strlen(text)), GEMLET_OK);
}

static void commit(gm_result_directory *results)
{
    ck_assert_msg(gm_result_directory_commit(results) == GEMLET_OK, "%s", gemlet_last_error());
}

/* A run that leaves key and model. */
static void place(const char *text)
{
    gm_result_directory results;
    open_results(&results);
    write_stage(&results, "key", text);
    write_stage(&results, "model", text);
    commit(&results);
    gm_result_directory_close(&results);
}

static int compare_names(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

/* "name=content " of each entry but the lock; of directories and links only the name. */
static void expect_entries(const char *directory, const char *expected)
{
    char found[1024] = "";
    size_t length = 0;
    struct dirent **entries;
    const int n = scandir(directory, &entries, NULL, compare_names);
    ck_assert_int_ge(n, 0);
    for (int i = 0; i < n; ++i) {
        char path[4096];
        char *content;
        size_t n_bytes;
        struct stat info;
        snprintf(path, sizeof path, "%s/%s", directory, entries[i]->d_name);
        if (strcmp(entries[i]->d_name, ".") != 0 && strcmp(entries[i]->d_name, "..") != 0 &&
            strcmp(entries[i]->d_name, GM_PROCESS_LOCK_NAME) != 0) {
            length +=
                (size_t)snprintf(found + length, sizeof found - length, "%s", entries[i]->d_name);
            if (lstat(path, &info) == 0 && S_ISREG(info.st_mode) &&
                gm_file_read(&content, &n_bytes, path, 64) == GEMLET_OK) {
                length += (size_t)snprintf(found + length, sizeof found - length, "=%s", content);
                free(content);
            }
            length += (size_t)snprintf(found + length, sizeof found - length, " ");
        }
        free(entries[i]);
    }
    free(entries);
    ck_assert_str_eq(found, expected);
}

START_TEST(a_run_takes_the_place_of_another)
{
    gm_result_directory results;
    place("one");
    expect_entries(temporary_path("runs/out"), "key=one model=one ");
    open_results(&results);
    write_stage(&results, "key", "two");
    write_stage(&results, "picture", "two");
    expect_entries(temporary_path("runs/out"), "key=one model=one ");
    commit(&results);
    expect_entries(temporary_path("runs/out"), "key=two picture=two ");
    write_stage(&results, "model", "more");
    commit(&results);
    expect_entries(temporary_path("runs/out"), "key=two model=more picture=two ");
    gm_result_directory_close(&results);
    expect_entries(temporary_path("runs"), "out ");
}
END_TEST

START_TEST(nothing_is_added_to_the_results_of_another)
{
    gm_result_directory results;
    open_unlocked(&results);
    write_stage(&results, "key", "one");
    commit(&results);
    place("two");
    write_stage(&results, "picture", "one");
    commit(&results);
    expect_entries(temporary_path("runs/out"), "key=two model=two ");
    gm_result_directory_close(&results);
}
END_TEST

START_TEST(foreign_files_stay)
{
    struct stat before;
    struct stat after;
    place("one");
    ck_assert_int_eq(gm_file_write(temporary_path("runs/out/notes"), "mine", 4), GEMLET_OK);
    ck_assert_int_eq(stat(temporary_path("runs/out"), &before), 0);
    place("two");
    place("six");
    ck_assert_int_eq(stat(temporary_path("runs/out"), &after), 0);
    ck_assert_uint_eq(before.st_ino, after.st_ino);
    expect_entries(temporary_path("runs/out"), "key=six model=six notes=mine ");
    expect_entries(temporary_path("runs"), "out ");
}
END_TEST

START_TEST(a_link_leads_to_the_results)
{
    ck_assert_int_eq(gm_directory_create(temporary_path("far")), GEMLET_OK);
    ck_assert_int_eq(gm_directory_create(temporary_path("runs")), GEMLET_OK);
    ck_assert_int_eq(symlink("../far", temporary_path("runs/out")), 0);
    place("one");
    place("two");
    expect_entries(temporary_path("far"), "key=two model=two ");
    struct stat info;
    ck_assert_int_eq(lstat(temporary_path("runs/out"), &info), 0);
    ck_assert(S_ISLNK(info.st_mode));
}
END_TEST

START_TEST(the_mode_of_the_directory_stays)
{
    struct stat info;
    place("one");
    ck_assert_int_eq(chmod(temporary_path("runs/out"), 0750), 0);
    place("two");
    ck_assert_int_eq(stat(temporary_path("runs/out"), &info), 0);
    ck_assert_uint_eq(info.st_mode & 07777, 0750);
}
END_TEST

START_TEST(a_directory_that_was_removed_is_made_again)
{
    gm_result_directory results;
    open_results(&results);
    write_stage(&results, "key", "one");
    gm_directory_remove(temporary_path("runs/out"));
    commit(&results);
    gm_result_directory_close(&results);
    expect_entries(temporary_path("runs/out"), "key=one ");
}
END_TEST

START_TEST(a_run_without_results_leaves_nothing)
{
    gm_result_directory results;
    open_results(&results);
    write_stage(&results, "model", "one");
    ck_assert_int_eq(gm_result_directory_commit(&results), GEMLET_E_IO); /* no key */
    gm_result_directory_close(&results);
    expect_entries(temporary_path("runs"), "");
}
END_TEST

/* A process that is killed in the middle of its work. */
static void be_killed(void (*work)(void))
{
    const pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        work();
        kill(getpid(), SIGKILL);
    }
    int ended;
    ck_assert_int_eq(waitpid(child, &ended, 0), child);
    ck_assert(WIFSIGNALED(ended) && WTERMSIG(ended) == SIGKILL);
}

static void begin_a_run(void)
{
    gm_result_directory results;
    open_results(&results);
    write_stage(&results, "key", "lost");
}

static void begin_a_file(void)
{
    gm_atomic_file file;
    ck_assert_int_eq(gm_atomic_file_open(&file, temporary_path("runs/file")), GEMLET_OK);
}

START_TEST(what_is_left_behind_is_removed_by_the_next)
{
    gm_atomic_file in_use;
    ck_assert_int_eq(gm_directory_create(temporary_path("runs")), GEMLET_OK);
    ck_assert_int_eq(gm_atomic_file_open(&in_use, temporary_path("runs/in_use")), GEMLET_OK);
    be_killed(begin_a_run);
    be_killed(begin_a_file);
    place("one");
    ck_assert_int_eq(gm_file_write(temporary_path("runs/file"), "new", 3), GEMLET_OK);
    ck_assert_int_eq(gm_atomic_file_commit(&in_use), GEMLET_OK);
    expect_entries(temporary_path("runs"), "file=new in_use= out ");
    expect_entries(temporary_path("runs/out"), "key=one model=one ");
}
END_TEST

/* Names like those of temporary files, by which somebody would lead the program astray. */
START_TEST(planted_names_lead_nowhere)
{
    ck_assert_int_eq(gm_directory_create(temporary_path("runs")), GEMLET_OK);
    const char *victim = temporary_file("victim", "mine", 4);
    ck_assert_int_eq(symlink(victim, temporary_path("runs/.gemlet-0000000000000000.tmp")), 0);
    ck_assert_int_eq(mkfifo(temporary_path("runs/.gemlet-0000000000000001.tmp"), 0600), 0);
    ck_assert_int_eq(gm_file_write(temporary_path("runs/file"), "new", 3), GEMLET_OK);
    place("one");
    char *content;
    size_t n_bytes;
    ck_assert_int_eq(gm_file_read(&content, &n_bytes, victim, 64), GEMLET_OK);
    ck_assert_str_eq(content, "mine");
    free(content);
}
END_TEST

/* A replacement file by file that was broken off after k of the names, by hand. */
static void break_off(int k)
{
    static const char *const left[] = {"key=old model=old notes=mine ", "model=old notes=mine ",
                                       "notes=mine ", "model=new notes=mine "};
    place("old");
    ck_assert_int_eq(gm_file_write(temporary_path("runs/out/notes"), "mine", 4), GEMLET_OK);
    if (k > 0)
        ck_assert_int_eq(unlink(temporary_path("runs/out/key")), 0);
    if (k > 1)
        ck_assert_int_eq(unlink(temporary_path("runs/out/model")), 0);
    ck_assert_int_eq(mkdir(temporary_path("copy"), 0700), 0);
    ck_assert_int_eq(gm_file_write(temporary_path("copy/key"), "new", 3), GEMLET_OK);
    ck_assert_int_eq(gm_file_write(temporary_path("copy/model"), "new", 3), GEMLET_OK);
    if (k > 2)
        ck_assert_int_eq(link(temporary_path("copy/model"), temporary_path("runs/out/model")), 0);
    expect_entries(temporary_path("runs/out"), left[k]);
    ck_assert_int_eq(
        rename(temporary_path("copy"), temporary_path("runs/out/.gemlet-0123456789abcdef.commit")),
        0);
}

START_TEST(a_broken_commit_is_completed)
{
    gm_result_directory results;
    break_off(_i);
    open_results(&results);
    gm_result_directory_close(&results);
    expect_entries(temporary_path("runs/out"), "key=new model=new notes=mine ");
}
END_TEST

/* A run that began before the other was killed, and ends after it. */
START_TEST(a_broken_commit_never_replaces_a_later_one)
{
    gm_result_directory results;
    gm_result_directory next;
    ck_assert_int_eq(gm_directory_create(temporary_path("runs")), GEMLET_OK);
    open_unlocked(&results);
    write_stage(&results, "key", "last");
    break_off(_i);
    commit(&results);
    expect_entries(temporary_path("runs/out"), "key=last notes=mine ");
    open_unlocked(&next);
    gm_result_directory_close(&next);
    gm_result_directory_close(&results);
    expect_entries(temporary_path("runs/out"), "key=last notes=mine ");
}
END_TEST

static int has_lock(void)
{
    struct stat info;
    return lstat(temporary_path("runs/out/" GM_PROCESS_LOCK_NAME), &info) == 0;
}

static void expect_busy(void)
{
    gm_result_directory second;
    char expected[128];
    ck_assert_int_eq(gm_result_directory_open(&second, temporary_path("runs/out"), names, N_NAMES),
                     GEMLET_E_IO);
    snprintf(expected, sizeof expected, "runs/out: in use by process %ld: ", (long)getpid());
    ck_assert_msg(strstr(gemlet_last_error(), expected) != NULL, "%s", gemlet_last_error());
    ck_assert_int_eq(second.is_busy, 1);
    gm_result_directory_close(&second);
}

/* Also after the directory was exchanged, and with a file of the user's, where it is not. */
START_TEST(a_second_process_is_refused)
{
    gm_result_directory results;
    if (_i == 1) {
        ck_assert_int_eq(gm_directory_create(temporary_path("runs/out")), GEMLET_OK);
        ck_assert_int_eq(gm_file_write(temporary_path("runs/out/notes"), "mine", 4), GEMLET_OK);
    }
    open_results(&results);
    expect_busy();
    write_stage(&results, "key", "one");
    commit(&results);
    expect_busy();
    expect_entries(temporary_path("runs/out"), _i == 1 ? "key=one notes=mine " : "key=one ");
    ck_assert(has_lock());
    gm_result_directory_close(&results);
    ck_assert(!has_lock());
    place("two");
}
END_TEST

START_TEST(the_lock_of_a_dead_process_is_taken_over)
{
    gm_result_directory results;
    ck_assert_int_eq(gm_directory_create(temporary_path("runs")), GEMLET_OK);
    be_killed(begin_a_run);
    ck_assert(has_lock());
    open_results(&results);
    expect_busy();
    gm_result_directory_close(&results);
    ck_assert(!has_lock());
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("result_directory");
    TCase *tests = tcase_create("all");
    tcase_add_checked_fixture(tests, NULL, remove_all);
    tcase_add_test(tests, a_run_takes_the_place_of_another);
    tcase_add_test(tests, nothing_is_added_to_the_results_of_another);
    tcase_add_test(tests, foreign_files_stay);
    tcase_add_test(tests, a_link_leads_to_the_results);
    tcase_add_test(tests, the_mode_of_the_directory_stays);
    tcase_add_test(tests, a_directory_that_was_removed_is_made_again);
    tcase_add_test(tests, a_run_without_results_leaves_nothing);
    tcase_add_test(tests, what_is_left_behind_is_removed_by_the_next);
    tcase_add_test(tests, planted_names_lead_nowhere);
    tcase_add_loop_test(tests, a_broken_commit_is_completed, 0, 4);
    tcase_add_loop_test(tests, a_broken_commit_never_replaces_a_later_one, 0, 4);
    tcase_add_loop_test(tests, a_second_process_is_refused, 0, 2);
    tcase_add_test(tests, the_lock_of_a_dead_process_is_taken_over);
    suite_add_tcase(suite, tests);
    return suite;
}
