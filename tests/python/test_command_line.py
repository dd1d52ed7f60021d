# SPDX-License-Identifier: MIT
"""Models go between Python and the program, and the same data, options and seed give the same bytes.

GEMLET names the program.
"""

import os
import pathlib
import re
import subprocess
import tempfile
import unittest

import numpy as np
import pandas as pd
from sklearn.datasets import load_digits

import gemlet

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ["GEMLET"]
FEW = {"hidden": (32, 16), "epochs": 12}
AS_OPTIONS = ["--hidden", "32,16", "--epochs", "12"]


def gemlet_program(*arguments):
    done = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError(f"gemlet {' '.join(map(str, arguments))}: {done.stderr}")
    return done.stdout


# Where rows come from and results go to; what columns are, which types say; what opens a device; and --augment,
# for which rows in memory lack height and width.
NO_PARAMETERS = set(
    "data target task drop categorical numeric weight id missing header test hold-out max-memory from augment "
    "device-memory-limit gemm kernels program-cache no-tuned explain out overwrite resume checkpoint-every "
    "keep-checkpoints watch-layers quiet help folds fold".split()
)


class Parameters(unittest.TestCase):
    def test_they_are_the_options_of_the_program(self):
        options = set(re.findall(r"^  --([a-z0-9-]+)", gemlet_program("train", "--help"), flags=re.MULTILINE))
        self.assertEqual(NO_PARAMETERS - options, set())
        parameters = {*gemlet.MLPClassifier().get_params(), *gemlet.MLPRegressor().get_params()}
        ours = {"random_state": "seed"}
        named = {ours.get(name, name.replace("_", "-")) for name in parameters - {"verbose"}}
        self.assertEqual(named, options - NO_PARAMETERS)


