/* SPDX-License-Identifier: MIT
 * See head.h. The formulas are in backend.h, at the operations. */
#include "train/head.h"

gm_head gm_head_of(const gemlet_model *model)
{
    (void)model; /* there is but one */
    return GM_HEAD_SOFTMAX_XENT;
}

gemlet_status gm_head_run(gm_head head, gm_backend *backend, const gm_head_args *args)
{
    switch (head) {
    case GM_HEAD_SOFTMAX_XENT:
        break;
    }
    return gm_softmax_xent(backend, &(gm_softmax_xent_args){
                                        .logits = args->outputs,
                                        .labels = args->labels,
                                        .dlogits = args->doutputs,
                                        .loss = args->loss,
                                        .correct = args->correct,
                                    });
}

gemlet_status gm_head_predict(gm_head head, gm_backend *backend, gm_matrix outputs)
{
    switch (head) {
    case GM_HEAD_SOFTMAX_XENT:
        break;
    }
    return gm_softmax(backend, &(gm_softmax_args){.logits = outputs, .probabilities = outputs});
}
