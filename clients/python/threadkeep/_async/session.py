"""Sends requests, tries again, and turns failures into errors."""

from __future__ import annotations

import asyncio
from importlib.util import find_spec
from typing import Any, AsyncIterator, Mapping, Optional, Protocol

from .._protocol import Answer, Request, RetryPolicy, build_request, error_of
from .._stdlib import AsyncStdlibTransport
from ..errors import ThreadkeepError


class AsyncResponse(Protocol):
    """An answer that is being read."""

    @property
    def status(self) -> int:
        """The HTTP status."""

    @property
    def headers(self) -> Mapping[str, str]:
        """By names in small letters."""

    async def read(self) -> bytes:
        """All of it."""

    async def chunk(self) -> bytes:
        """What has come; empty at the end."""

    async def aclose(self) -> None:
        """Ends the connection, or gives it back."""


class AsyncTransport(Protocol):
    """Raises ThreadkeepError without a status when there is no whole answer."""

    async def open(self, request: Request) -> AsyncResponse:
        """Sends a request and reads the head of the answer."""

    async def aclose(self) -> None:
        """Closes what it holds."""


def open_transport(base_url: str, timeout: float, name: Optional[str]) -> AsyncTransport:
    """The transport of this name, ``httpx`` or ``stdlib``; without one httpx if it is installed."""
    if name not in (None, "httpx", "stdlib"):
        raise ValueError("transport must be 'httpx' or 'stdlib'")
    if name == "stdlib" or (name is None and find_spec("httpx") is None):
        return AsyncStdlibTransport(base_url, timeout)
    from .httpx_transport import AsyncHttpxTransport

    return AsyncHttpxTransport(base_url, timeout)


class AsyncSession:
    """A transport with the headers of a caller."""

    def __init__(
        self, transport: AsyncTransport, headers: Mapping[str, str], policy: RetryPolicy
    ) -> None:
        self.transport = transport
        self.policy = policy
        self._headers = headers

    def acting_for(self, user: Optional[str]) -> AsyncSession:
        """The same session for a user of a service key."""
        if user is None:
            return self
        headers = {**self._headers, "Threadkeep-User": user}
        return AsyncSession(self.transport, headers, self.policy)

    def build(
        self, method: str, path: str, *, headers: Optional[Mapping[str, str]] = None, **parts: Any
    ) -> Request:
        """A request of this caller."""
        return build_request(method, path, headers={**self._headers, **(headers or {})}, **parts)

    async def call(self, method: str, path: str, **parts: Any) -> Any:
        """The content of the answer. Takes what `build` takes."""
        request = self.build(method, path, **parts)
        answer: Answer = await self._tried(request, self._read)
        return answer.value()

    async def open(self, request: Request) -> AsyncResponse:
        """An answer that is read as it comes."""
        response: AsyncResponse = await self._tried(request, self._open)
        return response

    async def pages(self, path: str, query: Mapping[str, Any]) -> AsyncIterator[Any]:
        """The items of all pages of a list."""
        cursor = None
        while True:
            page = await self.call("GET", path, query={**query, "cursor": cursor})
            for item in page["data"]:
                yield item
            cursor = page.get("nextCursor")
            if cursor is None:
                return

    async def _tried(self, request: Request, send: Any) -> Any:
        """Sends a request until it is answered or must not be tried again."""
        attempt = 0
        may_be_done = False
        while True:
            attempt += 1
            try:
                return await send(request)
            except ThreadkeepError as error:
                if may_be_done and request.method == "DELETE" and error.status in (404, 410):
                    return Answer(204, {}, b"")
                may_be_done = may_be_done or error.status is None
                seconds = self.policy.wait(request, attempt, error)
                if seconds is None:
                    raise
            await asyncio.sleep(seconds)

    async def _open(self, request: Request) -> AsyncResponse:
        response = await self.transport.open(request)
        if response.status < 300:
            return response
        raise error_of(await _whole(response))

    async def _read(self, request: Request) -> Answer:
        return await _whole(await self._open(request))


async def _whole(response: AsyncResponse) -> Answer:
    try:
        return Answer(response.status, response.headers, await response.read())
    finally:
        await response.aclose()
