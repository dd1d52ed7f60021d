/* SPDX-License-Identifier: MIT
 * What other programs call our options; see suggest.h. */
#include "options/suggest.h"

#include <string.h>

#include "core/nearest_word.h"

#define MAX_WORD 63u

static const struct {
    const char *theirs; /* scikit-learn, PyTorch's examples, LightGBM; with - for _ */
    const char *ours;
} synonyms[] = {
    {"alpha", "weight-decay"},
    {"batch-size", "batch"},
    {"continue", "resume"},
    {"early-stopping-round", "patience"},
    {"early-stopping-rounds", "patience"},
    {"eta", "lr"},
    {"hidden-layer-sizes", "hidden"},
    {"input-model", "model"},
    {"lambda-l2", "weight-decay"},
    {"learning-rate", "lr"},
    {"learning-rate-init", "lr"},
    {"log-interval", "log-every"},
    {"lr-scheduler", "lr-schedule"},
    {"max-epochs", "epochs"},
    {"max-iter", "epochs"},
    {"max-steps", "steps"},
    {"n-iter-no-change", "patience"},
    {"num-epochs", "epochs"},
    {"num-iterations", "steps"},
    {"output-dir", "out"},
    {"random-state", "seed"},
    {"resume-from-checkpoint", "resume"},
    {"save-steps", "checkpoint-every"},
    {"save-total-limit", "keep-checkpoints"},
    {"snapshot-freq", "checkpoint-every"},
    {"valid", "validation"},
    {"validation-fraction", "validation"},
};

static int is_synonym(const char *word, const char *candidate)
{
    for (size_t i = 0; i < sizeof synonyms / sizeof *synonyms; ++i) {
        if (strcmp(synonyms[i].theirs, word) == 0 && strcmp(synonyms[i].ours, candidate) == 0)
            return 1;
    }
    return 0;
}

int gm_suggest_is_nearer(const char *text, const char *candidate, size_t *best)
{
    char word[MAX_WORD + 1];
    const size_t length = strlen(text);
    if (length > MAX_WORD)
        return 0;
    for (size_t i = 0; i <= length; ++i)
        word[i] = (char)(text[i] == '_' ? '-' : text[i]);
    if (!is_synonym(word, candidate))
        return gm_word_is_nearer(word, candidate, best);
    if (*best == 0)
        return 0;
    *best = 0;
    return 1;
}
