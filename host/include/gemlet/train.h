/* SPDX-License-Identifier: MIT
 * Training, evaluation and prediction on a device. */
#ifndef GEMLET_TRAIN_H
#define GEMLET_TRAIN_H

#include <signal.h>
#include <stddef.h>
#include <stdint.h>

#include "gemlet/dataset.h"
#include "gemlet/device.h"
#include "gemlet/model.h"
#include "gemlet/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The learning rate of step t = 0, 1, ... of the n steps of a run. All but STEP and COSINE_RESTARTS
 * stretch over the run. `warmup` multiplies any but ONE_CYCLE with min(1, 0.02 + t / steps of the
 * warm-up): it begins with a fiftieth. */
typedef enum gemlet_schedule {
    GEMLET_SCHEDULE_CONSTANT, /* lr */
    GEMLET_SCHEDULE_STEP,     /* lr * step_factor^floor(t / step_every) */
    GEMLET_SCHEDULE_COSINE,   /* lr * (1 + cos(pi t / n)) / 2 */
    /* lr until half of the run, then lr * (1 + cos(pi (2 t / n - 1))) / 2 */
    GEMLET_SCHEDULE_FLAT_COSINE,
    /* From lr / 25 up to lr at 0.3 n - 1 and down to lr / 250000 at n - 1, along half a cosine each
     * (Smith and Topin 2018; as PyTorch's OneCycleLR with its defaults, but for the momentum, which
     * stays). */
    GEMLET_SCHEDULE_ONE_CYCLE,
    /* lr * (1 + cos(pi u / c)) / 2 at place u of a cycle of c steps: the first has cycle_steps,
     * each following one cycle_factor times those before it (Loshchilov and Hutter 2017). */
    GEMLET_SCHEDULE_COSINE_RESTARTS,
    /* lr * (1 - cos(2 pi log2(1 + 15 t / n))) / 2: four waves, each twice as long as the one before
     * (Holzmueller, Grinsztajn and Steinwart 2024, RealMLP). */
    GEMLET_SCHEDULE_COSLOG4
} gemlet_schedule;

/* How a step changes a parameter p from its gradient g. Weight decay adds weight_decay * w to the
 * gradients of weights, but with ADAMW it takes learning_rate * weight_decay * w from them itself.
 * Adam: Kingma & Ba 2015; AdamW: Loshchilov & Hutter 2019; both as in PyTorch, without amsgrad. */
typedef enum gemlet_optimizer {
    GEMLET_OPTIMIZER_SGD,  /* plain, or with momentum */
    GEMLET_OPTIMIZER_ADAM, /* m <- beta1 m + (1 - beta1) g; v <- beta2 v + (1 - beta2) g^2;
                              p <- p - lr m' / (sqrt(v') + epsilon), where m' = m / (1 - beta1^t)
                              and v' = v / (1 - beta2^t) in step t, from 1 */
    GEMLET_OPTIMIZER_ADAMW /* the same with decoupled weight decay */
} gemlet_optimizer;

/* Of an output y and its target t, e = y - t. As PyTorch's MSELoss, L1Loss and HuberLoss. */
typedef enum gemlet_regression_loss {
    GEMLET_REGRESSION_LOSS_SQUARED,  /* e^2 */
    GEMLET_REGRESSION_LOSS_ABSOLUTE, /* |e| */
    GEMLET_REGRESSION_LOSS_HUBER     /* e^2 / 2 up to |e| = huber_delta, beyond it
                                        huber_delta (|e| - huber_delta / 2); Huber 1964 */
} gemlet_regression_loss;

/* State of a run at the end of a logging interval. Rates and losses are means over the steps since
 * the previous report. */
typedef struct gemlet_progress {
    uint64_t step;           /* steps done */
    uint64_t n_steps;        /* steps of the whole run */
    double epoch;            /* step / steps per epoch */
    double learning_rate;    /* of the last step */
    double train_loss;       /* mean cross-entropy per row, in nats */
    double train_accuracy;   /* 0..1 */
    double seconds;          /* since the first step began */
    double steps_per_second; /* since the previous report, without validation */
    /* The last validation so far: equal to `step` where it is of this report; 0: none yet. */
    uint64_t validation_step;
    double validation_loss;
    double validation_accuracy;
} gemlet_progress;

typedef void (*gemlet_progress_callback)(const gemlet_progress *progress, void *user);

