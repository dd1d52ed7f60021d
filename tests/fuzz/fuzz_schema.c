/* SPDX-License-Identifier: MIT
 * Fuzz target of schemas, which come from model files: one that is read is the same after it was
 * written and read again, and an encoding follows from it. */
#include <stdlib.h>
#include <string.h>

#include "fuzz/fuzz.h"
#include "table/encode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    gm_schema *schema;
    gm_schema *again;
    gm_encoding *encoding;
    char *text = malloc(size + 1);
    char *written;
    char *written_again;
    FUZZ_CHECK(text != NULL);
    memcpy(text, data, size);
    text[size] = '\0';
    if (fuzz_succeeded(gm_schema_from_json(&schema, text, "schema"))) {
        FUZZ_CHECK(gm_schema_to_json(&written, schema) == GEMLET_OK);
        FUZZ_CHECK(gm_schema_from_json(&again, written, "schema") == GEMLET_OK);
        FUZZ_CHECK(gm_schema_to_json(&written_again, again) == GEMLET_OK);
        FUZZ_CHECK(strcmp(written, written_again) == 0);
        if (fuzz_succeeded(gm_encode_schema(&encoding, again)))
            gm_encoding_release(encoding);
        free(written_again);
        free(written);
        gm_schema_destroy(again);
        gm_schema_destroy(schema);
    } else {
        FUZZ_CHECK(schema == NULL);
    }
    free(text);
    return 0;
}
