/* SPDX-License-Identifier: MIT
 * Every way to ask whether a pointer to local memory is 0; local_pointers.sh must report each. */

#define KERNEL(name, question)                                                                     \
    static inline int asks_##name(__local const float *const p, const int x)                       \
    {                                                                                              \
        question;                                                                                  \
    }                                                                                              \
    __kernel void asking_##name(__global int *out, __local float *scratch)                         \
    {                                                                                              \
        *out = asks_##name(scratch, *out);                                                         \
    }

KERNEL(equal, return p == 0)
KERNEL(unequal, return 0 != p)
KERNEL(null, return p == NULL)
KERNEL(not, return !p)
KERNEL(if, if (p) return 1; return 0)
KERNEL(choice, return p ? 1 : 2)
KERNEL(and, return p && x)
KERNEL(or, return x || p)
KERNEL(while, while (p) if (x) return 1; return 0)
KERNEL(variable, __local const float *none = 0; return p == none)
KERNEL(number, return (uintptr_t)p == 0)
KERNEL(above, return p > (__local const float *)0)
KERNEL(cast, return (__local const char *)p == 0)
