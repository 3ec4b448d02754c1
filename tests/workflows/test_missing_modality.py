"""Views that are missing cost little where the fusion knows of it (X8).

Three views of scikit-learn's digits: rows 0-2, 3-4 and 5-7 of the 8x8 pictures. In the
test rows each view is deleted at random. Beside a model that takes zeros for what is
missing stand those that know what is absent.
"""

from __future__ import annotations

import keras
import numpy as np
import pytest
from sklearn.datasets import load_digits

from sensorium.network import join
from sensorium.nn.encoders import MLP
from sensorium.nn.fusion import Average, Concat, Late
from sensorium.nn.heads import Classification

CUTS = (24, 40)
TRAIN = 900
ALL_THERE_MARGIN, MISSING_MARGIN = 0.01, 0.05
AWARE = {
    "average": (lambda: Average(64, learned="input"), 0.3),
    "product of experts": (lambda: Late(64, mode="product"), 0.3),
    "concat": (lambda: Concat(64), 0.3),
}


@pytest.fixture(scope="module")
def rows() -> tuple[dict, np.ndarray, dict, np.ndarray]:
    pictures, digits = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(digits))
    parts = np.split((pictures[order] / 16).astype("float32"), CUTS, axis=1)
    views, digits = dict(zip("abc", parts, strict=True)), digits[order]
    train = {name: view[:TRAIN] for name, view in views.items()}
    test = {name: view[TRAIN:] for name, view in views.items()}
    return train, digits[:TRAIN], test, digits[TRAIN:]


def trained(fusion, dropout: float, train: dict, digits: np.ndarray):
    keras.utils.set_random_seed(0)
    encoders = {name: MLP(32, dropout=0.1) for name in train}
    heads = {"digit": Classification(10)}
    network = join(encoders, fusion, heads, seed=0, modality_dropout=dropout)
    network.compile(keras.optimizers.Adam(3e-3))
    network.fit(train, {"digit": digits}, epochs=30, batch_size=100, verbose=0)
    return network


def accuracy(
    network, views: dict, digits: np.ndarray, there: dict, known: bool
) -> float:
    """Accuracy where some views are not there; `known` says whether it is told."""
    shown = {n: np.where(there[n][:, None], view, 0) for n, view in views.items()}
    told = {f"{n}/present": there[n] for n in views} if known else {}
    found = network.predict({**shown, **told}, batch_size=len(digits), verbose=0)
    return float((found["digit"].argmax(axis=1) == digits).mean())


def kept(share: float, views: dict, seed: int = 1) -> dict[str, np.ndarray]:
    draw = np.random.default_rng(seed)
    count = len(next(iter(views.values())))
    return {name: draw.random(count) >= share for name in views}


@pytest.fixture(scope="module")
def filled(rows) -> dict[float, float]:
    """What the usual way reaches: zeros for what is missing, and nobody is told."""
    train, digits, test, truth = rows
    network = trained(Concat(64), 0.0, train, digits)
    return {
        share: accuracy(network, test, truth, kept(share, test), known=False)
        for share in (0.0, 0.3, 0.6)
    }


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=[pytest.mark.slow] * (n != "concat")) for n in AWARE]
)
def test_a_fusion_that_knows_what_is_absent_loses_far_less(name, rows, filled) -> None:
    train, digits, test, truth = rows
    fusion, dropout = AWARE[name]
    network = trained(fusion(), dropout, train, digits)
    found = {
        share: accuracy(network, test, truth, kept(share, test), known=True)
        for share in filled
    }
    assert found[0.0] > filled[0.0] - ALL_THERE_MARGIN, (found, filled)
    assert found[0.3] > filled[0.3], (found, filled)
    assert found[0.6] > filled[0.6] + MISSING_MARGIN, (found, filled)
