/* SPDX-License-Identifier: MIT
 * The one table of the options of a training run, and what follows from it. */
#include "options/train_settings.h"

#include <stdlib.h>
#include <string.h>

#include "options/table_options.h"
#include "core/memory.h"
#include "run/validation_rows.h"
#include "train/augment.h"
#include "train/average.h"
#include "train/rate_scale.h"
#include "train/update_rule.h"

/* Options that only one schedule has. */
static int check_owner(const gm_command *command, const gm_run_settings *s, const char *option,
                       gemlet_schedule owner)
{
    if (s->train.schedule == owner || !gm_options_given(command, option))
        return GM_OPTIONS_RUN;
    return gm_options_error(command, "--%s needs --lr-schedule %s", option,
                            gm_name_of(gm_schedule_names, owner));
}

static int check_schedule(const gm_command *command, const gm_run_settings *s)
{
    static const struct {
        const char *option;
        gemlet_schedule owner;
    } owned[] = {
        {"lr-step-every", GEMLET_SCHEDULE_STEP},
        {"lr-step-factor", GEMLET_SCHEDULE_STEP},
        {"lr-cycle", GEMLET_SCHEDULE_COSINE_RESTARTS},
        {"lr-cycle-factor", GEMLET_SCHEDULE_COSINE_RESTARTS},
    };
    const gemlet_train_options *train = &s->train;
    for (size_t i = 0; i < sizeof owned / sizeof owned[0]; ++i) {
        const int checked = check_owner(command, s, owned[i].option, owned[i].owner);
        if (checked != GM_OPTIONS_RUN)
            return checked;
    }
    if (train->schedule == GEMLET_SCHEDULE_STEP && train->step_every == 0)
        return gm_options_error(command, "--lr-schedule step needs --lr-step-every N");
    if (train->schedule == GEMLET_SCHEDULE_COSINE_RESTARTS && train->cycle_steps == 0)
        return gm_options_error(command, "--lr-schedule cosine-restarts needs --lr-cycle N");
    if (train->schedule == GEMLET_SCHEDULE_ONE_CYCLE && train->warmup > 0.0)
        return gm_options_error(command,
                                "--lr-schedule one-cycle rises by itself: leave --warmup out");
    return GM_OPTIONS_RUN;
}

/* What the table cannot say. */
static int check_combinations(const gm_command *command, const gm_run_settings *s)
{
    static const char *const replaced_by_network[] = {"hidden", "activation", "no-batch-norm",
                                                      "batch-norm-output"};
    for (size_t i = 0; i < sizeof replaced_by_network / sizeof replaced_by_network[0]; ++i) {
        if (s->network != NULL && gm_options_given(command, replaced_by_network[i]))
            return gm_options_error(command, "--network already says what --%s would: use one",
                                    replaced_by_network[i]);
    }
    static const char *const replaced_by_from[] = {"network", "hidden", "activation",
                                                   "no-batch-norm", "batch-norm-output"};
    for (size_t i = 0; i < GM_N_OPTIONS(replaced_by_from); ++i) {
        if (s->from != NULL && gm_options_given(command, replaced_by_from[i]))
            return gm_options_error(command, "--from already says what --%s would: use one",
                                    replaced_by_from[i]);
    }
    gm_validation_source validation;
    if (gm_validation_source_parse(&validation, s->validation) != GEMLET_OK)
        return gm_options_error(command, "%s", gemlet_last_error());
    if (s->validation != NULL && s->hold_out > 0)
        return gm_options_error(command, "--validation and --hold-out exclude each other: use one");
    if (s->validation == NULL && (s->train.patience > 0 || s->train.validate_every > 0))
        return gm_options_error(command, "--%s needs --validation",
                                s->train.patience > 0 ? "patience" : "validate-every");
    if (gm_options_given(command, "steps") && gm_options_given(command, "epochs"))
        return gm_options_error(command, "--steps and --epochs exclude each other: use one");
    if (gm_options_given(command, "no-batch-norm") && s->batch_norm_output)
        return gm_options_error(command,
                                "--no-batch-norm and --batch-norm-output exclude each other");
    const int schedule = check_schedule(command, s);
    if (schedule != GM_OPTIONS_RUN)
        return schedule;
    if (s->train.nesterov && s->train.momentum == 0.0)
        return gm_options_error(command, "--nesterov needs --momentum X, above 0");
    if (s->train.optimizer != GEMLET_OPTIMIZER_SGD && s->train.momentum > 0)
        return gm_options_error(command, "--momentum needs --optimizer sgd; Adam has --beta1");
    if (gm_options_given(command, "huber-delta") &&
        s->train.regression_loss != GEMLET_REGRESSION_LOSS_HUBER)
        return gm_options_error(command, "--huber-delta needs --loss huber");
    static const char *const of_virtual[] = {"virtual-adversarial-xi",
                                             "virtual-adversarial-weight"};
    for (size_t i = 0; i < GM_N_OPTIONS(of_virtual); ++i) {
        if (s->train.virtual_adversarial == 0 && gm_options_given(command, of_virtual[i]))
            return gm_options_error(command, "--%s needs --virtual-adversarial E, above 0",
                                    of_virtual[i]);
    }
    static const char *const of_adam[] = {"beta1", "beta2", "eps"};
    for (size_t i = 0; i < GM_N_OPTIONS(of_adam); ++i) {
        if (s->train.optimizer == GEMLET_OPTIMIZER_SGD && gm_options_given(command, of_adam[i]))
            return gm_options_error(command, "--%s needs --optimizer adam or adamw", of_adam[i]);
    }
    if (gm_options_given(command, "output-gain") &&
        (s->init.scheme == GEMLET_INIT_NORMAL || s->init.scheme == GEMLET_INIT_SCALED_NORMAL))
        return gm_options_error(command, "--output-gain has no effect with --init %s",
                                gm_name_of(gm_init_scheme_names, s->init.scheme));
    return GM_OPTIONS_RUN;
}

