/* SPDX-License-Identifier: MIT
 * See gemlet/export.h: which format is written by whom. */
#include "gemlet/export.h"

#include "core/struct_size.h"
#include "export/c_source.h"
#include "export/contents.h"
#include "export/onnx.h"
#include "export/plain_npz.h"
#include "export/safetensors.h"

static const gemlet_export_options defaults = {
    .struct_size = sizeof defaults,
    .format = GEMLET_EXPORT_C,
    .input = GEMLET_EXPORT_INPUT_AUTO,
    .columns = GEMLET_EXPORT_COLUMNS_SEPARATE,
};

void gemlet_export_options_init_sized(void *options, size_t struct_size)
{
    gm_struct_init(options, struct_size, &defaults, sizeof defaults);
}

static gemlet_status write(const gm_export_contents *contents, gemlet_export_format format)
{
    switch (format) {
    case GEMLET_EXPORT_C:
        return gm_export_c(contents);
    case GEMLET_EXPORT_ONNX:
        return gm_export_onnx(contents);
    case GEMLET_EXPORT_SAFETENSORS:
        return gm_export_safetensors(contents);
    case GEMLET_EXPORT_NPZ:
        return gm_export_npz(contents);
    }
    return gm_error(GEMLET_E_ARGUMENT, "export format: found %d, expected one of gemlet/export.h",
                    (int)format);
}

gemlet_status gemlet_model_export(const gemlet_model *model, const char *path,
                                  const gemlet_export_options *options)
{
    gemlet_export_options full = defaults;
    gm_export_contents contents;
    GEMLET_TRY(gm_struct_complete(&full, sizeof full, options, "export options"));
    GEMLET_TRY(gm_export_contents_make(&contents, model, path, &full));
    const gemlet_status status = write(&contents, full.format);
    gm_export_contents_free(&contents);
    return status;
}
