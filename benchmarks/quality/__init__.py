"""Accuracy without tuning, beside scikit-learn's stacked baselines."""
