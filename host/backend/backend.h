/* SPDX-License-Identifier: MIT
 * The contract between the network and whatever computes it.
 *
 * A backend owns memory and offers one table of operations. The formulas, shapes, aliasing rules
 * and determinism of every operation stand here and nowhere else: the CPU source, the OpenCL
 * kernels and the tests cite the name of the operation.
 *
 * Rules that hold for all operations
 * - Matrices are row-major with a leading dimension ld >= cols, in elements. An operation writes
 *   the rows x cols elements of its outputs and nothing else: not the gap between cols and ld, not
 *   beyond the view. It may read up to GM_BUFFER_SLACK elements beyond a view (the allocation has
 *   that slack), but no value read outside a view may change a result.
 * - Outputs are overwritten, never accumulated into; they may hold anything before, NaN included.
 * - Views of one call must not overlap unless the operation says "may alias", which means the same
 *   buffer, offset and ld.
 * - Every size >= 1 works.
 * - No atomics on floats; the order of every sum depends only on the shapes and the device. The
 *   same device, driver, options and inputs give the same bits.
 * - NaN and infinity propagate as the formula says; nothing may hide them.
 * - Operations only enqueue; gm_backend_download and gm_backend_sync wait. A failure after an
 *   operation was enqueued is sticky: the next call that waits reports it and so do all after it.
 * - One host thread per backend.
 *
 * The functions gm_<op>() below check sizes and overlap, then call the table. */
#ifndef GM_BACKEND_BACKEND_H
#define GM_BACKEND_BACKEND_H

#include <stddef.h>
#include <stdint.h>

#include "backend/fused.h"
#include "backend/policies.h"
#include "backend/record.h"
#include "backend/tuning.h"
#include "backend/view.h"
#include "core/error.h"
#include "gemlet/dataset.h"
#include "gemlet/device.h"
#include "gemlet/model.h"
#include "gemlet/train.h"

typedef struct gm_backend gm_backend;

/* ---- arguments of the operations ------------------------------------------------------------ */

/* Every operation once. What its operands are stands in the table of ops.h, too. */
#define GM_OPS(X)                                                                                  \
    X(gather_batch)                                                                                \
    X(encode_batch)                                                                                \
    X(elastic_noise)                                                                               \
    X(augment)                                                                                     \
    X(dense_fwd)                                                                                   \
    X(dense_bwd_w)                                                                                 \
    X(dense_bwd_x)                                                                                 \
    X(act_fwd)                                                                                     \
    X(act_bwd)                                                                                     \
    X(bn_act_fwd_train)                                                                            \
    X(bn_act_fwd_test)                                                                             \
    X(bn_act_bwd)                                                                                  \
    X(mix_rows)                                                                                    \
    X(noise)                                                                                       \
    X(sign_step)                                                                                   \
    X(row_step)                                                                                    \
    X(dropout)                                                                                     \
    X(softmax)                                                                                     \
    X(softmax_xent)                                                                                \
    X(softmax_kl)                                                                                  \
    X(regression_loss)                                                                             \
    X(add_gradients)                                                                               \
    X(sgd_step)                                                                                    \
    X(sgd_momentum_step)                                                                           \
    X(adam_step)                                                                                   \
    X(norm_squares)                                                                                \
    X(norm_clip)                                                                                   \
    X(norm_max)                                                                                    \
    X(average_step)

#define GM_OP_INDEX(op) GM_OP_##op,
enum {
    GM_OPS(GM_OP_INDEX) GM_N_OPS
};
#undef GM_OP_INDEX

/* gather_batch: the next batch from a data set that lies in device memory.
 *   x[i][f] = scale features[order[i]][f]     i < B, f < F
 *   batch_labels[i] = labels[order[i]]        copied as they are: numbers of classes, or bits
 * U8 features are converted exactly, then multiplied: one rounding. */
typedef struct gm_gather_batch_args {
    gm_matrix features; /* (N,F) U8 or REAL in */
    gm_vector labels;   /* (N) U32 in; none: batch_labels is none too */
    gm_vector order;    /* (B) U32 in, each < N */
    float scale;
    gm_matrix x;            /* (B,F) REAL out */
    gm_vector batch_labels; /* (B) U32 out */
} gm_gather_batch_args;