typedef enum pass {
    PASS_RECIPE, /* to learn recipe, data and network: the other defaults are not final yet */
    PASS_FINAL
} pass;

/* Those of a run that goes on must be as before. */
static int keep(const gm_command *command, const gm_kept_options *kept)
{
    const int checked =
        kept->before->count > 0 ? gm_options_check_kept(command, kept) : GM_OPTIONS_RUN;
    if (checked == GM_OPTIONS_RUN && gm_options_keep(command, kept) != GEMLET_OK)
        return gm_options_error(command, "%s", gemlet_last_error());
    return checked;
}

/* "none" is for what a recipe has. */
static void drop_none(const char **text)
{
    if (*text != NULL && strcmp(*text, "none") == 0)
        *text = NULL;
}

static void resolve_recipe(gm_run_settings *s)
{
    if (s->recipe == GM_RECIPE_AUTO)
        s->recipe = gm_run_settings_usual_recipe(s);
}

/* Learning rate, momentum and weight decay are those of an optimizer: with another one than the
 * recipe's they are what is usual with that. And a learning rate of one's own is not meant for the
 * recipe's momentum, with which steps are so many times as long. */
static void fit_optimizer(const gm_command *command, gm_run_settings *s)
{
    gemlet_train_options usual = s->train;
    if (gm_options_given(command, "lr") && !gm_options_given(command, "momentum"))
        s->train.momentum = 0;
    if (!gm_options_given(command, "optimizer") ||
        s->train.optimizer == gm_recipe_get(s->recipe)->optimizer)
        return;
    gm_update_rule_usual(&usual);
    if (!gm_options_given(command, "lr"))
        s->train.learning_rate = usual.learning_rate;
    if (!gm_options_given(command, "weight-decay"))
        s->train.weight_decay = usual.weight_decay;
    if (!gm_options_given(command, "momentum"))
        s->train.momentum = 0;
}

/* A recipe's warm-up does not go with a schedule that rises by itself. */
static void fit_warmup(const gm_command *command, gm_run_settings *s)
{
    if (s->train.schedule == GEMLET_SCHEDULE_ONE_CYCLE && !gm_options_given(command, "warmup"))
        s->train.warmup = 0.0;
}

