# SPDX-License-Identifier: MIT
"""The C library, function by function as its headers (gemlet/*.h) have them.

ctypes lets other Python threads run while a function of the library does. Strings are UTF-8.
"""

import ctypes
import pathlib
from ctypes import POINTER, byref, c_char_p, c_double, c_int, c_int32, c_size_t, c_uint32, c_uint64, c_void_p

from ._errors import error

_library = ctypes.CDLL(str(pathlib.Path(__file__).with_name("libgemlet.so")))

NUMBER_U8, NUMBER_F32, NUMBER_F64 = range(3)
COLUMN_NUMBERS, COLUMN_DATES, COLUMN_TEXTS = range(3)
ELEMENT_U8, ELEMENT_F32 = range(2)


class Progress(ctypes.Structure):
    """gemlet_progress"""

    _fields_ = [
        ("step", c_uint64),
        ("n_steps", c_uint64),
        ("epoch", c_double),
        ("learning_rate", c_double),
        ("train_loss", c_double),
        ("train_accuracy", c_double),
        ("seconds", c_double),
        ("steps_per_second", c_double),
        ("validation_step", c_uint64),
        ("validation_loss", c_double),
        ("validation_accuracy", c_double),
    ]


ProgressCallback = ctypes.CFUNCTYPE(None, POINTER(Progress), c_void_p)
NoteCallback = ctypes.CFUNCTYPE(None, c_char_p, c_void_p)


class FitOptions(ctypes.Structure):
    """gemlet_fit_options"""

    _fields_ = [
        ("struct_size", c_size_t),
        ("options", POINTER(c_char_p)),
        ("n_options", c_size_t),
        ("on_progress", ProgressCallback),
        ("on_note", NoteCallback),
        ("user", c_void_p),
        ("stop", POINTER(c_int)),
    ]


class FitResult(ctypes.Structure):
    """gemlet_fit_result"""

    _fields_ = [
        ("steps", c_uint64),
        ("n_steps", c_uint64),
        ("model_steps", c_uint64),
        ("epochs", c_double),
        ("seconds", c_double),
        ("train_loss", c_double),
        ("train_accuracy", c_double),
        ("validation_rows", c_uint64),
        ("validation_loss", c_double),
        ("validation_accuracy", c_double),
        ("stopped", c_int),
        ("stopped_early", c_int),
    ]


def _check(status, _function, _arguments):
    """The message belongs to the thread that called."""
    if status != 0:
        raise error(status, _text(_last_error()), _text(_last_error_detail()))
    return status


def _text(value):
    return None if value is None else value.decode()


def _function(name, result, *arguments):
    function = getattr(_library, "gemlet_" + name)
    function.argtypes = arguments
    function.restype = result
    return function


def _checked(name, *arguments):
    """A function that returns a gemlet_status, which becomes an exception."""
    function = _function(name, c_int, *arguments)
    function.errcheck = _check
    return function


_out = POINTER(c_void_p)
_last_error = _function("last_error", c_char_p)
_last_error_detail = _function("last_error_detail", c_char_p)
_version = _function("version", c_char_p)

device_open_usual = _checked("device_open_usual", _out, c_char_p)
device_close = _function("device_close", None, c_void_p)
_device_choice = _function("device_choice", c_char_p, c_void_p)

table_create = _checked("table_create", _out, c_uint32)
table_add_numbers = _checked("table_add_numbers", c_void_p, c_char_p, c_int, c_void_p, c_size_t)
table_add_dates = _checked("table_add_dates", c_void_p, c_char_p, c_void_p, c_size_t)
table_add_texts = _checked("table_add_texts", c_void_p, c_char_p, POINTER(c_char_p), c_uint32, POINTER(c_int32))
table_destroy = _function("table_destroy", None, c_void_p)

dataset_create = _checked("dataset_create", _out, c_uint32, c_uint32, c_int, c_void_p, c_void_p)
dataset_set_weights = _checked("dataset_set_weights", c_void_p, c_void_p)
dataset_destroy = _function("dataset_destroy", None, c_void_p)

fit_table = _checked("fit_table", _out, c_void_p, c_void_p, POINTER(FitOptions), POINTER(FitResult))
fit_items = _checked("fit_items", _out, c_void_p, c_void_p, POINTER(FitOptions), POINTER(FitResult))
answer_table = _checked("answer_table", c_void_p, c_void_p, c_void_p, NoteCallback, c_void_p, c_void_p)
answer_items = _checked("answer_items", c_void_p, c_void_p, c_void_p, c_void_p)
answer_table_with_spread = _checked(
    "answer_table_with_spread", c_void_p, c_void_p, c_void_p, NoteCallback, c_void_p, c_void_p, c_void_p
)
answer_items_with_spread = _checked("answer_items_with_spread", c_void_p, c_void_p, c_void_p, c_void_p, c_void_p)

model_load_from = _checked("model_load_from", _out, c_char_p)
model_save = _checked("model_save", c_void_p, c_char_p)
model_destroy = _function("model_destroy", None, c_void_p)
model_networks = _function("model_networks", c_uint32, c_void_p)
_model_spec = _function("model_spec", c_void_p, c_void_p)
_spec_format = _checked("spec_format", c_void_p, c_char_p, c_size_t)
model_columns = _function("model_columns", c_uint32, c_void_p)
_model_column = _function("model_column", c_char_p, c_void_p, c_uint32, POINTER(c_int))
_model_target = _function("model_target", c_char_p, c_void_p)
_model_class = _function("model_class", c_char_p, c_void_p, c_uint32, POINTER(c_int))


def version():
    """The version of the library."""
    return _text(_version())


def device_choice(device):
    """Which device was taken, and why."""
    return _text(_device_choice(device))


def model_network(model):
    """The spec string of a model, "4-16-silu-3"."""
    text = ctypes.create_string_buffer(2048)  # GEMLET_SPEC_TEXT_SIZE
    _spec_format(_model_spec(model), text, len(text))
    return text.value.decode()


def model_column(model, place):
    """Name and kind of a column that a model takes."""
    kind = c_int()
    name = _text(_model_column(model, place, byref(kind)))
    return name, kind.value


def model_target(model):
    """The name of the column that a model predicts, or None."""
    return _text(_model_target(model))


def model_class(model, number):
    """Name and kind of a class, or (None, 0)."""
    kind = c_int()
    name = _text(_model_class(model, number, byref(kind)))
    return name, kind.value
