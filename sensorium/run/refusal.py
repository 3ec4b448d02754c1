"""The one error of the artifact layer, and the closed list of its reasons."""

from __future__ import annotations

from typing import Literal, TypeAlias

from sensorium.errors import ArtifactError, sentence, short

Reason: TypeAlias = Literal[
    "missing",  # the file is not there or the system does not give it to us
    "not_a_file",  # a link, folder, pipe or device
    "size",  # too large, too small, or changed while it was read
    "zip",  # not the one archive that we would have written
    "member",  # a member too many, too few, twice, or of a forbidden name
    "checksum",  # content differs from its sha256 or CRC
    "format",  # a format that this version does not know
    "json",  # a document that is not canonical JSON
    "weights",  # arrays that are not ours, or not those of the model
]


def refused(
    reason: Reason, where: str, expected: str, received: object = None, fix: str = ""
) -> ArtifactError:
    """Makes the error for content that is refused.

    Args:
        reason: One word for programs.
        where: File, member or place inside a document.
        expected: What was expected or what is wrong, without a final stop.
        received: The value that came; `None` leaves the part out.
        fix: What to do, as a full sentence; empty to leave it out.
    """
    return ArtifactError(sentence(where, expected, received, fix), reason=reason)


def shown(name: str) -> str:
    """Makes a name from a file fit for a message: short, and printable only.

    Args:
        name: Any text, perhaps made to confuse a terminal.
    """
    return name if len(name) <= 60 and name.isprintable() else short(name)