/* How the work of a step is handed to the device. Both ways give the same results but for the order
 * of sums, and `gemlet verify` checks both. AUTO is the default. */
typedef enum gemlet_fused {
    GEMLET_FUSED_AUTO, /* in few launches where the device and the network allow it */
    GEMLET_FUSED_ON,   /* so, or fail */
    GEMLET_FUSED_OFF   /* operation by operation */
} gemlet_fused;

/* Told once, before the first report: one line, and what a step launches as text of several lines.
 */
typedef void (*gemlet_plan_callback)(const char *summary, const char *plan, void *user);

/* Told before the first step of what was found wrong with the device and is done without, one line
 * each, e.g. a GEMM that was replaced. */
typedef void (*gemlet_note_callback)(const char *note, void *user);

/* One layer in a step of training, before its update. */
typedef struct gemlet_layer_report {
    double output_mean; /* of the outputs of the activation, as the following */
    double output_std;
    double output_min;
    double output_max;
    double saturated; /* share of outputs: relu: 0; sigmoid: outside 0.03..0.97; tanh: beyond 0.97;
                         elu, selu: within 3 % of their lower bound; others: none */
    double dead;      /* share of units of which that is so for the whole batch */
    double gradient_std; /* of the loss by x W (+ b), as the following */
    double gradient_norm;
} gemlet_layer_report;

/* Told of the first step and of every watch_every-th. layers (n_layers): valid during the call. */
typedef void (*gemlet_watch_callback)(uint64_t step, const gemlet_layer_report *layers,
                                      unsigned n_layers, void *user);

/* Random changes of items of two dimensions, images, in training only: each item of a step is
 * turned, scaled, sheared and shifted, and distorted by an elastic field (Simard, Steinkraus and
 * Platt 2003), all at once, interpolated bilinearly; what comes from outside the image is 0. How
 * much follows from seed, step and place in the batch, uniform between what is given and its
 * opposite, and is the same on every device. 0: not at all. */
typedef struct gemlet_augmentation {
    double rotate; /* degrees, at most 180 */
    double scale;  /* of the factor 1 of either axis; at most 0.9 */
    double shear;  /* degrees, of the rows against each other; at most 60 */
    double shift;  /* pixels, along either axis; at most 1000 */
    /* Factor, in pixels, of a displacement that is uniform between -1 and 1 along either axis, for
     * every pixel on its own, then smoothed by a bell of deviation elastic_sigma, in pixels. */
    double elastic;       /* at most 10000 */
    double elastic_sigma; /* 0.5 to 100 */
} gemlet_augmentation;

/* Parameters that can have a learning rate of their own. */
typedef enum gemlet_rate_group {
    GEMLET_RATE_GROUP_WEIGHTS,
    GEMLET_RATE_GROUP_BIASES, /* of layers without batch-norm */
    GEMLET_RATE_GROUP_SCALES, /* gamma of batch-norm */
    GEMLET_RATE_GROUP_SHIFTS, /* beta of batch-norm */
    GEMLET_RATE_GROUP_FIRST_LAYER,
    GEMLET_RATE_GROUP_LAST_LAYER,
    GEMLET_RATE_GROUP_LAYER /* any layer by its number */
} gemlet_rate_group;

/* What the learning rate of a group is multiplied with. */
typedef struct gemlet_rate_scale {
    gemlet_rate_group group;
    gemlet_dim layer; /* of GEMLET_RATE_GROUP_LAYER: from 1 */
    double factor;    /* 1e-6 to 1e6, or 0: these parameters stay as they are */
} gemlet_rate_scale;

#define GEMLET_MAX_RATE_SCALES 16u

