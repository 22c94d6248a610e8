# Made by scripts/generate_sync.py. Change _async instead.
"""The reply of a model, while it grows."""

from __future__ import annotations

import time
from collections import deque
from typing import Any, Deque, Dict, List, Optional, cast

from .. import types
from .._protocol import EventDecoder, Request, ServerEvent
from ..deltas import Delta
from ..errors import ThreadkeepError, TurnFailed
from .session import Response, Session

OPEN_STATES = {"queued", "running", "waiting_for_tools"}
#: A stream goes on in these states only.
MOVING_STATES = {"queued", "running"}
EVENT_STREAM = {"Accept": "text/event-stream"}


class TurnStream:
    """Iterates over the deltas of a turn, and goes on by itself after a cut connection.

    ``turn`` is the turn as it was last told, ``text`` the reply until now, ``parts`` what it has
    beside text, such as calls of tools. ``last_event_id`` is the place, for `watch` in another
    process. The iteration raises TurnFailed for a turn that failed or was interrupted. It ends
    normally for one that was cancelled, or whose state is ``waiting_for_tools``.

    A viewer that goes away does not end the turn: `cancel` does.
    """

    def __init__(
        self, session: Session, turns: str, begin: Request, last_event_id: Optional[str] = None
    ) -> None:
        # Known as soon as the stream has started.
        self.turn: types.Turn = cast(types.Turn, None)
        self.text = ""
        self.parts: List[Dict[str, Any]] = []
        self.last_event_id = last_event_id
        self._session = session
        self._turns = turns
        self._begin = begin
        self._response: Optional[Response] = None
        self._decoder = EventDecoder()
        self._events: Deque[ServerEvent] = deque()
        self._last_event: Optional[str] = None
        self._cuts = 0
        self._is_over = False

    def start(self) -> TurnStream:
        """Begins the turn, and reads until it is known."""
        try:
            while self.turn is None:
                self._read()
        except BaseException:
            self.close()
            raise
        return self

    def __iter__(self) -> TurnStream:
        return self

    def __next__(self) -> Delta:
        try:
            while True:
                while self._events:
                    event = self._events.popleft()
                    if event.event == "delta":
                        return self._take_delta(event)
                    if event.event == "part":
                        self.parts.append(event.data["value"])
                        self.last_event_id = event.id
                if self._is_over:
                    if self.turn["state"] in ("failed", "interrupted"):
                        raise TurnFailed(self.turn)
                    raise StopIteration
                self._read()
        except BaseException:
            self.close()
            raise

    def cancel(self) -> types.Turn:
        """Ends the turn. What was said until then stays."""
        answer = self._session.call("POST", f"{self._turns}/{self.turn['id']}/cancel")
        return cast(types.Turn, answer)

    def close(self) -> None:
        """Stops watching. The turn goes on."""
        response, self._response = self._response, None
        if response is not None:
            response.close()

    def __enter__(self) -> TurnStream:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _take_delta(self, event: ServerEvent) -> Delta:
        delta = cast(Delta, event.data)
        if delta["kind"] == "text":
            self.text += delta["text"]
        self.last_event_id = event.id
        return delta

    def _read(self) -> None:
        """Reads what has come. After a cut it waits, and the next call connects again."""
        if self._response is None:
            self._decoder, self._last_event = EventDecoder(), None
            self._response = self._session.open(self._request())
        try:
            chunk = self._response.chunk()
        except ThreadkeepError as error:
            return self._wait_after_cut(error)
        for event in self._decoder.feed(chunk):
            self._take(event)
        if chunk:
            return
        if self._last_event == "turn" and self.turn["state"] not in MOVING_STATES:
            self._is_over = True
            self.close()
        else:
            self._wait_after_cut(ThreadkeepError("The stream ended before the turn"))

    def _take(self, event: ServerEvent) -> None:
        is_news = event.id is not None
        if event.event == "turn":
            is_news = event.data != self.turn
            self.turn = event.data
        if is_news:
            self._cuts = 0
        self._last_event = event.event
        self._events.append(event)

    def _wait_after_cut(self, error: ThreadkeepError) -> None:
        self.close()
        self._cuts += 1
        if self._cuts >= self._session.policy.max_attempts:
            raise error
        time.sleep(self._session.policy.backoff(self._cuts))

    def _request(self) -> Request:
        """The first request, or one for what comes after the last event that was read."""
        if self.turn is None:
            return self._begin
        ids = [self.last_event_id, *(event.id for event in self._events)]
        place = next((one for one in reversed(ids) if one is not None), None)
        headers = {**EVENT_STREAM, **({} if place is None else {"Last-Event-ID": place})}
        path = f"{self._turns}/{self.turn['id']}/events"
        return self._session.build("GET", path, headers=headers)