static int parse_all(gm_run_settings *s, const gm_command *command, const gm_train_command *own,
                     int argc, char **argv, pass which)
{
    const int is_kept = own->kept != NULL && which == PASS_FINAL;
    const int recalled = is_kept ? gm_options_recall(command, own->kept) : GM_OPTIONS_RUN;
    if (recalled != GM_OPTIONS_RUN)
        return recalled;
    const int parsed = gm_options_parse(command, argc, argv);
    if (parsed != GM_OPTIONS_RUN || which == PASS_RECIPE)
        return parsed;
    if (gm_options_given(command, "steps")) {
        if (s->train.n_steps == 0)
            return gm_options_error(command, "--steps: found '0', expected 1 or more");
        s->epochs = 0; /* of the run that goes on */
    }
    resolve_recipe(s);
    if (!is_kept || own->kept->before->count == 0) { /* a run that goes on has them all */
        fit_optimizer(command, s);
        fit_warmup(command, s);
    }
    s->is_batch_given = gm_options_given(command, "batch");
    s->is_smoothing_given = gm_options_given(command, "label-smoothing");
    s->is_validation_given = gm_options_given(command, "validation");
    if (s->hold_out > 0 && !s->is_validation_given)
        s->validation = NULL;
    s->init.seed = s->train.seed;
    drop_none(&s->lr_scale);
    drop_none(&s->average);
    drop_none(&s->validation);
    drop_none(&s->augment);
    if (gm_augment_parse(&s->train, s->augment) != GEMLET_OK)
        return gm_options_error(command, "%s", gemlet_last_error());
    if (gm_rate_scale_parse(&s->train, s->lr_scale) != GEMLET_OK)
        return gm_options_error(command, "%s", gemlet_last_error());
    if (gm_average_parse(&s->train, s->average) != GEMLET_OK)
        return gm_options_error(command, "%s", gemlet_last_error());
    int checked = check_combinations(command, s);
    if (checked == GM_OPTIONS_RUN && own->check != NULL)
        checked = own->check(command, own->user);
    if (checked == GM_OPTIONS_RUN && is_kept)
        checked = keep(command, own->kept);
    return checked;
}

