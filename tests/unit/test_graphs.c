/* SPDX-License-Identifier: MIT
 * The pictures of a run, and the program that draws them: what it does, and how it may fail. */
#include <check.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"
#include "made_reports.h"
#include "report/child_process.h"
#include "report/history.h"
#include "report/layer_history.h"
#include "report/loss_graph.h"
#include "report/thin.h"
#include "support/run_suite.h"
#include "support/temporary.h"

/* ---- other programs ------------------------------------------------------------------------ */

static gm_child_result run_shell(const char *directory, const char *text)
{
    char program[] = "sh";
    char option[] = "-c";
    char script[256];
    snprintf(script, sizeof script, "%s", text);
    char *const argv[] = {program, option, script, NULL};
    gm_child_result result;
    ck_assert_int_eq(gm_child_process_run(&result, directory, argv, 60.0), GEMLET_OK);
    return result;
}

START_TEST(test_child_process)
{
    const char *directory = temporary_directory();
    gm_child_result result = run_shell(directory, "pwd; echo two >&2; cat; exit 3");
    ck_assert_int_eq(result.found, 1);
    ck_assert_int_eq(result.exit_code, 3);
    ck_assert_int_eq(result.signal, 0);
    char expected[2048];
    snprintf(expected, sizeof expected, "%s two", directory);
    ck_assert_str_eq(result.output, expected);
    result = run_shell(directory, "kill -TERM $$");
    ck_assert_int_eq(result.exit_code, -1);
    ck_assert_int_eq(result.signal, SIGTERM);
    /* More than a pipe holds: the child must not wait for ever for a reader. */
    result = run_shell("/", "i=0; while [ $i -lt 20000 ]; do echo 0123456789; i=$((i+1)); done");
    ck_assert_int_eq(result.exit_code, 0);
    ck_assert_uint_eq(strlen(result.output), sizeof result.output - 1);
    result = run_shell("/no/such/directory", "true");
    ck_assert_int_eq(result.found, 0);
    temporary_remove();
}
END_TEST

/* ---- the picture --------------------------------------------------------------------------- */

static gm_loss_graph make_graph(const char *directory, const gm_history *history)
{
    return (gm_loss_graph){
        .directory = directory,
        .history = history,
        .network = "784-150bn-relu-10",
        .device = "a device",
        .test_accuracy = 0.9845,
        .test_loss = 0.05,
    };
}

static void expect_drawn(const gm_loss_graph *graph)
{
    char *note;
    ck_assert_msg(gm_loss_graph_draw(&note, graph) == GEMLET_OK, "%s", gemlet_last_error());
    ck_assert_msg(note == NULL, "%s", note);
}

/* The bytes of the picture, which must be a PNG of 1200 x 720; free() them. */
static char *read_picture(const char *directory, size_t *n_bytes)
{
    static const unsigned char start[] = {0x89, 'P', 'N',  'G',  '\r', '\n', 0x1a, '\n',
                                          0,    0,   0,    13,   'I',  'H',  'D',  'R',
                                          0,    0,   0x04, 0xb0, 0,    0,    0x02, 0xd0};
    char *path;
    ck_assert_int_eq(gm_path_join(&path, directory, GM_LOSS_GRAPH_PICTURE), GEMLET_OK);
    char *bytes = read_whole_file(path, n_bytes);
    free(path);
    ck_assert_uint_gt(*n_bytes, sizeof start);
    ck_assert_mem_eq(bytes, start, sizeof start);
    return bytes;
}

START_TEST(test_graph_shows_the_data)
{
    const char *directory = temporary_directory();
    size_t n[3];
    char *pictures[3];
    for (int i = 0; i < 3; ++i) {
        gm_history history = made_history(i < 2 ? 100 : 101);
        const gm_loss_graph graph = make_graph(directory, &history);
        expect_drawn(&graph);
        gm_history_free(&history);
        pictures[i] = read_picture(directory, &n[i]);
    }
    ck_assert_uint_eq(n[0], n[1]);
    ck_assert_mem_eq(pictures[0], pictures[1], n[0]);
    ck_assert(n[0] != n[2] || memcmp(pictures[0], pictures[2], n[0]) != 0);
    for (int i = 0; i < 3; ++i)
        free(pictures[i]);
    temporary_remove();
}
END_TEST

