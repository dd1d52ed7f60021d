# SPDX-License-Identifier: MIT
"""The estimators on arrays: results, parameters, weights, errors, pickling, searches, progress."""

import contextlib
import copy
import io
import logging
import pickle
import sys
import unittest
import warnings

import numpy as np
from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_digits, load_iris
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import gemlet

FEW = {"hidden": 16, "epochs": 20, "device": "cpu", "random_state": 3}


MORE = {**FEW, "epochs": 200}


def iris():
    return load_iris(return_X_y=True)


class Results(unittest.TestCase):
    def test_classes_of_flowers(self):
        X, y = iris()
        X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0, stratify=y)
        clf = gemlet.MLPClassifier(random_state=1).fit(X_train, y_train)
        self.assertGreater(clf.score(X_test, y_test), 0.9)
        np.testing.assert_array_equal(clf.classes_, [0, 1, 2])
        probabilities = clf.predict_proba(X_test)
        np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-6)
        np.testing.assert_array_equal(clf.predict(X_test), probabilities.argmax(axis=1))
        np.testing.assert_allclose(np.exp(clf.predict_log_proba(X_test)), probabilities, atol=1e-12)
        self.assertEqual(clf.model_.network, "63-256-silu-256-silu-256-silu-3")

    def test_numbers_are_in_their_unit(self):
        X, y = load_diabetes(return_X_y=True)
        reg = gemlet.MLPRegressor(random_state=1).fit(X, 1000 + 10 * y)
        self.assertGreater(reg.score(X, 1000 + 10 * y), 0.5)
        self.assertAlmostEqual(reg.predict(X).mean(), 1000 + 10 * y.mean(), delta=100)
        self.assertTrue(reg.model_.is_regression)

    def test_bytes_are_images(self):
        X, y = load_digits(return_X_y=True)
        clf = gemlet.MLPClassifier(steps=400, random_state=1).fit(X.astype(np.uint8)[:1500], y[:1500])
        self.assertEqual(clf.model_.network, "64-150bn-relu-150bn-relu-10")
        self.assertGreater(clf.score(X.astype(np.uint8)[1500:], y[1500:]), 0.9)
        table = gemlet.MLPClassifier(recipe="table", **FEW).fit(X.astype(np.uint8), y)
        self.assertEqual(len(table.model_.columns), 60)  # four pixels are always white, or nearly
        self.assertIn("column 'x0' is left out: one value in all rows", table.notes_)

    def test_seeds_and_memory_layouts(self):
        X, y = iris()
        first = gemlet.MLPClassifier(**FEW).fit(X, y).predict_proba(X)
        for same in (X.astype(np.float32).astype(np.float64), np.asfortranarray(X), X[::-1][::-1], X[:, ::-1][:, ::-1]):
            close = np.array_equal(same, X)
            again = gemlet.MLPClassifier(**FEW).fit(same, y).predict_proba(same)
            self.assertEqual(np.array_equal(again, first), close)
        other = gemlet.MLPClassifier(**{**FEW, "random_state": 4}).fit(X, y).predict_proba(X)
        self.assertFalse(np.array_equal(other, first))
        drawn = [
            gemlet.MLPClassifier(**{**FEW, "random_state": np.random.RandomState(0)}).fit(X, y).predict_proba(X)
            for _ in range(2)
        ]
        np.testing.assert_array_equal(*drawn)

    def test_parameters_of_other_types(self):
        X, y = iris()
        expected = gemlet.MLPClassifier(**{**FEW, "hidden": (16,), "momentum": 0.5, "optimizer": "sgd"}).fit(X, y)
        numpy = gemlet.MLPClassifier(
            hidden=np.array([16]), epochs=np.int64(20), device="cpu", random_state=np.int32(3), nesterov=np.bool_(False),
            momentum=np.float64(0.5), optimizer="sgd",
        ).fit(X, y)
        np.testing.assert_array_equal(numpy.predict_proba(X), expected.predict_proba(X))
        none = gemlet.MLPClassifier(**{**FEW, "hidden": (), "device": 0}).fit(X, y)
        self.assertRegex(none.model_.network, "^63-3$")

    def test_classes_of_all_types(self):
        X, y = iris()
        for classes in (["c", "a", "b"], [2.0, -1.0, 7.0], [10**17, 10**17 + 1, 5], ["07", "7", "NA"], ["ü", "é", "z"]):
            names = np.array(classes)[y]
            clf = gemlet.MLPClassifier(**FEW).fit(X, names)
            np.testing.assert_array_equal(clf.classes_, np.unique(names))
            self.assertGreater(clf.score(X, names), 0.8, classes)
        truth = gemlet.MLPClassifier(**FEW).fit(X, y == 1)
        self.assertEqual(truth.predict(X).dtype, bool)
        self.assertGreater(truth.score(X, y == 1), 0.6)

    def test_history_and_lengths(self):
        X, y = iris()
        clf = gemlet.MLPClassifier(**{**FEW, "batch": 10}).fit(X, y)  # 120 rows of 150 are trained on
        self.assertEqual((clf.n_steps_, clf.n_epochs_), (240, 20.0))
        history = clf.history_
        self.assertEqual({len(values) for values in history.values()}, {len(history["step"])})
        self.assertEqual(history["step"][-1], 240)
        self.assertAlmostEqual(clf.validation_loss_, np.nanmin(history["validation_loss"]))
        self.assertEqual(history["validation_step"][0], 0)
        self.assertTrue(np.isnan(history["validation_loss"][0]))
        none = gemlet.MLPClassifier(validation="none", **FEW).fit(X, y)
        self.assertFalse(hasattr(none, "validation_loss_"))
        stopped = gemlet.MLPClassifier(**{**FEW, "epochs": 3000, "patience": 2}).fit(X, y)
        self.assertLess(stopped.n_epochs_, 3000)