/* encode_batch: gather_batch of rows of a table, in which an input follows from one of C columns.
 *   x[i][f] = code f of v = columns[order[i]][codes[GM_CODE_COLUMN][f]]     i < B, f < F
 * With z = v, or 0 for a gap, which is NaN, and a, b = codes[GM_CODE_A][f], codes[GM_CODE_B][f],
 * codes[GM_CODE_KIND][f] says which of gm_input_code_kind it is:
 *   value    z
 *   clipped  3 z / sqrt(1 + (z / 3)^2)
 *   ramp     min(1, max(0, (z - a) / (b - a))) - 0.5     a < b
 *   step     z < a ? -0.5 : 0.5
 *   gap      1 for a gap, else 0
 *   level    1 if v = a, else 0 */
typedef struct gm_encode_batch_args {
    gm_matrix columns; /* (N,C) REAL in */
    gm_matrix codes;   /* (4,F) in */
    gm_vector labels;  /* as in gather_batch, like the following */
    gm_vector order;
    gm_matrix x;
    gm_vector batch_labels;
} gm_encode_batch_args;

/* elastic_noise: noise for the elastic fields of B images of H rows (Simard, Steinkraus and Platt
 * 2003), smoothed along the columns; augment smooths it along the rows and so makes displacements
 * of it, f = 0 along the rows and f = 1 along the columns. N = H P, r < H, c < P: noise_f[i][r P +
 * c] = sum_q g[r - q] n     n = k / 32768 - 1 k is the 16-bit number q % 8, counted as in dropout,
 * of the four words of Philox 4x32-10 with the counter (c, q / 8, i, 2 + f), under the key of the
 * record. g[d] = taps[M + d], L = 2 M + 1, is 0 where |d| > M - 15, and beyond the taps. */
typedef struct gm_elastic_noise_args {
    gm_vector taps;    /* (L) in, L odd, at least 31 */
    gm_vector record;  /* (GM_RECORD_SIZE) in */
    size_t height;     /* H, which divides N */
    gm_matrix noise_0; /* (B,N) out */
    gm_matrix noise_1; /* (B,N) out */
} gm_elastic_noise_args;

/* augment: images of H rows and W columns, F = H W, each seen through a random map of the plane.
 * Pixel (r, c) of y lies at u = c - (W - 1) / 2, v = r - (H - 1) / 2 and takes the value of x at
 *   column (W - 1) / 2 + a0 u + a1 v + s0 + d_0      [a0 a1]   [cos -sin] [1 t] [m0  0]
 *   row    (H - 1) / 2 + a2 u + a3 v + s1 + d_1      [a2 a3] = [sin  cos] [0 1] [ 0 m1]
 *   d_f = elastic sum_k g[c - k] noise_f[r P + k]    k < W, g as in elastic_noise, P = N / H at
 *                                                    least W; without noise 0
 * interpolated bilinearly between the four pixels around it; those outside the image are 0. The
 * angle is rotation z0, m0 = 1 + scaling z1, m1 = 1 + scaling z2, t = shear z3, s0 = shift z4,
 * s1 = shift z5, as in the record. z = k / 2^23 - 1, k the upper 24 bits of a word of Philox
 * 4x32-10 under the key of the record: z0 to z3 of the counter (0, 0, i, 1), z4 and z5 of (1, 0, i,
 * 1). */
typedef struct gm_augment_args {
    gm_matrix x;       /* (B,F) in */
    gm_matrix noise_0; /* (B,N) in; none: d_f = 0 */
    gm_matrix noise_1; /* (B,N) in */
    gm_vector taps;    /* (L) in, as in elastic_noise */
    gm_vector record;  /* (GM_RECORD_SIZE) in */
    size_t height;     /* H, which divides F and N */
    gm_matrix y;       /* (B,F) out */
} gm_augment_args;

/* dense_fwd: y = act(x W + b).
 *   y[i][n] = act(sum_k x[i][k] w[k][n] + bias[n]) */
typedef struct gm_dense_fwd_args {
    gm_matrix x;    /* (B,K) in */
    gm_matrix w;    /* (K,N) in */
    gm_vector bias; /* (N) in; none: 0 */
    gemlet_activation activation;
    gm_matrix y; /* (B,N) out */
} gm_dense_fwd_args;

/* dense_bwd_w: gradients of a dense layer's weights and bias.
 *   dw[k][n] = sum_i x[i][k] dz[i][n];  dbias[n] = sum_i dz[i][n] */
