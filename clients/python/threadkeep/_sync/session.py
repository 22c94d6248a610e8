# Made by scripts/generate_sync.py. Change _async instead.
"""Sends requests, tries again, and turns failures into errors."""

from __future__ import annotations

import time
from importlib.util import find_spec
from typing import Any, Iterator, Mapping, Optional, Protocol

from .._protocol import Answer, Request, RetryPolicy, build_request, error_of
from .._stdlib import StdlibTransport
from ..errors import ThreadkeepError


class Response(Protocol):
    """An answer that is being read."""

    @property
    def status(self) -> int:
        """The HTTP status."""

    @property
    def headers(self) -> Mapping[str, str]:
        """By names in small letters."""

    def read(self) -> bytes:
        """All of it."""

    def chunk(self) -> bytes:
        """What has come; empty at the end."""

    def close(self) -> None:
        """Ends the connection, or gives it back."""


class Transport(Protocol):
    """Raises ThreadkeepError without a status when there is no whole answer."""

    def open(self, request: Request) -> Response:
        """Sends a request and reads the head of the answer."""

    def close(self) -> None:
        """Closes what it holds."""


def open_transport(base_url: str, timeout: float, name: Optional[str]) -> Transport:
    """The transport of this name, ``httpx`` or ``stdlib``; without one httpx if it is installed."""
    if name not in (None, "httpx", "stdlib"):
        raise ValueError("transport must be 'httpx' or 'stdlib'")
    if name == "stdlib" or (name is None and find_spec("httpx") is None):
        return StdlibTransport(base_url, timeout)
    from .httpx_transport import HttpxTransport

    return HttpxTransport(base_url, timeout)


class Session:
    """A transport with the headers of a caller."""

    def __init__(
        self, transport: Transport, headers: Mapping[str, str], policy: RetryPolicy
    ) -> None:
        self.transport = transport
        self.policy = policy
        self._headers = headers

    def acting_for(self, user: Optional[str]) -> Session:
        """The same session for a user of a service key."""
        if user is None:
            return self
        headers = {**self._headers, "Threadkeep-User": user}
        return Session(self.transport, headers, self.policy)

    def build(
        self, method: str, path: str, *, headers: Optional[Mapping[str, str]] = None, **parts: Any
    ) -> Request:
        """A request of this caller."""
        return build_request(method, path, headers={**self._headers, **(headers or {})}, **parts)

    def call(self, method: str, path: str, **parts: Any) -> Any:
        """The content of the answer. Takes what `build` takes."""
        request = self.build(method, path, **parts)
        answer: Answer = self._tried(request, self._read)
        return answer.value()

    def open(self, request: Request) -> Response:
        """An answer that is read as it comes."""
        response: Response = self._tried(request, self._open)
        return response

    def pages(self, path: str, query: Mapping[str, Any]) -> Iterator[Any]:
        """The items of all pages of a list."""
        cursor = None
        while True:
            page = self.call("GET", path, query={**query, "cursor": cursor})
            for item in page["data"]:
                yield item
            cursor = page.get("nextCursor")
            if cursor is None:
                return

    def _tried(self, request: Request, send: Any) -> Any:
        """Sends a request until it is answered or must not be tried again."""
        attempt = 0
        may_be_done = False
        while True:
            attempt += 1
            try:
                return send(request)
            except ThreadkeepError as error:
                if may_be_done and request.method == "DELETE" and error.status in (404, 410):
                    return Answer(204, {}, b"")
                may_be_done = may_be_done or error.status is None
                seconds = self.policy.wait(request, attempt, error)
                if seconds is None:
                    raise
            time.sleep(seconds)

    def _open(self, request: Request) -> Response:
        response = self.transport.open(request)
        if response.status < 300:
            return response
        raise error_of(_whole(response))

    def _read(self, request: Request) -> Answer:
        return _whole(self._open(request))


def _whole(response: Response) -> Answer:
    try:
        return Answer(response.status, response.headers, response.read())
    finally:
        response.close()