typedef struct gemlet_train_options {
    size_t struct_size; /* set by gemlet_train_options_init() */
    gemlet_dim batch;   /* rows per step */
    uint64_t n_steps;
    double learning_rate;
    gemlet_schedule schedule;
    uint64_t step_every; /* GEMLET_SCHEDULE_STEP */
    double step_factor;  /* GEMLET_SCHEDULE_STEP */
    double weight_decay; /* weights only: gradient + weight_decay * w */
    uint64_t seed;       /* order of the rows */
    uint64_t log_every;  /* steps between reports; the first step is always reported */
    gemlet_progress_callback on_progress; /* may be NULL. The last step may be reported twice, the
                                             second time with a validation */
    void *user;                           /* handed to on_progress */
    const volatile sig_atomic_t *stop;    /* may be NULL; non-zero ends the run after this step,
                                             or before the first */
    gemlet_fused fused;
    gemlet_plan_callback on_plan;   /* may be NULL; gets `user` too */
    uint64_t watch_every;           /* steps between two calls of on_watch; 0: none */
    gemlet_watch_callback on_watch; /* may be NULL if that is 0; gets `user` too */
    int no_qualify;                 /* 1: the device is not tried before the training */
    const char *cache_directory;    /* keeps verdicts on the device until another run needs them;
                                       created if need be; NULL: they are not kept */
    gemlet_note_callback on_note;   /* may be NULL; gets `user` too */
    /* Gradients g, with their decay, add up to v <- momentum v + g, and a step is -lr v, or with
     * nesterov -lr (g + momentum v). 0 <= momentum < 1; 0: no v, plain SGD. nesterov: 0 or 1, and 0
     * without momentum. v starts at 0, or as an earlier training with momentum left it in the
     * model. */
    double momentum;
    int nesterov;
    /* Rows that are not trained on. The model is evaluated on them at each end of an epoch, or
     * every validate_every steps if that is not 0, and at the end; each time is a report, too. None
     * of this changes the training. NULL: no validation. */
    const gemlet_dataset *validation;
    uint64_t validate_every;
    /* Validations in a row without a lower loss than the lowest before, after which the training
     * ends; 0: it goes on to n_steps. */
    uint64_t patience;
    gemlet_model *last_model; /* may be NULL; of the network of the model: gets the last good state,
                                 while the model gets that of the best validation */
    /* The loss is that against (1 - label_smoothing) of the label's class and label_smoothing /
     * classes of each (Szegedy et al. 2016); 0 <= label_smoothing < 1. It is part of the training
     * loss, as reported, but of no evaluation. */
    double label_smoothing;
    /* Share of the outputs of hidden layers, and of the inputs, that is 0 in a step, at random,
     * while the others are multiplied with 1 / (1 - share); in training only. 0: none; else rounded
     * to whole 2^-16, and below 1. Which ones follows from seed, step, layer, row and column, the
     * same on every device. */
    double dropout;
    double input_dropout;
    /* Steps in which the learning rate rises to that of the schedule; below 1: their share of
     * n_steps; 0: none. */
    double warmup;
    uint64_t cycle_steps;  /* GEMLET_SCHEDULE_COSINE_RESTARTS */
    uint64_t cycle_factor; /* GEMLET_SCHEDULE_COSINE_RESTARTS; at least 1 */
    /* Adam takes about a hundredth of the learning rate of SGD: 0.001 is usual. momentum is 0 with
     * it; 0 <= beta < 1; epsilon above 0. m and v start at 0, whatever the model brings. */
    gemlet_optimizer optimizer;
    double beta1;
    double beta2;
    double epsilon;
    /* A moving average e of all values v of the model, parameters and running statistics: after
     * step i = 1, 2, ... e <- e + w (v - e); at the start e = v. It changes nothing of the
     * training, but e is what is validated and what the model holds in the end, and where another
     * training begins. One of the two, or both 0: no average. average_decay d, 0 < d < 1: w = 1 -
     * min(d, (1 + i) / (10 + i)). average_last f, 0 < f <= 1: the mean of the values after each of
     * the last f n_steps steps, so far; before these e = v. */
    double average_decay;
    double average_last;
    /* Of a regression: what the mean over the rows of a step is made of. Evaluations, and with them
     * validation, tell the squared error whatever it is. GEMLET_E_RANGE for another than the
     * squared one with labels. */
    gemlet_regression_loss regression_loss;
    double huber_delta;          /* above 0, in the unit of the targets; the default is 1 */
    gemlet_augmentation augment; /* GEMLET_E_SHAPE for items of other than two dimensions */
    /* The deviation of noise that is added to each input in training, behind its scaling, nearly
     * normal; 1e-6 to 1e6, or 0: none. It follows from seed, step, row and column, the same on
     * every device. */
    double input_noise;
    /* Mixup (Zhang et al. 2018): each step mixes its rows in pairs, the first with the last and so
     * on, inputs and targets alike, with parts from the beta distribution whose two parameters are
     * this; the larger part is the row's own. Drawn once a step, by the seed. Loss and accuracy of
     * the training are of mixed rows. 0.01 to 4, or 0: none. Not for rows with weights. */
    double mixup;
    /* Adversarial training (Goodfellow et al. 2015): each step first finds the gradient of its loss
     * by the inputs and moves those of the second half of its batch, as they are behind scaling,
     * augmentation, noise and dropout, by this much along its sign; then it trains on the batch.
     * Inputs that dropout left out stay 0. Loss and accuracy of the training are of the batch as it
     * is then. 1e-6 to 1e6, or 0: none. Steps with it take twice the time and are not fused. */
    double adversarial;
    /* The largest norm (root of the sum of squares) that the gradient of a step has, of all
     * parameters together and without weight decay: a longer one is scaled down. 0: as it is. */
    double clip_norm;
    /* The largest norm of the weights of a unit's inputs, in all layers: behind each step longer
     * ones are scaled down. 0: any. Both 1e-6 to 1e6. */
    double max_norm;
    /* Groups of parameters whose learning rate is a multiple of the schedule's, in every step, as
     * of PyTorch's parameter groups; with decoupled decay that is learning_rate * factor *
     * weight_decay. The factors of a kind and of a layer multiply where both are given. A group is
     * named once, and one that the network has no parameters of is GEMLET_E_RANGE, as are two names
     * of the same layer. */
    gemlet_rate_scale rate_scales[GEMLET_MAX_RATE_SCALES];
    unsigned n_rate_scales; /* 0: all parameters have the same learning rate */
    /* The same as input_noise, of noise on what the activation of each hidden layer takes, behind
     * batch-norm. */
    double hidden_noise;
    /* Virtual adversarial training (Miyato et al. 2018), of classes: each step also lowers weight
     * KL(p(x) || p(x + r)), the mean over its rows, p(x) as it is. r has this length and the
     * direction in which the divergence grows fastest, found by one step of the power iteration
     * from a random direction: the gradient at the distance xi. x are the inputs behind all other
     * changes of the batch; those that dropout left out stay 0, and dropout and noise of hidden
     * layers are the same in all passes. Batch-norm takes the statistics of the moved batch, and
     * the running ones do not follow it. Weights of rows do not count. Loss and accuracy of the
     * training are of x, without the divergence. 1e-6 to 1e6, or 0: none. Steps with it take about
     * three times the time and are not fused. */
    double virtual_adversarial;
    double virtual_adversarial_xi;     /* 1e-6 to 1e6; the default is 0.1 */
    double virtual_adversarial_weight; /* 1e-6 to 1e6; the default is 1 */
} gemlet_train_options;

