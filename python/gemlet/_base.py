# SPDX-License-Identifier: MIT
"""What classifier and regressor have in common: data in, options, answers, files."""

import ctypes

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from . import _library
from ._compatible import validate_data
from ._model import Model
from ._table import Table, columns_of, is_frame
from ._training import Training, format_option

# Parameters that are no options of a training.
_OF_ESTIMATORS = ("device", "random_state", "verbose")


def _free_name(wanted, names):
    """A name for a further column."""
    while wanted in names:
        wanted += "_"
    return wanted


class Estimator(BaseEstimator):
    """What both have in common. Parameters and attributes are described in `MLPClassifier`."""

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        tags.input_tags.string = True
        return tags

    # ---- data ---------------------------------------------------------------------------------

    def _check_X(self, X, reset):
        """X as an array or, as it is, a frame. reset: for a new model."""
        if reset:
            self.__dict__.pop("model_", None)  # what fails leaves none that looks like the new one
        if is_frame(X):
            if reset or hasattr(self, "n_features_in_"):  # else it was loaded, and the model knows
                validate_data(self, X, reset=reset, skip_check_array=True)
            if X.shape[0] == 0 or X.shape[1] == 0:
                raise ValueError(f"found a frame of {X.shape[0]} rows and {X.shape[1]} columns, expected some of both")
        else:
            X = validate_data(self, X, reset=reset, dtype=None, ensure_all_finite="allow-nan")
        if reset and X.shape[0] == 1:
            raise ValueError("X: found n_samples = 1, expected several rows to train on")
        return X

    def _names(self, X):
        """What the columns of X are called. Positions count where the model was trained on other names."""
        if hasattr(self, "feature_names_in_"):
            return list(self.feature_names_in_)
        if is_frame(X) and not hasattr(self, "n_features_in_"):
            return [str(name) for name in X.columns]
        return [f"x{i}" for i in range(X.shape[1])]

    def _options(self):
        """All parameters that say something, and the seed, as texts."""
        texts = []
        for name, value in self.get_params(deep=False).items():
            text = None if name in _OF_ESTIMATORS or isinstance(value, dict) else format_option(name, value)
            if text is not None:
                texts.append(text)
        seed = self.random_state
        if seed is None or isinstance(seed, np.random.RandomState):
            seed = check_random_state(seed).randint(np.iinfo(np.int32).max)
        return [*texts, f"seed={seed}"]

    # ---- training -----------------------------------------------------------------------------

    def _take(self, training):
        """The attributes of a training that is over, however it ended."""
        self.notes_ = training.notes
        self.history_ = training.history()
        if training.model is None:
            raise training.interrupt
        result = training.result
        self._take_model(training.model)
        self.n_steps_ = result.steps
        self.n_epochs_ = result.epochs
        self.loss_ = result.train_loss
        if result.validation_rows > 0:
            self.validation_loss_ = result.validation_loss
        else:
            self.__dict__.pop("validation_loss_", None)
        if training.interrupt is not None:
            raise training.interrupt

    def _take_model(self, model):
        self.model_ = model

    def _fit_table(self, X, sample_weight, task, add_target, target):
        """Trains on the columns of X and a target, which add_target adds under a name."""
        names = self._names(X)
        target = _free_name(target, names)
        training = Training(self._options(), self.verbose)
        training.options += [f"target={target}", f"task={task}"]
        with Table(X.shape[0]) as table:
            for name, values in zip(names, columns_of(X)):
                table.add(name, values)
            add_target(table, target)
            if sample_weight is not None:
                weight = _free_name("weight", [*names, target])
                table.add_numbers(weight, sample_weight)
                training.options.append(f"weight={weight}")
            training.run(_library.fit_table, table.handle, self.device)
        self._take(training)

    @staticmethod
    def _drop_weightless(X, y, sample_weight):
        """A row that does not count does not choose the best state either."""
        if sample_weight is None or np.all(sample_weight > 0):
            return X, y, sample_weight
        if np.any(sample_weight < 0):
            raise ValueError("sample_weight: found a weight below 0, expected none")
        counts = sample_weight > 0
        if not np.any(counts):
            raise ValueError("sample_weight: found 0 for all rows, expected one above")
        return (X.loc[counts] if is_frame(X) else X[counts]), y[counts], sample_weight[counts]

    # ---- answers ------------------------------------------------------------------------------

    def predict_spread(self, X):
        """How far the networks of an ensemble disagree about each row.

        Parameters
        ----------
        X : array-like or frame of shape (n_samples, n_features_in_)

        Returns
        -------
        spread : ndarray of shape (n_samples,)
            Standard deviation over the networks, of the probability of the class that is predicted, or of
            the number.

        Raises
        ------
        InputError
            If the model is no ensemble: parameter `ensemble`.
        """
        return self._ask(X, "spread")

    def _answer(self, X):
        return self._ask(X, "answer")

    def _ask(self, X, what):
        """What: "answer" or "spread"."""
        check_is_fitted(self, "model_")
        X = self._check_X(X, reset=False)
        if not self.model_.columns:
            return self._ask_items(X, what)
        place = {name: i for i, name in enumerate(self._names(X))}
        columns = columns_of(X)
        with Table(X.shape[0]) as table:
            for name, takes_texts in zip(self.model_.columns, self.model_._takes_texts):
                if name in place:  # else the library says which are missing
                    table.add(name, columns[place[name]], takes_texts)
            return getattr(self.model_, what + "_table")(table, self.device)

    def _ask_items(self, X, what):
        X = np.ascontiguousarray(X, dtype=np.uint8 if X.dtype == np.uint8 else np.float32)
        with Items(X) as items:
            return getattr(self.model_, what + "_items")(items, X.shape[0], self.device)

    # ---- files --------------------------------------------------------------------------------

    def save(self, path):
        """Writes the model as a file that the command line takes: ``gemlet predict --model PATH``.

        Parameters
        ----------
        path : str or path-like
            Ends in .npz by custom; the file appears whole or not at all.
        """
        check_is_fitted(self, "model_")
        self.model_.save(path)

    @classmethod
    def load(cls, path, **parameters):
        """An estimator with the model of a file, whoever has trained it.

        Parameters
        ----------
        path : str or path-like
            A model file (.npz), or the directory of a run of ``gemlet train``.
        **parameters
            Of the estimator, e.g. ``device="cpu"``.

        Returns
        -------
        estimator : object
            Fitted. Frames need the columns of the model, in any order; arrays have columns x0, x1, ...
        """
        estimator = cls(**parameters)
        model = Model.load(path)
        if model.is_regression != isinstance(estimator, RegressorMixin):
            other = "MLPRegressor" if model.is_regression else "MLPClassifier"
            raise ValueError(f"{path}: found a model of {model.network}, expected one for {cls.__name__}; use {other}")
        if not model.columns:
            estimator.n_features_in_ = model.n_inputs
        estimator._name_classes(model)
        estimator._take_model(model)
        return estimator

    def _name_classes(self, model):
        """Of a loaded model; a regression has none."""


class Items:
    """A gemlet_dataset for the body of a with statement."""

    def __init__(self, X, labels=None):
        element = _library.ELEMENT_U8 if X.dtype == np.uint8 else _library.ELEMENT_F32
        self.handle = ctypes.c_void_p()
        _library.dataset_create(
            ctypes.byref(self.handle),
            X.shape[0],
            X.shape[1],
            element,
            X.ctypes.data,
            None if labels is None else labels.ctypes.data,
        )

    def __enter__(self):
        return self.handle

    def __exit__(self, *_):
        _library.dataset_destroy(self.handle)


def take_parameters(estimator, values):
    """Attributes for the parameters of __init__, as scikit-learn wants them: as they are."""
    for name, value in values.items():
        if name != "self":
            setattr(estimator, name, value)
