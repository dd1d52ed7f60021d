/* SPDX-License-Identifier: MIT
 * gemlet recipes: what the recipes are. */
#include <stdio.h>

#include "cli/commands.h"
#include "options/options.h"
#include "core/names.h"
#include "model/spec.h"
#include "run/recipe.h"

static void print_network(const gm_recipe *r)
{
    printf("  network     hidden layers of");
    for (unsigned i = 0; i < r->hidden.n; ++i)
        printf("%s %u", i > 0 ? "," : "", r->hidden.values[i]);
    printf(" units, %s, %s; --init %s --output-gain %g\n", gm_activation_name(r->activation),
           r->no_batch_norm ? "without batch-norm" : "with batch-norm",
           gm_name_of(gm_init_scheme_names, r->init), r->output_gain);
}

static void print_training(const gm_recipe *r)
{
    printf("  optimizer   --optimizer %s --lr %g --lr-schedule %s",
           gm_name_of(gm_optimizer_names, r->optimizer), r->learning_rate,
           gm_name_of(gm_schedule_names, r->schedule));
    if (r->lr_scale != NULL)
        printf(" --lr-scale %s", r->lr_scale);
    if (r->momentum > 0)
        printf(" --momentum %g", r->momentum);
    if (r->warmup > 0)
        printf(" --warmup %g", r->warmup);
    if (r->beta2 > 0)
        printf(" --beta2 %g", r->beta2);
    printf(" --batch %u\n  decay       --weight-decay %g", r->batch, r->weight_decay);
    if (r->weight_decay_without != r->weight_decay)
        printf(", of networks without batch-norm %g", r->weight_decay_without);
    printf("\n");
    if (r->dropout > 0 || r->input_dropout > 0)
        printf("  dropout     --dropout %g --input-dropout %g\n", r->dropout, r->input_dropout);
    if (r->label_smoothing > 0)
        printf("  besides     --label-smoothing %g (of classes)\n", r->label_smoothing);
    if (r->augment != NULL)
        printf("  images      --augment %s\n", r->augment);
    if (r->fused != GEMLET_FUSED_AUTO)
        printf("  steps       --fused %s\n", gm_name_of(gm_fused_names, r->fused));
    if (r->average != NULL || r->validation != NULL)
        printf("  what stays  --average %s --validation %s\n",
               r->average != NULL ? r->average : "none",
               r->validation != NULL ? r->validation : "none");
}

static void print_length(const gm_recipe_length *length)
{
    if (length->epochs == 0)
        return;
    if (length->many_rows == 0) {
        printf("  steps       --epochs %u\n", length->epochs);
        return;
    }
    printf("  steps       %u epochs; above %u rows as many as take as long, %u at least; at least "
           "%llu\n              steps, for which there are up to %u epochs\n",
           length->epochs, length->many_rows, length->min_epochs,
           (unsigned long long)length->min_steps, length->max_epochs);
}

int gm_cmd_recipes(int argc, char **argv)
{
    const gm_command command = {
        .name = "recipes",
        .description = "Lists the recipes: named sets of defaults of gemlet train and the commands "
                       "that take its options. --recipe NAME chooses one; without it a table has "
                       "the recipe table, other data the recipe default. Every option that is "
                       "given overrides its default. What they reach stands in docs/recipes.md "
                       "and docs/tables.md.",
        .examples = "  gemlet train --data house-prices.csv --target Sale_Price --recipe table\n",
    };
    const int exit_code = gm_options_parse(&command, argc, argv);
    if (exit_code != GM_OPTIONS_RUN)
        return exit_code;
    for (const gm_name *name = gm_recipe_names; name->name != NULL; ++name) {
        if (name->value == GM_RECIPE_AUTO)
            continue;
        const gm_recipe *recipe = gm_recipe_get((gm_recipe_id)name->value);
        printf("%s: %s\n", name->name, recipe->purpose);
        print_network(recipe);
        print_training(recipe);
        print_length(&recipe->length);
    }
    return GM_EXIT_OK;
}
