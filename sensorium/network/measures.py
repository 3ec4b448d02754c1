"""What a network measures while it learns: metrics, and losses over all labels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sensorium.nn.heads.base import Head
from sensorium.nn.joining import check_outputs
from sensorium.nn.loss_metric import LossMetric, RecordedLoss
from sensorium.nn.present import present_metric

Measures = dict[str, dict[str, list[Any]]]


def measures_of(
    heads: Mapping[str, Head], given: Mapping[str, Any], weighted: Mapping[str, Any]
) -> Measures:
    """Arguments `metrics` and `weighted_metrics` of `keras.Model.compile`.

    Metrics of the heads count sample weights as their losses do.

    Args:
        heads: The heads by output.
        given: For some outputs metrics in place of the head's, without weights.
        weighted: The same, with weights.

    Raises:
        DataError: If a name is not that of an output.
    """
    check_outputs(heads, weighted, "`weighted_metrics`")
    plain = {name: _listed(given.get(name), head) for name, head in heads.items()}
    own = {
        name: _listed(weighted.get(name), head)
        if name in {**given, **weighted}
        else list(head.metric_objects())
        for name, head in heads.items()
    }
    return {"metrics": plain, "weighted_metrics": own}


def recorded(losses: Mapping[str, Any]) -> dict[str, Any]:
    """The losses, each recorded as a mean over labels under the name that Keras uses.

    Where there is one output Keras has no such name: its loss is `loss` itself.

    Args:
        losses: Each output's loss.
    """
    if len(losses) < 2:
        return dict(losses)
    return {
        name: RecordedLoss(loss, LossMetric(f"{name}_loss"))
        if hasattr(loss, "rows")
        else loss
        for name, loss in losses.items()
    }


def _listed(metrics: Any, head: Head) -> list[Any]:
    listed = metrics if isinstance(metrics, (list, tuple)) else [metrics]
    return [present_metric(item, head.target) for item in listed if item]
