/* SPDX-License-Identifier: MIT
 * The part of an ONNX graph that makes inputs of the network of raw values. */
#ifndef GM_EXPORT_ONNX_INPUTS_H
#define GM_EXPORT_ONNX_INPUTS_H

#include "export/contents.h"
#include "export/onnx_graph.h"

/* Adds the inputs of the graph and what makes of them the network's, (batch, n_inputs), *name out.
 * Those of a table come kind by kind: order (n_inputs) out has which input of the network is where.
 */
gemlet_status gm_onnx_add_inputs(gm_onnx_graph *graph, gm_onnx_name *name, gemlet_dim *order,
                                 const gm_export_contents *contents);

/* Whether operators of the domain ai.onnx.ml are used. */
int gm_onnx_needs_ml(const gm_export_contents *contents);

#endif
