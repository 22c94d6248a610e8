"""A proxy on loopback that refuses requests or cuts answers, as a test says."""

from __future__ import annotations

import socket
import threading
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from typing import Deque, List, Optional
from urllib.parse import urlsplit

CHUNK_BYTES = 65536


@dataclass
class Fault:
    """What happens to the next request that contains ``marker``."""

    marker: bytes
    #: The answer, in place of that of the server.
    refusal: Optional[bytes] = None
    #: Bytes of the server's answer that pass before the connection is cut.
    cut_after: Optional[int] = None


class Proxy:
    """Passes everything on but for the faults, each of which happens once."""

    def __init__(self, target: str) -> None:
        url = urlsplit(target)
        self._target = (url.hostname, url.port)
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._server.getsockname()[1]}"
        self.faults: Deque[Fault] = deque()
        #: What clients sent, one item for each piece that came.
        self.requests: List[bytes] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Takes no more connections."""
        # Closing alone would not wake the thread that accepts them.
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client = self._server.accept()[0]
                link = _Link(self, client, socket.create_connection(self._target))
                threading.Thread(target=link.pass_requests, daemon=True).start()
                threading.Thread(target=link.pass_answers, daemon=True).start()

    def fault_for(self, sent: bytes) -> Optional[Fault]:
        """The next fault, when it is meant for this request."""
        self.requests.append(sent)
        if self.faults and self.faults[0].marker in sent:
            return self.faults.popleft()
        return None


class _Link:
    def __init__(self, proxy: Proxy, client: socket.socket, server: socket.socket) -> None:
        self._proxy, self._client, self._server = proxy, client, server
        self._left: Optional[int] = None

    def pass_requests(self) -> None:
        with suppress(OSError):
            while sent := self._client.recv(CHUNK_BYTES):
                fault = self._proxy.fault_for(sent)
                if fault and fault.refusal is not None:
                    self._refuse(fault.refusal)
                    break
                # A request may come in several pieces.
                if fault:
                    self._left = fault.cut_after
                self._server.sendall(sent)
        self._end()

    def _refuse(self, answer: bytes) -> None:
        self._client.sendall(answer)
        self._client.shutdown(socket.SHUT_WR)
        # Closing before the rest of the request is read would reset the connection.
        while self._client.recv(CHUNK_BYTES):
            pass

    def pass_answers(self) -> None:
        with suppress(OSError):
            while answer := self._server.recv(CHUNK_BYTES):
                if self._left is not None:
                    answer = answer[: self._left]
                    self._left -= len(answer)
                self._client.sendall(answer)
                if self._left == 0:
                    break
        self._end()

    def _end(self) -> None:
        for one in (self._client, self._server):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