typedef struct gm_dense_bwd_w_args {
    gm_matrix x;     /* (B,K) in */
    gm_matrix dz;    /* (B,N) in */
    gm_matrix dw;    /* (K,N) out */
    gm_vector dbias; /* (N) out; none: not calculated */
} gm_dense_bwd_w_args;

/* dense_bwd_x: gradient of a dense layer's input.
 *   dx[i][k] = sum_n dz[i][n] w[k][n] */
typedef struct gm_dense_bwd_x_args {
    gm_matrix dz; /* (B,N) in */
    gm_matrix w;  /* (K,N) in */
    gm_matrix dx; /* (B,K) out */
} gm_dense_bwd_x_args;

/* Two kinds of activations. Identity, relu, sigmoid and tanh are joined to the operation before
 * them: their slope follows from their output. The others are separate, operations of their own,
 * and their input is kept; see activation.h. dense_fwd and bn_act_... take joined ones only. Where
 * noise comes before or dropout follows, any activation is an operation of its own, and dropout a
 * part of it. */

/* act_fwd: y[i][n] = m[i][n] act(a[i][n]), m of dropout. The constants of separate activations are
 * those of activation.h, as floats.
 *   relu: a < 0 ? 0 : a;  sigmoid: s(a);  tanh: tanh(a);  identity: a
 *   leaky_relu: a > 0 ? a : slope a
 *   elu: a > 0 ? a : exp(a) - 1
 *   selu: a > 0 ? scale a : scale alpha (exp(a) - 1)
 *   gelu: a Phi(a), Phi(a) = erfc(-a / sqrt(2)) / 2
 *   silu: a s(a), s(a) = 1 / (1 + exp(-a))
 *   mish: a tanh(log(1 + exp(a))) */
typedef struct gm_act_fwd_args {
    gm_matrix a; /* (B,N) in */
    gemlet_activation activation;
    gm_vector record; /* (GM_RECORD_SIZE) in, of dropout; none: m = 1 */
    unsigned layer;   /* from 1, whose activation it is; of dropout */
    gm_matrix y;      /* (B,N) out, may alias a */
} gm_act_fwd_args;

/* act_bwd: gradient through an activation, from what was kept of it.
 *   dz[i][n] = m[i][n] dy[i][n] act', m of dropout
 * Of a joined one its output y = act(z) is kept, where no dropout follows:
 *   relu: y > 0 ? 1 : 0 (the product is 0 where y <= 0, whatever dy);  sigmoid: y (1 - y);
 *   tanh: (1 - y)(1 + y);  identity: 1
 * Else its input a: of a joined one y follows from it, of a separate one
 *   leaky_relu: a > 0 ? 1 : slope;  elu: a > 0 ? 1 : exp(a);
 *   selu: a > 0 ? scale : scale alpha exp(a);  gelu: Phi(a) + a exp(-a^2 / 2) / sqrt(2 pi);
 *   silu: s(a) (1 + a (1 - s(a)));
 *   mish: t + a (1 - t^2) s(a), t = tanh(log(1 + exp(a))) */
typedef struct gm_act_bwd_args {
    gm_matrix kept;    /* (B,N) in */
    int kept_is_input; /* 0 or 1: whether `kept` is the input a; 1 for separate ones, and with m */
    gm_matrix dy;      /* (B,N) in */
    gemlet_activation activation;
    gm_vector record; /* as in act_fwd, like the following */
    unsigned layer;
    gm_matrix dz; /* (B,N) out, may alias dy */
} gm_act_bwd_args;

/* bn_act_fwd_train: batch-norm with the statistics of the batch, then the activation
 * (Ioffe & Szegedy 2015).
 *   mean[n] = sum_i z[i][n] / B
 *   var[n]  = sum_i (z[i][n] - mean[n])^2 / B      population variance, in two passes
 *   y[i][n] = act(gamma[n] (z[i][n] - mean[n]) / sqrt(var[n] + eps) + beta[n])
 *   running_mean <- (1 - momentum) running_mean + momentum mean
 *   running_var  <- (1 - momentum) running_var  + momentum var B / max(B - 1, 1)
 * The running variance takes the unbiased estimate, as PyTorch's does: it stands for the
 * population in test mode. With B = 1 it takes the 0 that var is. */
