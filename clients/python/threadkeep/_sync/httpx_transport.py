# Made by scripts/generate_sync.py. Change _async instead.
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


class HttpxResponse:
    """An answer that is being read."""

    def __init__(self, response: httpx.Response) -> None:
        self._response = response
        self._chunks = response.iter_bytes()
        self.status = response.status_code
        self.headers = {name.lower(): value for name, value in response.headers.items()}

    def read(self) -> bytes:
        """All of it."""
        with _connection_errors():
            return self._response.read()

    def chunk(self) -> bytes:
        """What has come; empty at the end."""
        with _connection_errors():
            try:
                return self._chunks.__next__()
            except StopIteration:
                return b""

    def close(self) -> None:
        """Gives the connection back, or ends it when the answer was not read to its end."""
        self._response.close()


class HttpxTransport:
    """A pool of connections."""

    def __init__(self, base_url: str, timeout: float) -> None:
        self._base_url = base_url.rstrip("/")
        # Streams hold their connections, so their number has no limit here.
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=20)
        self._client = httpx.Client(timeout=timeout, limits=limits)

    def open(self, request: Request) -> HttpxResponse:
        """Sends a request and reads the head of the answer."""
        with _connection_errors():
            built = self._client.build_request(
                request.method,
                self._base_url + request.target,
                # Names of users are UTF-8.
                headers=[(name.encode(), text.encode()) for name, text in request.headers.items()],
                content=request.body,
            )
            return HttpxResponse(self._client.send(built, stream=True))

    def close(self) -> None:
        """Closes the connections."""
        self._client.close()
