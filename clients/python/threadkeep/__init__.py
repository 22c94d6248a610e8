"""Client of Threadkeep: the durable, private memory of an AI application."""

from ._async.client import AsyncThreadkeep
from ._async.conversation import AsyncConversation
from ._async.turn_stream import AsyncTurnStream
from ._async.user import AsyncUser
from ._sync.client import Threadkeep
from ._sync.conversation import Conversation
from ._sync.turn_stream import TurnStream
from ._sync.user import User
from .deltas import Delta
from .errors import ThreadkeepError, TurnFailed

__all__ = [
    "AsyncConversation",
    "AsyncThreadkeep",
    "AsyncTurnStream",
    "AsyncUser",
    "Conversation",
    "Delta",
    "Threadkeep",
    "ThreadkeepError",
    "TurnFailed",
    "TurnStream",
    "User",
]
