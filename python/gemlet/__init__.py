# SPDX-License-Identifier: MIT
"""Multi-layer perceptrons for scikit-learn, trained on any OpenCL device or CPU.

`MLPClassifier` and `MLPRegressor` are scikit-learn estimators for NumPy arrays and pandas frames with
columns of any kind. `Model` is what they have trained, and what the files of the command line hold.
"""

from ._errors import DeviceError, DivergedError, FileError, GemletError, InputError
from ._estimators import MLPClassifier, MLPRegressor
from ._library import version as _version
from ._model import Model

__version__ = _version()

__all__ = [
    "DeviceError",
    "DivergedError",
    "FileError",
    "GemletError",
    "InputError",
    "MLPClassifier",
    "MLPRegressor",
    "Model",
]
