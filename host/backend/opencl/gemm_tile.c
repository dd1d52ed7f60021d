/* SPDX-License-Identifier: MIT
 * Launcher of gemm_tile.cl: which tile, and how the tiles are spread over the cores; see gemm.h. */
#include "backend/opencl/gemm.h"
#include "backend/opencl/launch.h"

#define VECTOR_FLOATS 16u

/* Multiply-adds that count as one element in gm_launch_cpu_groups. A work-group's share is then
 * 1.6 million, about 16 us on a core with AVX-512, less than waking another thread takes. */
#define FMAS_PER_ELEMENT 24u

typedef struct tile_shape {
    gm_kernel_id kernel;
    unsigned n_vectors;
    unsigned n_rows;       /* with 32 vector registers */
    unsigned cost_percent; /* per vector of a row, of the best tile's */
} tile_shape;

static const tile_shape shapes[] = {
    {GM_KERNEL_gemm_tile_5, 5, 4, 100}, {GM_KERNEL_gemm_tile_4, 4, 4, 105},
    {GM_KERNEL_gemm_tile_3, 3, 8, 105}, {GM_KERNEL_gemm_tile_2, 2, 8, 110},
    {GM_KERNEL_gemm_tile_1, 1, 8, 140},
};

#define N_SHAPES (sizeof shapes / sizeof shapes[0])

/* The tile with which the columns take least time, counting the padding that is calculated too.
 * With 16 registers only the narrowest fits. */
static const tile_shape *choose_shape(const gm_opencl *opencl, gemlet_dim n_columns)
{
    const tile_shape *best = &shapes[N_SHAPES - 1];
    if (!opencl->wide_registers)
        return best;
    size_t best_cost = SIZE_MAX;
    for (size_t i = 0; i < N_SHAPES; ++i) {
        const size_t n_strips = gm_launch_groups(n_columns, shapes[i].n_vectors * VECTOR_FLOATS);
        const size_t cost = n_strips * shapes[i].n_vectors * shapes[i].cost_percent;
        if (cost < best_cost) {
            best_cost = cost;
            best = &shapes[i];
        }
    }
    return best;
}

/* Rows per work-group, a multiple of tile_rows, so that n_strips strips make the right number of
 * groups altogether. */
static gemlet_dim choose_rows_per_group(const gm_opencl *opencl, const gm_product *product,
                                        size_t n_strips, size_t tile_rows)
{
    const size_t n_tiles = gm_launch_groups(product->c->rows, tile_rows);
    const size_t n_fmas = (size_t)product->c->rows * product->c->cols * product->depth;
    const size_t n_groups =
        gm_launch_cpu_groups(opencl, n_tiles * n_strips, n_fmas / FMAS_PER_ELEMENT);
    const size_t groups_per_strip = gm_launch_groups(n_groups, n_strips);
    return (gemlet_dim)(gm_launch_groups(n_tiles, groups_per_strip) * tile_rows);
}

static gemlet_status multiply_transposed(gm_opencl *opencl, const gm_product *product)
{
    const size_t tile_rows = 4;
    const gm_matrix *c = product->c;
    const gemlet_dim rows_per_group = choose_rows_per_group(opencl, product, 1, tile_rows);
    gm_launch launch = gm_launch_begin(opencl, GM_KERNEL_gemm_tile_nt);
    gm_launch_matrix(&launch, product->a);
    gm_launch_matrix(&launch, product->b);
    gm_launch_matrix(&launch, c);
    gm_launch_uint(&launch, c->rows);
    gm_launch_uint(&launch, c->cols);
    gm_launch_uint(&launch, product->depth);
    gm_launch_uint(&launch, rows_per_group);
    return gm_launch_run(&launch, gm_launch_groups(c->rows, rows_per_group), 1);
}

gemlet_status gm_gemm_tile_multiply(gm_opencl *opencl, const gm_product *product, int *did_epilogue)
{
    *did_epilogue = product->sums.buffer == NULL;
    if (product->transpose_b)
        return multiply_transposed(opencl, product);
    const gm_matrix *a = product->a;
    const gm_matrix *c = product->c;
    const tile_shape *shape = choose_shape(opencl, c->cols);
    const size_t tile_rows = opencl->wide_registers ? shape->n_rows : 6;
    const size_t n_strips = gm_launch_groups(c->cols, shape->n_vectors * VECTOR_FLOATS);
    const gemlet_dim rows_per_group = choose_rows_per_group(opencl, product, n_strips, tile_rows);
    gm_launch launch = gm_launch_begin(opencl, shape->kernel);
    gm_launch_memory(&launch, gm_context_memory(a->buffer));
    gm_launch_ulong(&launch, a->offset);
    gm_launch_ulong(&launch, product->transpose_a ? 1 : a->ld);
    gm_launch_ulong(&launch, product->transpose_a ? a->ld : 1);
    gm_launch_matrix(&launch, product->b);
    gm_launch_matrix(&launch, c);
    gm_launch_vector(&launch, &product->bias);
    gm_launch_int(&launch, product->bias.buffer != NULL);
    gm_launch_int(&launch, (int)product->activation);
    gm_launch_uint(&launch, c->rows);
    gm_launch_uint(&launch, c->cols);
    gm_launch_uint(&launch, product->depth);
    gm_launch_uint(&launch, rows_per_group);
    return gm_launch_run(&launch, gm_launch_groups(c->rows, rows_per_group), n_strips);
}
