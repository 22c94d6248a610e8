"""The asynchronous client: what it does as the synchronous one does, and what only it can."""

import asyncio
import unittest

from threadkeep import AsyncThreadkeep, ThreadkeepError

from .proxy import Fault, Proxy
from .support import ENDLESS_MODEL, MODEL, REPLY, TRANSPORT, URL, new_name
from .test_faults import CUTS, refusal


class AsyncTest(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self) -> None:
        self.proxy = Proxy(URL)
        self.addCleanup(self.proxy.close)
        self.client = AsyncThreadkeep(self.proxy.url, transport=TRANSPORT)
        self.addAsyncCleanup(self.client.aclose)
        self.user = self.client.user(new_name())
        self.chat = self.user.conversation(f"key:{new_name()}")

    async def test_messages_come_from_all_pages_in_order(self) -> None:
        texts = [f"message {number}" for number in range(25)]
        await self.chat.append([{"role": "user", "content": text} for text in texts])
        listed = [one async for one in self.chat.messages(order="asc", page_size=10)]
        self.assertEqual([one["content"] for one in listed], texts)
        context = await self.chat.context(budget_tokens=1000)
        self.assertEqual(context["messages"][-1]["content"], texts[-1])

    async def test_memories_are_added_found_and_forgotten(self) -> None:
        added = await self.user.memories.add("Is allergic to peanuts")
        hits = await self.user.memories.search("peanuts")
        self.assertEqual(hits["data"][0]["memory"]["id"], added["id"])
        await self.user.memories.forget(added["id"])
        with self.assertRaises(ThreadkeepError) as caught:
            await self.user.memories.get(added["id"])
        self.assertEqual(caught.exception.code, "memory.not_found")

    async def test_retry_after_is_waited_for_and_the_append_stored_once(self) -> None:
        busy = refusal("503 Service Unavailable", "Retry-After: 1\r\n")
        self.proxy.faults.append(Fault(b"/messages", refusal=busy))
        self.proxy.faults.append(Fault(b"/messages", cut_after=0))
        self.assertEqual([one["seq"] for one in await self.chat.append("Hi")], [1])
        self.assertEqual(len([one async for one in self.chat.messages()]), 1)

    async def test_a_stream_that_is_cut_anywhere_gives_the_same_text(self) -> None:
        for cut in CUTS[::3]:
            with self.subTest(cut=cut):
                chat = self.user.conversation(f"key:{new_name()}")
                self.proxy.faults.append(Fault(b"/turns", cut_after=cut))
                stream = await chat.turn("Say it", model=MODEL)
                self.assertEqual("".join([one["text"] async for one in stream]), REPLY)
                self.assertEqual(len([one async for one in chat.messages()]), 2)

    async def test_conversations_are_streamed_at_the_same_time(self) -> None:
        async def reply() -> str:
            chat = self.user.conversation(f"key:{new_name()}")
            return "".join([one["text"] async for one in await chat.turn("Say it", model=MODEL)])

        self.assertEqual(await asyncio.gather(*(reply() for _ in range(5))), [REPLY] * 5)

    async def test_cancel_ends_the_turn_and_its_stream(self) -> None:
        stream = await self.chat.turn("Go on and on", model=ENDLESS_MODEL)
        await stream.__anext__()
        await stream.cancel()
        async for _ in stream:
            pass
        self.assertEqual(stream.turn["state"], "cancelled")

    async def test_a_task_that_is_cancelled_stops_watching_and_the_turn_goes_on(self) -> None:
        stream = await self.chat.turn("Go on and on", model=ENDLESS_MODEL)
        await stream.__anext__()
        watching = asyncio.ensure_future(stream.__anext__())
        await asyncio.sleep(0)
        watching.cancel()
        with self.assertRaises(asyncio.CancelledError):
            await watching
        stopped = await self.chat.stop()
        self.assertEqual([one["id"] for one in stopped], [stream.turn["id"]])


if __name__ == "__main__":
    unittest.main()
