/* SPDX-License-Identifier: MIT
 * What all kernels share: the vector type, loads and stores at the right edge of a matrix, and the
 * activations. First file of the program; the others follow in one compilation.
 *
 * Every kernel is written once. Macros that the host defines from the type of the device decide
 * its shape: on CPU-type devices a work-group is one item that works on 16 columns at once, without
 * local memory or barriers; on GPUs it is many items with one column each.
 *
 * Offsets and leading dimensions are in elements. Formulas: host/backend/backend.h. */

/* ---- tunables ------------------------------------------------------------------------------ */

#ifndef VEC
#define VEC 1 /* columns per work-item: 16 on CPU-type devices, 1 on GPUs */
#endif
#ifndef WG_COLS
#define WG_COLS 16 /* items of a work-group side by side: 1 on CPU-type devices, 16 on GPUs */
#endif
#ifndef WG_ROWS
#define WG_ROWS 16 /* items of a work-group one below the other; a power of two, 1 or 16 */
#endif
#ifndef WG_FLAT
#define WG_FLAT 64 /* items of a one-dimensional work-group; a power of two, 1 or 64 */
#endif

/* WITHOUT_OPTIONAL leaves out kernels that only make something faster, for a compiler that rejects
 * one of them. */

/* Values of gemlet_activation that are joined to the operation before them. */
#define ACTIVATION_IDENTITY 0
#ifndef ACTIVATION_RELU
#define ACTIVATION_RELU 1
#endif
#ifndef ACTIVATION_SIGMOID
#define ACTIVATION_SIGMOID 2
#endif
#ifndef ACTIVATION_TANH
#define ACTIVATION_TANH 3
#endif

/* ---- vectors ------------------------------------------------------------------------------- */

#if VEC == 16
typedef float16 realv;
#define LANES           ((int16)(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15))
#define LOAD_V(p)       vload16(0, p)
#define STORE_V(v, p)   vstore16(v, 0, p)
#define CONVERT_V(v)    convert_float16(v)
#define COUNT_V(mask)   (-convert_float16(mask)) /* a true lane is -1 */
#elif VEC == 1
typedef float realv;
#define LANES           0
#define LOAD_V(p)       (*(p))
#define STORE_V(v, p)   (*(p) = (v))
#define CONVERT_V(v)    convert_float(v)
#define COUNT_V(mask)   convert_float(mask)
#else
#error "VEC must be 1 or 16"
#endif

/* For functions that several kernels call: by itself clang makes one function for all of them, with
 * what it returns through pointers, and arrays, in memory. */
#define ALWAYS_INLINE static inline __attribute__((always_inline))

#define CEIL_DIV(a, b) (((a) + (b)-1) / (b))

/* Writes the first n lanes of v; reads and writes nothing else. n may be 0 or more than VEC. */
static inline void store_lanes(const realv v, __global float *const p, const uint n)
{
    if (n >= VEC) {
        STORE_V(v, p);
        return;
    }
#if VEC > 1
    float lanes[VEC];
    STORE_V(v, lanes);
    for (uint i = 0; i < n; ++i)
        p[i] = lanes[i];
#endif
}

/* Reads the first n lanes at p and nothing else; the others are 0. */
static inline realv load_lanes(__global const float *const p, const uint n)
{
    if (n >= VEC)
        return LOAD_V(p);
#if VEC > 1
    float lanes[VEC] = {0.0f};
    for (uint i = 0; i < n; ++i)
        lanes[i] = p[i];
    return LOAD_V(lanes);
#else
    return 0.0f;
#endif
}

/* Number of lanes inside a row of `cols` columns for the vector that starts at `col`. */
static inline uint lanes_inside(const uint col, const uint cols)
{
    return col < cols ? min(cols - col, (uint)VEC) : 0;
}

/* Sum of the lanes as a tree. Through memory, which compilers turn into shuffles: the components
 * .lo and .hi of a float16 crash the simulator Oclgrind 21.10. */
static inline float sum_lanes(const realv v)
{
#if VEC == 16
    float lanes[16];
    vstore16(v, 0, lanes);
    vstore8(vload8(0, lanes) + vload8(1, lanes), 0, lanes);
    vstore4(vload4(0, lanes) + vload4(1, lanes), 0, lanes);
    return (lanes[0] + lanes[2]) + (lanes[1] + lanes[3]);
#else
    return v;
#endif
}

/* Largest lane, in the same way; NaN lanes are passed over unless all are NaN. */
static inline float max_lanes(const realv v)
{
#if VEC == 16
    float lanes[16];
    vstore16(v, 0, lanes);
    vstore8(fmax(vload8(0, lanes), vload8(1, lanes)), 0, lanes);
    vstore4(fmax(vload4(0, lanes), vload4(1, lanes)), 0, lanes);
    return fmax(fmax(lanes[0], lanes[2]), fmax(lanes[1], lanes[3]));
#else
    return v;
#endif
}

/* ---- activations --------------------------------------------------------------------------- */

/* act(z) */
static inline realv activate(const realv z, const int activation)
{
    const realv one = 1.0f;
    if (activation == ACTIVATION_RELU)
        return z < 0.0f ? (realv)(0.0f) : z; /* keeps NaN */
    if (activation == ACTIVATION_SIGMOID)
        return one / (one + exp(-z));
    if (activation == ACTIVATION_TANH)
        return tanh(z);
    return z;
}

/* dy * act'(z), from y = act(z) */
static inline realv activate_bwd(const realv y, const realv dy, const int activation)
{
    const realv one = 1.0f;
    if (activation == ACTIVATION_RELU)
        return y > 0.0f ? dy : (realv)(0.0f);
    if (activation == ACTIVATION_SIGMOID)
        return dy * (y * (one - y));
    if (activation == ACTIVATION_TANH)
        return dy * ((one - y) * (one + y));
    return dy;
}
