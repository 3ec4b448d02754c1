"""Balances: how much the losses of several outputs count in each step.

`BALANCES` is the table of the role: the word in a document -> the class.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sensorium._lazy import lazy

if TYPE_CHECKING:
    from sensorium.nn.balance.base import Balance
    from sensorium.nn.balance.cagrad import CAGradBalance as CAGrad
    from sensorium.nn.balance.dwa import DWABalance as DWA  # noqa: N814  # an acronym
    from sensorium.nn.balance.even import EvenBalance as Even
    from sensorium.nn.balance.famo import FAMOBalance as FAMO  # noqa: N814  # an acronym
    from sensorium.nn.balance.fixed import FixedBalance as Fixed
    from sensorium.nn.balance.geometric import GeometricBalance as Geometric
    from sensorium.nn.balance.gradnorm import GradNormBalance as GradNorm
    from sensorium.nn.balance.mgda import MGDABalance as MGDA  # noqa: N814  # an acronym
    from sensorium.nn.balance.pcgrad import PCGradBalance as PCGrad
    from sensorium.nn.balance.random import RandomBalance as Random
    from sensorium.nn.balance.uncertainty import UncertaintyBalance as Uncertainty

BALANCES = {
    "fixed": "sensorium.nn.balance.fixed:FixedBalance",
    "uncertainty": "sensorium.nn.balance.uncertainty:UncertaintyBalance",
    "geometric": "sensorium.nn.balance.geometric:GeometricBalance",
    "random": "sensorium.nn.balance.random:RandomBalance",
    "dwa": "sensorium.nn.balance.dwa:DWABalance",
    "famo": "sensorium.nn.balance.famo:FAMOBalance",
    "even": "sensorium.nn.balance.even:EvenBalance",
    "gradnorm": "sensorium.nn.balance.gradnorm:GradNormBalance",
    "pcgrad": "sensorium.nn.balance.pcgrad:PCGradBalance",
    "cagrad": "sensorium.nn.balance.cagrad:CAGradBalance",
    "mgda": "sensorium.nn.balance.mgda:MGDABalance",
}

__all__ = [
    "BALANCES",
    "DWA",
    "FAMO",
    "MGDA",
    "Balance",
    "CAGrad",
    "Even",
    "Fixed",
    "Geometric",
    "GradNorm",
    "PCGrad",
    "Random",
    "Uncertainty",
]

__getattr__ = lazy(
    {
        reference.rpartition(":")[2].removesuffix("Balance"): reference
        for reference in BALANCES.values()
    }
    | {"Balance": "sensorium.nn.balance.base:Balance"}
)
