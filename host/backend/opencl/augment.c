/* SPDX-License-Identifier: MIT
 * Launchers of elastic.cl and augment.cl. */
#include "backend/opencl/opencl_ops.h"

#include "backend/opencl/launch.h"

/* What a pixel takes, in elements that are only read: of augment, and of elastic_noise without and
 * with each of its taps, of which ELASTIC_ROWS make one addition to a vector. */
#define AUGMENT_ELEMENTS 2u
#define NOISE_ELEMENTS   2u
#define TAPS_PER_ELEMENT 8u

/* Images whose lines are `cols` wide, `n_elements` in all. */
static gm_launch_grid image_grid(const gm_opencl *opencl, gemlet_dim n_images, size_t n_elements,
                                 gemlet_dim cols)
{
    if (!opencl->cpu_kernels)
        return gm_launch_matrix_grid(opencl, n_images, cols);
    const size_t n_groups = gm_launch_cpu_groups(opencl, n_images, n_elements);
    const size_t images_per_group = gm_launch_groups(n_images, n_groups);
    return (gm_launch_grid){1, gm_launch_groups(n_images, images_per_group),
                            (gemlet_dim)images_per_group};
}

static void set_taps(gm_launch *launch, const gm_vector *taps)
{
    gm_launch_vector(launch, taps);
    gm_launch_uint(launch, (gemlet_dim)taps->length);
}

gemlet_status gm_opencl_elastic_noise(gm_backend *backend, const gm_elastic_noise_args *args)
{
    gm_opencl *opencl = (gm_opencl *)backend;
    const gemlet_dim rows = args->noise_0.rows;
    const gemlet_dim width = args->noise_0.cols / (gemlet_dim)args->height;
    const size_t n_pixels = 2 * (size_t)rows * args->noise_0.cols;
    const size_t elements = NOISE_ELEMENTS + args->taps.length / TAPS_PER_ELEMENT;
    const gm_launch_grid grid = image_grid(opencl, 2 * rows, n_pixels * elements, width);
    gm_launch launch = gm_launch_begin(opencl, GM_KERNEL_elastic_noise);
    set_taps(&launch, &args->taps);
    gm_launch_vector(&launch, &args->record);
    gm_launch_matrix(&launch, &args->noise_0);
    gm_launch_matrix(&launch, &args->noise_1);
    gm_launch_uint(&launch, rows);
    gm_launch_uint(&launch, (gemlet_dim)args->height);
    gm_launch_uint(&launch, width);
    gm_launch_uint(&launch, grid.rows_per_group);
    return gm_launch_run(&launch, grid.n_groups_0, grid.n_groups_1);
}

gemlet_status gm_opencl_augment(gm_backend *backend, const gm_augment_args *args)
{
    gm_opencl *opencl = (gm_opencl *)backend;
    const gm_launch_grid grid = image_grid(
        opencl, args->y.rows, (size_t)args->y.rows * args->y.cols * AUGMENT_ELEMENTS, args->y.cols);
    gm_launch launch = gm_launch_begin(opencl, GM_KERNEL_augment);
    gm_launch_matrix(&launch, &args->x);
    gm_launch_matrix(&launch, &args->noise_0);
    gm_launch_matrix(&launch, &args->noise_1);
    set_taps(&launch, &args->taps);
    gm_launch_vector(&launch, &args->record);
    gm_launch_matrix(&launch, &args->y);
    gm_launch_uint(&launch, args->y.rows);
    gm_launch_uint(&launch, (gemlet_dim)args->height);
    gm_launch_uint(&launch, args->y.cols / (gemlet_dim)args->height);
    gm_launch_uint(&launch, args->noise_0.cols / (gemlet_dim)args->height);
    gm_launch_uint(&launch, grid.rows_per_group);
    return gm_launch_run(&launch, grid.n_groups_0, grid.n_groups_1);
}