/* One pass over the command line with whatever defaults *s holds. */
static int parse(gm_run_settings *s, const gm_train_command *own, int argc, char **argv, pass which)
{
    const gm_option shared[] = {
        GM_DATA_DIRECTORY(
            DATA, "data", &s->data,
            "directory with the four IDX files of the MNIST layout, or with mnist_train.csv "
            "and mnist_test.csv; plain or .gz; or a table: a text file or pipe with --target; or "
            "an .npz file with arrays x and y"),
        GM_TABLE_OPTIONS(&s->table),
        GM_INPUT_OR(
            TABLE_FILE, "test", "PART|FILE", &s->test,
            "rows of a table to test with: a part between 0 and 1, drawn by class and seed, or "
            "another file with the same columns; default 0.2"),
        GM_INPUT_OR(
            HELD_OUT, "validation", "WHAT", &s->validation,
            "rows that are not trained on: a share of the training rows, e.g. 0.1, a number of "
            "them, both drawn by class; or a CSV file, IDX items, or a directory with a "
            "validation split. Loss and accuracy on them are reported at each end of an epoch, "
            "and the model with the lowest loss is the one that is tested and saved. none: of "
            "no rows, where a recipe has some"),
        GM_DIM(HELD_OUT, "hold-out", "N", &s->hold_out, 1, UINT32_MAX,
               "keep N random rows out of training, whatever their classes, and report loss and "
               "accuracy on them at the end only"),
        GM_UNSIGNED(DATA, "split-seed", "N", &s->split_seed, 0, UINT64_MAX - 1,
                    "seed by which rows for the test and for validation are drawn; default: that "
                    "of --seed"),
        GM_REAL_ABOVE(DATA, "input-scale", "X", &s->input_scale, 0.0,
                      "factor between a value of the data and an input of the network; default "
                      "1/255 if the data are bytes, else 1"),
        GM_MAX_MEMORY_OPTION(DATA, &s->max_memory),
        GM_DIM_LIST(NETWORK, "hidden", "LIST", &s->hidden, 1, UINT32_MAX,
                    "widths of the hidden layers, or none"),
        GM_CHOICE(NETWORK, "activation", "NAME", &s->activation, gm_hidden_activation_names,
                  "activation of the hidden layers"),
        GM_FLAG(NETWORK, "no-batch-norm", &s->no_batch_norm,
                "bias instead of batch-norm in hidden layers"),
        GM_FLAG(NETWORK, "batch-norm-output", &s->batch_norm_output,
                "batch-norm before the softmax too, instead of a bias"),
        GM_TEXT(NETWORK, "network", "SPEC", &s->network,
                "the whole network in one text, e.g. 784-150bn-relu-150bn-relu-10, instead of the "
                "four options above"),
        GM_INPUT_OR(
            NETWORK, "from", "MODEL", &s->from,
            "begin with the network, weights, running statistics and input scale of a model: "
            "a file, or the directory of a run. For another number of classes the output "
            "layer is new"),
        GM_CHOICE(NETWORK, "init", "SCHEME", &s->init.scheme, gm_init_scheme_names,
                  "standard deviation of the initial weights, which are normal. Fan-in and fan-out "
                  "are the numbers of inputs and outputs of the layer\n"
                  "kaiming or he: sqrt(2 / fan-in)\n"
                  "xavier or glorot: sqrt(2 / (fan-in + fan-out))\n"
                  "lecun: sqrt(1 / fan-in)\n"
                  "normal: 1; scaled-normal: 0.05\n"
                  "auto: kaiming before relu, xavier before sigmoid and tanh, and before the "
                  "others what keeps the variance as kaiming does for relu"),
        GM_REAL_RANGE(NETWORK, "init-scale", "X", &s->init.scale, 0.0, 1e6,
                      "factor of that standard deviation"),
        GM_REAL_RANGE(NETWORK, "output-gain", "X", &s->init.output_gain, 0.0, 1e6,
                      "but for normal and scaled-normal the output layer's weights have the "
                      "standard deviation X / sqrt(fan-in), without --init-scale"),
        GM_CHOICE(TRAINING, "recipe", "NAME", &s->recipe, gm_recipe_names,
                  "defaults of what is not given, as 'gemlet recipes' shows them; auto: table "
                  "for a table, else default"),
        GM_DIM(TRAINING, "batch", "N", &s->train.batch, 1, UINT32_MAX, "rows per step"),
        GM_UNSIGNED(LENGTH, "steps", "N", &s->train.n_steps, 0, UINT32_MAX, own->steps_help),
        GM_UNSIGNED(EPOCHS, "epochs", "N", &s->epochs, 1, UINT32_MAX,
                    "passes over the training rows, instead of --steps"),
        GM_REAL_ABOVE(TRAINING, "lr", "X", &s->train.learning_rate, 0.0,
                      "learning rate; with another than the recipe's there is no momentum but by "
                      "--momentum"),
        GM_CHOICE(TRAINING, "lr-schedule", "NAME", &s->train.schedule, gm_schedule_names,
                  "learning rate over the run; gemlet schedule draws it\n"
                  "step: changes by a factor, again and again\n"
                  "cosine: from the first step on down to 0\n"
                  "flat-cosine: the same in the second half of the run\n"
                  "one-cycle: up from a 25th in the first 30 % of the run, then down to nearly 0\n"
                  "cosine-restarts: down to 0 in each of several cycles\n"
                  "coslog4: four waves, each twice as long as the one before"),
        GM_REAL_RANGE(TRAINING, "warmup", "N", &s->train.warmup, 0.0, (double)UINT32_MAX,
                      "steps in which the learning rate rises to that of the schedule, from a "
                      "fiftieth of it; below 1: a share of the run's steps"),
        GM_CHOICE(TRAINING, "lr-unit", "UNIT", &s->schedule_unit, gm_span_unit_names,
                  "what --warmup from 1 on, --lr-step-every and --lr-cycle count"),
        GM_UNSIGNED(TRAINING, "lr-cycle", "N", &s->train.cycle_steps, 1, UINT32_MAX,
                    "schedule cosine-restarts: steps of the first cycle"),
        GM_UNSIGNED(TRAINING, "lr-cycle-factor", "N", &s->train.cycle_factor, 1, 1000,
                    "schedule cosine-restarts: each cycle has N times the steps of the one before"),
        GM_UNSIGNED(TRAINING, "lr-step-every", "N", &s->train.step_every, 1, UINT32_MAX,
                    "schedule step: steps between two changes"),
        GM_REAL_ABOVE(TRAINING, "lr-step-factor", "X", &s->train.step_factor, 0.0,
                      "schedule step: factor of a change"),
        GM_TEXT(TRAINING, "lr-scale", "LIST", &s->lr_scale,
                "factors of the learning rate for groups of parameters, e.g. biases=0.1,last=0.5: "
                "of weights, biases, scales and shifts (gamma and beta of batch-norm), of the "
                "first and the last layer, and of layers by their number; 0: they stay as they "
                "are. Those of a kind and of a layer multiply. none: where a recipe has some"),
        GM_REAL_RANGE(TRAINING, "weight-decay", "X", &s->train.weight_decay, 0.0, 1e6,
                      "adds X times the weight to the gradient of every weight; the default "
                      "recipe takes 0.0005 for networks without batch-norm"),
        GM_REAL_RANGE(TRAINING, "momentum", "X", &s->train.momentum, 0.0, 0.9999,
                      "share of the last step's direction that the next one keeps; 0: plain SGD"),
        GM_FLAG(TRAINING, "nesterov", &s->train.nesterov, "Nesterov's momentum; needs --momentum"),
        GM_CHOICE(TRAINING, "optimizer", "NAME", &s->train.optimizer, gm_optimizer_names,
                  "how gradients change the weights. With adam and adamw the learning rate is "
                  "0.001 if none is given, and the weight decay 0 or 0.01"),
        GM_REAL_RANGE(TRAINING, "beta1", "X", &s->train.beta1, 0.0, 0.999999,
                      "of adam and adamw: share of the mean gradient that each step keeps"),
        GM_REAL_RANGE(TRAINING, "beta2", "X", &s->train.beta2, 0.0, 0.999999,
                      "the same of the mean squared gradient"),
        GM_REAL_ABOVE(TRAINING, "eps", "X", &s->train.epsilon, 0.0,
                      "what adam and adamw add to the root of that"),
        GM_TEXT(TRAINING, "average", "WHAT", &s->average,
                "evaluate and save a moving average of the weights instead of the last ones. "
                "none; ema:D, e.g. ema:0.99: with decay D, less in the first steps; last:F, e.g. "
                "last:0.25: the mean over the last F of the steps"),
        GM_REAL_RANGE(TRAINING, "label-smoothing", "X", &s->train.label_smoothing, 0.0, 0.9999,
                      "share of the target that is spread over all classes; part of the training "
                      "loss, not of the test loss"),
        GM_TEXT(TRAINING, "class-weight", "WHICH", &s->class_weight,
                "what the loss of a row counts by its class: balanced, the same for all classes "
                "together; or NAME=WEIGHT,NAME=WEIGHT, where the other classes have 1"),
        GM_CHOICE(TRAINING, "loss", "NAME", &s->train.regression_loss, gm_regression_loss_names,
                  "of a number to predict, e.g. where some targets are far off; of the training "
                  "alone: what is told of the test and of validation is the squared error"),
        GM_REAL_ABOVE(TRAINING, "huber-delta", "X", &s->train.huber_delta, 0.0,
                      "loss huber: the error, in deviations of the target, from which it counts as "
                      "absolute"),
        GM_REAL_RANGE(TRAINING, "dropout", "P", &s->train.dropout, 0.0, 0.9999,
                      "share of the outputs of hidden layers that each step sets to 0, at random"),
        GM_REAL_RANGE(TRAINING, "input-dropout", "P", &s->train.input_dropout, 0.0, 0.9999,
                      "the same of the inputs"),
        GM_TEXT(TRAINING, "augment", "LIST", &s->augment,
                "change the images of each step at random, e.g. "
                "rotate=15,scale=0.15,shear=15,shift=2,elastic=36:6, or some of these: turned and "
                "sheared by so many degrees, scaled by such a part of either axis, shifted by so "
                "many pixels along it, all of them at most; displaced by an elastic field, a "
                "factor in pixels and the deviation of its bell. gemlet augment-preview draws it"),
        GM_REAL_RANGE(TRAINING, "input-noise", "S", &s->train.input_noise, 0.0, 1e6,
                      "deviation of normal noise on the inputs; 0: none"),
        GM_REAL_RANGE(TRAINING, "hidden-noise", "S", &s->train.hidden_noise, 0.0, 1e6,
                      "deviation of normal noise on what the activations of hidden layers take, "
                      "behind batch-norm; 0: none"),
        GM_REAL_RANGE(TRAINING, "mixup", "A", &s->train.mixup, 0.0, 4.0,
                      "mix the rows of each batch in pairs, inputs and targets alike, in parts "
                      "from the distribution Beta(A, A); 0: none"),
        GM_REAL_RANGE(TRAINING, "adversarial", "E", &s->train.adversarial, 0.0, 1e6,
                      "adversarial training: the inputs of half of each batch are moved by E along "
                      "the sign of the loss's gradient, which takes a second pass; 0: none"),
        GM_REAL_RANGE(TRAINING, "virtual-adversarial", "E", &s->train.virtual_adversarial, 0.0, 1e6,
                      "virtual adversarial training, of classes: beside the loss each step lowers "
                      "the divergence between the answers to its inputs and to inputs that are "
                      "moved by the length E in the direction that changes them most, which takes "
                      "two more passes; 0: none"),
        GM_REAL_RANGE(TRAINING, "virtual-adversarial-xi", "X", &s->train.virtual_adversarial_xi,
                      1e-6, 1e6, "at which distance that direction is looked for"),
        GM_REAL_RANGE(TRAINING, "virtual-adversarial-weight", "A",
                      &s->train.virtual_adversarial_weight, 1e-6, 1e6,
                      "what the divergence counts beside the loss"),
        GM_REAL_RANGE(TRAINING, "clip-norm", "C", &s->train.clip_norm, 0.0, 1e6,
                      "largest norm of the gradient of a step; 0: any"),
        GM_REAL_RANGE(TRAINING, "max-norm", "C", &s->train.max_norm, 0.0, 1e6,
                      "largest norm of the weights of a unit's inputs; 0: any"),
        GM_UNSIGNED(TRAINING, "seed", "N", &s->train.seed, 0, UINT64_MAX,
                    "of initial weights, order of rows and validation rows"),
        GM_DEVICE_OPTIONS(&s->device),
        GM_CHOICE(FUSED, "fused", "WHEN", &s->train.fused, gm_fused_names,
                  "few launches per step instead of one per operation; auto: where the device is a "
                  "CPU and the network allows it"),
    };
    gm_option *options;
    gm_command command = {
        .name = own->name,
        .description = own->description,
        .n_options = GM_N_OPTIONS(shared) + own->n_own,
        .without = own->without,
        .examples = own->examples,
        .is_silent = own->is_silent,
    };
    if (GM_ALLOC(options, command.n_options, "options") != GEMLET_OK)
        return gm_options_failure(&command);
    command.options = options;
    memcpy(options, shared, sizeof shared);
    if (own->n_own > 0)
        memcpy(options + GM_N_OPTIONS(shared), own->own, own->n_own * sizeof *own->own);
    const int parsed = parse_all(s, &command, own, argc, argv, which);
    free(options);
    return parsed;
}

