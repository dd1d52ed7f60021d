/* SPDX-License-Identifier: MIT
 * See protobuf.h. */
#include "export/protobuf.h"

#include <stdlib.h>
#include <string.h>

enum wire_type {
    WIRE_VARINT = 0,
    WIRE_LENGTH = 2, /* a length, then as many bytes */
    WIRE_FIXED32 = 5
};

static void append(gm_protobuf *message, const void *bytes, size_t n)
{
    if (message->status != GEMLET_OK || n == 0)
        return;
    if (n > message->capacity - message->n) {
        const size_t capacity = 2 * (message->n + n);
        char *larger = realloc(message->bytes, capacity);
        if (larger == NULL) {
            message->status = gm_error(GEMLET_E_MEMORY, "message of an export: out of memory");
            return;
        }
        message->bytes = larger;
        message->capacity = capacity;
    }
    memcpy(message->bytes + message->n, bytes, n);
    message->n += n;
}

/* Seven bits a byte, the lowest first; the highest bit says that more follow. */
static void append_varint(gm_protobuf *message, uint64_t value)
{
    unsigned char bytes[10];
    size_t n = 0;
    for (; value >= 0x80; value >>= 7)
        bytes[n++] = (unsigned char)(value | 0x80);
    bytes[n++] = (unsigned char)value;
    append(message, bytes, n);
}

static void append_tag(gm_protobuf *message, unsigned field, enum wire_type type)
{
    append_varint(message, (uint64_t)field << 3 | (uint64_t)type);
}

void gm_protobuf_integer(gm_protobuf *message, unsigned field, uint64_t value)
{
    append_tag(message, field, WIRE_VARINT);
    append_varint(message, value);
}

void gm_protobuf_float(gm_protobuf *message, unsigned field, float value)
{
    uint32_t bits;
    unsigned char bytes[4];
    memcpy(&bits, &value, sizeof bits);
    for (size_t i = 0; i < 4; ++i)
        bytes[i] = (unsigned char)(bits >> (8 * i) & 0xff);
    append_tag(message, field, WIRE_FIXED32);
    append(message, bytes, sizeof bytes);
}

void gm_protobuf_announce(gm_protobuf *message, unsigned field, uint64_t n)
{
    append_tag(message, field, WIRE_LENGTH);
    append_varint(message, n);
}

void gm_protobuf_bytes(gm_protobuf *message, unsigned field, const void *bytes, size_t n)
{
    gm_protobuf_announce(message, field, n);
    append(message, bytes, n);
}

void gm_protobuf_text(gm_protobuf *message, unsigned field, const char *text)
{
    gm_protobuf_bytes(message, field, text, strlen(text));
}

void gm_protobuf_message(gm_protobuf *message, unsigned field, gm_protobuf *part)
{
    if (message->status == GEMLET_OK)
        message->status = part->status;
    gm_protobuf_bytes(message, field, part->bytes, part->n);
    gm_protobuf_free(part);
}

void gm_protobuf_free(gm_protobuf *message)
{
    free(message->bytes);
    *message = (gm_protobuf){0};
}
