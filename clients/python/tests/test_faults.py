"""What the client does when the service or the network fails."""

import json
import unittest

from threadkeep import Threadkeep, ThreadkeepError

from .proxy import Fault, Proxy
from .support import MODEL, REPLY, TRANSPORT, URL, new_name

#: Bytes of the answer with the stream, from inside its head to behind its end.
CUTS = (0, 40, 300, 700, 1000, 1040, 1060, 1150, 1200, 1350, 1600, 2000, 2400)


def refusal(status: str, headers: str = "", body: bytes = b"") -> bytes:
    """An answer after which the connection is closed."""
    head = f"HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
    return head.encode() + body


def problem(code: str, status: int) -> bytes:
    """The body of a problem document."""
    return json.dumps({"code": code, "status": status, "title": code, "requestId": "r"}).encode()


class FaultTest(unittest.TestCase):
    def setUp(self) -> None:
        self.proxy = Proxy(URL)
        self.addCleanup(self.proxy.close)
        self.client = Threadkeep(self.proxy.url, transport=TRANSPORT)
        self.addCleanup(self.client.close)
        self.user = self.client.user(new_name())
        self.chat = self.user.conversation(f"key:{new_name()}")

    def sent(self, marker: bytes) -> int:
        """How many requests had this."""
        return sum(marker in one for one in self.proxy.requests)

    def test_retry_after_is_waited_for_and_the_append_stored_once(self) -> None:
        busy = refusal("503 Service Unavailable", "Retry-After: 1\r\n")
        self.proxy.faults.append(Fault(b"/messages", refusal=busy))
        self.assertEqual([one["seq"] for one in self.chat.append("Hi")], [1])
        self.assertEqual(self.sent(b"POST "), 2)

    def test_a_long_retry_after_is_not_waited_for(self) -> None:
        headers = "Retry-After: 3600\r\nContent-Type: application/problem+json\r\n"
        body = problem("request.rate_limited", 429)
        limited = refusal("429 Too Many Requests", headers, body)
        self.proxy.faults.append(Fault(b"GET ", refusal=limited))
        with self.assertRaises(ThreadkeepError) as caught:
            list(self.user.memories.list())
        self.assertEqual(caught.exception.code, "request.rate_limited")
        self.assertEqual(caught.exception.retry_after, 3600)
        self.assertEqual(self.sent(b"GET "), 1)

    def test_attempts_are_bounded(self) -> None:
        bad = Fault(b"GET ", refusal=refusal("502 Bad Gateway"))
        self.proxy.faults.extend([bad] * 5)
        with Threadkeep(self.proxy.url, max_attempts=2, transport=TRANSPORT) as client:
            with self.assertRaises(ThreadkeepError) as caught:
                client.users.get("0198c2f4-5a6b-7c8d-9e0f-1a2b3c4d5e6f")
        self.assertEqual((caught.exception.code, caught.exception.status), (None, 502))
        self.assertEqual(self.sent(b"GET "), 2)

    def test_a_refusal_without_retry_after_is_final(self) -> None:
        headers = "Content-Type: application/problem+json\r\n"
        body = problem("turn.not_configured", 503)
        self.proxy.faults.append(Fault(b"/turns", refusal=refusal("503 No", headers, body)))
        with self.assertRaises(ThreadkeepError) as caught:
            self.chat.turn("Hi", model=MODEL)
        self.assertEqual(caught.exception.code, "turn.not_configured")
        self.assertEqual(self.sent(b"/turns"), 1)

    def test_a_lost_answer_of_an_append_is_stored_once(self) -> None:
        for cut in (0, 30, 500, 900):
            self.proxy.faults.append(Fault(b"/messages", cut_after=cut))
            self.chat.append(f"cut at {cut}")
        self.assertEqual(len(self.proxy.faults), 0)
        texts = [one["content"] for one in self.chat.messages(order="asc")]
        self.assertEqual(texts, [f"cut at {cut}" for cut in (0, 30, 500, 900)])

    def test_a_lost_answer_of_a_deletion_is_no_error(self) -> None:
        added = self.user.memories.add("Likes tea")
        self.proxy.faults.append(Fault(b"DELETE ", cut_after=0))
        self.user.memories.forget(added["id"])
        self.assertEqual(self.sent(b"DELETE "), 2)

    def test_a_change_is_never_sent_twice(self) -> None:
        added = self.user.memories.add("Likes tea")
        self.proxy.faults.append(Fault(b"PATCH ", cut_after=0))
        with self.assertRaises(ThreadkeepError) as caught:
            self.user.memories.update(added["id"], {"content": "Likes coffee"})
        self.assertEqual((caught.exception.code, caught.exception.status), (None, None))
        self.assertEqual(self.sent(b"PATCH "), 1)

    def test_a_stream_that_is_cut_anywhere_gives_the_same_text(self) -> None:
        for cut in CUTS:
            with self.subTest(cut=cut):
                chat = self.user.conversation(f"key:{new_name()}")
                self.proxy.faults.append(Fault(b"/turns", cut_after=cut))
                stream = chat.turn("Say it", model=MODEL)
                self.assertEqual("".join(one["text"] for one in stream), REPLY)
                self.assertEqual(stream.turn["state"], "completed")
                self.assertEqual(len(list(chat.messages())), 2)
                self.assertEqual(len(self.proxy.faults), 0)

    def test_a_stream_that_is_cut_again_and_again_gives_the_same_text(self) -> None:
        self.proxy.faults.extend(Fault(b"/turns", cut_after=cut) for cut in (1060, 1200, 1300))
        stream = self.chat.turn("Say it", model=MODEL)
        self.assertEqual("".join(one["text"] for one in stream), REPLY)

    def test_a_stream_that_cannot_go_on_raises(self) -> None:
        self.proxy.faults.append(Fault(b"/turns", cut_after=1000))
        self.proxy.faults.extend([Fault(b"/turns", cut_after=0)] * 4)
        stream = self.chat.turn("Say it", model=MODEL)
        with self.assertRaises(ThreadkeepError) as caught:
            list(stream)
        self.assertIsNone(caught.exception.status)

    def test_a_service_that_is_not_there_is_an_error_without_a_status(self) -> None:
        gone = Proxy(URL)
        gone.close()
        with Threadkeep(gone.url, max_attempts=2, transport=TRANSPORT) as client:
            with self.assertRaises(ThreadkeepError) as caught:
                client.request("GET", "/v1/users")
        self.assertIsNone(caught.exception.status)


if __name__ == "__main__":
    unittest.main()
