"""How good predictions are: scores, their intervals, and naive scores beside them.

Works on arrays only: no files, no Keras. Metrics are scikit-learn's.
"""

from __future__ import annotations

from sensorium._lazy import lazy

__all__ = ["Interval", "Score", "baseline_scores", "intervals", "score_output"]

__getattr__ = lazy(
    {
        "Interval": "sensorium.evaluation.bootstrap:Interval",
        "Score": "sensorium.evaluation.scores:Score",
        "baseline_scores": "sensorium.evaluation.baselines:baseline_scores",
        "intervals": "sensorium.evaluation.bootstrap:intervals",
        "score_output": "sensorium.evaluation.scores:score_output",
    }
)
