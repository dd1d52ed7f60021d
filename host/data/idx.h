/* SPDX-License-Identifier: MIT
 * The IDX format: two zero bytes, one for the element type, one for the number of dimensions; the
 * dimensions as big-endian 32-bit numbers; the elements, big-endian, last dimension fastest. */
#ifndef GM_DATA_IDX_H
#define GM_DATA_IDX_H

#include "gemlet/dataset.h"

enum gm_idx_type {
    GM_IDX_UBYTE = 0x08,
    GM_IDX_SBYTE = 0x09,
    GM_IDX_SHORT = 0x0B,
    GM_IDX_INT = 0x0C,
    GM_IDX_FLOAT = 0x0D,
    GM_IDX_DOUBLE = 0x0E
};

#define GM_IDX_MAX_DIMS (GEMLET_MAX_ITEM_DIMS + 1u) /* rows and the dimensions of an item */

#endif
