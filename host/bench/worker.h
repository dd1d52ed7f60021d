/* SPDX-License-Identifier: MIT
 * A child process that trains a network in one way and answers how long it took.
 *
 * Each way has a process of its own: its start and its memory are its own, and the threads of
 * OpenBLAS and of a driver do not get into each other's way. The child is a fork of the caller,
 * which therefore must not have touched OpenCL before. */
#ifndef GM_BENCH_WORKER_H
#define GM_BENCH_WORKER_H

#include <sys/types.h>

#include "backend/limits.h"
#include "backend/tuning.h"
#include "core/scratch.h"
#include "gemlet/train.h"
#include "verify/qualify.h"

typedef struct gm_worker_job {
    gemlet_device_options device;
    int only_measures_limits; /* 1: of the device; what follows is not used then */
    const gm_scratch *caches; /* of this process and its drivers; NULL: the user's */
    const gm_tuning *tuning;  /* NULL: none */
    double timing_seconds;    /* of the products, where the tuning wants them timed and has none */
    int is_checked; /* 1: steps that are not right are a failure; else as gemlet train does */
    const gemlet_model *model;
    const gemlet_dataset *dataset;
    const gemlet_train_options *train;
    const gm_qualify_job *qualify;
} gm_worker_job;

/* Texts are cut where they do not fit. */
typedef struct gm_worker_device {
    gemlet_device_type type;
    char name[256];
    char platform[256];
    char driver[256];
    char choice[512];
    char gemm[128];
    char version[256];
    char kernels_id[64];
    uint64_t plan_hash; /* of what a fused step launches; 0: not fused */
    uint32_t compute_units;
    int has_limits;
    gm_device_limits limits;
} gm_worker_device;

typedef struct gm_worker_answer {
    gemlet_status status;
    char message[1024]; /* of a failure */
    double seconds;     /* start: from before the fork to the end of the first step */
    double loss;        /* mean of the last steps, at most 100 */
    uint64_t peak_memory_bytes;
    gm_worker_device device;     /* start only */
    gm_product_choices products; /* the same: as the clock said */
} gm_worker_answer;

typedef struct gm_worker {
    pid_t child; /* 0: none */
    int requests;
    int answers;
} gm_worker;

/* How the message of steps that are not right begins. */
#define GM_WORKER_WRONG "wrong: "

/* Starts the child, which opens the device, tries it as gemlet train does and does the first
 * step. A failure of the child is returned as if it had happened here. Release with
 * gm_worker_end(), also after a failure. */
gemlet_status gm_worker_start(gm_worker *worker, const gm_worker_job *job,
                              gm_worker_answer *answer);

/* Lets it do n_warm steps and then n_steps that are timed. */
gemlet_status gm_worker_run(gm_worker *worker, uint64_t n_warm, uint64_t n_steps,
                            gm_worker_answer *answer);

/* Ends the child and waits for it. Harmless on a zeroed or ended worker. */
void gm_worker_end(gm_worker *worker);

#endif
