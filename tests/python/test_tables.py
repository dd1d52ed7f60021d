# SPDX-License-Identifier: MIT
"""Frames of pandas, and arrays of objects: categories, texts, truth values, dates and gaps."""

import datetime
import unittest
import warnings

import numpy as np
import pandas as pd
from sklearn.model_selection import cross_val_score

import gemlet

FEW = {"hidden": 16, "epochs": 200, "batch": 32, "device": "cpu", "random_state": 3}
N = 240


def mixed():
    """A frame of which only texts, truth values and gaps tell the class."""
    random = np.random.default_rng(0)
    colour = random.choice(["red", "green", "blue"], N)
    flag = random.random(N) < 0.5
    size = random.normal(size=N)
    size[::9] = np.nan
    y = np.where(colour == "red", "warm", np.where(flag, "cold", "other"))
    frame = pd.DataFrame(
        {
            "colour": colour,
            "flag": flag,
            "size": size,
            "count": random.integers(0, 5, N),
            "day": pd.to_datetime("2024-01-01") + pd.to_timedelta(random.integers(0, 500, N), unit="D"),
        }
    )
    frame.loc[::11, "colour"] = None
    y[::11] = "other"
    return frame, pd.Series(y, name="kind")


class Frames(unittest.TestCase):
    def setUp(self):
        self.X, self.y = mixed()
        self.clf = gemlet.MLPClassifier(**FEW).fit(self.X, self.y)
        self.answers = self.clf.predict_proba(self.X)

    def test_all_columns_count(self):
        self.assertGreater(self.clf.score(self.X, self.y), 0.97)
        self.assertEqual(self.clf.model_.columns, ["colour", "flag", "size", "count", "day"])
        self.assertEqual(self.clf.model_.target, "kind")
        self.assertEqual(list(self.clf.feature_names_in_), list(self.X.columns))
        without = gemlet.MLPClassifier(**FEW).fit(self.X[["size", "count", "day"]], self.y)
        self.assertLess(without.score(self.X[["size", "count", "day"]], self.y), 0.9)

    def test_the_same_values_in_other_types(self):
        others = {
            "colour": ["category", "string"],
            "flag": ["boolean", "category"],
            "count": ["float64", "Int64", "int8", "float32"],
            "size": ["Float64"],
        }
        for column, types in others.items():
            for dtype in types:
                X = self.X.astype({column: dtype})
                np.testing.assert_array_equal(self.clf.predict_proba(X), self.answers, f"{column} {dtype}")
                again = gemlet.MLPClassifier(**FEW).fit(X, self.y)
                np.testing.assert_array_equal(again.predict_proba(self.X), self.answers, f"{column} {dtype}")
        zoned = self.X.assign(day=self.X["day"].dt.tz_localize("UTC").dt.tz_convert("Asia/Tokyo"))
        np.testing.assert_array_equal(self.clf.predict_proba(zoned), self.answers)
        objects = self.X.drop(columns="day").astype(object)
        plain = gemlet.MLPClassifier(**FEW).fit(self.X.drop(columns="day"), self.y)
        np.testing.assert_array_equal(plain.predict_proba(objects), plain.predict_proba(self.X.drop(columns="day")))

    def test_categories_of_numbers(self):
        X = self.X.astype({"count": "category"})
        clf = gemlet.MLPClassifier(**FEW).fit(X, self.y)
        np.testing.assert_array_equal(clf.predict_proba(X), clf.predict_proba(self.X))  # named by their values
        self.assertFalse(np.array_equal(clf.predict_proba(X), self.answers))

    def test_rows_one_by_one_and_what_is_new(self):
        single = np.vstack([self.clf.predict_proba(self.X.iloc[[i]]) for i in range(20)])
        np.testing.assert_allclose(single, self.answers[:20], atol=1e-6)
        new = self.X.iloc[:3].assign(colour="violet", size=1e300)
        self.assertTrue(np.isfinite(self.clf.predict_proba(new)).all())
        with self.assertLogs("gemlet", "INFO") as logged:
            self.clf.predict(new)
        self.assertIn("3 texts that were not seen in training", logged.output[0])
        gaps = self.X.assign(colour=None, size=np.nan)
        self.assertTrue(np.isfinite(self.clf.predict_proba(gaps)).all())

    def test_columns_that_do_not_fit(self):
        with self.assertRaisesRegex(ValueError, "feature names should match"):
            self.clf.predict(self.X.drop(columns="colour"))
        with self.assertRaisesRegex(ValueError, "'size'.*found texts, expected numbers"):
            self.clf.predict(self.X.assign(size="large"))
        for column, values in (("size", pd.to_timedelta(np.arange(N), unit="D")), ("size", np.arange(N) * 1j)):
            with self.assertRaisesRegex(TypeError, "found a column of type"):
                gemlet.MLPClassifier(**FEW).fit(self.X.assign(**{column: values}), self.y)
        with self.assertRaisesRegex(TypeError, "found date"):
            gemlet.MLPClassifier(**FEW).fit(self.X.assign(size=datetime.date(2026, 1, 1)), self.y)
        with self.assertRaisesRegex(ValueError, "0 rows"):
            self.clf.predict(self.X.iloc[:0])

    def test_names_that_are_taken(self):
        X = self.X.rename(columns={"size": "kind", "count": "weight"})
        clf = gemlet.MLPClassifier(**FEW).fit(X, self.y, sample_weight=np.linspace(1, 2, N))
        self.assertEqual(clf.model_.target, "kind_")
        self.assertGreater(clf.score(X, self.y), 0.95)

    def test_cross_validation(self):
        self.assertGreater(cross_val_score(gemlet.MLPClassifier(**FEW), self.X, self.y, cv=3).mean(), 0.9)

    def test_regression(self):
        price = np.where(self.X["flag"], 30.0, 10.0) + np.where(self.X["colour"] == "red", 5.0, 0.0)
        reg = gemlet.MLPRegressor(**FEW).fit(self.X, price)
        self.assertGreater(reg.score(self.X, price), 0.9)


class Arrays(unittest.TestCase):
    def test_objects(self):
        X, y = mixed()
        array = X[["colour", "flag", "size", "count"]].to_numpy(dtype=object)
        clf = gemlet.MLPClassifier(**FEW).fit(array, y)
        self.assertEqual(clf.model_.columns, ["x0", "x1", "x2", "x3"])
        self.assertGreater(clf.score(array, y), 0.95)

    def test_texts(self):
        X, y = mixed()
        array = X[["colour"]].fillna("none").to_numpy(dtype=str)
        clf = gemlet.MLPClassifier(**FEW).fit(array, y == "warm")
        self.assertEqual(clf.score(array, y == "warm"), 1.0)
        with self.assertRaisesRegex(ValueError, "zero bytes"):
            clf.predict(np.array([["a\0b"]], dtype=object))

    def test_a_frame_and_its_array(self):
        X, y = mixed()
        numbers = X[["size", "count"]]
        of_frame = gemlet.MLPClassifier(**FEW).fit(numbers, y)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of scikit-learn: without names
            by_place = of_frame.predict_proba(numbers.to_numpy())
        np.testing.assert_array_equal(by_place, of_frame.predict_proba(numbers))


if __name__ == "__main__":
    unittest.main()
