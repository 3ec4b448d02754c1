"""Balances of inputs: what keeps one input from leaving the others unlearned.

`INPUT_BALANCES` is the table of the role: the word in a document -> the class.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sensorium._lazy import lazy

if TYPE_CHECKING:
    from sensorium.nn.input_balance.auto import AutoInputBalance as Auto
    from sensorium.nn.input_balance.base import InputBalance
    from sensorium.nn.input_balance.gradient_blending import GradientBlending
    from sensorium.nn.input_balance.mmpareto import MMPareto
    from sensorium.nn.input_balance.none import NoneInputBalance as NoBalance
    from sensorium.nn.input_balance.ogm import OGM
    from sensorium.nn.input_balance.uniform import UniformInputBalance as Uniform

INPUT_BALANCES = {
    "auto": "sensorium.nn.input_balance.auto:AutoInputBalance",
    "none": "sensorium.nn.input_balance.none:NoneInputBalance",
    "uniform": "sensorium.nn.input_balance.uniform:UniformInputBalance",
    "gradient_blending": "sensorium.nn.input_balance.gradient_blending:GradientBlending",  # noqa: E501
    "ogm": "sensorium.nn.input_balance.ogm:OGM",
    "mmpareto": "sensorium.nn.input_balance.mmpareto:MMPareto",
}

__all__ = [
    "INPUT_BALANCES",
    "OGM",
    "Auto",
    "GradientBlending",
    "InputBalance",
    "MMPareto",
    "NoBalance",
    "Uniform",
]

__getattr__ = lazy(
    {
        "Auto": INPUT_BALANCES["auto"],
        "GradientBlending": INPUT_BALANCES["gradient_blending"],
        "InputBalance": "sensorium.nn.input_balance.base:InputBalance",
        "MMPareto": INPUT_BALANCES["mmpareto"],
        "NoBalance": INPUT_BALANCES["none"],
        "OGM": INPUT_BALANCES["ogm"],
        "Uniform": INPUT_BALANCES["uniform"],
    }
)