typedef struct gm_bn_act_fwd_train_args {
    gm_matrix z;     /* (B,N) in */
    gm_vector gamma; /* (N) in */
    gm_vector beta;  /* (N) in */
    float eps;
    float momentum;
    gemlet_activation activation;
    gm_vector mean;         /* (N) out, saved for bn_act_bwd */
    gm_vector var;          /* (N) out, saved for bn_act_bwd */
    gm_vector running_mean; /* (N) in and out */
    gm_vector running_var;  /* (N) in and out */
    gm_matrix y;            /* (B,N) out */
} gm_bn_act_fwd_train_args;

/* bn_act_fwd_test: batch-norm with fixed statistics, then the activation.
 *   y[i][n] = act(gamma[n] (z[i][n] - running_mean[n]) / sqrt(running_var[n] + eps) + beta[n]) */
typedef struct gm_bn_act_fwd_test_args {
    gm_matrix z;            /* (B,N) in */
    gm_vector gamma;        /* (N) in */
    gm_vector beta;         /* (N) in */
    gm_vector running_mean; /* (N) in */
    gm_vector running_var;  /* (N) in */
    float eps;
    gemlet_activation activation;
    gm_matrix y; /* (B,N) out, may alias z */
} gm_bn_act_fwd_test_args;

/* bn_act_bwd: gradient through activation and batch-norm.
 *   da = dy * act'(.)                        as in act_bwd
 *   h[i][n]  = (z[i][n] - mean[n]) / sqrt(var[n] + eps)
 *   dbeta[n] = sum_i da[i][n];  dgamma[n] = sum_i da[i][n] h[i][n]
 *   dz[i][n] = gamma[n] / sqrt(var[n] + eps) * (da[i][n] - dbeta[n]/B - h[i][n] dgamma[n]/B) */
typedef struct gm_bn_act_bwd_args {
    gm_matrix z;     /* (B,N) in */
    gm_matrix y;     /* (B,N) in */
    gm_matrix dy;    /* (B,N) in */
    gm_vector mean;  /* (N) in */
    gm_vector var;   /* (N) in */
    gm_vector gamma; /* (N) in */
    float eps;
    gemlet_activation activation;
    gm_vector dgamma; /* (N) out */
    gm_vector dbeta;  /* (N) out */
    gm_matrix dz;     /* (B,N) out, may alias dy */
} gm_bn_act_bwd_args;

/* mix_rows: y[i][j] = x[i][j] + r (x[k][j] - x[i][j]), k = B - 1 - i       r as in the record
 * The inputs of mixup (Zhang et al. 2018); the heads mix the targets of the same rows. */
typedef struct gm_mix_rows_args {
    gm_matrix x;      /* (B,N) in */
    gm_vector record; /* (GM_RECORD_SIZE) in */
    gm_matrix y;      /* (B,N) out; may take the place of x */
} gm_mix_rows_args;

/* noise: nearly normal noise of deviation sigma, the sum of eight evenly spread random numbers.
 *   y[i][j] = x[i][j] + r (S - 262140)        r as in the record: sigma / 53510, of the inputs for
 *                                             layer 0, else of hidden layers
 * S is the sum of the eight 16-bit numbers in the four words of Philox 4x32-10 with the counter (j,
 * i, layer, 4), under the key of the record: mean 8 32767.5 = 262140, deviation 65536 sqrt(8 / 12).
 * Without x, y[i][j] = S - 262140: a random direction. */
typedef struct gm_noise_args {
    gm_matrix x;      /* (B,N) in; none: as above */
    gm_vector record; /* (GM_RECORD_SIZE) in */
    unsigned layer;   /* from 1, whose activation takes x; 0: the inputs */
    gm_matrix y;      /* (B,N) out; may take the place of x */
} gm_noise_args;

/* The layer of a random direction, which is none of a network's. */
#define GM_NOISE_DIRECTION (GEMLET_MAX_LAYERS + 1u)

/* sign_step: y[i][j] = x[i][j] + e sign(dx[i][j])       e as in the record; sign(0) = 0
 * The fast gradient sign method (Goodfellow et al. 2015, section 4). */
typedef struct gm_sign_step_args {
    gm_matrix x;      /* (B,N) in */
    gm_matrix dx;     /* (B,N) in: the gradient of the loss */
    gm_vector record; /* (GM_RECORD_SIZE) in */
    gm_matrix y;      /* (B,N) out; may take the place of x */
} gm_sign_step_args;