int gm_train_settings_parse(gm_run_settings *settings, const gm_train_command *command, int argc,
                            char **argv)
{
    /* Recipe, data and network decide the defaults and may stand anywhere on the line: read first.
     */
    gm_run_settings first;
    gm_run_settings_init(&first, GM_RECIPE_DEFAULT);
    first.recipe = GM_RECIPE_AUTO;
    first.train.n_steps = command->default_steps;
    const int parsed = parse(&first, command, argc, argv, PASS_RECIPE);
    if (parsed != GM_OPTIONS_RUN)
        return parsed;
    const int recalled =
        command->recall != NULL ? command->recall(command->recall_user) : GM_OPTIONS_RUN;
    if (recalled != GM_OPTIONS_RUN)
        return recalled;
    resolve_recipe(&first);
    gm_run_settings_init(settings, first.recipe);
    settings->train.n_steps = command->default_steps;
    if (settings->train.n_steps == GM_RUN_DEFAULT_STEPS &&
        gm_recipe_get(first.recipe)->length.epochs > 0)
        settings->train.n_steps = 0; /* as the recipe counts them */
    if (!gm_run_settings_have_batch_norm(&first))
        settings->train.weight_decay = gm_recipe_get(first.recipe)->weight_decay_without;
    return parse(settings, command, argc, argv, PASS_FINAL);
}