class Interchange(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="gemlet-")
        self.addCleanup(directory.cleanup)
        self.work = pathlib.Path(directory.name)
        self.table = self.work / "penguins.csv"
        self.table.write_bytes((ROOT / "datasets/penguins.csv").read_bytes())

    def read(self, target):
        frame = pd.read_csv(self.table)
        return frame.drop(columns=target), frame[target]

    def same_bytes(self, estimator, *options):
        """The model of the estimator and that of the program."""
        gemlet_program("train", "--data", self.table, "--test", self.table, *AS_OPTIONS, "--seed", "5", "--no-tuned",
                       "--out", self.work / "run", "--overwrite", "--quiet", *options)
        estimator.save(self.work / "python.npz")
        expected = (self.work / "run/model_mnist.npz").read_bytes()
        self.assertEqual((self.work / "python.npz").read_bytes(), expected)

    def test_the_same_model_of_a_table(self):
        for device in ("auto", "cpu"):
            clf = gemlet.MLPClassifier(device=device, random_state=5, **FEW).fit(*self.read("species"))
            self.same_bytes(clf, "--target", "species", "--device", device)

    def test_the_same_model_with_other_options(self):
        clf = gemlet.MLPClassifier(
            device="cpu", random_state=5, lr=0.003, activation="mish", validation=40, patience=3, dropout=0.0,
            class_weight="balanced", lr_schedule="cosine", average="none", **FEW
        ).fit(*self.read("island"))
        self.same_bytes(
            clf, "--target", "island", "--device", "cpu", "--lr", "0.003", "--activation", "mish", "--validation", "40",
            "--patience", "3", "--dropout", "0", "--class-weight", "balanced", "--lr-schedule", "cosine",
            "--average", "none"
        )

    def test_the_same_model_of_a_regression(self):
        frame = pd.read_csv(self.table).dropna(subset="body_mass_g")
        frame.to_csv(self.table, index=False)
        reg = gemlet.MLPRegressor(random_state=5, loss="huber", **FEW).fit(*self.read("body_mass_g"))
        self.same_bytes(reg, "--target", "body_mass_g", "--task", "regression", "--loss", "huber")

    def test_the_same_model_of_rows_with_weights(self):
        frame = pd.read_csv(self.table)
        frame["weight"] = np.linspace(0.5, 2, len(frame))
        frame.to_csv(self.table, index=False)
        X, y = self.read("species")
        clf = gemlet.MLPClassifier(random_state=5, **FEW).fit(X.drop(columns="weight"), y, sample_weight=X["weight"])
        self.same_bytes(clf, "--target", "species", "--weight", "weight")

    def test_the_same_ensemble(self):
        X, y = self.read("species")
        clf = gemlet.MLPClassifier(random_state=5, ensemble=3, **FEW).fit(X, y)
        self.assertEqual(clf.model_.n_networks, 3)
        self.same_bytes(clf, "--target", "species", "--ensemble", "3")
        gemlet_program("predict", "--model", self.work / "python.npz", "--input", self.table, "--output",
                       self.work / "answers.csv")
        answers = pd.read_csv(self.work / "answers.csv")
        np.testing.assert_allclose(answers["spread"], clf.predict_spread(X), rtol=1e-6, atol=1e-9)
        alone = [
            gemlet.MLPClassifier(random_state=5 + i, split_seed=5, **FEW).fit(X, y).predict_proba(X) for i in range(3)
        ]
        np.testing.assert_allclose(clf.predict_proba(X), np.mean(alone, axis=0), atol=1e-6)
        with self.assertRaisesRegex(gemlet.InputError, "found a model of one network, expected an ensemble"):
            gemlet.MLPClassifier(random_state=5, **FEW).fit(X, y).predict_spread(X)

    def test_the_same_model_of_images(self):
        X, y = load_digits(return_X_y=True)
        X = X.astype(np.uint8)
        self.table = self.work / "digits.npz"
        np.savez(self.table, x=X, y=y, x_test=X, y_test=y)
        clf = gemlet.MLPClassifier(random_state=5, **FEW).fit(X, y)
        gemlet_program("train", "--data", self.table, *AS_OPTIONS, "--seed", "5", "--no-tuned", "--out",
                       self.work / "run", "--quiet")
        clf.save(self.work / "python.npz")
        self.assertEqual((self.work / "python.npz").read_bytes(), (self.work / "run/model_mnist.npz").read_bytes())
        loaded = gemlet.MLPClassifier.load(self.work / "run")
        np.testing.assert_array_equal(loaded.predict_proba(X), clf.predict_proba(X))
        np.testing.assert_array_equal(loaded.classes_, np.arange(10))
        with self.assertRaisesRegex(ValueError, "X has 63 features, but MLPClassifier is expecting 64"):
            loaded.predict(X[:, :63])

    def test_the_program_predicts_with_a_model_of_python(self):
        X, y = self.read("species")
        clf = gemlet.MLPClassifier(random_state=1, **FEW).fit(X, y)
        clf.save(self.work / "model.npz")
        gemlet_program("predict", "--model", self.work / "model.npz", "--input", self.table, "--output",
                       self.work / "answers.csv")
        answers = pd.read_csv(self.work / "answers.csv")
        np.testing.assert_array_equal(answers["species"], clf.predict(X))
        np.testing.assert_allclose(answers[list(clf.classes_)], clf.predict_proba(X), rtol=1e-7, atol=1e-9)
        self.assertIn("species", gemlet_program("inspect", self.work / "model.npz"))

    def test_python_predicts_with_a_run_of_the_program(self):
        X, y = self.read("species")
        gemlet_program("train", "--data", self.table, "--target", "species", *AS_OPTIONS, "--out", self.work / "run",
                       "--quiet")
        gemlet_program("predict", "--model", self.work / "run", "--input", self.table, "--output",
                       self.work / "answers.csv")
        answers = pd.read_csv(self.work / "answers.csv")
        for place in (self.work / "run", self.work / "run/model_mnist.npz"):
            clf = gemlet.MLPClassifier.load(place)
            np.testing.assert_array_equal(clf.classes_, np.unique(y))
            np.testing.assert_array_equal(clf.predict(X), answers["species"])
            shuffled = X[X.columns[::-1]].assign(more=1)  # columns are found by their names
            np.testing.assert_array_equal(clf.predict(shuffled), answers["species"])
            np.testing.assert_allclose(clf.predict_proba(X), answers[list(clf.classes_)], rtol=1e-7, atol=1e-9)
        with self.assertRaisesRegex(ValueError, "found no column 'island', expected all 6 that"):
            clf.predict(X.drop(columns="island"))
        with self.assertRaisesRegex(ValueError, "expected one for MLPRegressor; use MLPClassifier"):
            gemlet.MLPRegressor.load(self.work / "run")

    def test_numbers_of_a_run_are_in_their_unit(self):
        X, _ = self.read("body_mass_g")
        gemlet_program("train", "--data", self.table, "--target", "body_mass_g", *AS_OPTIONS, "--out",
                       self.work / "run", "--quiet")
        gemlet_program("predict", "--model", self.work / "run", "--input", self.table, "--output",
                       self.work / "answers.csv")
        reg = gemlet.MLPRegressor.load(self.work / "run")
        np.testing.assert_allclose(reg.predict(X), pd.read_csv(self.work / "answers.csv")["body_mass_g"], rtol=1e-8)

    def test_arrays_have_numbered_columns(self):
        X, y = load_digits(return_X_y=True)
        self.table = self.work / "digits.npz"
        np.savez(self.table, x=X, y=y)
        gemlet_program("train", "--data", self.table, *AS_OPTIONS, "--out", self.work / "run", "--quiet")
        clf = gemlet.MLPClassifier.load(self.work / "run")
        self.assertGreater(clf.score(X, y), 0.9)
        self.assertEqual(clf.classes_.dtype, np.int64)


if __name__ == "__main__":
    unittest.main()
