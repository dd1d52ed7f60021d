/* SPDX-License-Identifier: MIT
 * Messages in the wire format of protocol buffers, written by hand: a message is a run of fields,
 * each a number, a type and a value (protobuf.dev, "Encoding"). Numbers of fields are those of the
 * .proto file that whoever reads the message has. */
#ifndef GM_EXPORT_PROTOBUF_H
#define GM_EXPORT_PROTOBUF_H

#include <stddef.h>
#include <stdint.h>

#include "core/error.h"

/* A message that grows. Starts as {0}. The first failure to get memory is kept in `status`, after
 * which nothing is added. Release with gm_protobuf_free(). */
typedef struct gm_protobuf {
    char *bytes;
    size_t n;
    size_t capacity;
    gemlet_status status;
} gm_protobuf;

void gm_protobuf_integer(gm_protobuf *message, unsigned field,
                         uint64_t value); /* int32, int64, enum */
void gm_protobuf_float(gm_protobuf *message, unsigned field, float value);
void gm_protobuf_bytes(gm_protobuf *message, unsigned field, const void *bytes, size_t n);
void gm_protobuf_text(gm_protobuf *message, unsigned field, const char *text);

/* Adds a message as a field and releases it. */
void gm_protobuf_message(gm_protobuf *message, unsigned field, gm_protobuf *part);

/* Begins a field of n bytes, which the caller writes behind the message. */
void gm_protobuf_announce(gm_protobuf *message, unsigned field, uint64_t n);

void gm_protobuf_free(gm_protobuf *message);

#endif
