# SPDX-License-Identifier: MIT
"""The library's failures as exceptions, with its one-line messages."""

import re

# Parameters of estimators that are called otherwise than options of the command line.
_PARAMETERS = {"seed": "random_state", "target": "y", "weight": "sample_weight"}


class GemletError(Exception):
    """Base of what this package raises for failures of the library."""


class InputError(GemletError, ValueError):
    """Data, a parameter or a model that cannot be used."""


class FileError(GemletError, OSError):
    """A file that cannot be opened, read or written."""


class DeviceError(GemletError, RuntimeError):
    """No such device, or one that cannot be used or calculates wrongly."""


class DivergedError(GemletError, ArithmeticError):
    """A training whose loss or weights became infinite or no numbers."""


# By the values of gemlet/status.h.
_CLASSES = {
    -1: InputError,
    -2: MemoryError,
    -3: FileError,
    -4: InputError,
    -5: InputError,
    -6: InputError,
    -7: DeviceError,
    -8: DeviceError,
    -9: DeviceError,
    -10: DivergedError,
}


def _as_parameters(message):
    """Options in a message, "--lr-schedule", as the parameters that they are here."""
    return re.sub(
        r"--([a-z][a-z0-9-]*)",
        lambda option: _PARAMETERS.get(option[1], option[1].replace("-", "_")),
        message,
    )


def error(status, message, detail=""):
    """The exception for a status of the library."""
    text = _as_parameters(message)
    return _CLASSES.get(status, GemletError)(f"{text}\n{detail}" if detail else text)