/* The script left behind draws the same picture, and nothing else is left behind. */
START_TEST(test_graph_script_draws_again)
{
    const char *directory = temporary_directory();
    gm_history history = made_history(100);
    const gm_loss_graph graph = make_graph(directory, &history);
    expect_drawn(&graph);
    gm_history_free(&history);
    size_t n_first;
    char *first = read_picture(directory, &n_first);
    /* gnuplot 6 warns of its own degree sign where the locale is plain C. */
    gm_child_result result =
        run_shell(directory, "ls | tr '\\n' ' '; cp *.svg first; rm *.png *.svg; "
                             "LC_ALL=C.UTF-8 gnuplot *.gp && cmp *.svg first");
    ck_assert_int_eq(result.exit_code, 0);
    ck_assert_str_eq(result.output,
                     "training_loss_graph.gp training_loss_graph.png training_loss_graph.svg");
    size_t n_second;
    char *second = read_picture(directory, &n_second);
    ck_assert_uint_eq(n_first, n_second);
    ck_assert_mem_eq(first, second, n_first);
    free(first);
    free(second);
    temporary_remove();
}
END_TEST

START_TEST(test_graph_of_odd_runs)
{
    const char *directory = temporary_directory();
    size_t n;
    static const size_t counts[] = {1, 2, 3, 39, 40, 41, 30000};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; ++i) {
        gm_history history = made_history(counts[i]);
        gm_loss_graph graph = make_graph(directory, &history);
        graph.test_loss = i % 2 == 0 ? 1e-7 : (double)NAN;
        expect_drawn(&graph);
        free(read_picture(directory, &n));
        gm_history_free(&history);
    }
    temporary_remove();
}
END_TEST

/* Losses that underflow to 0, or were never numbers, have no place on a logarithmic axis; where
 * there is but one class all are 0. */
START_TEST(test_graph_of_odd_losses)
{
    static const double losses[][4] = {
        {2.3, 0.0, NAN, 0.001}, {0.0, 0.0, 0.0, 0.0}, {NAN, NAN, NAN, NAN}, {INFINITY, 1.0, 0, 1}};
    const char *directory = temporary_directory();
    for (size_t k = 0; k < sizeof losses / sizeof losses[0]; ++k) {
        gm_history history = {0};
        for (size_t i = 0; i < 4; ++i) {
            const gemlet_progress report = made_report(i, losses[k][i]);
            ck_assert_int_eq(gm_history_append(&history, &report), GEMLET_OK);
        }
        gm_loss_graph graph = make_graph(directory, &history);
        graph.test_loss = k % 2 == 0 ? (double)NAN : 0.0;
        expect_drawn(&graph);
        size_t n;
        free(read_picture(directory, &n));
        gm_history_free(&history);
    }
    temporary_remove();
}
END_TEST

/* The picture of a long run is drawn from few points, among them every spike. */
START_TEST(test_graph_is_thinned)
{
    const char *directory = temporary_directory();
    gm_history history = made_history(200000);
    history.reports[123456].train_loss = 4.75;
    const gm_loss_graph graph = make_graph(directory, &history);
    expect_drawn(&graph);
    gm_history_free(&history);
    size_t n_bytes;
    char *script = read_whole_file(temporary_path("training_loss_graph.gp"), &n_bytes);
    ck_assert_ptr_nonnull(strstr(script, "\n12345600,4.75\n"));
    size_t n_lines = 0;
    for (size_t i = 0; i < n_bytes; ++i)
        n_lines += script[i] == '\n';
    ck_assert_uint_le(n_lines, 2 * GM_THIN_POINTS + 100);
    ck_assert_uint_ge(n_lines, GM_THIN_POINTS);
    free(script);
    temporary_remove();
}
END_TEST

START_TEST(test_thin)
{
    static const double values[10] = {5, 5, 7, 1, NAN, NAN, 3, 2, 9, 8};
    size_t kept[10];
    ck_assert_uint_eq(gm_thin(kept, 10, values, 10), 8);
    const size_t n = gm_thin(kept, 6, values, 10); /* runs 0..3, 4..6, 7..9 */
    static const size_t expected[] = {2, 3, 6, 7, 8};
    ck_assert_uint_eq(n, 5);
    for (size_t i = 0; i < n; ++i)
        ck_assert_uint_eq(kept[i], expected[i]);
}
END_TEST

START_TEST(test_graph_text_is_only_text)
{
    const char *parent = temporary_directory();
    char directory[2048];
    snprintf(directory, sizeof directory, "%s/it's \"$(touch x)\" `touch x`", parent);
    ck_assert_int_eq(mkdir(directory, 0700), 0);
    gm_history history = made_history(50);
    gm_loss_graph graph = make_graph(directory, &history);
    graph.network = "'; system('touch injected'); print '\n!touch injected\n";
    graph.device = "`touch injected` $(touch injected) \" . system(\"touch injected\") . \" "
                   "@device ^{x} %s%n \\n \xff";
    expect_drawn(&graph);
    size_t n;
    free(read_picture(directory, &n));
    gm_history_free(&history);
    gm_child_result result = run_shell(directory, "ls | tr '\\n' ' '");
    ck_assert_str_eq(result.output,
                     "training_loss_graph.gp training_loss_graph.png training_loss_graph.svg");
    temporary_remove();
}
END_TEST

