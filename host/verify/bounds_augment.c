/* SPDX-License-Identifier: MIT
 * Error bounds of elastic_noise and augment. Random numbers are exact: their bits are, and all
 * of them are floats. */
#include <math.h>

#include "backend/augment_map.h"
#include "verify/bounds.h"
#include "verify/numeric.h"

/* Sum of the taps' magnitudes. */
static double sum_taps(const gm_check_operand *taps)
{
    double sum = 0;
    for (size_t i = 0; i < taps->n; ++i)
        sum += fabs(taps->before[i]);
    return sum;
}

/* A sum of at most `height` products with numbers of at most 1. */
gemlet_status gm_bounds_elastic_noise(gm_check_call *call)
{
    const gm_elastic_noise_args *args = call->args;
    const gm_check_operand *outputs[2] = {GM_OPERAND(call, elastic_noise, noise_0),
                                          GM_OPERAND(call, elastic_noise, noise_1)};
    const double sum = sum_taps(GM_OPERAND(call, elastic_noise, taps));
    const double n_terms = (double)args->height;
    const double bound =
        gm_bound_in_range(gm_gamma(n_terms) * sum + n_terms * 2 * GM_UNDERFLOW, sum);
    for (unsigned f = 0; f < 2; ++f) {
        for (size_t i = 0; i < outputs[f]->n; ++i)
            outputs[f]->bound[i] = bound;
    }
    return GEMLET_OK;
}

/* ---- augment -------------------------------------------------------------------------------- */

typedef struct image {
    const double *x; /* (height,width) */
    long height;
    long width;
} image;

static double pixel_at(const image *from, long row, long col)
{
    const int is_inside = row >= 0 && row < from->height && col >= 0 && col < from->width;
    return is_inside ? from->x[row * from->width + col] : 0;
}

/* Where a pixel takes its value, and by how much that may be off. */
typedef struct place {
    double row;
    double col;
    double row_error;
    double col_error;
} place;

/* How interpolated values change near a place: per pixel along the rows and along the columns, at
 * most, and the largest pixel. They are continuous, so that a place that is off across the edge of
 * a cell changes them by no more than the slopes of both cells allow. */
typedef struct surroundings {
    double col_slope;
    double row_slope;
    double largest;
} surroundings;

static long cell_of(double at, double error, long extent)
{
    return (long)floor(fmin(fmax(at + error, -1), (double)extent));
}

static surroundings look_around(const image *from, const place *at)
{
    surroundings s = {0, 0, 0};
    const long last_row = cell_of(at->row, at->row_error, from->height) + 1;
    const long last_col = cell_of(at->col, at->col_error, from->width) + 1;
    for (long r = cell_of(at->row, -at->row_error, from->height); r <= last_row; ++r) {
        for (long c = cell_of(at->col, -at->col_error, from->width); c <= last_col; ++c) {
            const double here = pixel_at(from, r, c);
            s.largest = fmax(s.largest, fabs(here));
            if (c < last_col)
                s.col_slope = fmax(s.col_slope, fabs(pixel_at(from, r, c + 1) - here));
            if (r < last_row)
                s.row_slope = fmax(s.row_slope, fabs(pixel_at(from, r + 1, c) - here));
        }
    }
    return s;
}

/* A displacement of pixel `col` of a line of noise, and what its sum of `width` products and their
 * factor are off by. */
static double displacement(double *error, const double *noise, const gm_check_operand *taps,
                           double elastic, long col, long width)
{
    const long middle = (long)(taps->n / 2);
    double sum = 0;
    double magnitude = 0;
    for (long k = 0; k < width; ++k) {
        const long at = middle + col - k;
        const double term = at >= 0 && at <= 2 * middle ? taps->before[at] * noise[k] : 0;
        sum += term;
        magnitude += fabs(term);
    }
    *error = fabs(elastic) *
             (gm_gamma((double)width + 1) * magnitude + 2 * (double)width * GM_UNDERFLOW);
    return elastic * sum;
}

/* What one image needs. */
typedef struct augmented {
    image from;
    gm_augment_map map;
    const double *record;
    const gm_check_operand *taps;
    const double *noise[2]; /* NULL: none */
    long noise_width;
} augmented;

/* Sine and cosine are off by 8 u (OpenCL: 4 ulp) and, with their argument, below pi, by 4 more; the
 * shear and the factor of the scale by 1 and 2 of theirs. Their products and the difference come to
 * at most 20 u of (1 + shear) (1 + scaling); what is added takes 2, the products with u and v and
 * the sums 4. The part of a pixel beyond the whole is rounded once more. */
