"""What every balance of inputs is: unimodal heads, hidden inputs, steered steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from sensorium.nn.layer import DeclaredLayer
from sensorium.nn.moment import Moment
from sensorium.nn.unimodal import copies_of
from sensorium.schema.types import Fraction, NonNegative


class InputBalance(DeclaredLayer):
    """Keeps the encoders that learn fast from leaving nothing for the others to learn.

    Every method works with unimodal heads: for each output and each input a head that
    reads this input's encoding alone. What a method does beside that, it does in the
    three places of `sensorium.nn.moment.Steering`.

    Args:
        weight: How much a unimodal head's loss counts in its encoder; with 0 the heads
            only measure.
        dropout: Share of the rows, in [0, 1), for which each input is hidden from the
            fusion in training.
        **kwargs: Keras's `name`, `dtype` and `trainable`.
    """

    needs_gradients: ClassVar[bool] = False
    """Whether it needs a gradient of each loss: K backward passes a step."""
    steers: ClassVar[bool] = False
    """Whether it has a say in every step; the others are done by their heads alone."""
    has_heads: ClassVar[bool] = True
    """Whether it has unimodal heads."""

    def __init__(
        self, *, weight: NonNegative = 1.0, dropout: Fraction = 0.0, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.weight = weight
        self.dropout = dropout

    def begin(self, network: Any) -> None:
        """Learns which losses belong together.

        Args:
            network: The network that is compiled.
        """
        places = {name: place for place, name in enumerate(network.heads)}
        # A layer would make parts of itself of mappings: it holds them as a function.
        groups = {
            places[output]: {reads: places[name] for reads, name in copies.items()}
            for output, copies in copies_of(network.heads).items()
        }
        heads = tuple(network.heads.values())
        object.__setattr__(self, "_groups", groups)
        object.__setattr__(self, "_heads", heads)

    @property
    def groups(self) -> Mapping[int, Mapping[str, int]]:
        """Place of an output's loss -> input -> place of its unimodal head's loss."""
        found: Mapping[int, Mapping[str, int]] = getattr(self, "_groups", {})
        return found

    @property
    def heads(self) -> tuple[Any, ...]:
        """The network's heads in the order of the losses."""
        found: tuple[Any, ...] = getattr(self, "_heads", ())
        return found

    @property
    def inputs(self) -> tuple[str, ...]:
        """The inputs that have unimodal heads."""
        found = [name for copies in self.groups.values() for name in copies]
        return tuple(dict.fromkeys(found))

    def build(self, input_shape: Any) -> None:
        """Makes the state for losses of shape `(K,)`; subclasses add to it."""
        self.count = int(input_shape[0])

    def loss_weights(self, moment: Moment) -> Any:
        """What the losses are multiplied by; `None` for ones.

        Args:
            moment: The step.
        """
        return None

    def part_weights(self, part: str, gram: Any, moment: Moment) -> Any:
        """How much each loss's gradient counts in an encoder; `None` for ones.

        Args:
            part: An input.
            gram: `(K, K)` products of the gradients on its encoder's weights.
            moment: The step.
        """
        return None

    def update_scales(self, moment: Moment) -> Mapping[str, Any]:
        """By how much the change of an encoder is multiplied.

        Args:
            moment: The step.
        """
        return {}

    def end_epoch(self) -> None:
        """Called outside of steps when an epoch is over."""
