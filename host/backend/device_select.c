/* SPDX-License-Identifier: MIT
 * Selection of a device; see device_select.h. The order of the rules: "auto", a type, an index, a
 * name. */
#include "backend/device_select.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/memory.h"
#include "core/names.h"

/* Accelerators come last: many are emulators, for those who develop for the real ones. */
static const gemlet_device_type auto_order[] = {GEMLET_DEVICE_GPU, GEMLET_DEVICE_OPENCL_CPU,
                                                GEMLET_DEVICE_CPU_PATH, GEMLET_DEVICE_ACCELERATOR};

#define N_AUTO_ORDER (sizeof auto_order / sizeof auto_order[0])

const char *gemlet_device_type_name(gemlet_device_type type)
{
    return gm_name_of(gm_device_type_names, type);
}

/* Text that grows in a fixed array and is cut where that ends. */
typedef struct text_list {
    char text[640];
    size_t length;
    size_t n_entries;
} text_list;

static void append_text(text_list *list, const char *text)
{
    const int n = snprintf(list->text + list->length, sizeof list->text - list->length, "%s", text);
    list->length += (size_t)n;
    if (list->length >= sizeof list->text)
        list->length = sizeof list->text - 1;
}

/* Appends "0 'name' (gpu)", or with "unusable: reason". */
static void append_device(text_list *list, const gemlet_device_info *info)
{
    char index[16] = "";
    if (info->index >= 0)
        snprintf(index, sizeof index, "%d ", info->index);
    append_text(list, list->n_entries > 0 ? ", " : "");
    append_text(list, index);
    append_text(list, "'");
    append_text(list, info->name);
    append_text(list, "' (");
    append_text(list, gemlet_device_type_name(info->type));
    if (!info->usable) {
        append_text(list, ", unusable: ");
        append_text(list, info->unusable_reason);
    }
    append_text(list, ")");
    ++list->n_entries;
}

static void append_devices(text_list *list, const gemlet_device_info *infos, size_t n_infos)
{
    for (size_t i = 0; i < n_infos; ++i)
        append_device(list, &infos[i]);
}

static gemlet_status no_match(const gemlet_device_info *infos, size_t n_infos, const char *selector,
                              const char *what)
{
    text_list list = {"", 0, 0};
    append_devices(&list, infos, n_infos);
    return gm_error(GEMLET_E_DEVICE, "device '%.80s': %s; there are: %s", selector, what,
                    list.text);
}

static gemlet_status unusable(const gemlet_device_info *info, const char *selector)
{
    return gm_error(GEMLET_E_DEVICE, "device '%.80s': '%s' on %s cannot be used: %s", selector,
                    info->name, info->platform, info->unusable_reason);
}

static gemlet_status choose(size_t *position, char **why, const gemlet_device_info *infos,
                            size_t chosen, const char *reason)
{
    const gemlet_device_info *info = &infos[chosen];
    *position = chosen;
    if (info->index < 0)
        return gm_format_string(why, "%s: %s", info->name, reason);
    return gm_format_string(why, "device %d, %s (%s, %s): %s", info->index, info->name,
                            gemlet_device_type_name(info->type), info->platform, reason);
}

static double speed(const gemlet_device_info *info)
{
    return (double)info->compute_units * (info->clock_mhz > 0 ? info->clock_mhz : 1);
}

/* 1 if a, which comes later in the list, is to be preferred to b of the same type. Compute units
 * are no measure across vendors, but tell a large GPU from a small one. Drivers for the CPU all
 * drive the same one. */
static int is_better(const gemlet_device_info *a, const gemlet_device_info *b)
{
    if (a->type == GEMLET_DEVICE_OPENCL_CPU)
        return 0;
    if (a->shares_host_memory != b->shares_host_memory)
        return !a->shares_host_memory;
    return speed(a) > speed(b);
}

/* Position of the best usable device of a type, or n_infos. *first_unusable = the first of the
 * type that is not, or n_infos. */
static size_t find_type(const gemlet_device_info *infos, size_t n_infos, gemlet_device_type type,
                        size_t *first_unusable)
{
    size_t best = n_infos;
    *first_unusable = n_infos;
    for (size_t i = 0; i < n_infos; ++i) {
        if (infos[i].type != type)
            continue;
        if (infos[i].usable && (best == n_infos || is_better(&infos[i], &infos[best])))
            best = i;
        if (!infos[i].usable && *first_unusable == n_infos)
            *first_unusable = i;
    }
    return best;
}

static gemlet_status select_auto(size_t *position, char **why, const gemlet_device_info *infos,
                                 size_t n_infos)
{
    static const char *const reasons[N_AUTO_ORDER] = {
        "the best usable GPU", "no usable GPU, the first usable OpenCL CPU device",
        "no usable OpenCL GPU or CPU device", "no other usable device than accelerators"};
    for (size_t i = 0; i < N_AUTO_ORDER; ++i) {
        size_t first_unusable;
        const size_t found = find_type(infos, n_infos, auto_order[i], &first_unusable);
        if (found < n_infos)
            return choose(position, why, infos, found, reasons[i]);
    }
    return no_match(infos, n_infos, "auto", "no usable device");
}

