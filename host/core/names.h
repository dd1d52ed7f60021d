/* SPDX-License-Identifier: MIT
 * The names of the values of the public enums, as command lines, files and messages have them. */
#ifndef GM_CORE_NAMES_H
#define GM_CORE_NAMES_H

/* A list of them ends with a NULL name. Of several names of one value the first is printed. */
typedef struct gm_name {
    const char *name;
    unsigned value;
} gm_name;

extern const gm_name gm_device_type_names[];
extern const gm_name gm_gemm_names[];
extern const gm_name gm_kernels_names[];
extern const gm_name gm_program_cache_names[];
extern const gm_name gm_fused_names[];
extern const gm_name gm_optimizer_names[];
extern const gm_name gm_regression_loss_names[];
extern const gm_name gm_schedule_names[];
extern const gm_name gm_init_scheme_names[];
extern const gm_name gm_split_names[];

/* identity first, then those of hidden layers */
extern const gm_name gm_activation_names[];
#define gm_hidden_activation_names (gm_activation_names + 1)

/* text = the names as a choice, "a, b or c". */
#define GM_NAMES_SIZE 256u
void gm_names_list(char text[GM_NAMES_SIZE], const gm_name *names);

/* The name of the value; "unknown" if it has none. Static text. */
const char *gm_name_of(const gm_name *names, unsigned value);

#endif
