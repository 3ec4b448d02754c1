"""Balances: how much the losses of several outputs count in each step.

`BALANCES` is the table of the role: the word in a document -> the class.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sensorium._lazy import lazy

if TYPE_CHECKING:
    from sensorium.nn.balance.base import Balance
    from sensorium.nn.balance.fixed import FixedBalance as Fixed
    from sensorium.nn.balance.uncertainty import UncertaintyBalance as Uncertainty

BALANCES = {
    "fixed": "sensorium.nn.balance.fixed:FixedBalance",
    "uncertainty": "sensorium.nn.balance.uncertainty:UncertaintyBalance",
}

__all__ = ["BALANCES", "Balance", "Fixed", "Uncertainty"]

__getattr__ = lazy(
    {
        reference.rpartition(":")[2].removesuffix("Balance"): reference
        for reference in BALANCES.values()
    }
    | {"Balance": "sensorium.nn.balance.base:Balance"}
)