/* row_step: y[i] = x[i] + e g[i] / |g[i]|        |g[i]| = sqrt(sum_j g[i][j]^2)
 * A row of g without a value of at least 2^-100 in size has no direction: y[i] = x[i]. */
typedef struct gm_row_step_args {
    gm_matrix x;      /* (B,N) in */
    gm_matrix g;      /* (B,N) in */
    gm_vector record; /* (GM_RECORD_SIZE) in */
    size_t item;      /* e is this one of the record, a gm_record_item */
    gm_matrix y;      /* (B,N) out */
} gm_row_step_args;

/* dropout, of the inputs: y[i][n] = m[i][n] x[i][n], m[i][n] = h[i][n] < 2^16 rate ? 0 : scale
 * (Srivastava et al. 2014, inverted: what is kept is scaled). Backwards it is the same operation on
 * the gradient. h[i][n] is the 16-bit number i % 8 of the four words of Philox 4x32-10 with the
 * counter (n, i / 8, layer, 0), under the key of the record: of word (i % 8) / 2 the lower half if
 * i is even, else the upper one. layer is 0; where m is part of another operation it is the layer
 * whose outputs it is of. rate and scale as in the record: of the inputs for layer 0, else of
 * hidden layers. */
typedef struct gm_dropout_args {
    gm_matrix x;      /* (B,N) in */
    gm_vector record; /* (GM_RECORD_SIZE) in */
    gm_matrix y;      /* (B,N) out, may alias x */
} gm_dropout_args;

/* softmax: p[i][c] = exp(x[i][c] - m) / sum_c exp(x[i][c] - m), m = max_c x[i][c] */
typedef struct gm_softmax_args {
    gm_matrix logits;        /* (B,C) in */
    gm_matrix probabilities; /* (B,C) out, may alias logits */
} gm_softmax_args;

/* softmax_xent: softmax cross-entropy with its gradient, log-sum-exp form; w[i]: weight of a row.
 *   lse[i] = m + log(sum_c exp(x[i][c] - m)),  m = max_c x[i][c]
 *   t[i][c] = (1 - E) ((1 - r) (c == label[i]) + r (c == label[B - 1 - i])) + E / C
 *       E: label smoothing; r: part of the other row that mix_rows has mixed in; as in the record
 *   loss = sum_i w[i] (lse[i] - sum_c t[i][c] x[i][c]) / B
 *   correct = number of rows whose largest logit (the lowest class of equal ones) is the label
 *   dlogits[i][c] = w[i] (p[i][c] - t[i][c]) / B
 * A row with a NaN logit gives a NaN loss and counts as wrong. */
typedef struct gm_softmax_xent_args {
    gm_matrix logits;  /* (B,C) in */
    gm_vector labels;  /* (B) U32 in, each < C */
    gm_vector weights; /* (B) REAL in; none: 1 */
    gm_vector record;  /* (GM_RECORD_SIZE) in; none: E = r = 0 */
    gm_matrix dlogits; /* (B,C) out, may alias logits */
    gm_vector loss;    /* (1) REAL out */
    gm_vector correct; /* (1) U32 out */
} gm_softmax_xent_args;

/* softmax_kl: gradient of a mean of Kullback-Leibler divergences from given probabilities t,
 * a KL(t[i] || p[i]) / B with p as of softmax, by the logits:
 *   dlogits[i][c] = a (p[i][c] - t[i][c]) / B        a as in the record: GM_RECORD_VIRTUAL_WEIGHT
 */
typedef struct gm_softmax_kl_args {
    gm_matrix logits;  /* (B,C) in */
    gm_matrix targets; /* (B,C) in: t */
    gm_vector record;  /* (GM_RECORD_SIZE) in */
    gm_matrix dlogits; /* (B,C) out, may alias logits */
} gm_softmax_kl_args;

