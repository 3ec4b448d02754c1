"""X1: what two inputs mean only together, and which fusions can see it.

Two inputs of 8 numbers: the first of each is a sign plus noise of 0.5, the others are
noise. The label is the product of the signs: each input alone says nothing. The best
possible accuracy is 0.955: both signs right or both wrong. Heads are linear.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from sensorium.network import join
from sensorium.nn.fusion import FUSIONS
from sensorium.nn.heads import Classification
from tests.nn.samples import FUSION_ROLE

ROWS, LEARNED = 6000, 4000
SEES = {
    "concat": {},
    "add": {},
    "multiply": {},
    "max": {},
    "average": {},
    "gated": {},
    "film": {},
    "low_rank": {},
    "tensor": {"width": 4},
    "experts": {},
}
FIRST = ("concat", "multiply", "gated", "low_rank")
"""Those that are tried at once."""
ATTENDS = {
    "cross_attention": {"units": 16, "num_heads": 2},
    "bottleneck": {"units": 16, "num_heads": 2},
    "tokens": {"units": 16, "num_heads": 2},
    "perceiver": {"units": 16, "num_heads": 2},
}
BLIND: list[tuple[str, dict[str, Any]]] = [
    ("concat", {"num_layers": 0}),
    ("add", {"num_layers": 0}),
    ("late", {"mode": "logits"}),
    ("late", {"mode": "probabilities"}),
]
MORE_BLIND: list[tuple[str, dict[str, Any]]] = [
    ("average", {"num_layers": 0, "learned": "dimension"}),
    ("late", {"mode": "product"}),
]


@pytest.fixture(scope="module")
def rows() -> tuple[dict[str, np.ndarray], np.ndarray]:
    generator = np.random.default_rng(0)
    signs = generator.choice([-1.0, 1.0], (2, ROWS))
    values = generator.normal(0.0, 0.5, (2, ROWS, 8)).astype("float32")
    values[:, :, 0] += signs.astype("float32")
    labels = (signs[0] * signs[1] > 0).astype("int32")
    return dict(zip("ab", values, strict=True)), labels


def accuracy(word: str, arguments: dict[str, Any], rows: Any) -> float:
    """On 2,000 rows, after 200 steps on 4,000 others."""
    x, y = rows
    document = {"type": word, "units": 32, "dropout": 0.0, **arguments}
    encoders = {name: keras.layers.Identity() for name in x}
    fusion, heads = FUSION_ROLE.build(document), {"y": Classification(2)}
    network = join(encoders, fusion, heads, seed=0)
    network.compile(keras.optimizers.Adam(0.01), metrics={"y": []})
    keras.utils.set_random_seed(0)
    taught = {name: values[:LEARNED] for name, values in x.items()}
    new = {name: values[LEARNED:] for name, values in x.items()}
    network.fit(taught, {"y": y[:LEARNED]}, epochs=10, batch_size=200, verbose=0)
    logits = network.predict(new, batch_size=len(y) - LEARNED, verbose=0)["y"]
    return float((logits.argmax(axis=1) == y[LEARNED:]).mean())


def test_every_fusion_is_tried() -> None:
    assert {*SEES, *ATTENDS, "late", "own"} == set(FUSIONS)


@pytest.mark.parametrize(
    "word", [pytest.param(w, marks=[pytest.mark.slow] * (w not in FIRST)) for w in SEES]
)
def test_fusions_that_mix_see_what_both_say(rows, word) -> None:
    assert 0.9 <= accuracy(word, SEES[word], rows) <= 0.97


@pytest.mark.slow
@pytest.mark.parametrize("word", ATTENDS)
def test_fusions_that_attend_see_what_both_say(rows, word) -> None:
    assert 0.9 <= accuracy(word, ATTENDS[word], rows) <= 0.97


@pytest.mark.parametrize(("word", "arguments"), BLIND)
def test_sums_and_late_fusion_are_blind_to_it(rows, word, arguments) -> None:
    assert 0.45 <= accuracy(word, arguments, rows) <= 0.55


@pytest.mark.slow
@pytest.mark.parametrize(("word", "arguments"), MORE_BLIND)
def test_other_sums_are_blind_to_it_too(rows, word, arguments) -> None:
    assert 0.45 <= accuracy(word, arguments, rows) <= 0.55