/* The same for a structure of which the caller knows struct_size bytes. */
GEMLET_API void gemlet_train_options_init_sized(void *options, size_t struct_size);

/* Sets all members to their defaults, and struct_size. To be called before others are set, so that
 * a program goes on working with a library that knows more of them. */
static inline void gemlet_train_options_init(gemlet_train_options *options)
{
    gemlet_train_options_init_sized(options, sizeof *options);
}

typedef struct gemlet_evaluation {
    uint64_t rows;
    uint64_t correct;
    double accuracy; /* correct / rows; NAN of a regression */
    double loss;     /* mean cross-entropy per row, in nats; of a regression mean squared error */
} gemlet_evaluation;

/* Why a run diverged, if it did. */
typedef enum gemlet_divergence {
    GEMLET_DIVERGENCE_NONE,
    GEMLET_DIVERGENCE_TRAINING, /* the same steps diverge on the CPU too */
    GEMLET_DIVERGENCE_DEVICE,   /* the same steps stay finite on the CPU */
    GEMLET_DIVERGENCE_UNKNOWN   /* it could not be found out: the message says why */
} gemlet_divergence;

#define GEMLET_DIVERGED_TENSOR_SIZE 48u
#define GEMLET_WHY_NOT_FUSED_SIZE   80u

typedef struct gemlet_train_result {
    uint64_t steps;      /* steps done: n_steps unless stopped or failed */
    int stopped;         /* 1 if `stop` ended the run */
    double initial_loss; /* loss of the first batch, before any update */
    double train_loss;   /* of the last report */
    double train_accuracy;
    double seconds;      /* first step to last, without set-up and validation */
    uint64_t good_steps; /* steps after which the model was as it is now */
    gemlet_divergence divergence;
    uint64_t diverged_step; /* from 1: the first with something not finite; 0: none */
    char diverged_tensor[GEMLET_DIVERGED_TENSOR_SIZE]; /* e.g. "layer 2 dweight"; may be empty */
    int fused;                                         /* 1: the steps were */
    unsigned n_launches; /* a step; 0: not counted, which operations are with on_plan only */
    char why_not_fused[GEMLET_WHY_NOT_FUSED_SIZE]; /* empty if they were */
    double qualify_seconds;                        /* of trying the device before the training */
    int stopped_early;                             /* 1: `patience` ended the run, before n_steps */
    gemlet_evaluation validation;      /* the best, and so of the model; rows 0: none was made */
    gemlet_evaluation last_validation; /* of the last */
    double validation_seconds;
    gemlet_dim chunk_rows; /* brought to the device at a time; 0: all rows lay there */
} gemlet_train_result;

