# SPDX-License-Identifier: MIT
"""Open devices. Opening one takes a fraction of a second, so a process keeps them for its next use.

A device belongs to one thread at a time: it is lent, and who finds none idle opens another.
"""

import atexit
import contextlib
import ctypes
import os
import threading
import warnings

from . import _library
from ._errors import DeviceError, error

_idle = {}  # selector: [device, ...]
_lock = threading.Lock()
_state = {"used_opencl": False, "is_child": False}


def _open(selector):
    """A forked process has the drivers of its parent without their threads: using them would hang."""
    if _state["is_child"] and selector not in ("cpu", "reference"):
        if selector != "auto":
            raise error(
                -7,
                f"device: found '{selector}' in a process that was forked after its parent had used "
                "OpenCL, expected 'cpu'; or start processes by spawn, as joblib's default does",
            )
        warnings.warn(
            "this process was forked after its parent had used OpenCL: trained on device 'cpu'",
            RuntimeWarning,
            stacklevel=2,
        )
        selector = "cpu"
    if selector not in ("cpu", "reference"):
        _state["used_opencl"] = True
    device = ctypes.c_void_p()
    _library.device_open_usual(ctypes.byref(device), selector.encode())
    return device


@contextlib.contextmanager
def lend(selector):
    """An open device for the body of a with statement.

    Parameters
    ----------
    selector : str or int
        As --device of the command line: "auto", "cpu", "gpu", a number, a part of a name.
    """
    selector = str(selector)
    with _lock:
        devices = _idle.setdefault(selector, [])
        device = devices.pop() if devices else None
    if device is None:
        device = _open(selector)
    try:
        yield device
    except DeviceError:
        _library.device_close(device)  # it may not be used again
        raise
    except BaseException:
        _give_back(selector, device)
        raise
    else:
        _give_back(selector, device)


def _give_back(selector, device):
    with _lock:
        _idle.setdefault(selector, []).append(device)


def _forget_in_child():
    _idle.clear()
    _state["is_child"] = _state["is_child"] or _state["used_opencl"]


@atexit.register
def _close_idle():
    for devices in _idle.values():
        while devices:
            _library.device_close(devices.pop())


os.register_at_fork(
    before=_lock.acquire, after_in_parent=_lock.release, after_in_child=lambda: (_lock.release(), _forget_in_child())
)
