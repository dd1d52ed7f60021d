/* SPDX-License-Identifier: MIT
 * See content.h. */
#include "core/content.h"

#include <string.h>
#include <strings.h>

typedef struct signature {
    const char *name;
    size_t at;     /* offset in the file */
    size_t length; /* of bytes */
    const char *bytes;
} signature;

#define BYTES(text) sizeof(text) - 1, text

/* Longer ones first where one begins like another; none that a line of CSV may begin with. */
static const signature signatures[] = {
    {"a Git LFS pointer (git lfs pull gets the file)", 0,
     BYTES("version https://git-lfs.github.com/")},
    {"a git-annex pointer (git annex get gets the file)", 0, BYTES("/annex/objects/")},
    {"an npy file (one NumPy array)", 0, BYTES("\x93NUMPY")},
    {"a PNG picture", 0, BYTES("\x89PNG")},
    {"a JPEG picture", 0, BYTES("\xff\xd8\xff")},
    {"a GIF picture", 0, BYTES("GIF87a")},
    {"a GIF picture", 0, BYTES("GIF89a")},
    {"a TIFF picture", 0, BYTES("II*\0")},
    {"a WebP picture", 8, BYTES("WEBP")},
    {"a PDF document", 0, BYTES("%PDF-")},
    {"an RTF document", 0, BYTES("{\\rtf")},
    {"an old Excel or Office file", 0, BYTES("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")},
    {"gzip data", 0, BYTES("\x1f\x8b")},
    {"data of compress (.Z)", 0, BYTES("\x1f\x9d")},
    {"bzip2 data", 4, BYTES("1AY&SY")},
    {"xz data", 0,
     BYTES("\xfd"
           "7zXZ\0")},
    {"zstd data", 0, BYTES("\x28\xb5\x2f\xfd")},
    {"lz4 data", 0, BYTES("\x04\x22\x4d\x18")},
    {"a 7-Zip archive", 0, BYTES("7z\xbc\xaf\x27\x1c")},
    {"a RAR archive", 0, BYTES("Rar!\x1a\x07")},
    {"a tar archive", 257, BYTES("ustar\0")},
    {"a tar archive", 257, BYTES("ustar ")},
    {"an HDF5 file", 0, BYTES("\x89HDF\r\n\x1a\n")},
    {"a MATLAB file", 0, BYTES("MATLAB 5.0 MAT-file")},
    {"a Parquet file", 0, BYTES("PAR1\x15")},
    {"an Arrow (Feather) file", 0, BYTES("ARROW1\0")},
    {"an SQLite database", 0, BYTES("SQLite format 3")},
    {"a Python pickle", 0, BYTES("\x80\x02")},
    {"a Python pickle", 0, BYTES("\x80\x03")},
    {"a Python pickle", 0, BYTES("\x80\x04\x95")},
    {"a Python pickle", 0, BYTES("\x80\x05\x95")},
    {"a program (ELF)", 0,
     BYTES("\x7f"
           "ELF")},
    {"UTF-32 text", 0, BYTES("\xff\xfe\0\0")},
    {"UTF-32 text", 0, BYTES("\0\0\xfe\xff")},
    {"UTF-16 text", 0, BYTES("\xff\xfe")},
    {"UTF-16 text", 0, BYTES("\xfe\xff")},
};

static int has_bytes(const unsigned char *bytes, size_t n, size_t at, size_t length,
                     const char *wanted)
{
    return n >= at + length && memcmp(bytes + at, wanted, length) == 0;
}

/* ---- zip ------------------------------------------------------------------------------------ */

/* The first entry of an archive: its name's length is at 26, its name at 30. */
static int first_entry_ends(const unsigned char *bytes, size_t n, const char *end)
{
    const size_t end_length = strlen(end);
    const size_t length = n >= 30 ? bytes[26] | (size_t)bytes[27] << 8 : 0;
    return length >= end_length && n >= 30 + length &&
           memcmp(bytes + 30 + length - end_length, end, end_length) == 0;
}

static const char *zip_name(const unsigned char *bytes, size_t n)
{
    if (!has_bytes(bytes, n, 0, BYTES("PK\x03\x04")) &&
        !has_bytes(bytes, n, 0, BYTES("PK\x05\x06")))
        return NULL;
    if (first_entry_ends(bytes, n, ".npy"))
        return "an npz file (NumPy arrays)";
    if (first_entry_ends(bytes, n, "[Content_Types].xml") || first_entry_ends(bytes, n, ".rels"))
        return "an Excel or Office file (save the table as CSV)";
    if (first_entry_ends(bytes, n, "mimetype"))
        return "an OpenDocument file (save the table as CSV)";
    return "a zip archive (unpack it first)";
}

/* ---- text ----------------------------------------------------------------------------------- */

static const char *markup_name(const unsigned char *bytes, size_t n)
{
    static const char *const html[] = {"<!doctype html", "<html", "<head", "<body", "<title"};
    static const char mark[] = "\xef\xbb\xbf";
    size_t at = has_bytes(bytes, n, 0, BYTES(mark)) ? sizeof mark - 1 : 0;
    while (at < n && memchr(" \t\r\n", bytes[at], 4) != NULL)
        ++at;
    const char *text = (const char *)bytes + at;
    for (size_t i = 0; i < sizeof html / sizeof html[0]; ++i) {
        const size_t length = strlen(html[i]);
        if (n - at >= length && strncasecmp(text, html[i], length) == 0)
            return "a web page (HTML)";
    }
    if (at == n)
        return NULL;
    if (text[0] == '<')
        return "an XML document";
    return text[0] == '{' || text[0] == '[' ? "JSON" : NULL;
}

/* Without a byte order mark: pairs of a zero byte and a character of ASCII. */
static int is_utf16(const unsigned char *bytes, size_t n)
{
    size_t n_zeros[2] = {0, 0};
    if (n < 4)
        return 0;
    for (size_t i = 0; i + 1 < n; i += 2) {
        n_zeros[0] += bytes[i] == 0;
        n_zeros[1] += bytes[i + 1] == 0;
    }
    return (n_zeros[0] == n / 2 && n_zeros[1] == 0) || (n_zeros[1] == n / 2 && n_zeros[0] == 0);
}

/* An unfinished download may have got its length and no content. */
static int is_zeros(const unsigned char *bytes, size_t n)
{
    for (size_t i = 0; i < n; ++i) {
        if (bytes[i] != 0)
            return 0;
    }
    return n >= 16;
}

const char *gm_content_name(const unsigned char *bytes, size_t n)
{
    for (size_t i = 0; i < sizeof signatures / sizeof signatures[0]; ++i) {
        const signature *s = &signatures[i];
        if (has_bytes(bytes, n, s->at, s->length, s->bytes))
            return s->name;
    }
    const char *name = zip_name(bytes, n);
    if (name == NULL)
        name = markup_name(bytes, n);
    if (name == NULL && is_utf16(bytes, n))
        name = "UTF-16 text";
    if (name == NULL && is_zeros(bytes, n))
        name = "zero bytes and nothing else";
    return name;
}

int gm_content_is_text(const unsigned char *bytes, size_t n)
{
    for (size_t i = 0; i < n; ++i) {
        if ((bytes[i] < ' ' && memchr("\t\r\n\f", bytes[i], 4) == NULL) || bytes[i] == 0x7f)
            return 0;
    }
    return n > 0;
}