class Weights(unittest.TestCase):
    def test_rows_without_weight_are_as_if_they_were_not_there(self):
        X, y = iris()
        weight = np.tile([1.0, 0.0, 2.0], 50)
        with_zeros = gemlet.MLPClassifier(**FEW).fit(X, y, sample_weight=weight)
        without = gemlet.MLPClassifier(**FEW).fit(X[weight > 0], y[weight > 0], sample_weight=weight[weight > 0])
        np.testing.assert_array_equal(with_zeros.predict_proba(X), without.predict_proba(X))
        plain = gemlet.MLPClassifier(**FEW).fit(X[weight > 0], y[weight > 0])
        self.assertFalse(np.array_equal(without.predict_proba(X), plain.predict_proba(X)))

    def test_class_weight_is_a_weight_of_rows(self):
        X, y = iris()
        by_class = gemlet.MLPClassifier(class_weight={0: 1, 1: 3, 2: 1}, **FEW).fit(X, y)
        by_row = gemlet.MLPClassifier(**FEW).fit(X, y, sample_weight=np.where(y == 1, 3.0, 1.0))
        np.testing.assert_array_equal(by_class.predict_proba(X), by_row.predict_proba(X))
        rare = np.r_[0:50, 50:55]
        plain = gemlet.MLPClassifier(**FEW).fit(X[rare], y[rare])
        balanced = gemlet.MLPClassifier(class_weight="balanced", **FEW).fit(X[rare], y[rare])
        self.assertGreater(balanced.predict_proba(X)[50:100, 1].mean(), plain.predict_proba(X)[50:100, 1].mean())

    def test_regression_follows_the_weights(self):
        X = np.tile(np.linspace(0, 1, 50), 4)[:, None]
        y = np.r_[np.zeros(100), np.ones(100)]
        more = {**MORE, "validation": "none"}  # which counts all rows alike
        low = gemlet.MLPRegressor(**more).fit(X, y, sample_weight=np.where(y == 0, 9.0, 1.0)).predict(X).mean()
        high = gemlet.MLPRegressor(**more).fit(X, y, sample_weight=np.where(y == 1, 9.0, 1.0)).predict(X).mean()
        self.assertLess(low, 0.35)
        self.assertGreater(high, 0.65)

    def test_weights_of_images(self):
        X, y = load_digits(return_X_y=True)
        X = X.astype(np.uint8)
        parameters = {"steps": 100, "device": "cpu", "random_state": 1}
        ones = gemlet.MLPClassifier(**parameters).fit(X, y, sample_weight=np.where(y == 1, 50.0, 1.0))
        plain = gemlet.MLPClassifier(**parameters).fit(X, y)
        self.assertGreater((ones.predict(X) == 1).sum(), (plain.predict(X) == 1).sum())

    def test_impossible_weights(self):
        X, y = iris()
        # newer versions of scikit-learn refuse the latter themselves
        for weight, message in ((-np.ones(150), "below 0"), (np.zeros(150), "at least one non-zero|one above")):
            with self.assertRaisesRegex(ValueError, message):
                gemlet.MLPClassifier(**FEW).fit(X, y, sample_weight=weight)


