/* SPDX-License-Identifier: MIT
 * Launchers of elastic.cl and augment.cl. */
#include "backend/opencl/opencl_ops.h"

#include "backend/opencl/launch.h"

/* What a pixel takes, in elements that are only read. */
#define PIXEL_ELEMENTS 2u

/* Images of `pixels` pixels, whose lines are `cols` wide. */
static gm_launch_grid image_grid(const gm_opencl *opencl, gemlet_dim n_images, size_t pixels,
                                 gemlet_dim cols)
{
    if (!opencl->cpu_kernels)
        return gm_launch_matrix_grid(opencl, n_images, cols);
    const size_t n_groups =
        gm_launch_cpu_groups(opencl, n_images, n_images * pixels * PIXEL_ELEMENTS);
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
    const gm_launch_grid grid = image_grid(opencl, 2 * rows, args->noise_0.cols, width);
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
    const gm_launch_grid grid = image_grid(opencl, args->y.rows, args->y.cols, args->y.cols);
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
