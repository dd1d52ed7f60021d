# SPDX-License-Identifier: MIT
"""The same search by gemlet's and by scikit-learn's MLPClassifier: three networks and three weights of the
penalty on scikit-learn's digits, other parameters as they are by default. In turn, so that whatever else the
machine does meets both alike.

    digits_search.py [processes, default 2] [folds, default 5] [repetitions, default 1]
"""

import os
import sys
import time
import warnings

from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV
from sklearn.neural_network import MLPClassifier

import gemlet

os.environ["PYTHONWARNINGS"] = "ignore"  # of searches that reach scikit-learn's most iterations
warnings.simplefilter("ignore")

n_processes, n_folds, n_repetitions = (int(a) for a in (sys.argv[1:] + ["2", "5", "1"][len(sys.argv) - 1 :]))
X, y = load_digits(return_X_y=True)
networks = [(50,), (100,), (100, 50)]
searches = {
    "gemlet": (gemlet.MLPClassifier(random_state=1), {"hidden": networks, "weight_decay": [0.002, 0.02, 0.2]}),
    "scikit-learn": (MLPClassifier(random_state=1), {"hidden_layer_sizes": networks, "alpha": [1e-4, 1e-2, 1.0]}),
}
for _ in range(n_repetitions):
    seconds = {}
    for name, (estimator, grid) in searches.items():
        started = time.perf_counter()
        search = GridSearchCV(estimator, grid, cv=n_folds, n_jobs=n_processes).fit(X, y)
        seconds[name] = time.perf_counter() - started
        print(f"{name:12} {seconds[name]:6.1f} s  best mean accuracy {search.best_score_:.4f}  {search.best_params_}")
    print(f"ratio        {seconds['scikit-learn'] / seconds['gemlet']:.1f}", flush=True)
