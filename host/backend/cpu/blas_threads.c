/* SPDX-License-Identifier: MIT
 * Lets OpenBLAS start only as many threads as the limits of the process allow (ulimit -v, -u).
 *
 * OpenBLAS starts its threads when the library is loaded, before main(): where a thread cannot be
 * made it ends the process, and a thread that gets no memory for its buffer asks again for ever.
 * So this runs earlier still, from .preinit_array. Where not all of them are possible the program
 * starts itself again with OPENBLAS_NUM_THREADS set: so early the C library takes no change of the
 * environment. Some versions (0.3.29) want a buffer even for one thread, others (0.3.21) only when
 * they multiply: where room is short, a limit on the time of the start ends those that ask for
 * ever. */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "backend/cpu/blas_buffer.h"
#include "core/blas_threads.h"

#ifdef __GLIBC__

/* What OpenBLAS is built for at most. */
#define MOST_THREADS 256

/* Of a processor, for the start of all libraries where room is short: it takes 10 ms. */
#define START_SECONDS    1

#define THREADS_VARIABLE "OPENBLAS_NUM_THREADS"

static pthread_mutex_t start = PTHREAD_MUTEX_INITIALIZER;
static int is_limited; /* limit_start() was called: there is one thread, and room for one buffer */
static size_t start_bytes; /* then: count_mapped_bytes() */

/* getenv() of this environment: the C library does not know it yet. */
static const char *find_variable(char *const *environment, const char *name)
{
    const size_t length = strlen(name);
    for (; *environment != NULL; ++environment) {
        if (strncmp(*environment, name, length) == 0 && (*environment)[length] == '=')
            return *environment + length + 1;
    }
    return NULL;
}

/* As many as OpenBLAS will start: what the first of its variables says, or the processors. */
static int count_wanted(char *const *environment)
{
    static const char *const names[] = {THREADS_VARIABLE, "GOTO_NUM_THREADS", "OMP_NUM_THREADS"};
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; ++i) {
        const char *text = find_variable(environment, names[i]);
        const long value = text != NULL ? strtol(text, NULL, 10) : 0;
        if (value > 0) {
            n = value < n ? value : n;
            break;
        }
    }
    return n < 1 ? 1 : n > MOST_THREADS ? MOST_THREADS : (int)n;
}

/* How many buffers, at most `most`, there is room for at the same time. */
static int count_buffers(int most)
{
    void *buffers[MOST_THREADS + 1];
    int n = 0;
    while (n < most && (buffers[n] = gm_blas_buffer_map()) != NULL)
        ++n;
    for (int i = 0; i < n; ++i)
        gm_blas_buffer_unmap(buffers[i]);
    return n;
}

static void *wait_for_start(void *unused)
{
    pthread_mutex_lock(&start);
    pthread_mutex_unlock(&start);
    return unused;
}

/* How many threads, at most `most` and this one among them, can live at the same time. */
static int count_threads(int most)
{
    pthread_t threads[MOST_THREADS];
    int n = 0;
    pthread_mutex_lock(&start);
    while (n < most - 1 && pthread_create(&threads[n], NULL, wait_for_start, NULL) == 0)
        ++n;
    pthread_mutex_unlock(&start);
    for (int i = 0; i < n; ++i)
        pthread_join(threads[i], NULL);
    return n + 1;
}

/* Does not return unless it fails; then OpenBLAS does what it does. */
static void start_again(char *const *argv, char *const *environment, int n_wanted, int n_threads)
{
    char threads[sizeof THREADS_VARIABLE + 16];
    char wanted[sizeof GM_BLAS_THREADS_WANTED + 16];
    size_t n = 0;
    while (environment[n] != NULL)
        ++n;
    char **changed = calloc(n + 3, sizeof *changed);
    if (changed == NULL)
        return;
    snprintf(threads, sizeof threads, THREADS_VARIABLE "=%d", n_threads);
    snprintf(wanted, sizeof wanted, GM_BLAS_THREADS_WANTED "=%d", n_wanted);
    changed[0] = threads; /* the first of two counts */
    changed[1] = wanted;
    memcpy(changed + 2, environment, n * sizeof *changed);
    execve("/proc/self/exe", argv, changed);
    free(changed);
}

/* The size of this process's address space; 0 if it cannot be told. */
static size_t count_mapped_bytes(void)
{
    char text[32] = "";
    const int file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return 0;
    if (read(file, text, sizeof text - 1) < 0)
        text[0] = '\0';
    close(file);
    return (size_t)strtoull(text, NULL, 10) * (size_t)sysconf(_SC_PAGESIZE);
}

static void end_start(int signal_number)
{
    static const char message[] = "gemlet: " GM_BLAS_NEEDS_BUFFER "\n";
    (void)signal_number;
    const ssize_t n_written = write(STDERR_FILENO, message, sizeof message - 1);
    (void)n_written;
    _exit(1);
}

/* Ends the program once it has used so many seconds of a processor; 0: never. */
static void limit_start(int seconds)
{
    const struct itimerval limit = {.it_value.tv_sec = seconds};
    const struct sigaction action = {.sa_handler = seconds > 0 ? end_start : SIG_DFL};
    sigaction(SIGPROF, &action, NULL);
    setitimer(ITIMER_PROF, &limit, NULL);
}

static void limit_threads(int argc, char **argv, char **environment)
{
    (void)argc;
    const int n_wanted = count_wanted(environment);
    /* One is left for gm_blas_buffer_reserve(). */
    const int n_buffers = count_buffers(n_wanted + 1);
    const int n_possible = count_threads(n_buffers > 2 ? n_buffers - 1 : 1);
    if (n_possible < n_wanted)
        start_again(argv, environment, n_wanted, n_possible);
    if (n_buffers > n_possible)
        return;
    start_bytes = count_mapped_bytes();
    is_limited = 1;
    limit_start(START_SECONDS);
}

/* The program's own constructors come after those of the libraries. */
__attribute__((constructor)) static void lift_limit(void)
{
    if (!is_limited)
        return;
    limit_start(0);
    if (start_bytes > 0 && count_mapped_bytes() >= start_bytes + GM_BLAS_BUFFER_BYTES)
        gm_blas_buffer_is_mapped();
}

__attribute__((section(".preinit_array"),
               used)) static void (*const before_libraries)(int, char **, char **) = limit_threads;

#endif
