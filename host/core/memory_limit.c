/* SPDX-License-Identifier: MIT
 * See memory_limit.h. */
#include "core/memory_limit.h"

#include <stdatomic.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "gemlet/dataset.h"

static _Atomic size_t given_limit; /* 0: none */

void gemlet_memory_limit_set(size_t n_bytes)
{
    given_limit = n_bytes;
}

/* *value out = the number in a file of one line, which a control group has if it has a limit. */
static void lower_to_file(uint64_t *value, const char *path)
{
    FILE *stream = fopen(path, "r");
    unsigned long long found;
    if (stream == NULL)
        return;
    if (fscanf(stream, "%llu", &found) == 1 && found < *value)
        *value = found;
    fclose(stream);
}

/* Memory that is free or can be made so, as the system estimates it. */
static uint64_t available_memory(void)
{
    FILE *stream = fopen("/proc/meminfo", "r");
    char line[128];
    unsigned long long n_kilobytes = 0;
    while (stream != NULL && n_kilobytes == 0 && fgets(line, sizeof line, stream) != NULL) {
        if (sscanf(line, "MemAvailable: %llu kB", &n_kilobytes) != 1)
            n_kilobytes = 0;
    }
    if (stream != NULL)
        fclose(stream);
    if (n_kilobytes > 0)
        return (uint64_t)n_kilobytes * 1024;
    const long n_pages = sysconf(_SC_PHYS_PAGES);
    const long page_size = sysconf(_SC_PAGESIZE);
    return n_pages > 0 && page_size > 0 ? (uint64_t)n_pages * (uint64_t)page_size : SIZE_MAX;
}

/* What the process takes of its address space. */
static uint64_t used_address_space(void)
{
    FILE *stream = fopen("/proc/self/statm", "r");
    unsigned long long n_pages = 0;
    if (stream == NULL)
        return 0;
    if (fscanf(stream, "%llu", &n_pages) != 1)
        n_pages = 0;
    fclose(stream);
    return n_pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* The rest is for what is made of the data. */
uint64_t gm_memory_spare(void)
{
    uint64_t n_bytes = available_memory();
    struct rlimit address_space;
    lower_to_file(&n_bytes, "/sys/fs/cgroup/memory.max");
    lower_to_file(&n_bytes, "/sys/fs/cgroup/memory/memory.limit_in_bytes");
    if (getrlimit(RLIMIT_AS, &address_space) == 0 && address_space.rlim_cur != RLIM_INFINITY) {
        const uint64_t used = used_address_space();
        const uint64_t most = (uint64_t)address_space.rlim_cur;
        const uint64_t left = most > used ? most - used : 0;
        n_bytes = left < n_bytes ? left : n_bytes;
    }
    return n_bytes / 4 * 3;
}

/* The limit for n_bytes. Below what any machine has that can train it is not worth asking. */
static uint64_t limit_for(uint64_t n_bytes)
{
    const size_t given = given_limit;
    if (given > 0)
        return given;
    return n_bytes <= GM_FREE_EXPANSION ? n_bytes : gm_memory_spare();
}

int gm_memory_limit_allows(uint64_t n_bytes)
{
    return n_bytes <= limit_for(n_bytes);
}

gemlet_status gm_memory_limit_check(uint64_t n_bytes, const char *what)
{
    const uint64_t limit = limit_for(n_bytes);
    if (n_bytes <= limit)
        return GEMLET_OK;
    if (given_limit > 0)
        return gm_error(
            GEMLET_E_MEMORY,
            "%s: its content needs %ju bytes of memory, expected at most %ju, the limit "
            "that was set",
            what, (uintmax_t)n_bytes, (uintmax_t)limit);
    return gm_error(GEMLET_E_MEMORY,
                    "%s: its content needs %ju bytes of memory, expected at most %ju, three "
                    "quarters of what this machine has free",
                    what, (uintmax_t)n_bytes, (uintmax_t)limit);
}

gemlet_status gm_expansion_check(uint64_t n_bytes, uint64_t n_packed, const char *what)
{
    if (given_limit > 0 || n_bytes <= GM_FREE_EXPANSION || n_bytes / GM_MAX_EXPANSION <= n_packed)
        return GEMLET_OK;
    return gm_error(GEMLET_E_RANGE,
                    "%s: its %ju bytes hold %ju and more, expected at most %u times as many; if "
                    "that is meant, unpack it first or set a memory limit",
                    what, (uintmax_t)n_packed, (uintmax_t)n_bytes, GM_MAX_EXPANSION);
}
