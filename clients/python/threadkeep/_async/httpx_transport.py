"""Sends requests by httpx, which keeps connections open and knows proxies."""

from __future__ import annotations

from contextlib import contextmanager
from typing import Iterator

import httpx

from .._protocol import Request
from ..errors import ThreadkeepError


@contextmanager
def _connection_errors() -> Iterator[None]:
    try:
        yield
    except httpx.TransportError as error:
        raise ThreadkeepError(f"The connection failed: {error!r}") from error


class AsyncHttpxResponse:
    """An answer that is being read."""

    def __init__(self, response: httpx.Response) -> None:
        self._response = response
        self._chunks = response.aiter_bytes()
        self.status = response.status_code
        self.headers = {name.lower(): value for name, value in response.headers.items()}

    async def read(self) -> bytes:
        """All of it."""
        with _connection_errors():
            return await self._response.aread()

    async def chunk(self) -> bytes:
        """What has come; empty at the end."""
        with _connection_errors():
            try:
                return await self._chunks.__anext__()
            except StopAsyncIteration:
                return b""

    async def aclose(self) -> None:
        """Gives the connection back, or ends it when the answer was not read to its end."""
        await self._response.aclose()


class AsyncHttpxTransport:
    """A pool of connections."""

    def __init__(self, base_url: str, timeout: float) -> None:
        self._base_url = base_url.rstrip("/")
        # Streams hold their connections, so their number has no limit here.
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=20)
        self._client = httpx.AsyncClient(timeout=timeout, limits=limits)

    async def open(self, request: Request) -> AsyncHttpxResponse:
        """Sends a request and reads the head of the answer."""
        with _connection_errors():
            built = self._client.build_request(
                request.method,
                self._base_url + request.target,
                # Names of users are UTF-8.
                headers=[(name.encode(), text.encode()) for name, text in request.headers.items()],
                content=request.body,
            )
            return AsyncHttpxResponse(await self._client.send(built, stream=True))

    async def aclose(self) -> None:
        """Closes the connections."""
        await self._client.aclose()
