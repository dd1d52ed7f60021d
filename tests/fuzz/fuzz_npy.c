/* SPDX-License-Identifier: MIT
 * Fuzz target of the npy header reader, which fuzz_npz reaches through a zip archive only, where
 * sums and sizes shield it. The input is the text of the header. */
#include <string.h>

#include "fuzz/fuzz.h"
#include "npz/npy.h"

#define LENGTH_FIELD 2u /* bytes, version 1.0 */

static void check_product(const gm_npy_header *header)
{
    size_t n = 1;
    FUZZ_CHECK(header->n_dims <= GM_NPY_MAX_DIMS);
    for (unsigned i = 0; i < header->n_dims; ++i) {
        FUZZ_CHECK(header->shape[i] == 0 || n <= SIZE_MAX / header->shape[i]);
        n *= header->shape[i];
    }
    FUZZ_CHECK(header->n_elements == n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    gm_npy_header header = {0};
    gm_npy_header copy = {0};
    if (size > GM_NPY_MAX_HEADER) /* what the reader of archives sees to */
        return 0;
    if (!fuzz_succeeded(gm_npy_parse_header(&header, (const char *)data, size, "input")))
        return 0;
    check_product(&header);
    if (strchr(header.type, '\'') != NULL) /* no type of ours; the writer does not quote */
        return 0;
    unsigned char preamble[GM_NPY_PREAMBLE_SIZE];
    const size_t n = gm_npy_format_preamble(preamble, header.type, header.shape, header.n_dims);
    const size_t start = GM_NPY_MAGIC_SIZE + LENGTH_FIELD;
    size_t n_length_bytes = 0;
    FUZZ_CHECK(n > start && n <= sizeof preamble);
    FUZZ_CHECK(gm_npy_check_magic(preamble, "copy", &n_length_bytes) == GEMLET_OK);
    FUZZ_CHECK(n_length_bytes == LENGTH_FIELD);
    FUZZ_CHECK(gm_npy_parse_header(&copy, (const char *)preamble + start, n - start, "copy") ==
               GEMLET_OK);
    FUZZ_CHECK(strcmp(header.type, copy.type) == 0);
    FUZZ_CHECK(header.n_dims == copy.n_dims && header.n_elements == copy.n_elements);
    FUZZ_CHECK(memcmp(header.shape, copy.shape, header.n_dims * sizeof header.shape[0]) == 0);
    return 0;
}
