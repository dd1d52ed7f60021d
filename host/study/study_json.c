/* SPDX-License-Identifier: MIT
 * See study_json.h. */
#include "study/study_json.h"

#include <stdlib.h>

#include "core/file.h"
#include "model/spec.h"
#include "core/json.h"

static int add_statistics(cJSON *layer, const char *key, const gm_tensor_statistics *s,
                          const double range[2])
{
    cJSON *object = cJSON_AddObjectToObject(layer, key);
    if (object == NULL || !gm_json_add_real(object, "mean", s->mean) ||
        !gm_json_add_real(object, "std", s->std) || !gm_json_add_real(object, "min", s->low) ||
        !gm_json_add_real(object, "max", s->high) || !gm_json_add_real(object, "norm", s->norm) ||
        !gm_json_add_real(object, "saturated", s->saturated) ||
        !gm_json_add_real(object, "dead", s->dead) ||
        !gm_json_add_real(object, "bins_from", range[0]) ||
        !gm_json_add_real(object, "bins_to", range[1]) ||
        !gm_json_add_count(object, "below", (uint64_t)s->below) ||
        !gm_json_add_count(object, "above", (uint64_t)s->above))
        return 0;
    cJSON *bins = cJSON_AddArrayToObject(object, "bins");
    int ok = bins != NULL;
    for (unsigned i = 0; ok && i < GM_STUDY_BINS; ++i)
        ok = cJSON_AddItemToArray(bins, cJSON_CreateNumber(s->bins[i]));
    return ok;
}

static int add_layers(cJSON *object, const gm_study_case *c)
{
    cJSON *layers = cJSON_AddArrayToObject(object, "layers");
    int ok = layers != NULL;
    for (unsigned l = 0; ok && l < c->depth; ++l) {
        const gm_study_layer *layer = &c->layers[l];
        cJSON *item = cJSON_CreateObject();
        ok = cJSON_AddItemToArray(layers, item) &&
             add_statistics(item, "pre_activation", &layer->z, layer->z_range) &&
             add_statistics(item, "activation", &layer->y, layer->y_range) &&
             add_statistics(item, "gradient", &layer->dz, layer->dz_range) &&
             gm_json_add_real(item, "gradient_to_last",
                              layer->dz.norm / c->layers[c->depth - 1].dz.norm) &&
             gm_json_add_real(item, "gradient_passed", layer->passed);
    }
    return ok;
}

static int add_verdict(cJSON *object, const gm_study_verdict *v)
{
    cJSON *verdict = cJSON_AddObjectToObject(object, "verdict");
    return verdict != NULL && gm_json_add_text(verdict, "text", v->text) &&
           cJSON_AddBoolToObject(verdict, "saturates", v->saturates) != NULL &&
           cJSON_AddBoolToObject(verdict, "loses_gradient", v->loses) != NULL &&
           cJSON_AddBoolToObject(verdict, "gradient_vanishes", v->vanishes) != NULL &&
           cJSON_AddBoolToObject(verdict, "gradient_explodes", v->explodes) != NULL &&
           cJSON_AddBoolToObject(verdict, "signal_vanishes", v->fades) != NULL &&
           cJSON_AddBoolToObject(verdict, "signal_explodes", v->grows) != NULL &&
           cJSON_AddBoolToObject(verdict, "untrained_loss_is_wrong", v->loss_is_wrong) != NULL &&
           gm_json_add_real(verdict, "gradient_ratio", v->gradient_ratio) &&
           gm_json_add_real(verdict, "signal_ratio", v->signal_ratio);
}

static int add_training(cJSON *object, const gm_study_case *c)
{
    cJSON *training = cJSON_AddObjectToObject(object, "training");
    if (training == NULL || !gm_json_add_count(training, "diverged_step", c->diverged_step) ||
        !gm_json_add_real(training, "final_accuracy", c->final_accuracy))
        return 0;
    cJSON *losses = cJSON_AddArrayToObject(training, "losses");
    int ok = losses != NULL;
    for (size_t i = 0; ok && i < c->n_losses; ++i) {
        cJSON *item = cJSON_CreateObject();
        ok = cJSON_AddItemToArray(losses, item) &&
             gm_json_add_count(item, "step", c->losses[i].step) &&
             gm_json_add_real(item, "loss", c->losses[i].loss);
    }
    return ok;
}

static int add_case(cJSON *cases, const gm_study_case *c, const gm_study_options *options)
{
    cJSON *object = cJSON_CreateObject();
    return cJSON_AddItemToArray(cases, object) && gm_json_add_text(object, "name", c->name) &&
           gm_json_add_text(object, "title", c->title) &&
           gm_json_add_text(object, "activation", gm_activation_name(c->activation)) &&
           gm_json_add_text(object, "scheme", gm_study_scheme_title(c->scheme)) &&
           cJSON_AddBoolToObject(object, "batch_norm", c->batch_norm) != NULL &&
           gm_json_add_count(object, "depth", c->depth) &&
           gm_json_add_real(object, "untrained_loss", c->loss) &&
           gm_json_add_real(object, "expected_loss", c->expected_loss) &&
           add_verdict(object, &c->verdict) && add_layers(object, c) &&
           (options->steps == 0 || add_training(object, c));
}

gemlet_status gm_study_json_write(const char *directory, const gm_study *study,
                                  const char *device_name, const char *data)
{
    const gm_study_options *options = &study->options;
    cJSON *root = cJSON_CreateObject();
    int ok = root != NULL && gm_json_add_count(root, "schema_version", GM_STUDY_SCHEMA) &&
             gm_json_add_text(root, "gemlet_version", gemlet_version()) &&
             gm_json_add_text(root, "device", device_name) &&
             gm_json_add_text(root, "data", data) &&
             gm_json_add_count(root, "width", options->width) &&
             gm_json_add_count(root, "rows", options->rows) &&
             gm_json_add_count(root, "steps", options->steps) &&
             gm_json_add_count(root, "batch", options->batch) &&
             gm_json_add_real(root, "learning_rate", options->learning_rate) &&
             gm_json_add_count(root, "seed", options->seed);
    cJSON *cases = ok ? cJSON_AddArrayToObject(root, "cases") : NULL;
    ok = cases != NULL;
    for (size_t i = 0; ok && i < study->n_cases; ++i)
        ok = add_case(cases, &study->cases[i], options);
    if (!ok) {
        cJSON_Delete(root);
        root = NULL;
    }
    char *path;
    const gemlet_status status = gm_path_join(&path, directory, GM_STUDY_JSON_NAME);
    if (status != GEMLET_OK) {
        cJSON_Delete(root);
        return status;
    }
    const gemlet_status written = gm_json_write(path, root);
    free(path);
    return written;
}
