"""Each input's encoder alone beside all of them together, on the same test rows."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from sensorium.evaluation.scores import Score
from sensorium.evaluation.singles import MAIN_SCORE, shortfall, single_score
from sensorium.pipeline.embeddings import Embeddings
from sensorium.pipeline.prepare import Prepared
from sensorium.recipe import Recipe
from sensorium.recipe.planning import comes_taught
from sensorium.run import SavedRun
from sensorium.training.dataset import LABEL

Singles = dict[str, dict[str, float | None]]


def are_compared(recipe: Recipe) -> bool:
    """Whether encoders were taught before they were fused: then one may be better."""
    taught = any(comes_taught(document) for document in recipe.inputs.values())
    apart = any(not step.outputs for step in recipe.steps())
    return len(recipe.inputs) > 1 and (taught or apart)


def single_scores(
    saved: SavedRun, prepared: Prepared, embeddings: Embeddings
) -> Singles:
    """The main score of each output from each input's encoding alone.

    A row counts where the input is present. See `single_score` for the model.

    Args:
        saved: The trained run.
        prepared: Its encoded rows, with test rows.
        embeddings: Where encodings come from.
    """
    found: Singles = {}
    for output in saved.targets:
        kind = saved.recipe.outputs[output]["type"]
        if kind in MAIN_SCORE:
            found[output] = {
                name: _single(saved, prepared, embeddings, name, output)
                for name in saved.features
            }
    return found


def warnings_of(scores: Mapping[str, list[Score]], singles: Singles) -> list[str]:
    """A sentence for each output where one input alone does better than all.

    Args:
        scores: The scores of all inputs together.
        singles: What `single_scores` gave.
    """
    lines = []
    for output, alone in singles.items():
        fused = _main(scores[output])
        best = shortfall(fused.value, alone) if fused else None
        if fused is not None and best is not None:
            lines.append(
                f"`{output}`: fusing makes it worse. The encoder of `{best}` alone has "
                f"{fused.name} {alone[best]:.3f}, all together {fused.value:.3f}. Try "
                f"another `fusion` (`late`), more `modality_dropout`, or leave "
                f"inputs out."
            )
    return lines


def _main(scores: list[Score]) -> Score | None:
    wanted = set(MAIN_SCORE.values())
    return next((score for score in scores if score.name in wanted), None)


def _single(
    saved: SavedRun,
    prepared: Prepared,
    embeddings: Embeddings,
    name: str,
    output: str,
) -> float | None:
    train, test = (
        _rows(saved, prepared, embeddings, part, name, output)
        for part in ("train", "test")
    )
    kind = saved.recipe.outputs[output]["type"]
    return single_score(kind, train, test, saved.recipe.seed)


def _rows(
    saved: SavedRun,
    prepared: Prepared,
    embeddings: Embeddings,
    part: str,
    name: str,
    output: str,
) -> tuple[np.ndarray, np.ndarray]:
    arrays = prepared.parts[part]
    values = embeddings.of(part, name, saved.network.encoders[name], tokens=False)
    present = np.flatnonzero(np.asarray(arrays[f"{name}/present"]))
    labels = np.asarray(arrays[LABEL + output])
    return np.asarray(values)[present], labels[present]