static place find_place(const augmented *a, long row, long col)
{
    const double v = (double)row - 0.5 * (double)(a->from.height - 1);
    const double u = (double)col - 0.5 * (double)(a->from.width - 1);
    const double factor =
        (1 + fabs(a->record[GM_RECORD_SHEAR])) * (1 + fabs(a->record[GM_RECORD_SCALING]));
    double displaced[2] = {0, 0};
    double error[2] = {0, 0};
    for (unsigned f = 0; f < 2 && a->noise[0] != NULL; ++f)
        displaced[f] = displacement(&error[f], a->noise[f] + row * a->noise_width, a->taps,
                                    a->record[GM_RECORD_ELASTIC], col, a->from.width);
    const double reach = factor * (fabs(u) + fabs(v)) + fabs(a->record[GM_RECORD_SHIFT]);
    const double col_reach = reach + 0.5 * (double)a->from.width + fabs(displaced[0]) + error[0];
    const double row_reach = reach + 0.5 * (double)a->from.height + fabs(displaced[1]) + error[1];
    return (place){
        .row = a->map.y0 + a->map.yx * u + a->map.yy * v + displaced[1],
        .col = a->map.x0 + a->map.xx * u + a->map.xy * v + displaced[0],
        .row_error = gm_gamma(26) * row_reach + error[1] + gm_gamma(1),
        .col_error = gm_gamma(26) * col_reach + error[0] + gm_gamma(1),
    };
}

/* a + f (b - a) takes three roundings of terms that are 3 times the largest pixel together; the
 * second one's a and b are off by what the first makes: 18 u. */
static double bound_pixel(const augmented *a, long row, long col)
{
    const place at = find_place(a, row, col);
    const surroundings s = look_around(&a->from, &at);
    return gm_bound_in_range(at.col_error * s.col_slope + at.row_error * s.row_slope +
                                 gm_gamma(18) * s.largest + 8 * GM_UNDERFLOW,
                             4 * s.largest);
}

gemlet_status gm_bounds_augment(gm_check_call *call)
{
    const gm_augment_args *args = call->args;
    const gm_check_operand *x = GM_OPERAND(call, augment, x);
    const gm_check_operand *noise[2] = {GM_OPERAND(call, augment, noise_0),
                                        GM_OPERAND(call, augment, noise_1)};
    const gm_check_operand *y = GM_OPERAND(call, augment, y);
    const size_t n = y->view.cols;
    const size_t width = n / args->height;
    augmented a = {
        .from = {NULL, (long)args->height, (long)width},
        .record = GM_OPERAND(call, augment, record)->before,
        .taps = GM_OPERAND(call, augment, taps),
        .noise_width = (long)(noise[0]->view.cols / args->height),
    };
    for (size_t i = 0; i < y->view.rows; ++i) {
        a.from.x = x->before + i * n;
        a.map = gm_augment_map_draw(a.record, i, args->height, width);
        for (unsigned f = 0; f < 2 && noise[f]->n > 0; ++f)
            a.noise[f] = noise[f]->before + i * noise[f]->view.cols;
        for (size_t p = 0; p < n; ++p)
            y->bound[i * n + p] = bound_pixel(&a, (long)(p / width), (long)(p % width));
    }
    return GEMLET_OK;
}

/* A difference, a product and a sum of terms, which doubt moves as it does the inputs. */
gemlet_status gm_bounds_mix_rows(gm_check_call *call)
{
    const gm_check_operand *x = GM_OPERAND(call, mix_rows, x);
    const gm_check_operand *y = GM_OPERAND(call, mix_rows, y);
    const double part = GM_OPERAND(call, mix_rows, record)->before[GM_RECORD_MIXED_PART];
    const size_t cols = y->view.cols;
    for (size_t i = 0; i < y->n; ++i) {
        const size_t other = (y->view.rows - 1 - i / cols) * cols + i % cols;
        const double terms =
            fabs(x->before[i]) + part * (fabs(x->before[i]) + fabs(x->before[other]));
        const double doubt =
            x->doubt != NULL ? (1 - part) * x->doubt[i] + part * x->doubt[other] : 0;
        y->bound[i] = gm_bound_in_range(gm_gamma(3) * terms + doubt + 3 * GM_UNDERFLOW, terms);
    }
    return GEMLET_OK;
}