class Errors(unittest.TestCase):
    def refuse(self, kind, message, X=None, y=None, estimator=gemlet.MLPClassifier, **parameters):
        """One line, of this class of exception."""
        data = iris()
        with self.assertRaises(kind) as raised:
            estimator(**{**FEW, **parameters}).fit(data[0] if X is None else X, data[1] if y is None else y)
        self.assertIn(message, str(raised.exception))
        self.assertNotIn("\n", str(raised.exception))

    def test_parameters(self):
        self.refuse(ValueError, "lr: found '-1', expected a finite number above 0", lr=-1)
        self.refuse(gemlet.InputError, "activation: found 'rel', expected relu, sigmoid", activation="rel")
        self.refuse(ValueError, "hidden: found '0' in '0', expected whole numbers from 1", hidden=0)
        self.refuse(ValueError, "hidden: found 'a' in 'a,5'", hidden=("a", 5))
        self.refuse(ValueError, "steps and epochs exclude each other: use one", steps=5)
        self.refuse(ValueError, "lr_schedule step needs lr_step_every N", lr_schedule="step")
        self.refuse(ValueError, "random_state: found '-1', expected a whole number from 0", random_state=-1)
        self.refuse(ValueError, "batch: found 1000, expected 1 to the 120 rows", batch=1000)
        self.refuse(ValueError, "network 5-3 has 5 inputs", network="5-3", hidden=None)
        self.refuse(ValueError, "found 'red', expected balanced", class_weight="red=1")

    def test_data(self):
        X, _ = iris()
        self.refuse(ValueError, "one class, '1', in all rows", y=np.ones(150))
        self.refuse(ValueError, "no column that could be an input", X=np.ones((150, 2)))
        self.refuse(ValueError, "n_samples = 1", X=X[:1], y=[0])
        self.refuse(ValueError, "Unknown label type: ", y=np.linspace(0, 1, 150))
        self.refuse(TypeError, "found dict", X=np.array([[{}]] * 150, dtype=object))
        self.refuse(ValueError, "one value in all rows", y=np.ones(150), estimator=gemlet.MLPRegressor)
        with self.assertRaisesRegex(ValueError, "infinity"):
            gemlet.MLPClassifier(**FEW).fit(np.where(X > 5, np.inf, X), iris()[1])

    def test_devices_and_files(self):
        self.refuse(gemlet.DeviceError, "device 'nothing like it'", device="nothing like it")
        with self.assertRaisesRegex(OSError, "nowhere.npz: cannot open"):
            gemlet.MLPClassifier.load("nowhere.npz")
        with self.assertRaisesRegex(ValueError, "setup.py|__init__.py"):
            gemlet.Model.load(gemlet.__file__)
        clf = gemlet.MLPClassifier(**FEW).fit(*iris())
        with self.assertRaises(OSError):
            clf.save("/nonexistent/model.npz")

    def test_a_training_that_diverges(self):
        X, y = iris()
        clf = gemlet.MLPClassifier(
            optimizer="sgd", lr=1e30, steps=50, validation="none", activation="relu", hidden=8, device="cpu"
        )
        with self.assertRaises(gemlet.DivergedError) as raised:
            clf.fit(X, y)
        self.assertIsInstance(raised.exception, ArithmeticError)
        with self.assertRaises(NotFittedError):
            clf.predict(X)

    def test_a_fit_that_fails_leaves_no_old_model(self):
        X, y = iris()
        clf = gemlet.MLPClassifier(**FEW).fit(X, y)
        with self.assertRaises(ValueError):
            clf.fit(X, np.ones(150))
        with self.assertRaises(NotFittedError):
            clf.predict(X)


