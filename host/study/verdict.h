/* SPDX-License-Identifier: MIT
 * What the figures of a case say, in words. The criteria, explained in docs/initialisation.md: */
#ifndef GM_STUDY_VERDICT_H
#define GM_STUDY_VERDICT_H

#include "study/study.h"

/* A layer is saturated if so large a share of its outputs is. */
#define GM_VERDICT_SATURATED 0.5

/* An activation that saturates holds the gradient back if it passes less than this share. */
#define GM_VERDICT_PASSED 0.5

/* Signal and gradient change too much if by more than this factor in a layer, on average. */
#define GM_VERDICT_FACTOR 2.0

/* The untrained loss is right within this share of ln(classes). */
#define GM_VERDICT_LOSS 0.1

/* Fills c->verdict from the rest of the case. */
void gm_verdict_judge(gm_study_case *c);

#endif