/* Programs in the place of gnuplot, and what is said of each. None leaves a picture, nor anything
 * beside the script. */
static const struct {
    const char *script; /* NULL: there is no gnuplot */
    const char *note;
} bad_gnuplots[] = {
    {NULL, "gnuplot not found: "},
    {"exit 3", "gnuplot failed with exit code 3"},
    {"echo out of memory >&2; exit 1", "gnuplot failed with exit code 1: out of memory"},
    {"kill -SEGV $$", "gnuplot was ended by signal 11"},
    {"exec sleep 60", "gnuplot did not end within 0.5 s"},
    {"exec >&- 2>&-; exec sleep 60", "gnuplot did not end within 0.5 s"},
    {"trap '' TERM INT HUP; while :; do sleep 1; done", "gnuplot did not end within 0.5 s"},
    {"while :; do echo 0123456789; done", "gnuplot did not end within 0.5 s"},
    /* as on a full disk: all is well but for the files */
    {"exit 0", "gnuplot made no whole picture"},
    {"sleep 60 & exit 0", "gnuplot made no whole picture"},
    {"gnuplot \"$@\"; f=${3#*svg_file = \\'}; f=${f%%\\'*}; head -c 9000 $f > cut; cat cut > $f; "
     "rm cut",
     ".svg: gnuplot made no whole picture"},
    {"gnuplot \"$@\"; f=${3#*png_file = \\'}; f=${f%%\\'*}; head -c 9000 $f > cut; cat cut > $f; "
     "rm cut",
     ".png: gnuplot made no whole picture"},
    {"rm .gemlet-*", "gnuplot made no whole picture"},
};

static void expect_files(const char *directory, const char *expected)
{
    gm_child_result result = run_shell(directory, "ls -A | tr '\\n' ' '");
    ck_assert_str_eq(result.output, expected);
}

START_TEST(test_bad_gnuplot)
{
    char bin[2048];
    char directory[2048];
    snprintf(bin, sizeof bin, "%s/bin", temporary_directory());
    snprintf(directory, sizeof directory, "%s/run", temporary_directory());
    ck_assert(mkdir(bin, 0700) == 0 && mkdir(directory, 0700) == 0);
    gm_history history = made_history(50);
    gm_loss_graph graph = make_graph(directory, &history);
    run_shell(directory,
              "touch training_loss_graph.png training_loss_graph.svg"); /* earlier ones */
    const char *script = bad_gnuplots[_i].script;
    char path[4096];
    snprintf(path, sizeof path, "%s%s%s", bin, script != NULL ? ":" : "",
             script != NULL ? getenv("PATH") : "");
    if (script != NULL) {
        char name[4096];
        snprintf(name, sizeof name, "%s/gnuplot", bin);
        FILE *file = fopen(name, "w");
        ck_assert_ptr_nonnull(file);
        fprintf(file, "#!/bin/sh\nPATH=%s\n%s\n", getenv("PATH"), script);
        ck_assert_int_eq(fclose(file), 0);
        ck_assert_int_eq(chmod(name, 0700), 0);
    }
    graph.seconds = strstr(bad_gnuplots[_i].note, "0.5 s") != NULL ? 0.5 : 0.0;
    char *old_path = strdup(getenv("PATH"));
    ck_assert_int_eq(setenv("PATH", path, 1), 0);
    char *note;
    ck_assert_int_eq(gm_loss_graph_draw(&note, &graph), GEMLET_OK);
    ck_assert_int_eq(setenv("PATH", old_path, 1), 0);
    ck_assert_ptr_nonnull(note);
    ck_assert_msg(strstr(note, bad_gnuplots[_i].note) != NULL, "found \"%s\", expected \"%s\"",
                  note, bad_gnuplots[_i].note);
    ck_assert_ptr_null(strchr(note, '\n'));
    free(note);
    free(old_path);
    gm_history_free(&history);
    expect_files(directory, "training_loss_graph.gp");
    temporary_remove();
}
END_TEST

/* No process can be started: a note like any other. */
START_TEST(test_graph_without_descriptors)
{
    const char *directory = temporary_directory();
    gm_history history = made_history(50);
    const gm_loss_graph graph = make_graph(directory, &history);
    struct rlimit old;
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &old), 0);
    const int lowest = dup(0); /* the next descriptor that is free */
    ck_assert_int_ge(lowest, 0);
    close(lowest);
    /* The two pictures' files and their locks have room, the pipe has not. */
    const struct rlimit few = {(rlim_t)lowest + 4, old.rlim_max};
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
    char *note;
    const gemlet_status status = gm_loss_graph_draw(&note, &graph);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &old), 0);
    ck_assert_msg(status == GEMLET_OK, "%s", gemlet_last_error());
    ck_assert_ptr_nonnull(strstr(note, "gnuplot: cannot make a pipe: "));
    free(note);
    gm_history_free(&history);
    expect_files(directory, "training_loss_graph.gp");
    temporary_remove();
}
END_TEST