/* regression_loss: mean loss of the one output of each row, with its gradient,
 * e = y[i] - (t[i] + r (t[B - 1 - i] - t[i])):
 *   loss = sum_i w[i] l(e) / B;  doutputs[i] = w[i] l'(e) / B     w[i]: weight of a row
 *   squared    l = e^2                                l' = 2 e
 *   absolute   l = |e|                                l' = sign(e), 0 for 0
 *   Huber      l = e^2 / 2         for |e| <= D       l' = e             D: Huber's delta
 *                  D (|e| - D / 2) beyond                  D sign(e)     (Huber 1964)
 * Which one, D, and r as of softmax_xent, as in the record. t[i] is the float whose bits targets[i]
 * is: so a batch gathers targets as it does labels. */
typedef struct gm_regression_loss_args {
    gm_matrix outputs;  /* (B,1) in: y */
    gm_vector targets;  /* (B) U32 in */
    gm_vector weights;  /* (B) REAL in; none: 1 */
    gm_vector record;   /* (GM_RECORD_SIZE) in; none: squared */
    gm_matrix doutputs; /* (B,1) out, may alias outputs */
    gm_vector loss;     /* (1) REAL out */
} gm_regression_loss_args;

/* add_gradients: g[i] <- g[i] + h[i] */
typedef struct gm_add_gradients_args {
    gm_vector gradients; /* (n) in and out: g */
    gm_vector further;   /* (n) in: h */
} gm_add_gradients_args;

/* sgd_step: p[i] <- p[i] - learning_rate * (g[i] + decay_i p[i]),
 *   decay_i = weight_decay for i < n_decayed, else 0; both as in the record */
typedef struct gm_sgd_step_args {
    gm_vector parameters; /* (n) in and out */
    gm_vector gradients;  /* (n) in */
    gm_vector record;     /* (GM_RECORD_SIZE) in */
    size_t n_decayed;     /* <= n */
} gm_sgd_step_args;

/* sgd_momentum_step: with d[i] = g[i] + decay_i p[i], decay_i as in sgd_step,
 *   v[i] <- momentum v[i] + d[i]
 *   p[i] <- p[i] - learning_rate * (nesterov ? d[i] + momentum v[i] : v[i])     with the new v
 * as in PyTorch; all numbers as in the record. */
typedef struct gm_sgd_momentum_step_args {
    gm_vector parameters; /* (n) in and out */
    gm_vector momentum;   /* (n) in and out: v */
    gm_vector gradients;  /* (n) in */
    gm_vector record;     /* (GM_RECORD_SIZE) in */
    size_t n_decayed;     /* <= n */
} gm_sgd_momentum_step_args;

/* adam_step: Adam (Kingma & Ba 2015), or with decoupled decay AdamW (Loshchilov & Hutter 2019);
 * with decay_i as in sgd_step and d[i] = g[i] + (decoupled ? 0 : decay_i p[i]), m[i] <- m[i] + (1 -
 * beta1) (d[i] - m[i]) v[i] <- v[i] + (1 - beta2) (d[i]^2 - v[i]) p[i] <- p[i] - learning_rate (c1
 * m[i] / (sqrt(c2 v[i]) + epsilon) + (decoupled ? decay_i p[i] : 0)) with the new m and v; c1 = 1 /
 * (1 - beta1^t), c2 = 1 / (1 - beta2^t) in step t, which correct that both begin with 0. As in
 * PyTorch; all numbers as in the record. */
typedef struct gm_adam_step_args {
    gm_vector parameters;    /* (n) in and out */
    gm_vector first_moment;  /* (n) in and out: m */
    gm_vector second_moment; /* (n) in and out: v, at least 0 */
    gm_vector gradients;     /* (n) in */
    gm_vector record;        /* (GM_RECORD_SIZE) in */
    size_t n_decayed;        /* <= n */
} gm_adam_step_args;

/* norm_squares: s[j] = sum of v[i]^2, i in block j: j L <= i < (j + 1) L, i < n; L as of
 * gm_square_block(). A sum is made of at least 16 that run side by side, L / 16 terms each. */
typedef struct gm_norm_squares_args {
    gm_vector values; /* (n) in: v */
    gm_vector sums;   /* (m) out: s */
} gm_norm_squares_args;

/* Length of a block: n / m, rounded up to a multiple of 16. */
static inline size_t gm_square_block(size_t n, size_t m)
{
    return (n + 16 * m - 1) / (16 * m) * 16;
}

/* norm_clip: g[i] <- g[i] min(1, c / sqrt(sum_j s[j])), c as in the record; with the square sums s
 * of all g: their norm becomes at most c (Pascanu et al. 2013). */
