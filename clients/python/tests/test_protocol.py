"""What needs no service: streams in any pieces, and when a request is sent again."""

import unittest
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

from threadkeep import ThreadkeepError
from threadkeep._protocol import (
    Answer,
    EventDecoder,
    RetryPolicy,
    ServerEvent,
    build_request,
    error_of,
)

STREAM = (
    'event: turn\ndata: {"id":"t"}\n\n:\n\nid: 2.0.5\nevent: delta\ndata: {"text":"é\u2028🥜"}\n\n'
).encode()
EVENTS = [ServerEvent("turn", {"id": "t"}), ServerEvent("delta", {"text": "é\u2028🥜"}, "2.0.5")]


class EventDecoderTest(unittest.TestCase):
    def test_pieces_of_any_size_give_the_same_events(self) -> None:
        for size in range(1, len(STREAM) + 1):
            decoder = EventDecoder()
            pieces = [STREAM[at : at + size] for at in range(0, len(STREAM), size)]
            found = [event for piece in pieces for event in decoder.feed(piece)]
            self.assertEqual(found, EVENTS)

    def test_half_an_event_is_none(self) -> None:
        self.assertEqual(list(EventDecoder().feed(STREAM[:-1])), EVENTS[:1])


class RetryTest(unittest.TestCase):
    policy = RetryPolicy(max_attempts=3, max_retry_after=30)
    lost = ThreadkeepError("lost")

    def test_what_is_safe_is_sent_again_and_nothing_else(self) -> None:
        sent_again = [
            method
            for method in ("GET", "PUT", "POST", "PATCH", "DELETE")
            if self.policy.wait(build_request(method, "/v1"), 1, self.lost) is not None
        ]
        self.assertEqual(sent_again, ["GET", "PUT", "POST", "DELETE"])

    def test_each_try_has_the_same_key_and_each_request_another(self) -> None:
        first, second = build_request("POST", "/v1"), build_request("POST", "/v1")
        self.assertNotEqual(first.headers["Idempotency-Key"], second.headers["Idempotency-Key"])
        own = build_request("POST", "/v1", idempotency_key="mine")
        self.assertEqual(own.headers["Idempotency-Key"], "mine")

    def test_waits_grow_and_end(self) -> None:
        request = build_request("GET", "/v1")
        self.assertLessEqual(self.policy.wait(request, 1, self.lost), 0.25)
        self.assertLessEqual(self.policy.wait(request, 2, self.lost), 0.5)
        self.assertIsNone(self.policy.wait(request, 3, self.lost))

    def test_retry_after_is_seconds_or_a_date(self) -> None:
        def told(value: str) -> ThreadkeepError:
            return error_of(Answer(503, {"retry-after": value}, b"<html>"))

        self.assertEqual(told("7").retry_after, 7)
        soon = datetime.now(timezone.utc) + timedelta(hours=2)
        self.assertGreater(told(format_datetime(soon, usegmt=True)).retry_after, 7000)
        self.assertEqual(told("Wed, 21 Oct 2015 07:28:00 GMT").retry_after, 0)
        self.assertIsNone(told("soon").retry_after)
        self.assertEqual((told("7").code, told("7").status), (None, 503))


if __name__ == "__main__":
    unittest.main()
