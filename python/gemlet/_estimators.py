# SPDX-License-Identifier: MIT
"""The estimators: scikit-learn's interface around a training and its model."""

import numpy as np
from sklearn.base import ClassifierMixin, RegressorMixin
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, _check_y, check_consistent_length, column_or_1d

from . import _library
from ._base import Estimator, Items, take_parameters
from ._table import is_frame, name_of
from ._training import Training


class MLPClassifier(ClassifierMixin, Estimator):
    """Multi-layer perceptron for classes.

    All parameters but the last three are options of ``gemlet train`` with the same names, and None is what
    the recipe has; ``gemlet train --help`` and docs/python.md describe them at length.

    Parameters
    ----------
    hidden : int or sequence of int, default=None
        Widths of the hidden layers; () for none.
    recipe : str, default="auto"
        Defaults of what is None. "auto" is "table", but "default", for images, where X are bytes (uint8).
    input_scale : float, default=None
        Of images: factor between a byte and an input; None is 1/255.
    activation : {"relu", "sigmoid", "tanh", "leaky_relu", "elu", "selu", "gelu", "silu", "mish"}, default=None
    no_batch_norm, batch_norm_output : bool, default=False
        Hidden layers without batch-norm; the output layer with it.
    network : str, default=None
        The whole network in one text, in place of the parameters before.
    init : {"auto", "kaiming", "xavier", "lecun", "normal", "scaled-normal"}, default=None
        Initial weights.
    init_scale, output_gain : float, default=None
        Factors of their deviation.
    epochs, steps : int, default=None
        Length of the training, by either of them.
    batch : int, default=None
        Rows per step.
    optimizer : {"sgd", "adam", "adamw"}, default=None
    lr : float, default=None
        Learning rate.
    lr_schedule : {"constant", "step", "cosine", "flat-cosine", "one-cycle", "cosine-restarts", "coslog4"}, \
default=None
    warmup : float, default=None
        Steps, or a share of them, in which the learning rate rises.
    lr_unit : {"steps", "epochs"}, default=None
        What `warmup` from 1 on, `lr_step_every` and `lr_cycle` count.
    lr_cycle, lr_cycle_factor, lr_step_every : int, default=None
    lr_step_factor : float, default=None
        Of the schedules cosine-restarts and step.
    lr_scale : str, default=None
        Factors of the learning rate for groups of parameters, e.g. "biases=0.1,last=0.5".
    weight_decay : float, default=None
    momentum, beta1, beta2, eps : float, default=None
        Of the optimizers.
    nesterov : bool, default=False
    average : str, default=None
        Moving average of the weights: "none", "ema:0.99", "last:0.25".
    dropout, input_dropout : float, default=None
    label_smoothing : float, default=None
    class_weight : dict or "balanced", default=None
        What the loss of a row counts by its class.
    input_noise, hidden_noise, mixup, adversarial : float, default=None
        Further regularisation.
    virtual_adversarial, virtual_adversarial_xi, virtual_adversarial_weight : float, default=None
        Virtual adversarial training: its radius, the distance of its trial, its part of the loss.
    clip_norm, max_norm : float, default=None
        Largest norm of gradient and weights.
    validation : float, int or "none", default=None
        Rows held out, as a share or a number: the model is that with the lowest loss on them.
    validate_every, patience : int, default=None
        Steps between two validations, and how many in a row may bring nothing.
    ensemble : int, default=None
        Networks that are trained, from `random_state` on, and answer together: the mean of their answers.
    split_seed : int, default=None
        Seed of the held-out rows alone.
    fused : {"auto", "on", "off"}, default=None
        Few launches per step.
    log_every : int, default=None
        Steps between two reports beside validations.
    no_qualify : bool, default=False
        The device is not tried first.
    device : str, default="auto"
        What trains and predicts: "auto", "gpu", "cpu" (without OpenCL), a number or a part of a name.
    random_state : int, RandomState instance or None, default=None
        Seed of weights, order and held-out rows. The same int gives the same model, and that of ``--seed``.
    verbose : int, default=0
        1: progress on a line of its own; 2: a line for each report.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
    n_features_in_ : int
    feature_names_in_ : ndarray of shape (n_features_in_,)
        If X was a frame with names.
    model_ : Model
        What was trained, and what `save` writes.
    n_steps_ : int
    n_epochs_ : float
        Length of the training as it was.
    loss_ : float
        Training loss of the last report.
    validation_loss_ : float
        The lowest, if rows were held out.
    history_ : dict of str to ndarray
        The reports: "step", "epoch", "learning_rate", "train_loss", "train_accuracy", "seconds",
        "validation_step", "validation_loss", "validation_accuracy". Of more than 20,000 not all are kept.
    notes_ : list of str
        What one might not expect, e.g. columns that say nothing; the logger "gemlet" tells it as well.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> import gemlet
    >>> X, y = load_iris(return_X_y=True)
    >>> clf = gemlet.MLPClassifier(random_state=1, device="cpu").fit(X, y)
    >>> clf.score(X, y) > 0.9
    True
    """

    def __init__(
        self,
        hidden=None,
        *,
        recipe="auto",
        input_scale=None,
        activation=None,
        no_batch_norm=False,
        batch_norm_output=False,
        network=None,
        init=None,
        init_scale=None,
        output_gain=None,
        epochs=None,
        steps=None,
        batch=None,
        optimizer=None,
        lr=None,
        lr_schedule=None,
        warmup=None,
        lr_unit=None,
        lr_cycle=None,
        lr_cycle_factor=None,
        lr_step_every=None,
        lr_step_factor=None,
        lr_scale=None,
        weight_decay=None,
        momentum=None,
        nesterov=False,
        beta1=None,
        beta2=None,
        eps=None,
        average=None,
        dropout=None,
        input_dropout=None,
        label_smoothing=None,
        class_weight=None,
        input_noise=None,
        hidden_noise=None,
        mixup=None,
        adversarial=None,
        virtual_adversarial=None,
        virtual_adversarial_xi=None,
        virtual_adversarial_weight=None,
        clip_norm=None,
        max_norm=None,
        validation=None,
        validate_every=None,
        patience=None,
        ensemble=None,
        split_seed=None,
        fused=None,
        log_every=None,
        no_qualify=False,
        device="auto",
        random_state=None,
        verbose=0,
    ):
        take_parameters(self, locals())

    def fit(self, X, y, sample_weight=None):
        """Trains a new model.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Numbers, texts, categories, dates; gaps are NaN, None, NaT.
        y : array-like of shape (n_samples,)
            Classes: numbers, texts or truth values.
        sample_weight : array-like of shape (n_samples,), default=None
            What the loss of each row counts. Rows with 0 take no part.

        Returns
        -------
        self : object
            Fitted.

        Raises
        ------
        InputError
            For data or parameters that cannot be used; it is a ValueError.
        DivergedError
            If loss or weights became infinite.
        KeyboardInterrupt
            After an interrupt, once the estimator has the best state so far, unless no step was taken.
        """
        X = self._check_X(X, reset=True)
        target = str(getattr(y, "name", None) or "y")
        y = column_or_1d(_check_y(y, multi_output=False, y_numeric=False, estimator=self), warn=True)
        check_consistent_length(X, y)
        check_classification_targets(y)
        if sample_weight is not None:
            sample_weight = _check_sample_weight(sample_weight, X, dtype=np.float64)
        if isinstance(self.class_weight, dict):
            by_class = compute_sample_weight(self.class_weight, y)
            sample_weight = by_class if sample_weight is None else by_class * sample_weight
        X, y, sample_weight = self._drop_weightless(X, y, sample_weight)
        self.classes_, codes = np.unique(y, return_inverse=True)
        if not is_frame(X) and X.dtype == np.uint8 and self.recipe != "table":
            self._fit_items(X, codes, sample_weight)
        else:
            self._fit_table(X, sample_weight, "classification", lambda t, name: self._add_classes(t, name, codes), target)
        return self

    def _take_model(self, model):
        super()._take_model(model)
        self._find_order()

    def _add_classes(self, table, name, codes):
        """Numbers as such where doubles tell them apart, else names."""
        classes = self.classes_
        if classes.dtype.kind in "iuf" and np.all(np.diff(classes.astype(np.float64)) > 0):
            table.add_numbers(name, classes.astype(np.float64)[codes])
        else:
            table.add_texts(name, [name_of(c) for c in classes], codes)

    def _find_order(self):
        """The place of each class among the outputs of the model, which has texts in the order of their bytes."""
        self._order = None
        if self.model_.classes is not None and self.model_._class_kind == _library.COLUMN_TEXTS:
            place = {name: i for i, name in enumerate(self.model_.classes)}
            self._order = np.array([place[name_of(c)] for c in self.classes_])

    def _fit_items(self, X, codes, sample_weight):
        if len(self.classes_) < 2:
            raise ValueError(f"found one class, {self.classes_[0]!r}, in all rows, expected at least two")
        training = Training(self._options(), self.verbose)
        X = np.ascontiguousarray(X)
        labels = np.ascontiguousarray(codes, dtype=np.uint32)
        with Items(X, labels) as items:
            if sample_weight is not None:
                weights = sample_weight.astype(np.float32)
                _library.dataset_set_weights(items, weights.ctypes.data)
            training.run(_library.fit_items, items, self.device)
        self._take(training)

    def predict_proba(self, X):
        """Probabilities of the classes.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
            Columns are in the order of `classes_`.
        """
        answers = self._answer(X)
        return answers if self._order is None else answers[:, self._order]

    def predict_log_proba(self, X):
        """Logarithms of `predict_proba`.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
        """
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    def predict(self, X):
        """The most probable class of each row.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples,)
        """
        probabilities = self.predict_proba(X)
        return self.classes_[np.argmax(probabilities, axis=1)]

    def _name_classes(self, model):
        """Whole numbers are int, others float; classes without names are numbered."""
        if model.classes is None:
            self.classes_ = np.arange(model.n_outputs)
        elif model._class_kind == _library.COLUMN_TEXTS:
            self.classes_ = np.array(model.classes)
        else:
            values = np.array([float(name) for name in model.classes])
            self.classes_ = values.astype(np.int64) if np.all(values == np.floor(values)) else values