typedef struct gm_norm_clip_args {
    gm_vector gradients; /* (n) in and out: g */
    gm_vector sums;      /* (m) in: s */
    gm_vector record;    /* (GM_RECORD_SIZE) in */
} gm_norm_clip_args;

/* norm_max: w[k][n] <- w[k][n] min(1, c / sqrt(sum_k w[k][n]^2)), c as in the record: the weights
 * of the inputs of each unit have at most the norm c (Srivastava et al. 2014). */
typedef struct gm_norm_max_args {
    gm_matrix weights; /* (K,N) in and out: w */
    gm_vector record;  /* (GM_RECORD_SIZE) in */
} gm_norm_max_args;

/* average_step: moving average of the values of a model, its parameters and running statistics.
 *   e[i] <- e[i] + weight * (v[i] - e[i])       weight as in the record */
typedef struct gm_average_step_args {
    gm_vector averages; /* (n) in and out: e */
    gm_vector values;   /* (n) in: v */
    gm_vector record;   /* (GM_RECORD_SIZE) in */
} gm_average_step_args;

/* ---- the table ------------------------------------------------------------------------------ */

struct gm_device_limits;

/* Nanoseconds since some moment of the device's. */
typedef struct gm_launch_time {
    uint64_t queued; /* enqueued by the host */
    uint64_t started;
    uint64_t ended;
} gm_launch_time;

typedef struct gm_backend_ops {
    /* Buffer of `length` elements and the slack, all zero. `what` names it in a message. */
    gemlet_status (*alloc)(gm_backend *backend, gm_buffer **out, gm_element element, size_t length,
                           const char *what);
    void (*free)(gm_backend *backend, gm_buffer *buffer); /* NULL is allowed */

    /* Copies a contiguous range between host and buffer. REAL: float on the host side. upload has
     * taken the values when it returns; download waits for everything enqueued before. */
    gemlet_status (*upload)(gm_backend *backend, gm_buffer *buffer, size_t offset, size_t length,
                            const void *values);
    gemlet_status (*download)(gm_backend *backend, const gm_buffer *buffer, size_t offset,
                              size_t length, void *values);
    /* REAL only: download without the narrowing to float. */
    gemlet_status (*download_double)(gm_backend *backend, const gm_buffer *buffer, size_t offset,
                                     size_t length, double *values);
    /* NULL where nothing is kept or fused. Only enqueues. See gm_backend_copy(). */
    gemlet_status (*copy)(gm_backend *backend, const gm_matrix *to, const gm_matrix *from);
    /* Both or neither. See gm_backend_upload_ahead(), gm_backend_join_uploads(). */
    gemlet_status (*upload_ahead)(gm_backend *backend, gm_buffer *buffer, size_t offset,
                                  size_t length, const void *values);
    gemlet_status (*join_uploads)(gm_backend *backend);
    /* Waits for everything enqueued and reports a sticky failure. */
    gemlet_status (*sync)(gm_backend *backend);
    /* NULL if the backend has but one way to multiply matrices; see gm_backend_next_gemm(). */
    gemlet_status (*next_gemm)(gm_backend *backend);
    /* Optional; see gm_backend_tune(). */
    gemlet_status (*tune)(gm_backend *backend, const gm_tuning *tuning);
    /* As optional; see gm_backend_choose_products(). */
    gemlet_status (*choose_products)(gm_backend *backend, const gm_product_choices *choices);

#define GM_OP_SLOT(op) gemlet_status (*op)(gm_backend *, const gm_##op##_args *);
    GM_OPS(GM_OP_SLOT)
#undef GM_OP_SLOT

    /* Optional. Takes the parameters and running statistics as they are now. *out = NULL with a
     * reason (GM_FUSED_REASON_SIZE) if this network cannot be fused on this device. */
    gemlet_status (*fused_create)(gm_backend *backend, gm_fused **out,
                                  const gm_fused_network *network, char *reason);
    /* As optional as fused_create. *out = fingerprint of the fused step: a text that differs
     * wherever shapes, kernels or build options do. NULL if this network cannot be
     * fused. Release with free(). */
    gemlet_status (*fused_fingerprint)(gm_backend *backend, char **out,
                                       const gm_fused_network *network);

    /* Optional: upper limits of what the device can do; takes about half a second. See limits.h. */
    gemlet_status (*measure_limits)(gm_backend *backend, struct gm_device_limits *limits);

    /* Both or neither. From start_profiling() to read_launch_times() the device takes the times of
     * all launches; the latter waits, then gives them in the order in which an observer is notified
     * of them; n_times must be their number. Without, an operation is over when its function
     * returns. */
    gemlet_status (*start_profiling)(gm_backend *backend);
    gemlet_status (*read_launch_times)(gm_backend *backend, gm_launch_time *times, size_t n_times);

    void (*destroy)(gm_backend *backend);
} gm_backend_ops;

