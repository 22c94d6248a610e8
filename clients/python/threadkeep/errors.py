"""The errors that the client raises."""

from __future__ import annotations

from typing import TYPE_CHECKING, Optional, cast

if TYPE_CHECKING:
    from .error_codes import ErrorCode
    from .types import Turn


class ThreadkeepError(Exception):
    """The service refused a request, or could not be reached.

    ``code`` is the stable kind of problem, see docs/errors.md; None when the answer is no problem
    document of Threadkeep. ``status`` is the HTTP status; None when there was no whole answer.
    ``retry_after`` is in seconds.
    """

    def __init__(
        self,
        detail: str,
        *,
        code: Optional[ErrorCode] = None,
        status: Optional[int] = None,
        request_id: Optional[str] = None,
        retry_after: Optional[float] = None,
    ) -> None:
        super().__init__(f"{code or status or 'no answer'}: {detail}")
        self.detail = detail
        self.code = code
        self.status = status
        self.request_id = request_id
        self.retry_after = retry_after


class TurnFailed(ThreadkeepError):
    """A turn ended without a whole reply. ``turn["error"]`` says why."""

    def __init__(self, turn: Turn) -> None:
        error = turn["error"] or {"code": turn["state"], "message": "The turn ended too early."}
        super().__init__(f"{error['code']}: {error['message']}")
        self.turn = turn


def problem_code(value: object) -> Optional[ErrorCode]:
    """The code of a problem document. A newer service may have codes that are not listed here."""
    return cast("ErrorCode", value) if isinstance(value, str) else None
