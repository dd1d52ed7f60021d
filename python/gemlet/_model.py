# SPDX-License-Identifier: MIT
"""Models: trained networks with what they know of their data, and their files."""

import ctypes
import logging
import os
import pathlib
import tempfile

import numpy as np

from . import _library
from ._device import lend


_logger = logging.getLogger("gemlet")


class Model:
    """A trained network, as a model file of the command line holds it.

    Estimators have theirs as ``model_``; ``Model.load`` reads one from a file.

    Attributes
    ----------
    network : str
        Its layers, e.g. "4-16-silu-3"; a regression ends in "linear".
    n_networks : int
        Networks of an ensemble; 1 of any other model.
    columns : list of str
        Names of the columns that it takes; empty if it takes rows of bytes or numbers without names.
    target : str or None
        Name of the column that it predicts.
    classes : list of str or None
        Names of its classes; None if they are numbered only, or if it predicts a number.
    """

    def __init__(self, handle):
        self._handle = handle
        self.network = _library.model_network(handle)
        self.n_networks = max(1, _library.model_networks(handle))
        kinds = [_library.model_column(handle, i) for i in range(_library.model_columns(handle))]
        self.columns = [name for name, _ in kinds]
        self._takes_texts = [kind == _library.COLUMN_TEXTS for _, kind in kinds]
        self.target = _library.model_target(handle)
        name, self._class_kind = _library.model_class(handle, 0)
        self.classes = None
        if name is not None:
            self.classes = [_library.model_class(handle, i)[0] for i in range(self.n_outputs)]

    def __del__(self):
        handle = getattr(self, "_handle", None)
        if handle is not None:
            _library.model_destroy(handle)

    def __repr__(self):
        ensemble = f", n_networks={self.n_networks}" if self.n_networks > 1 else ""
        return f"Model({self.network!r}{ensemble})"

    @property
    def is_regression(self):
        """Whether it predicts a number."""
        return self.network.endswith("linear")

    @property
    def n_inputs(self):
        """Number of inputs of the network, which columns may have several of."""
        return int(self.network.split("-", 1)[0])

    @property
    def n_outputs(self):
        """Number of classes; 1 of a regression."""
        if self.is_regression:
            return 1
        return int(self.network.rsplit("-", 1)[-1].removesuffix("bn"))

    @classmethod
    def load(cls, path):
        """Reads a model.

        Parameters
        ----------
        path : str or path-like
            A model file (.npz), or the directory of a run of ``gemlet train``.

        Returns
        -------
        Model

        Raises
        ------
        FileError
            If there is no such file, or it cannot be read.
        InputError
            If it is no model, with the place of the first mistake.
        """
        handle = ctypes.c_void_p()
        _library.model_load_from(ctypes.byref(handle), os.fsencode(path))
        return cls(handle)

    def save(self, path):
        """Writes the model as .npz, which ``gemlet predict`` and the other commands take.

        Parameters
        ----------
        path : str or path-like
            Appears whole or not at all.
        """
        _library.model_save(self._handle, os.fsencode(path))

    def __reduce__(self):
        with tempfile.TemporaryDirectory(prefix="gemlet-") as directory:
            path = pathlib.Path(directory, "model.npz")
            self.save(path)
            return _from_bytes, (path.read_bytes(),)

    def answer_table(self, table, selector):
        """Probabilities (n_rows, n_outputs) or values (n_rows,) for the rows of a `Table`."""
        on_note = _library.NoteCallback(lambda note, _: _logger.info("%s", note.decode()))
        return self._answer(_library.answer_table, selector, table.n_rows, table.handle, on_note, None)

    def answer_items(self, items, n_rows, selector):
        """The same for a gemlet_dataset of n_rows rows."""
        return self._answer(_library.answer_items, selector, n_rows, items)

    def spread_table(self, table, selector):
        """Of an ensemble: how far its networks disagree, (n_rows,), for the rows of a `Table`."""
        on_note = _library.NoteCallback(lambda note, _: None)  # told with the answers
        return self._spread(
            _library.answer_table_with_spread, selector, table.n_rows, table.handle, on_note, None
        )

    def spread_items(self, items, n_rows, selector):
        """The same for a gemlet_dataset of n_rows rows."""
        return self._spread(_library.answer_items_with_spread, selector, n_rows, items)

    def _answer(self, function, selector, n_rows, *arguments):
        answers = np.empty((n_rows, self.n_outputs))
        with lend(selector) as device:
            function(self._handle, device, *arguments, answers.ctypes.data)
        return answers[:, 0] if self.is_regression else answers

    def _spread(self, function, selector, n_rows, *arguments):
        spread = np.empty(n_rows)
        answers = np.empty((n_rows, self.n_outputs))
        with lend(selector) as device:
            function(self._handle, device, *arguments, answers.ctypes.data, spread.ctypes.data)
        return spread


def _from_bytes(content):
    with tempfile.TemporaryDirectory(prefix="gemlet-") as directory:
        path = pathlib.Path(directory, "model.npz")
        path.write_bytes(content)
        return Model.load(path)
