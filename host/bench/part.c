/* SPDX-License-Identifier: MIT
 * See part.h. The child writes one JSON object into a pipe: status, message, results. */
#include "bench/part.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/json.h"
#include "core/memory.h"

/* Should the parent end first, an alarm ends the child. */
#define ALARM_MARGIN_SECONDS 5u

/* Between two looks whether the child has ended. */
#define LOOK_EVERY_MS 10

#define CHUNK         65536u

/* ---- the child ------------------------------------------------------------------------------ */

static void send_text(int to, const char *text)
{
    size_t left = strlen(text);
    while (left > 0) {
        const ssize_t n = write(to, text, left);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return; /* nobody listens any more */
        text += n;
        left -= (size_t)n;
    }
}

/* What was found goes out before the program ends, which may go wrong. */
_Noreturn static void be_child(gm_part_job *job, const void *user, int to, double seconds)
{
    /* Compilers of drivers tell stderr how many warnings they have suppressed. */
    const int nowhere = open("/dev/null", O_WRONLY);
    if (nowhere >= 0)
        (void)dup2(nowhere, STDERR_FILENO);
    signal(SIGPIPE, SIG_IGN);
    alarm((unsigned)seconds + ALARM_MARGIN_SECONDS);
    cJSON *answer = cJSON_CreateObject();
    cJSON *results = cJSON_AddObjectToObject(answer, "results");
    gemlet_status status = results != NULL ? job(results, user) : GEMLET_E_MEMORY;
    if (status != GEMLET_OK)
        (void)gm_json_add_text(answer, "message", gemlet_last_error());
    char *text = cJSON_PrintUnformatted(answer);
    if (text != NULL)
        send_text(to, text);
    close(to);
    cJSON_free(text);
    cJSON_Delete(answer);
    exit(0);
}

/* ---- the parent ----------------------------------------------------------------------------- */

typedef struct inbox {
    int from;
    int is_open; /* 0: at the end of the pipe */
    char *text;  /* ends with a zero */
    size_t length;
    size_t capacity;
} inbox;

static gemlet_status receive(inbox *in)
{
    struct pollfd wanted = {.fd = in->is_open ? in->from : -1, .events = POLLIN};
    if (poll(&wanted, 1, LOOK_EVERY_MS) <= 0)
        return GEMLET_OK;
    if (in->capacity - in->length <= CHUNK) {
        char *larger = realloc(in->text, in->capacity + 4 * CHUNK);
        if (larger == NULL)
            return gm_error(GEMLET_E_MEMORY, "results of a part: out of memory");
        in->text = larger;
        in->capacity += 4 * CHUNK;
    }
    const ssize_t n = read(in->from, in->text + in->length, CHUNK);
    if (n > 0)
        in->length += (size_t)n;
    else if (n == 0 || errno != EINTR)
        in->is_open = 0;
    in->text[in->length] = '\0';
    return GEMLET_OK;
}

/* Returns 1, and fills *ended, if the child has ended. */
static int has_ended(pid_t child, int *ended)
{
    const pid_t waited = waitpid(child, ended, WNOHANG);
    return waited == child || (waited < 0 && errno != EINTR);
}

static gemlet_status attend(gm_part *part, inbox *in, pid_t child, double seconds)
{
    const double deadline = gm_clock_seconds() + seconds;
    int ended = 0;
    while (in->is_open || !has_ended(child, &ended)) {
        const gemlet_status status = receive(in);
        if (status != GEMLET_OK || gm_clock_seconds() > deadline) {
            kill(child, SIGKILL);
            (void)waitpid(child, &ended, 0);
            part->state = GM_PART_TOO_LONG;
            return status;
        }
    }
    if (WIFSIGNALED(ended)) {
        part->state = GM_PART_KILLED;
        part->code = WTERMSIG(ended);
    } else if (WEXITSTATUS(ended) != 0) {
        part->state = GM_PART_EXITED;
        part->code = WEXITSTATUS(ended);
    }
    return GEMLET_OK;
}

static void describe_end(gm_part *part, double seconds)
{
    const char *where = part->results != NULL ? "when it ended, behind its results" : "at its work";
    if (part->state == GM_PART_KILLED)
        snprintf(part->message, sizeof part->message, "ended by signal %d, %s, %s", part->code,
                 strsignal(part->code), where);
    else if (part->state == GM_PART_EXITED)
        snprintf(part->message, sizeof part->message, "exit code %d %s", part->code, where);
    else if (part->state == GM_PART_TOO_LONG)
        snprintf(part->message, sizeof part->message, "not done within %.0f s", seconds);
}

/* What the child wrote, if it is whole. */
static void take_answer(gm_part *part, const char *text)
{
    cJSON *answer = text != NULL ? cJSON_Parse(text) : NULL;
    const char *message = cJSON_GetStringValue(cJSON_GetObjectItem(answer, "message"));
    part->results = cJSON_DetachItemFromObject(answer, "results");
    if (message != NULL && part->state == GM_PART_DONE) {
        part->state = GM_PART_FAILED;
        snprintf(part->message, sizeof part->message, "%s", message);
    } else if (part->results == NULL && part->state == GM_PART_DONE) {
        part->state = GM_PART_EXITED;
    }
    cJSON_Delete(answer);
}

gemlet_status gm_part_run(gm_part *part, gm_part_job *job, const void *user, double seconds)
{
    int ends[2];
    *part = (gm_part){.state = GM_PART_DONE};
    if (pipe(ends) != 0)
        return gm_error(GEMLET_E_IO, "cannot make a pipe: %s", strerror(errno));
    fflush(NULL); /* or the child would write what is not written yet once more */
    const double started = gm_clock_seconds();
    const pid_t child = fork();
    const int fork_error = errno;
    if (child == 0) {
        close(ends[0]);
        be_child(job, user, ends[1], seconds);
    }
    close(ends[1]);
    inbox in = {.from = ends[0], .is_open = 1};
    gemlet_status status = GEMLET_OK;
    if (child < 0)
        status = gm_error(GEMLET_E_IO, "cannot start a process: %s", strerror(fork_error));
    else
        status = attend(part, &in, child, seconds);
    close(ends[0]);
    part->seconds = gm_clock_seconds() - started;
    if (status == GEMLET_OK) {
        take_answer(part, in.text);
        describe_end(part, seconds);
    }
    free(in.text);
    return status;
}

void gm_part_free(gm_part *part)
{
    cJSON_Delete(part->results);
    *part = (gm_part){.state = GM_PART_DONE};
}
