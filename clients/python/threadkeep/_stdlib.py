"""Sends requests by the standard library, for use without httpx. Each has its own connection."""

from __future__ import annotations

import asyncio
import http.client
import socket
import ssl
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any, Callable, Iterator, Optional, TypeVar
from urllib.parse import urlsplit

from ._protocol import Request
from .errors import ThreadkeepError

T = TypeVar("T")
CHUNK_BYTES = 65536
#: Streams of the asynchronous client wait in threads.
MAX_THREADS = 64


@contextmanager
def _connection_errors() -> Iterator[None]:
    try:
        yield
    except (OSError, http.client.HTTPException) as error:
        raise ThreadkeepError(f"The connection failed: {error!r}") from error


def _is_cut(response: http.client.HTTPResponse) -> bool:
    """Whether the head ended too early. http.client takes it for a whole one without a length."""
    return response.version >= 11 and response.length is None and not response.chunked


class StdlibResponse:
    """An answer that is being read."""

    def __init__(self, sock: Optional[socket.socket], response: http.client.HTTPResponse) -> None:
        self._socket = sock
        self._response = response
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}

    def read(self) -> bytes:
        """All of it."""
        with _connection_errors():
            return self._response.read()

    def chunk(self) -> bytes:
        """What has come; empty at the end."""
        with _connection_errors():
            return self._response.read1(CHUNK_BYTES)

    def close(self) -> None:
        """Ends the connection, also while another thread reads from it."""
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
        self._response.close()


class StdlibTransport:
    """Opens a connection for each request. Knows no proxies."""

    def __init__(self, base_url: str, timeout: float) -> None:
        url = urlsplit(base_url)
        if url.scheme not in ("http", "https") or not url.hostname:
            raise ValueError(f"{base_url!r} is not an http or https URL")
        self._host, self._port, self._path = url.hostname, url.port, url.path.rstrip("/")
        self._tls = ssl.create_default_context() if url.scheme == "https" else None
        self._timeout = timeout

    def open(self, request: Request) -> StdlibResponse:
        """Sends a request and reads the head of the answer."""
        connection = self._connection()
        headers: Any = {
            "Connection": "close",
            **{name: value.encode("utf-8") for name, value in request.headers.items()},
        }
        with _connection_errors():
            try:
                connection.request(
                    request.method, self._path + request.target, body=request.body, headers=headers
                )
                sock = connection.sock
                response = connection.getresponse()
                if _is_cut(response):
                    response.close()
                    raise http.client.IncompleteRead(b"")
                return StdlibResponse(sock, response)
            except BaseException:
                connection.close()
                raise

    def _connection(self) -> http.client.HTTPConnection:
        if self._tls is None:
            return http.client.HTTPConnection(self._host, self._port, timeout=self._timeout)
        return http.client.HTTPSConnection(
            self._host, self._port, timeout=self._timeout, context=self._tls
        )

    def close(self) -> None:
        """Has nothing to close: each answer has its own connection."""


class AsyncStdlibResponse:
    """An answer that a thread reads."""

    def __init__(self, response: StdlibResponse, threads: ThreadPoolExecutor) -> None:
        self._response = response
        self._threads = threads
        self.status = response.status
        self.headers = response.headers

    async def read(self) -> bytes:
        """All of it."""
        return await self._run(self._response.read)

    async def chunk(self) -> bytes:
        """What has come; empty at the end."""
        return await self._run(self._response.chunk)

    async def aclose(self) -> None:
        """Ends the connection."""
        self._response.close()

    async def _run(self, work: Callable[[], T]) -> T:
        try:
            return await asyncio.wrap_future(self._threads.submit(work))
        except asyncio.CancelledError:
            self._response.close()
            raise


class AsyncStdlibTransport:
    """Runs the synchronous transport in threads."""

    def __init__(self, base_url: str, timeout: float) -> None:
        self._transport = StdlibTransport(base_url, timeout)
        self._threads = ThreadPoolExecutor(MAX_THREADS, thread_name_prefix="threadkeep")

    async def open(self, request: Request) -> AsyncStdlibResponse:
        """Sends a request and reads the head of the answer."""
        opened = self._threads.submit(self._transport.open, request)
        try:
            response = await asyncio.wrap_future(opened)
        except asyncio.CancelledError:
            opened.add_done_callback(_close_result)
            raise
        return AsyncStdlibResponse(response, self._threads)

    async def aclose(self) -> None:
        """Lets the threads end."""
        self._threads.shutdown(wait=False)


def _close_result(opened: Future[StdlibResponse]) -> None:
    if not opened.cancelled() and opened.exception() is None:
        opened.result().close()
