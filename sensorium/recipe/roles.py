"""The roles that a recipe's parts play, and what their words may stand for."""

from __future__ import annotations

import sys

from sensorium.features import FEATURES
from sensorium.nn.balance import BALANCES
from sensorium.nn.decoders import DECODERS
from sensorium.nn.encoders import ENCODERS
from sensorium.nn.fusion import FUSIONS
from sensorium.nn.heads import HEADS
from sensorium.nn.input_balance import INPUT_BALANCES
from sensorium.schema import Role
from sensorium.training import STAGES


def registered(word: str) -> type | None:
    """A class that the user registered with Keras under `package>Name`.

    Looks only where something can have been registered: Keras is not imported for it.
    """
    keras = sys.modules.get("keras")
    if ">" not in word or keras is None:
        return None
    found: type | None = keras.saving.get_registered_object(word)
    return found


FEATURE = Role("kind of input", FEATURES)
ENCODER = Role("encoder", ENCODERS, registered)
DECODER = Role("decoder", DECODERS, registered)
FUSION = Role("fusion", FUSIONS, registered)
BALANCE = Role("balance", BALANCES, registered)
HEAD = Role("head", HEADS, registered)
STAGE = Role("stage", STAGES)
INPUT_BALANCE = Role("balance of inputs", INPUT_BALANCES, registered)
TRUNK = Role("trunk", {"trunk": "sensorium.nn.trunk:Trunk"})

ROLES = {
    "feature": FEATURE,
    "encoder": ENCODER,
    "fusion": FUSION,
    "head": HEAD,
    "balance": BALANCE,
    "stage": STAGE,
    "input_balance": INPUT_BALANCE,
}