/* First member of every backend's own structure. Strings belong to the backend. */
struct gm_backend {
    const gm_backend_ops *ops;
    gemlet_device_info info;
    const char *gemm_name;
    /* The choices in force of how products are made, as text; NULL: none. See product_choice.h. */
    const char *products;
    /* Fingerprint of the kernels: their kind, sources and build options. NULL without kernels. */
    const char *kernels_id;
    const char *note; /* what is odd about the way it works, for the user; NULL: nothing */
    /* Most bytes of its memory that the rows of a data set may take; 0: as many as it can spare. */
    uint64_t data_limit;
    /* Told while the rows of a large data set come to the device: so many bytes of `total` are
     * there. May be NULL. */
    void (*on_upload)(uint64_t done, uint64_t total, void *user);
    void *upload_user;
    const struct gm_observer *observer; /* notified of what is done; may be NULL. See observer.h */
};

/* ---- checked calls -------------------------------------------------------------------------- */

gemlet_status gm_backend_alloc(gm_backend *backend, gm_buffer **out, gm_element element,
                               size_t length, const char *what);
void gm_backend_free(gm_backend *backend, gm_buffer *buffer);
gemlet_status gm_backend_upload(gm_backend *backend, gm_buffer *buffer, size_t offset,
                                size_t length, const void *values);

/* An upload that the host does not wait for, between what was enqueued before and what comes after.
 * `values` must stay as they are until gm_backend_join_uploads() has returned. Where a backend does
 * one thing at a time it is an upload like others. */
gemlet_status gm_backend_upload_ahead(gm_backend *backend, gm_buffer *buffer, size_t offset,
                                      size_t length, const void *values);

/* Waits for all uploads ahead. */
gemlet_status gm_backend_join_uploads(gm_backend *backend);

/* The same before what they read is freed: a failure leaves the message that there was. */
void gm_backend_end_uploads(gm_backend *backend);
gemlet_status gm_backend_download(gm_backend *backend, const gm_buffer *buffer, size_t offset,
                                  size_t length, void *values);
gemlet_status gm_backend_download_double(gm_backend *backend, const gm_buffer *buffer,
                                         size_t offset, size_t length, double *values);

/* to = from, of the same extents and elements, within the device's memory. What lies between the
 * rows of `to` stays as it is. They must not overlap. */
gemlet_status gm_backend_copy(gm_backend *backend, const gm_matrix *to, const gm_matrix *from);
gemlet_status gm_backend_sync(gm_backend *backend);

/* For a backend whose GEMM proved wrong: the next one of its list multiplies from now on, without
 * choices of products, gemm_name says which, and a sticky failure of the old one is forgotten.
 * GEMLET_E_DEVICE if the list ends, in which case nothing changes. */
gemlet_status gm_backend_next_gemm(gm_backend *backend);

/* Takes these choices from now on: fused steps that exist stay as they are. Parameters of CLBlast
 * hold for all of the process's work on the device, and cannot be taken back. GEMLET_E_DEVICE if
 * the backend leaves no choice or does not know this one. */
gemlet_status gm_backend_tune(gm_backend *backend, const gm_tuning *tuning);

/* Makes these products so from now on, and all others as the device chooses: for the kernels for
 * GPUs only. Bits of results depend on it. */
gemlet_status gm_backend_choose_products(gm_backend *backend, const gm_product_choices *choices);
void gm_backend_destroy(gm_backend *backend); /* NULL is allowed; all buffers must be freed */

/* The operations. Each checks its arguments by the table in ops.h, tells the observer, then calls
 * the backend. */
#define GM_OP_FUNCTION(op) gemlet_status gm_##op(gm_backend *backend, const gm_##op##_args *args);
GM_OPS(GM_OP_FUNCTION)
#undef GM_OP_FUNCTION

#endif
