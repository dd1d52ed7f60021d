# SPDX-License-Identifier: MIT
"""What scikit-learn calls otherwise before 1.6, as Debian 12 and 13 have it."""

try:
    from sklearn.utils.validation import validate_data
except ImportError:

    def validate_data(estimator, X, *, reset, skip_check_array=False, ensure_all_finite=True, **checks):
        """The function of 1.6 with the methods of before."""
        if not skip_check_array:
            return estimator._validate_data(X, reset=reset, force_all_finite=ensure_all_finite, **checks)
        estimator._check_feature_names(X, reset=reset)
        estimator._check_n_features(X, reset=reset)
        return X
