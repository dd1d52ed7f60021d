# SPDX-License-Identifier: MIT
"""Interrupts, threads, processes and memory."""

import multiprocessing
import os
import re
import signal
import subprocess
import sys
import threading
import time
import unittest
import warnings

import numpy as np
from joblib import parallel_backend
from sklearn.datasets import load_iris
from sklearn.model_selection import GridSearchCV, cross_val_score

import gemlet

FEW = {"hidden": 16, "epochs": 30, "random_state": 3}

INTERRUPTED = """
import sys
from sklearn.datasets import load_iris
import gemlet
X, y = load_iris(return_X_y=True)
clf = gemlet.MLPClassifier(hidden=16, steps=100_000_000, device=sys.argv[1], verbose=2, validation=sys.argv[2])
try:
    clf.fit(X, y)
except KeyboardInterrupt:
    print("interrupted", clf.n_steps_ > 0, clf.predict(X).shape, clf.score(X, y) > 0.3, flush=True)
    raise
"""


def fit_in_child(answers):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        clf = gemlet.MLPClassifier(**FEW).fit(*load_iris(return_X_y=True))
    answers.put((clf.score(*load_iris(return_X_y=True)), [str(w.message) for w in caught]))


def refuse_in_child(answers):
    try:
        gemlet.MLPClassifier(device="opencl-cpu", **FEW).fit(*load_iris(return_X_y=True))
    except gemlet.DeviceError as error:
        answers.put(str(error))


class Interrupts(unittest.TestCase):
    def test_an_interrupt_ends_a_training_in_order(self):
        for device, validation in (("cpu", "0.2"), ("auto", "none")):
            process = subprocess.Popen(
                [sys.executable, "-c", INTERRUPTED, device, validation],
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            )
            self.assertIn("step ", process.stdout.readline())
            process.send_signal(signal.SIGINT)
            output, errors = process.communicate(timeout=120)
            self.assertIn("interrupted True (150,) True", output)
            self.assertIn("KeyboardInterrupt", errors.splitlines()[-1])
            self.assertEqual(process.returncode, -signal.SIGINT)


class Threads(unittest.TestCase):
    def test_other_threads_run_meanwhile(self):
        n_turns = 0
        training = threading.Thread(
            target=gemlet.MLPClassifier(steps=2000, hidden=64).fit, args=load_iris(return_X_y=True)
        )
        training.start()
        while training.is_alive():
            time.sleep(0.001)
            n_turns += 1
        self.assertGreater(n_turns, 20)

    def test_threads_have_devices_of_their_own(self):
        X, y = load_iris(return_X_y=True)
        expected = cross_val_score(gemlet.MLPClassifier(**FEW), X, y, cv=4)
        with parallel_backend("threading", n_jobs=4):
            np.testing.assert_array_equal(cross_val_score(gemlet.MLPClassifier(**FEW), X, y, cv=4), expected)


class Processes(unittest.TestCase):
    def test_a_search_in_parallel(self):
        X, y = load_iris(return_X_y=True)
        grid = {"hidden": [8, (16, 8)], "weight_decay": [0.0, 0.1]}
        alone = GridSearchCV(gemlet.MLPClassifier(**FEW), grid, cv=3).fit(X, y)
        together = GridSearchCV(gemlet.MLPClassifier(**FEW), grid, cv=3, n_jobs=2).fit(X, y)
        np.testing.assert_array_equal(
            together.cv_results_["mean_test_score"], alone.cv_results_["mean_test_score"]
        )
        np.testing.assert_array_equal(together.predict_proba(X), alone.predict_proba(X))

    def in_child(self, function):
        gemlet.MLPClassifier(**FEW).fit(*load_iris(return_X_y=True))  # the parent uses its device
        context = multiprocessing.get_context("fork")
        answers = context.Queue()
        child = context.Process(target=function, args=(answers,))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of Python: that a process with threads is forked
            child.start()
        answer = answers.get(timeout=120)
        child.join()
        return answer

    def test_a_forked_process_trains_on_the_cpu_path(self):
        score, caught = self.in_child(fit_in_child)
        self.assertGreater(score, 0.8)
        self.assertTrue(any("forked after its parent had used OpenCL" in text for text in caught), caught)

    def test_a_forked_process_is_refused_a_device(self):
        self.assertIn("expected 'cpu'", self.in_child(refuse_in_child))


class Memory(unittest.TestCase):
    @staticmethod
    def used_bytes():
        with open("/proc/self/statm") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def test_fifty_trainings_take_no_more_than_a_few(self):
        X = np.random.default_rng(0).normal(size=(2000, 20))
        y = X[:, 0] > 0
        for device in ("cpu", "auto"):
            for i in range(80):
                clf = gemlet.MLPClassifier(hidden=64, steps=5, random_state=i, device=device).fit(X, y)
                clf.predict(X)
                if i == 30:  # allocators and drivers have all that they keep
                    before = self.used_bytes()
            # The rows alone, not released, would be 50 x 2000 x 20 x 4 bytes: 8 MB; the models 10 MB.
            # Threads of drivers may get memory of their own late, on a busy machine.
            self.assertLess(self.used_bytes() - before, 6e6)


class Package(unittest.TestCase):
    def test_the_version_is_the_project_s(self):
        root = os.path.join(os.path.dirname(__file__), "../..")
        with open(os.path.join(root, "CMakeLists.txt")) as lists:
            version = re.search(r"project\(gemlet VERSION ([0-9.]+)", lists.read())[1]
        self.assertEqual(gemlet.__version__, version)
        from importlib.metadata import version as installed

        self.assertEqual(installed("gemlet"), version)


if __name__ == "__main__":
    unittest.main()
