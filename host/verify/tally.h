/* SPDX-License-Identifier: MIT
 * Gives the calls of a checked backend their labels and counts what is found in them. */
#ifndef GM_VERIFY_TALLY_H
#define GM_VERIFY_TALLY_H

#include "verify/checked_backend.h"
#include "verify/lockstep.h"
#include "verify/tensor_names.h"

/* Zero-initialised, then the first two members set. */
typedef struct gm_tally {
    gm_lockstep_result *result;
    const char *op; /* only operations whose label contains it; NULL: all */
    const gm_network *network;
    gm_tensor_names names;
    uint64_t step; /* counted from 1 */
} gm_tally;

/* Learns the tensors of the network. Release with gm_tally_free(), also after a failure. */
gemlet_status gm_tally_name_tensors(gm_tally *tally, const gm_network *network);

/* "layer 2 dense_fwd", or the name alone for what belongs to no layer. */
void gm_tally_label(const gm_tally *tally, const gm_check_call *call,
                    char label[GM_STATISTICS_LABEL]);

/* The values of an operand, for gm_statistics_add(). */
gm_compared gm_tally_compared(const gm_check_operand *o);

/* The functions of a gm_check_sink. */
int gm_tally_wants(const gm_tally *tally, const gm_check_call *call);
gemlet_status gm_tally_take(gm_tally *tally, const gm_check_call *call);
void gm_tally_take_stray(gm_tally *tally, const gm_check_call *call, const gm_check_stray *stray);

void gm_tally_free(gm_tally *tally);

#endif
