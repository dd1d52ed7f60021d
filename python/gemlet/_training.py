# SPDX-License-Identifier: MIT
"""A training as Python has it: options as texts, progress shown, and an interrupt that ends it in order."""

import ctypes
import logging
import shutil
import sys
import threading
import time

import numpy as np

from . import _library
from ._device import lend
from ._model import Model

_logger = logging.getLogger("gemlet")

_HISTORY = ("step", "epoch", "learning_rate", "train_loss", "train_accuracy", "seconds")
_MOST_REPORTS = 20_000
_REFRESH = 0.1  # seconds


def format_option(name, value):
    """An option of ``gemlet train`` as one text; None if it says nothing.

    Parameters
    ----------
    name : str
        A parameter, e.g. "lr_schedule".
    value : object
        None and False say nothing, True is a flag, lists of numbers have commas.
    """
    name = name.replace("_", "-")
    if value is None:
        return None
    if isinstance(value, (bool, np.bool_)):
        return name if value else None
    if isinstance(value, (list, tuple, np.ndarray)):
        return f"{name}=" + (",".join(map(_number, value)) if len(value) else "none")
    return f"{name}={_number(value)}"


def _number(value):
    """Whole numbers without a point, others with all their digits."""
    if isinstance(value, (np.integer, np.floating)):
        value = value.item()
    return repr(value) if isinstance(value, float) else str(value)


class _Display:
    """Shows progress on standard output: one line that is rewritten in a terminal and in a notebook, else a
    line now and then. verbose 2: a line for each report."""

    def __init__(self, verbose):
        self.verbose = int(verbose)
        self.rewrites = self.verbose == 1 and (_is_notebook() or sys.stdout.isatty())
        self.shown = None
        self.shown_at = time.monotonic()
        self.width = 0

    def report(self, report):
        """Of the thread that trains."""
        if self.verbose > 1:
            self._print(report, "\n")

    def refresh(self, report):
        """Of the thread that waits."""
        pause = 0.0 if self.rewrites else 5.0
        if self.verbose != 1 or report is None or report is self.shown or time.monotonic() - self.shown_at < pause:
            return
        self._print(report, "" if self.rewrites else "\n")

    def finish(self, report):
        """The last state stays."""
        if self.verbose == 1 and report is not None:
            self._print(report, "\n")

    def _print(self, report, end):
        text = f"step {report['step']}/{report['n_steps']}, epoch {report['epoch']:.1f}: " + _figures("loss", report, "train")
        if report["validation_step"] > 0:
            text += "; " + _figures("validation", report, "validation")
        if self.rewrites and sys.stdout.isatty():
            text = text[: shutil.get_terminal_size().columns - 1]  # a line that wraps cannot be rewritten
        before = "\r" if self.rewrites else ""
        print(before + text.ljust(self.width if self.rewrites else 0), end=end, flush=True)
        self.width = len(text)
        self.shown, self.shown_at = report, time.monotonic()


def _figures(name, report, of):
    """Loss and, of classes, accuracy."""
    accuracy = report[f"{of}_accuracy"]
    return f"{name} {report[f'{of}_loss']:.4f}" + ("" if np.isnan(accuracy) else f", {100 * accuracy:.2f} %")


def _is_notebook():
    """Whether standard output is a cell's, which is no terminal but rewrites a line."""
    return type(sys.stdout).__module__.startswith("ipykernel")


class Training:
    """One call of gemlet_fit_table() or gemlet_fit_items().

    Parameters
    ----------
    options : list of str
    verbose : int

    Attributes
    ----------
    model : Model or None
        None if it was stopped before its first step.
    result : FitResult
    notes : list of str
    reports : list of dict
    interrupt : KeyboardInterrupt or None
        What ended it.
    """

    def __init__(self, options, verbose):
        self.options = options
        self.display = _Display(verbose)
        self.model = None
        self.result = _library.FitResult()
        self.notes = []
        self.reports = []
        self.interrupt = None
        self._stop = ctypes.c_int(0)

    def run(self, function, data, selector):
        """Trains; a KeyboardInterrupt ends it behind the step being taken.

        Parameters
        ----------
        function : callable
            `_library.fit_table` or `_library.fit_items`.
        data : c_void_p
            The table or data set.
        selector : str
            The device.
        """
        if threading.current_thread() is not threading.main_thread():
            self._train(function, data, selector)  # where no interrupt arrives
        else:
            self._train_interruptibly(function, data, selector)
        self.display.finish(self.reports[-1] if self.reports else None)

    def _train(self, function, data, selector):
        handle = ctypes.c_void_p()
        texts = (ctypes.c_char_p * len(self.options))(*(text.encode() for text in self.options))
        options = _library.FitOptions(
            struct_size=ctypes.sizeof(_library.FitOptions),
            options=texts,
            n_options=len(texts),
            on_progress=_library.ProgressCallback(self._on_progress),
            on_note=_library.NoteCallback(self._on_note),
            stop=ctypes.pointer(self._stop),
        )
        with lend(selector) as device:
            function(ctypes.byref(handle), device, data, ctypes.byref(options), ctypes.byref(self.result))
        if handle.value is not None:
            self.model = Model(handle)

    def _train_interruptibly(self, function, data, selector):
        """In a thread of its own: Python tells interrupts to the main thread alone, once it runs Python."""
        failures = []
        done = threading.Event()  # an interrupt of Thread.join() would make a thread look ended

        def train():
            try:
                self._train(function, data, selector)
            except BaseException as failure:
                failures.append(failure)
            finally:
                done.set()

        thread = threading.Thread(target=train, name="gemlet")
        thread.start()
        while not done.is_set():
            try:
                done.wait(_REFRESH)
                self.display.refresh(self.reports[-1] if self.reports else None)
            except KeyboardInterrupt as caught:
                self._stop.value = 1
                self.interrupt = caught
        thread.join()
        if failures:
            raise failures[0]

    def _on_note(self, note, _):
        self.notes.append(note.decode())
        _logger.info("%s", self.notes[-1])

    def _on_progress(self, progress, _):
        p = progress.contents
        report = {name: getattr(p, name) for name in _HISTORY}
        report.update(n_steps=p.n_steps, validation_step=p.validation_step)
        is_validation = p.validation_step > 0
        report["validation_loss"] = p.validation_loss if is_validation else np.nan
        report["validation_accuracy"] = p.validation_accuracy if is_validation else np.nan
        if len(self.reports) >= _MOST_REPORTS:
            del self.reports[1::2]  # of a very long training, fewer of the early ones
        self.reports.append(report)
        self.display.report(report)

    def history(self):
        """What was reported, as arrays of one length: see `MLPClassifier`."""
        names = (*_HISTORY, "validation_step", "validation_loss", "validation_accuracy")
        return {name: np.array([report[name] for report in self.reports]) for name in names}
