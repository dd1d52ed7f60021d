# SPDX-License-Identifier: MIT
"""From arrays and frames to a gemlet_table: numbers, dates and texts, each with its gaps.

What a column is follows from its type alone, in the way in which a CSV file of it would be read: numbers
are numbers; strings, categories and the truth values of a frame are texts; dates are dates. None, NaN,
NaT and pandas.NA are gaps.
"""

import ctypes
import numbers

import numpy as np

from . import _library


class Table:
    """A gemlet_table, and what was copied for it.

    Parameters
    ----------
    n_rows : int
    """

    def __init__(self, n_rows):
        self.n_rows = n_rows
        self.handle = ctypes.c_void_p()
        _library.table_create(ctypes.byref(self.handle), n_rows)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        _library.table_destroy(self.handle)

    def add_numbers(self, name, values):
        """values: (n_rows,) numbers of any type; NaN is a gap."""
        types = {
            np.dtype("u1"): _library.NUMBER_U8,
            np.dtype("f4"): _library.NUMBER_F32,
            np.dtype("f8"): _library.NUMBER_F64,
        }
        if values.dtype not in types:
            values = values.astype(np.float64)
        if values.strides[0] < 0:
            values = np.ascontiguousarray(values)
        _library.table_add_numbers(
            self.handle, name.encode(), types[values.dtype], values.ctypes.data, values.strides[0]
        )

    def add_dates(self, name, values):
        """values: (n_rows,) of type datetime64; NaT is a gap."""
        seconds = values.astype("M8[us]").astype(np.int64) / 1e6
        seconds[np.isnat(values)] = np.nan
        _library.table_add_dates(self.handle, name.encode(), seconds.ctypes.data, seconds.strides[0])

    def add_texts(self, name, levels, codes):
        """levels: list of str; codes: (n_rows,) which of them each row has, -1 a gap."""
        codes = np.ascontiguousarray(codes, dtype=np.int32)
        texts = (ctypes.c_char_p * len(levels))(*(_encode(level) for level in levels))
        _library.table_add_texts(
            self.handle, name.encode(), texts, len(levels), codes.ctypes.data_as(ctypes.POINTER(ctypes.c_int32))
        )

    def add(self, name, values, as_texts=False):
        """A column as its type has it: an array or a pandas Series.

        as_texts: numbers are named by their values, as the model was trained on texts.
        """
        kind, data = _interpret(values)
        if as_texts and kind == "numbers":
            kind, data = "texts", _code([None if np.isnan(v) else name_of(v) for v in data])
        if kind == "texts":
            self.add_texts(name, *data)
        elif kind == "dates":
            self.add_dates(name, data)
        else:
            self.add_numbers(name, data)


def _encode(text):
    if "\0" in text:
        raise ValueError(f"found the text {text!r}, expected none with zero bytes")
    return text.encode()


def is_frame(X):
    """Whether X is a pandas DataFrame, without importing pandas."""
    return hasattr(X, "iloc") and hasattr(X, "columns")


def name_of(value):
    """A level as text: what a number, a truth value or a string is called in a file."""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, (bool, np.bool_)):
        return str(bool(value))
    if isinstance(value, numbers.Integral):
        return str(int(value))
    if isinstance(value, numbers.Real):
        if value == 0:
            return "0"  # without the sign
        return next(text for text in (f"{value:.{n}g}" for n in (15, 16, 17)) if float(text) == value)
    return str(value)


def _code(texts):
    """Levels and codes of a list of str, where None is a gap."""
    place = {}
    codes = np.fromiter(
        (-1 if text is None else place.setdefault(text, len(place)) for text in texts), np.int32, len(texts)
    )
    return list(place), codes


def _is_gap(value):
    """None, NaN, NaT, pandas.NA: what is not equal to itself, or cannot say so."""
    if value is None:
        return True
    try:
        return bool(value != value)
    except (TypeError, ValueError):
        return type(value).__name__ == "NAType"


def _interpret_objects(values):
    """Of Python objects: numbers if all are, texts if any is."""
    values = [None if _is_gap(value) else value for value in values]
    for value in values:
        if value is not None and not isinstance(value, (str, numbers.Real, np.bool_)):
            raise TypeError(f"argument must be a string or a real number, found {type(value).__name__}")
    if any(isinstance(value, (str, bool, np.bool_)) for value in values):
        return "texts", _code([None if value is None else name_of(value) for value in values])
    return "numbers", np.array([np.nan if value is None else float(value) for value in values])


def _interpret(values):
    """("numbers", array), ("dates", array) or ("texts", (levels, codes))."""
    dtype = values.dtype
    if hasattr(values, "cat"):  # a pandas Series of categories
        levels = [name_of(level) for level in values.cat.categories]
        return "texts", (levels, values.cat.codes.to_numpy())
    is_series = hasattr(values, "iloc")
    if is_series and str(dtype) in ("bool", "boolean"):
        return _interpret_objects(values.to_numpy(dtype=object))
    if getattr(dtype, "kind", "O") in "biuf":
        if is_series:  # of pandas' own types, which have gaps
            values = values.to_numpy(dtype=np.float64, na_value=np.nan) if dtype != np.float32 else values.to_numpy()
        return "numbers", values
    if getattr(dtype, "kind", "O") == "M":
        if getattr(dtype, "tz", None) is not None:
            values = values.dt.tz_convert("UTC").dt.tz_localize(None)
        return "dates", np.asarray(values)
    if getattr(dtype, "kind", "O") in "cmV":
        raise TypeError(f"found a column of type {dtype}, expected numbers, dates, texts or categories")
    return _interpret_objects(values.to_numpy(dtype=object) if is_series else values.astype(object))


def columns_of(X):
    """The columns of a frame or of an array (n_rows, n_features), one after the other."""
    if is_frame(X):
        return [X.iloc[:, i] for i in range(X.shape[1])]
    return [X[:, i] for i in range(X.shape[1])]