class MLPRegressor(RegressorMixin, Estimator):
    """Multi-layer perceptron for a number.

    The network learns the target with mean 0 and deviation 1, which its answers are converted from.

    Parameters
    ----------
    loss : {"squared", "absolute", "huber"}, default=None
        Of the training; None is squared.
    huber_delta : float, default=None
        Error, in deviations of the target, from which huber counts as absolute.
    hidden, recipe, activation, ..., device, random_state, verbose
        As of `MLPClassifier`, without those of classes.

    Attributes
    ----------
    loss_, validation_loss_ : float
        In squared deviations of the target.
    model_, n_features_in_, feature_names_in_, n_steps_, n_epochs_, history_, notes_
        As of `MLPClassifier`.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> import gemlet
    >>> X, y = load_diabetes(return_X_y=True)
    >>> reg = gemlet.MLPRegressor(random_state=1, device="cpu").fit(X, y)
    >>> reg.score(X, y) > 0.4
    True
    """

    def __init__(
        self,
        hidden=None,
        *,
        recipe="auto",
        input_scale=None,
        loss=None,
        huber_delta=None,
        activation=None,
        no_batch_norm=False,
        batch_norm_output=False,
        network=None,
        init=None,
        init_scale=None,
        output_gain=None,
        epochs=None,
        steps=None,
        batch=None,
        optimizer=None,
        lr=None,
        lr_schedule=None,
        warmup=None,
        lr_unit=None,
        lr_cycle=None,
        lr_cycle_factor=None,
        lr_step_every=None,
        lr_step_factor=None,
        lr_scale=None,
        weight_decay=None,
        momentum=None,
        nesterov=False,
        beta1=None,
        beta2=None,
        eps=None,
        average=None,
        dropout=None,
        input_dropout=None,
        input_noise=None,
        hidden_noise=None,
        mixup=None,
        adversarial=None,
        clip_norm=None,
        max_norm=None,
        validation=None,
        validate_every=None,
        patience=None,
        ensemble=None,
        split_seed=None,
        fused=None,
        log_every=None,
        no_qualify=False,
        device="auto",
        random_state=None,
        verbose=0,
    ):
        take_parameters(self, locals())

    def fit(self, X, y, sample_weight=None):
        """Trains a new model.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)
            Numbers, texts, categories, dates; gaps are NaN, None, NaT.
        y : array-like of shape (n_samples,)
            Numbers.
        sample_weight : array-like of shape (n_samples,), default=None
            What the loss of each row counts. Rows with 0 take no part.

        Returns
        -------
        self : object
            Fitted.

        Raises
        ------
        InputError, DivergedError, KeyboardInterrupt
            As `MLPClassifier.fit`.
        """
        X = self._check_X(X, reset=True)
        target = str(getattr(y, "name", None) or "y")
        y = column_or_1d(_check_y(y, multi_output=False, y_numeric=True, estimator=self), warn=True)
        check_consistent_length(X, y)
        if sample_weight is not None:
            sample_weight = _check_sample_weight(sample_weight, X, dtype=np.float64)
        X, y, sample_weight = self._drop_weightless(X, y, sample_weight)
        self._fit_table(X, sample_weight, "regression", lambda t, name: t.add_numbers(name, y), target)
        return self

    def predict(self, X):
        """The number of each row.

        Parameters
        ----------
        X : array-like or DataFrame of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples,)
        """
        return self._answer(X)
