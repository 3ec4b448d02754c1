from __future__ import annotations

import numpy as np

from sensorium.nn.fusion import Max
from tests.nn.fusion.by_hand import HERE, built, close, fused, projected, weight


def test_it_is_the_largest_of_what_is_there() -> None:
    fusion = built(Max(5))
    shown = [
        np.where(here[:, None], values, -np.inf)
        for values, here in zip(projected(fusion), HERE.T, strict=True)
    ]
    expected = np.max(shown, axis=0)
    expected[3] = weight(fusion.nothing)
    close(fused(fusion), expected)