/* Trains `model` on `device`, which is tried first: the steps of this job, or the products in them,
 * are compared with a reference, each within the bound of its rounding errors. A GEMM or a fused
 * step that is wrong on this device is replaced by another, of which on_note is told;
 * GEMLET_E_DEVICE if there is none. The CPU path is not tried; of other CPUs the steps that depend
 * on the compiler of the driver are.
 *
 * An epoch is a random permutation of the rows, cut into batches; the
 * rows left over at its end (fewer than a batch) are skipped, others each epoch. The same model,
 * data, options and device give the same bits. The model's input scale is used as it is.
 * GEMLET_E_SHAPE if data and model do not fit, GEMLET_E_RANGE for a batch larger than the data set,
 * a batch of one row with batch-norm, or other impossible options, among them a learning rate or
 * weight decay that as a float is infinite, or 0 though it is not.
 *
 * The model is brought up to date at reports, at most every 100 steps, and at the end; only with
 * values that are all finite. GEMLET_E_DIVERGED if a loss, a parameter or a statistic is not: the
 * steps since the last good state are then repeated, on the device and on the CPU, and the message
 * and the result say which of the two diverges, at which step and in which tensor; if both do, the
 * message names what is out of range. A message of another failure says after how many steps it
 * came. After any failure the model holds its last good state: that after result->good_steps
 * steps.
 *
 * With validation rows the model holds in the end, also after a failure, the state with the lowest
 * validation loss, which is that after result->good_steps steps; of equal ones the first. The last
 * good state is lost then unless options->last_model takes it. GEMLET_E_RANGE if the first
 * validation loss is not finite; a later one counts as infinite. */
GEMLET_API gemlet_status gemlet_train(gemlet_model *model, gemlet_device *device,
                                      const gemlet_dataset *dataset,
                                      const gemlet_train_options *options,
                                      gemlet_train_result *result);

/* Runs the model in test mode (running statistics) over all rows. A row is correct if the class of
 * its largest logit is its label; of equal logits the lowest class counts. GEMLET_E_RANGE if the
 * loss is not finite: the message names the row and its largest value. */
GEMLET_API gemlet_status gemlet_evaluate(const gemlet_model *model, gemlet_device *device,
                                         const gemlet_dataset *dataset,
                                         gemlet_evaluation *evaluation);

/* probabilities (rows, classes) out, row-major: softmax of the logits in test mode. The labels of
 * the data set, if any, are not used. */
GEMLET_API gemlet_status gemlet_predict(const gemlet_model *model, gemlet_device *device,
                                        const gemlet_dataset *dataset, float *probabilities);

/* Told of rows first..first + n - 1: probabilities (n, classes), valid during the call. Another
 * result than GEMLET_OK ends the prediction, which returns it. */
typedef gemlet_status (*gemlet_prediction_callback)(gemlet_dim first, gemlet_dim n,
                                                    const float *probabilities, void *user);

/* The same, some rows at a time, in order, for data sets whose probabilities would fill the memory.
 */
GEMLET_API gemlet_status gemlet_predict_in_parts(const gemlet_model *model, gemlet_device *device,
                                                 const gemlet_dataset *dataset,
                                                 gemlet_prediction_callback on_rows, void *user);

/* The same with what an ensemble says of its own doubt: spread (n), the standard deviation over its
 * networks (n - 1 degrees of freedom) of the probability of a row's answer, the class with the
 * largest mean; of a regression of the numbers. NULL of any other model. */
typedef gemlet_status (*gemlet_spread_callback)(gemlet_dim first, gemlet_dim n,
                                                const float *probabilities, const float *spread,
                                                void *user);
GEMLET_API gemlet_status gemlet_predict_with_spread(const gemlet_model *model,
                                                    gemlet_device *device,
                                                    const gemlet_dataset *dataset,
                                                    gemlet_spread_callback on_rows, void *user);

#ifdef __cplusplus
}
#endif
#endif
