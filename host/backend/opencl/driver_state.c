/* SPDX-License-Identifier: MIT
 * See driver_state.h. */
#define _GNU_SOURCE /* dl_iterate_phdr */

#include "backend/opencl/driver_state.h"

#include <link.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/hash.h"

extern char **environ;

static uint64_t hash_text(uint64_t hash, const char *text)
{
    return gm_hash(hash, text, strlen(text) + 1);
}

/* The name of a file, and what changes when it is replaced. */
static uint64_t hash_file(uint64_t hash, const char *path)
{
    struct stat info;
    hash = hash_text(hash, path);
    if (stat(path, &info) != 0)
        return hash;
    const uint64_t facts[] = {(uint64_t)info.st_ino, (uint64_t)info.st_size,
                              (uint64_t)info.st_mtim.tv_sec, (uint64_t)info.st_mtim.tv_nsec};
    return gm_hash(hash, facts, sizeof facts);
}

/* The program, the OpenCL loader, and what LD_PRELOAD may have put before it. */
static int hash_loaded_file(struct dl_phdr_info *object, size_t size, void *user)
{
    uint64_t *hash = user;
    (void)size;
    if (object->dlpi_name != NULL)
        *hash = hash_file(*hash, object->dlpi_name);
    return 0;
}

/* All but what changes from one command of a shell to the next. */
static uint64_t hash_environment(uint64_t hash)
{
    static const char *const passing[] = {"_=", "PWD=", "OLDPWD=", "SHLVL=", "COLUMNS=", "LINES="};
    for (char **variable = environ; *variable != NULL; ++variable) {
        int is_passing = 0;
        for (size_t i = 0; i < sizeof passing / sizeof passing[0]; ++i)
            is_passing |= strncmp(*variable, passing[i], strlen(passing[i])) == 0;
        if (!is_passing)
            hash = hash_text(hash, *variable);
    }
    return hash;
}

static uint64_t hash_limits(uint64_t hash)
{
    static const int limits[] = {RLIMIT_AS,    RLIMIT_DATA, RLIMIT_STACK, RLIMIT_NOFILE,
#ifdef RLIMIT_NPROC
                                 RLIMIT_NPROC,
#endif
                                 RLIMIT_FSIZE};
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; ++i) {
        struct rlimit limit = {0, 0};
        getrlimit(limits[i], &limit);
        const uint64_t soft = limit.rlim_cur;
        hash = gm_hash(hash, &soft, sizeof soft);
    }
    return hash;
}

uint64_t gm_driver_state_hash(const gm_driver_files *files)
{
    const uint64_t user = geteuid();
    uint64_t hash = gm_hash(GM_HASH_BEGIN, &user, sizeof user);
    for (size_t i = 0; i < files->n; ++i) {
        char library[1024];
        gm_driver_files_read_library(library, sizeof library, files->paths[i]);
        hash = hash_file(hash_file(hash, files->paths[i]), library);
    }
    /* Libraries without a directory, and those that they need, are listed here. */
    hash = hash_file(hash, "/etc/ld.so.cache");
    dl_iterate_phdr(hash_loaded_file, &hash);
    return hash_limits(hash_environment(hash));
}