static gemlet_status select_type(size_t *position, char **why, const gemlet_device_info *infos,
                                 size_t n_infos, gemlet_device_type type)
{
    const char *selector = gemlet_device_type_name(type);
    size_t first_unusable;
    const size_t found = find_type(infos, n_infos, type, &first_unusable);
    if (found < n_infos)
        return choose(position, why, infos, found, "the best usable one of the type asked for");
    if (first_unusable < n_infos)
        return unusable(&infos[first_unusable], selector);
    return no_match(infos, n_infos, selector, "no device is of this type");
}

static int is_number(const char *text)
{
    return text[0] != '\0' && text[strspn(text, "0123456789")] == '\0';
}

/* Value of a string of digits; large ones give SIZE_MAX. */
static size_t parse_number(const char *digits)
{
    size_t value = 0;
    for (; *digits != '\0'; ++digits) {
        const size_t digit = (size_t)(*digits - '0');
        if (value > (SIZE_MAX - digit) / 10)
            return SIZE_MAX;
        value = value * 10 + digit;
    }
    return value;
}

static gemlet_status select_index(size_t *position, char **why, const gemlet_device_info *infos,
                                  size_t n_infos, const char *selector)
{
    const size_t index = parse_number(selector);
    for (size_t i = 0; i < n_infos; ++i) {
        if (infos[i].index < 0 || (size_t)infos[i].index != index)
            continue;
        if (!infos[i].usable)
            return unusable(&infos[i], selector);
        return choose(position, why, infos, i, "the index asked for");
    }
    return no_match(infos, n_infos, selector, "no device has this index");
}

static int contains_ignoring_case(const char *text, const char *part)
{
    for (; *text != '\0'; ++text) {
        size_t i = 0;
        while (part[i] != '\0' &&
               tolower((unsigned char)text[i]) == tolower((unsigned char)part[i]))
            ++i;
        if (part[i] == '\0')
            return 1;
    }
    return 0;
}

static int name_matches(const gemlet_device_info *info, const char *selector, int exactly)
{
    if (exactly)
        return strcasecmp(info->name, selector) == 0;
    return contains_ignoring_case(info->name, selector) ||
           contains_ignoring_case(info->platform, selector);
}

static gemlet_status select_name(size_t *position, char **why, const gemlet_device_info *infos,
                                 size_t n_infos, const char *selector)
{
    int exactly = 0;
    for (size_t i = 0; i < n_infos; ++i)
        exactly = exactly || name_matches(&infos[i], selector, 1);

    text_list candidates = {"", 0, 0};
    size_t found = n_infos;
    size_t first_unusable = n_infos;
    for (size_t i = 0; i < n_infos; ++i) {
        if (!name_matches(&infos[i], selector, exactly))
            continue;
        if (infos[i].usable) {
            found = i;
            append_device(&candidates, &infos[i]);
        } else if (first_unusable == n_infos) {
            first_unusable = i;
        }
    }
    if (candidates.n_entries > 1)
        return gm_error(GEMLET_E_DEVICE,
                        "device '%.80s': %zu devices match, one is needed: %s; an index tells them "
                        "apart",
                        selector, candidates.n_entries, candidates.text);
    if (found < n_infos)
        return choose(position, why, infos, found,
                      exactly ? "the name asked for" : "the one that matches the text asked for");
    if (first_unusable < n_infos)
        return unusable(&infos[first_unusable], selector);
    return no_match(infos, n_infos, selector, "no name or platform contains this text");
}

gemlet_status gm_device_select(size_t *position, char **why, const gemlet_device_info *infos,
                               size_t n_infos, const char *selector)
{
    static const gemlet_device_type types[] = {GEMLET_DEVICE_GPU, GEMLET_DEVICE_ACCELERATOR,
                                               GEMLET_DEVICE_OPENCL_CPU, GEMLET_DEVICE_CPU_PATH};
    *why = NULL;
    if (selector == NULL || selector[0] == '\0')
        return no_match(infos, n_infos, "", "the selector is empty");
    if (strcasecmp(selector, "auto") == 0)
        return select_auto(position, why, infos, n_infos);
    if (strcasecmp(selector, gemlet_device_type_name(GEMLET_DEVICE_REFERENCE)) == 0) {
        *position = GM_DEVICE_SELECT_REFERENCE;
        return gm_copy_string(why, "double-precision reference: asked for");
    }
    for (size_t i = 0; i < sizeof types / sizeof types[0]; ++i) {
        if (strcasecmp(selector, gemlet_device_type_name(types[i])) == 0)
            return select_type(position, why, infos, n_infos, types[i]);
    }
    if (is_number(selector))
        return select_index(position, why, infos, n_infos, selector);
    return select_name(position, why, infos, n_infos, selector);
}

int gm_device_select_is_host(gemlet_device_type *type, const char *selector)
{
    static const gemlet_device_type types[] = {GEMLET_DEVICE_CPU_PATH, GEMLET_DEVICE_REFERENCE};
    for (size_t i = 0; selector != NULL && i < sizeof types / sizeof types[0]; ++i) {
        if (strcasecmp(selector, gemlet_device_type_name(types[i])) == 0) {
            *type = types[i];
            return 1;
        }
    }
    return 0;
}
