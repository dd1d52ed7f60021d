/* SPDX-License-Identifier: MIT
 * The pictures of a study, each a gnuplot script with its data in it, a PNG and an SVG. */
#ifndef GM_STUDY_STUDY_GRAPH_H
#define GM_STUDY_STUDY_GRAPH_H

#include "study/study.h"

/* Outputs above, gradients below, layer by layer, of one case: <name>.gp, .png, .svg. A note as in
 * gm_gnuplot_draw(). */
gemlet_status gm_study_graph_case(char **note, const char *directory, const gm_study_case *c);

/* Spread of outputs and norm of gradients against depth, of all cases of the study's depth:
 * init_study.*. */
gemlet_status gm_study_graph_summary(char **note, const char *directory, const gm_study *study);

/* Training losses: init_study_loss.*. */
gemlet_status gm_study_graph_loss(char **note, const char *directory, const gm_study *study);

#endif
