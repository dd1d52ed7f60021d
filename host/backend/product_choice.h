/* SPDX-License-Identifier: MIT
 * Choices of how products are made: found by their sizes, and as text, e.g. "dense_fwd
 * 256x784x1024 64/4, dense_bwd_w 256x784x1024 CLBlast": batch, inputs and outputs of the layer,
 * then the tile and the parts into which the sums are split. */
#ifndef GM_BACKEND_PRODUCT_CHOICE_H
#define GM_BACKEND_PRODUCT_CHOICE_H

#include "backend/tuning.h"
#include "core/error.h"

extern const char *const gm_product_names[GM_N_PRODUCT_KINDS];

/* NULL if there is none. */
const gm_product_choice *gm_product_choices_find(const gm_product_choices *choices,
                                                 gm_product_kind kind, gemlet_dim batch,
                                                 gemlet_dim n_in, gemlet_dim n_out);

/* Text that no choices have is "none". */
#define GM_PRODUCT_CHOICES_TEXT_SIZE (GM_MAX_PRODUCT_CHOICES * 72u)
void gm_product_choices_format(char text[GM_PRODUCT_CHOICES_TEXT_SIZE],
                               const gm_product_choices *choices);

/* GEMLET_E_FORMAT for a text that gm_product_choices_format() does not write. */
gemlet_status gm_product_choices_parse(gm_product_choices *choices, const char *text);

#endif
