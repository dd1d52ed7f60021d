/* SPDX-License-Identifier: MIT
 * See verdict.h. */
#include "study/verdict.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void find_extremes(gm_study_case *c)
{
    gm_study_verdict *v = &c->verdict;
    v->worst_layer = v->tight_layer = 1;
    for (unsigned l = 1; l < c->depth; ++l) {
        if (c->layers[l].y.saturated > c->layers[v->worst_layer - 1].y.saturated)
            v->worst_layer = l + 1;
        if (c->layers[l].passed < c->layers[v->tight_layer - 1].passed)
            v->tight_layer = l + 1;
    }
}

static void append(char *text, size_t size, const char *format, ...) GM_PRINTF(3, 4);
static void append(char *text, size_t size, const char *format, ...)
{
    const size_t length = strlen(text);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text + length, size - length, format, arguments);
    va_end(arguments);
}

static void describe_activation(const gm_study_case *c, char *text, size_t size)
{
    const gm_study_verdict *v = &c->verdict;
    const gm_study_layer *worst = &c->layers[v->worst_layer - 1];
    if (c->activation == GEMLET_ACTIVATION_RELU)
        append(text, size, "%.0f %% zeros and %.0f %% dead units in layer %u",
               100 * worst->y.saturated, 100 * worst->y.dead, v->worst_layer);
    else if (gm_tensor_can_saturate(c->activation))
        append(text, size, "%.0f %% saturated in layer %u%s", 100 * worst->y.saturated,
               v->worst_layer, v->saturates ? " (too many)" : "");
    else
        append(text, size, "nothing saturates");
    append(text, size, "; activations pass %.0f %% of the gradient in layer %u%s",
           100 * c->layers[v->tight_layer - 1].passed, v->tight_layer, v->loses ? " (lost)" : "");
}

static void describe_change(char *text, size_t size, const char *what, double ratio, int is_bad)
{
    append(text, size, "; %s x %.2g%s", what, ratio,
           !is_bad     ? ""
           : ratio < 1 ? " (vanishes)"
                       : " (explodes)");
}

void gm_verdict_judge(gm_study_case *c)
{
    gm_study_verdict *v = &c->verdict;
    *v = (gm_study_verdict){0};
    find_extremes(c);
    const gm_study_layer *first = &c->layers[0];
    const gm_study_layer *last = &c->layers[c->depth - 1];
    const double most = pow(GM_VERDICT_FACTOR, c->depth - 1.0);
    const int can_saturate = gm_tensor_can_saturate(c->activation);
    v->gradient_ratio = first->dz.norm / last->dz.norm;
    v->signal_ratio = last->z.std / first->z.std;
    v->saturates =
        can_saturate && c->layers[v->worst_layer - 1].y.saturated >= GM_VERDICT_SATURATED;
    v->loses = can_saturate && c->layers[v->tight_layer - 1].passed < GM_VERDICT_PASSED;
    /* Written so that what is NaN or infinite is wrong. */
    v->vanishes = v->gradient_ratio * most < 1;
    v->explodes = !(v->gradient_ratio <= most) && !v->vanishes;
    v->fades = v->signal_ratio * most < 1;
    v->grows = !(v->signal_ratio <= most) && !v->fades;
    v->loss_is_wrong = !(fabs(c->loss - c->expected_loss) <= GM_VERDICT_LOSS * c->expected_loss);

    const size_t size = sizeof v->text;
    snprintf(v->text, size, "%s: ", c->title);
    describe_activation(c, v->text, size);
    if (c->depth > 1) {
        describe_change(v->text, size, "signal from first to last layer", v->signal_ratio,
                        v->fades || v->grows);
        describe_change(v->text, size, "gradient from last to first", v->gradient_ratio,
                        v->vanishes || v->explodes);
    }
    append(v->text, size, "; untrained loss %.3f, ln(classes) %.3f%s", c->loss, c->expected_loss,
           v->loss_is_wrong ? " (wrong)" : "");
}