/* Nothing survives the time limit: the whole group is killed. */
START_TEST(test_child_process_group)
{
    const char *directory = temporary_directory();
    char program[] = "sh";
    char option[] = "-c";
    char script[] = "sh -c 'echo $$ >pid; while :; do sleep 1; done' & "
                    "while [ ! -s pid ]; do sleep 0.01; done; wait";
    char *const argv[] = {program, option, script, NULL};
    gm_child_result result;
    ck_assert_int_eq(gm_child_process_run(&result, directory, argv, 2.0), GEMLET_OK);
    ck_assert_int_eq(result.timed_out, 1);
    ck_assert_int_eq(result.signal, SIGKILL);
    char *text = read_whole_file(temporary_path("pid"), NULL);
    const pid_t pid = (pid_t)atol(text);
    free(text);
    ck_assert_int_gt(pid, 1);
    /* Killed; somebody may not have waited for it yet. */
    char command_line[256];
    snprintf(command_line, sizeof command_line,
             "case $(ps -o stat= -p %ld) in ''|Z*) ;; *) exit 1 ;; esac", (long)pid);
    result = run_shell("/", command_line);
    ck_assert_int_eq(result.exit_code, 0);
    temporary_remove();
}
END_TEST

START_TEST(test_graph_where_nothing_can_be_written)
{
    char directory[2048];
    snprintf(directory, sizeof directory, "%s/none", temporary_directory());
    gm_history history = made_history(5);
    const gm_loss_graph graph = make_graph(directory, &history);
    char *note;
    ck_assert_int_eq(gm_loss_graph_draw(&note, &graph), GEMLET_E_IO);
    ck_assert_ptr_null(note);
    gm_history_free(&history);
    temporary_remove();
}
END_TEST

/* ---- the picture of the layers -------------------------------------------------------------- */

START_TEST(test_layers_picture)
{
    const char *directory = temporary_directory();
    static const size_t counts[] = {1, 3, 20000};
    for (int is_zero = 0; is_zero < 2; ++is_zero) {
        for (size_t c = 0; c < sizeof counts / sizeof counts[0]; ++c) {
            gm_layer_history history = {0};
            for (size_t i = 0; i < counts[c]; ++i) {
                const double x = is_zero ? 0.0 : 1.0 / (1.0 + (double)i);
                gemlet_layer_report layers[2] = {
                    {.output_std = x, .saturated = 0.5, .gradient_norm = 2 * x},
                    {.output_std = 3 * x, .saturated = 0, .gradient_norm = x},
                };
                if (i == 12345)
                    layers[1].gradient_norm = 4.75;
                ck_assert_int_eq(gm_layer_history_append(&history, i + 1, layers, 2), GEMLET_OK);
            }
            char *note;
            ck_assert_msg(gm_layer_history_draw(&note, &history, directory, "a") == GEMLET_OK, "%s",
                          gemlet_last_error());
            ck_assert_msg(note == NULL, "%s", note);
            gm_layer_history_free(&history);
        }
        size_t n_bytes;
        char *script = read_whole_file(temporary_path("layers.gp"), &n_bytes);
        ck_assert_ptr_nonnull(strstr(script, "\n12346,4.75\n"));
        ck_assert_uint_le(n_bytes, 200000);
        free(script);
    }
    temporary_remove();
}
END_TEST

Suite *test_suite(void)
{
    Suite *suite = suite_create("graphs");
    TCase *graph = tcase_create("graph");
    tcase_set_timeout(graph, 60); /* gnuplot builds its font cache when it runs first */
    tcase_add_test(graph, test_child_process);
    tcase_add_test(graph, test_graph_shows_the_data);
    tcase_add_test(graph, test_graph_script_draws_again);
    tcase_add_test(graph, test_graph_of_odd_runs);
    tcase_add_test(graph, test_graph_text_is_only_text);
    tcase_add_test(graph, test_graph_of_odd_losses);
    tcase_add_test(graph, test_graph_is_thinned);
    tcase_add_test(graph, test_thin);
    tcase_add_test(graph, test_child_process_group);
    tcase_add_loop_test(graph, test_bad_gnuplot, 0, sizeof bad_gnuplots / sizeof bad_gnuplots[0]);
    tcase_add_test(graph, test_graph_without_descriptors);
    tcase_add_test(graph, test_layers_picture);
    tcase_add_test(graph, test_graph_where_nothing_can_be_written);
    suite_add_tcase(suite, graph);
    return suite;
}
