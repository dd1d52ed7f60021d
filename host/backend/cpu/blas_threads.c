/* SPDX-License-Identifier: MIT
 * Lets OpenBLAS start only as many threads as the limits of the process allow (ulimit -v, -u).
 *
 * OpenBLAS starts its threads when the library is loaded, before main(): where a thread cannot be
 * made it ends the process, and a thread that gets no memory for its buffer asks again for ever.
 * So this runs earlier still, from .preinit_array. Where not all of them are possible the program
 * starts itself again with OPENBLAS_NUM_THREADS set: so early the C library takes no change of the
 * environment. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backend/cpu/blas_buffer.h"
#include "core/blas_threads.h"

#ifdef __GLIBC__

/* What OpenBLAS is built for at most. */
#define MOST_THREADS     256

#define THREADS_VARIABLE "OPENBLAS_NUM_THREADS"

static pthread_mutex_t start = PTHREAD_MUTEX_INITIALIZER;

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
    void *buffers[MOST_THREADS];
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

static void limit_threads(int argc, char **argv, char **environment)
{
    (void)argc;
    const int n_wanted = count_wanted(environment);
    if (n_wanted == 1)
        return;
    int n_possible = count_buffers(n_wanted);
    n_possible = count_threads(n_possible > 1 ? n_possible : 1);
    if (n_possible < n_wanted)
        start_again(argv, environment, n_wanted, n_possible);
}

__attribute__((section(".preinit_array"),
               used)) static void (*const before_libraries)(int, char **, char **) = limit_threads;

#endif