class Copies(unittest.TestCase):
    def test_pickling(self):
        X, y = iris()
        for clf in (gemlet.MLPClassifier(**FEW).fit(X, np.array(["a", "b", "c"])[y]), gemlet.MLPRegressor(**FEW).fit(X, y)):
            answers = clf.predict(X)
            for copied in (pickle.loads(pickle.dumps(clf)), copy.deepcopy(clf)):
                np.testing.assert_array_equal(copied.predict(X), answers)
                self.assertEqual(copied.get_params(), clf.get_params())

    def test_clone_has_parameters_only(self):
        clf = gemlet.MLPClassifier(hidden=(8, 4), lr=0.01, **{k: v for k, v in FEW.items() if k != "hidden"})
        other = clone(clf.fit(*iris()))
        self.assertFalse(hasattr(other, "model_"))
        self.assertEqual(other.get_params(), clf.get_params())
        self.assertEqual(clone(other.set_params(hidden=3)).hidden, 3)

    def test_what_only_one_of_them_has(self):
        both = set(gemlet.MLPClassifier().get_params()) & set(gemlet.MLPRegressor().get_params())
        self.assertIn("lr_schedule", both)
        of_classes = {"class_weight", "label_smoothing", "virtual_adversarial", "virtual_adversarial_xi"}
        of_classes.add("virtual_adversarial_weight")
        self.assertEqual(set(gemlet.MLPClassifier().get_params()) - both, of_classes)
        self.assertEqual(set(gemlet.MLPRegressor().get_params()) - both, {"loss", "huber_delta"})


class Searches(unittest.TestCase):
    def test_grid_search(self):
        X, y = iris()
        search = GridSearchCV(
            gemlet.MLPClassifier(**FEW), {"hidden": [4, (16, 8)], "lr": [1e-5, 0.01]}, cv=3, error_score="raise"
        ).fit(X, y)
        self.assertEqual(search.best_params_["lr"], 0.01)
        self.assertGreater(search.best_score_, 0.9)

    def test_pipelines(self):
        scores = cross_val_score(make_pipeline(StandardScaler(), gemlet.MLPClassifier(**MORE)), *iris(), cv=3)
        self.assertGreater(scores.mean(), 0.85)


class Progress(unittest.TestCase):
    def shown(self, stream, verbose):
        with contextlib.redirect_stdout(stream):
            gemlet.MLPClassifier(verbose=verbose, **FEW).fit(*iris())
        return stream.getvalue()

    def test_nothing_unless_asked(self):
        self.assertEqual(self.shown(io.StringIO(), 0), "")

    def test_a_log_has_the_last_state(self):
        text = self.shown(io.StringIO(), 1)
        self.assertRegex(text, r"step 20/20, epoch 20\.0: loss [0-9.]+, [0-9.]+ %; validation [0-9.]+, [0-9.]+ %\n$")
        self.assertNotIn("\r", text)

    def test_a_line_for_each_report(self):
        self.assertEqual(len(self.shown(io.StringIO(), 2).splitlines()), 20)

    def test_a_terminal_and_a_notebook_have_one_line(self):
        class Terminal(io.StringIO):
            def isatty(self):
                return True

        class Cell(io.StringIO):
            pass

        Cell.__module__ = "ipykernel.iostream"
        for stream in (Terminal(), Cell()):
            text = self.shown(stream, 1)
            self.assertTrue(text.startswith("\r") and text.endswith("\n"))
            self.assertEqual(text.count("\n"), 1)
            self.assertTrue(all(len(line) < 80 for line in text.strip("\n").split("\r")))

    def test_a_number_has_no_accuracy(self):
        stream = io.StringIO()
        with contextlib.redirect_stdout(stream):
            gemlet.MLPRegressor(verbose=1, **FEW).fit(*load_diabetes(return_X_y=True))
        self.assertRegex(stream.getvalue(), r"epoch 20\.0: loss [0-9.]+; validation [0-9.]+\n$")

    def test_notes_are_logged(self):
        X, y = iris()
        with self.assertLogs("gemlet", logging.INFO) as logged:
            gemlet.MLPClassifier(**FEW).fit(np.c_[X, np.ones(150)], y)
        self.assertIn("column 'x4' is left out: one value in all rows", logged.output[0])


if __name__ == "__main__":
    warnings.simplefilter("error")
    unittest.main(argv=sys.argv)
