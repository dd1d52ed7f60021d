/* SPDX-License-Identifier: MIT
 * All of the public interface. */
#ifndef GEMLET_GEMLET_H
#define GEMLET_GEMLET_H

#include "gemlet/dataset.h"
#include "gemlet/device.h"
#include "gemlet/export.h"
#include "gemlet/fit.h"
#include "gemlet/model.h"
#include "gemlet/status.h"
#include "gemlet/table.h"
#include "gemlet/train.h"
#include "gemlet/version.h"

#endif
