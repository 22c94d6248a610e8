"""What needs no network: requests, retries, problem documents and event streams."""

from __future__ import annotations

import json
import random
import uuid
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any, Dict, Iterator, Mapping, Optional, Tuple
from urllib.parse import quote, urlencode

from .errors import ThreadkeepError, problem_code

REPEATABLE_METHODS = {"GET", "HEAD", "PUT", "DELETE"}
TRANSIENT_STATUSES = {408, 429, 502, 503, 504}
BACKOFF_SECONDS = 0.25
MAX_BACKOFF_SECONDS = 8.0


@dataclass(frozen=True)
class Request:
    """One request, the same for each try. ``target`` is the path with its query."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: Optional[bytes] = None


@dataclass(frozen=True)
class Answer:
    """A whole answer. Names of headers are in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def value(self) -> Any:
        """JSON as Python values, other content as text; None without content."""
        if not self.body:
            return None
        text = self.body.decode("utf-8")
        return json.loads(text) if _is_json(self.headers) else text


def path_of(*segments: str) -> str:
    """``/v1`` and the segments, quoted. Raises ValueError for one that would lead elsewhere."""
    for segment in segments:
        if segment in ("", ".", ".."):
            raise ValueError(f"{segment!r} cannot be part of a path")
    return "/".join(["/v1", *(quote(segment, safe=":") for segment in segments)])


def build_request(
    method: str,
    path: str,
    *,
    query: Optional[Mapping[str, Any]] = None,
    body: Any = None,
    headers: Optional[Mapping[str, str]] = None,
    idempotency_key: Optional[str] = None,
) -> Request:
    """A request with JSON. A POST without an idempotency key gets a new one."""
    all_headers = {"Accept": "application/json", **(headers or {})}
    if method == "POST":
        all_headers["Idempotency-Key"] = idempotency_key or str(uuid.uuid4())
    content = None
    if body is not None:
        all_headers["Content-Type"] = "application/json"
        content = json.dumps(body, ensure_ascii=False).encode("utf-8")
    pairs = [(name, _query_text(value)) for name, value in given(**(query or {})).items()]
    target = f"{path}?{urlencode(pairs)}" if pairs else path
    return Request(method, target, all_headers, content)


def given(**fields: Any) -> Dict[str, Any]:
    """The fields that are not None."""
    return {name: value for name, value in fields.items() if value is not None}


def _query_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, (list, tuple)):
        return ",".join(map(str, value))
    return json.dumps(value)


@dataclass(frozen=True)
class RetryPolicy:
    """Which failures are tried again, and when."""

    max_attempts: int
    max_retry_after: float

    def wait(self, request: Request, attempt: int, error: ThreadkeepError) -> Optional[float]:
        """Seconds until the next try; None when there must not be one."""
        if attempt >= self.max_attempts or not _is_repeatable(request) or not _is_transient(error):
            return None
        if error.retry_after is None:
            return self.backoff(attempt)
        return error.retry_after if error.retry_after <= self.max_retry_after else None

    @staticmethod
    def backoff(attempt: int) -> float:
        """Seconds to wait after so many failures, with jitter."""
        longest = min(BACKOFF_SECONDS * 2.0 ** (attempt - 1), MAX_BACKOFF_SECONDS)
        return longest * random.uniform(0.5, 1)


def _is_repeatable(request: Request) -> bool:
    return request.method in REPEATABLE_METHODS or "Idempotency-Key" in request.headers


def _is_transient(error: ThreadkeepError) -> bool:
    if error.code is not None:
        # The service says of its own refusals which ones pass.
        return error.retry_after is not None
    return error.status is None or error.status in TRANSIENT_STATUSES


def error_of(answer: Answer) -> ThreadkeepError:
    """The error for an answer with a status of 400 or more."""
    try:
        problem = answer.value() if _is_json(answer.headers) else None
    except ValueError:
        problem = None
    if not isinstance(problem, dict):
        problem = {}
    return ThreadkeepError(
        _detail_of(problem) or f"The answer has status {answer.status}",
        code=problem_code(problem.get("code")),
        status=answer.status,
        request_id=problem.get("requestId") or answer.headers.get("x-request-id"),
        retry_after=_seconds(answer.headers.get("retry-after")),
    )


def _detail_of(problem: Mapping[str, Any]) -> str:
    fields = [f"{field['pointer']} {field['message']}" for field in problem.get("errors", [])]
    text = problem.get("detail") or problem.get("title") or ""
    return f"{text}: {', '.join(fields)}" if fields else text


def _is_json(headers: Mapping[str, str]) -> bool:
    media_type = headers.get("content-type", "").split(";")[0].strip()
    return media_type.endswith(("/json", "+json"))


def _seconds(retry_after: Optional[str]) -> Optional[float]:
    """A ``Retry-After``, which is seconds or a date."""
    if retry_after is None:
        return None
    try:
        return max(0.0, float(retry_after))
    except ValueError:
        pass
    try:
        until = parsedate_to_datetime(retry_after)
    except (TypeError, ValueError):
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=timezone.utc)
    return max(0.0, (until - datetime.now(timezone.utc)).total_seconds())


@dataclass(frozen=True)
class ServerEvent:
    """One Server-Sent Event."""

    event: str
    data: Any
    id: Optional[str] = None


class EventDecoder:
    """Reads Server-Sent Events from bytes as they come. Takes time linear in them."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._searched = 0

    def feed(self, chunk: bytes) -> Iterator[ServerEvent]:
        """The events that are whole now."""
        self._buffer += chunk
        while True:
            end = self._buffer.find(b"\n\n", self._searched)
            if end < 0:
                self._searched = max(0, len(self._buffer) - 1)
                return
            block = self._buffer[:end].decode("utf-8")
            del self._buffer[: end + 2]
            self._searched = 0
            # A comment, which has no data, is a heart-beat.
            fields = dict(_field_of(line) for line in block.split("\n"))
            if "data" in fields:
                data = json.loads(fields["data"])
                yield ServerEvent(fields.get("event", "message"), data, fields.get("id"))


def _field_of(line: str) -> Tuple[str, str]:
    name, _, value = line.partition(":")
    return name, value[1:] if value.startswith(" ") else value
