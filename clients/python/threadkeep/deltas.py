"""What the stream of a turn tells. OpenAPI has no place for it."""

from __future__ import annotations

from typing import Literal, TypedDict


class Delta(TypedDict):
    """Text that was added to a part of a reply.

    ``seq`` is that of the message: when the service runs tools, a turn has several. ``part`` counts
    the parts of the message from 0.
    """

    seq: int
    part: int
    kind: Literal["text", "reasoning"]
    text: str
