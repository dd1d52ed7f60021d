/* SPDX-License-Identifier: MIT
 * See combine.h. The mean of probabilities is taken by their logarithms, so that none is lost where
 * all are tiny. */
#include "train/combine.h"

#include <math.h>
#include <string.h>

/* One row of all networks. */
typedef struct row_view {
    const gm_combination *of;
    const float *first; /* of the first network; the others' are `stride` apart */
    size_t stride;
    double log_sums[GEMLET_MAX_ENSEMBLE]; /* (n_networks) of the exponentials of logits */
} row_view;

static double output(const row_view *row, gemlet_dim network, gemlet_dim place)
{
    return (double)row->first[network * row->stride + place];
}

static double log_probability(const row_view *row, gemlet_dim network, gemlet_dim class_)
{
    return output(row, network, class_) - row->log_sums[network];
}

/* Of one network. NaN stays NaN. */
static double log_sum(const row_view *row, gemlet_dim network)
{
    double largest = output(row, network, 0);
    double sum = 0;
    for (gemlet_dim c = 1; c < row->of->n_outputs; ++c)
        largest = output(row, network, c) > largest ? output(row, network, c) : largest;
    for (gemlet_dim c = 0; c < row->of->n_outputs; ++c)
        sum += exp(output(row, network, c) - largest);
    return largest + log(sum);
}

static double log_mean_probability(const row_view *row, gemlet_dim class_)
{
    const gemlet_dim n = row->of->n_networks;
    double largest = log_probability(row, 0, class_);
    double sum = 0;
    for (gemlet_dim i = 1; i < n; ++i)
        largest =
            log_probability(row, i, class_) > largest ? log_probability(row, i, class_) : largest;
    for (gemlet_dim i = 0; i < n; ++i)
        sum += exp(log_probability(row, i, class_) - largest);
    return largest + log(sum / n);
}

static double mean_output(const row_view *row)
{
    double sum = 0;
    for (gemlet_dim i = 0; i < row->of->n_networks; ++i)
        sum += output(row, i, 0);
    return sum / row->of->n_networks;
}

/* What of one network counts in the spread. */
static double counted(const row_view *row, gemlet_dim network, gemlet_dim answer)
{
    return row->of->task == GEMLET_TASK_REGRESSION ? output(row, network, 0)
                                                   : exp(log_probability(row, network, answer));
}

static double find_spread(const row_view *row, gemlet_dim answer)
{
    const gemlet_dim n = row->of->n_networks;
    double mean = 0;
    double squares = 0;
    for (gemlet_dim i = 0; i < n; ++i)
        mean += counted(row, i, answer) / n;
    for (gemlet_dim i = 0; i < n; ++i) {
        const double deviation = counted(row, i, answer) - mean;
        squares += deviation * deviation;
    }
    return sqrt(squares / (n - 1));
}

void gm_combine_outputs(float *outputs, float *spread, const float *all, const gm_combination *of)
{
    row_view row = {.of = of, .stride = of->rows * of->ld};
    for (gemlet_dim r = 0; r < of->rows; ++r) {
        float *to = outputs + r * of->ld;
        gemlet_dim answer = 0;
        row.first = all + r * of->ld;
        memset(to, 0, of->ld * sizeof *to);
        if (of->task == GEMLET_TASK_REGRESSION) {
            to[0] = (float)mean_output(&row);
        } else {
            for (gemlet_dim i = 0; i < of->n_networks; ++i)
                row.log_sums[i] = log_sum(&row, i);
            for (gemlet_dim c = 0; c < of->n_outputs; ++c) {
                to[c] = (float)log_mean_probability(&row, c);
                answer = to[c] > to[answer] ? c : answer;
            }
        }
        if (spread != NULL)
            spread[r] = (float)find_spread(&row, answer);
    }
}
