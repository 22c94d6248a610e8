"""The whole client against a running service."""

import unittest

from threadkeep import Threadkeep, ThreadkeepError, TurnFailed
from threadkeep.error_codes import ErrorCode

from .support import ENDLESS_MODEL, MODEL, REFUSING_MODEL, REPLY, TRANSPORT, new_name

PAGES_OF_MESSAGES = 25


class ClientTest(unittest.TestCase):
    """Tests with a user of their own."""

    def setUp(self) -> None:
        self.client = Threadkeep(transport=TRANSPORT)
        self.addCleanup(self.client.close)
        self.user = self.client.user(new_name())
        self.chat = self.user.conversation(f"key:{new_name()}")

    def assert_code(self, code: ErrorCode, status: int, error: ThreadkeepError) -> None:
        """The error is the problem that the service has told."""
        self.assertEqual((error.code, error.status), (code, status))
        self.assertTrue(error.detail)
        self.assertTrue(error.request_id)


class ConversationTest(ClientTest):
    def test_append_gives_numbered_messages_and_context_has_them(self) -> None:
        stored = self.chat.append("No peanuts for me.")
        stored += self.chat.append([{"role": "assistant", "content": "Noted."}], expected_seq=1)
        self.assertEqual([one["seq"] for one in stored], [1, 2])
        context = self.chat.context(budget_tokens=1000)
        self.assertEqual(
            [one["content"] for one in context["messages"]], ["No peanuts for me.", "Noted."]
        )
        self.assertEqual(self.chat.get()["lastSeq"], 2)
        self.assertEqual([one["lastSeq"] for one in self.user.conversations()], [2])

    def test_messages_come_from_all_pages_in_order(self) -> None:
        texts = [f"message {number}" for number in range(PAGES_OF_MESSAGES)]
        self.chat.append([{"role": "user", "content": text} for text in texts])
        listed = list(self.chat.messages(order="asc", page_size=10))
        self.assertEqual([one["content"] for one in listed], texts)
        newest_first = list(self.chat.messages(page_size=10))
        self.assertEqual([one["content"] for one in newest_first], texts[::-1])

    def test_a_name_may_have_signs_that_urls_and_headers_do_not_take(self) -> None:
        user = self.client.user(f"Zoë Ŝ 日本 {new_name()}")
        chat = user.conversation(f"key:a/b?c%d é {new_name()}")
        self.assertEqual(chat.append("Hi")[0]["seq"], 1)
        self.assertEqual(user.request("GET", "/v1/users/me")["externalId"][:9], "Zoë Ŝ 日本 ")

    def test_only_a_conversation_with_a_key_is_made_by_a_write(self) -> None:
        missing = "0198c2f4-5a6b-7c8d-9e0f-1a2b3c4d5e6f"
        self.user.memories.add("Exists")
        with self.assertRaises(ThreadkeepError) as caught:
            self.user.conversation(missing).append("Hi")
        self.assert_code("conversation.not_found", 404, caught.exception)

    def test_a_part_of_a_path_cannot_lead_elsewhere(self) -> None:
        for name in ("", ".", ".."):
            with self.assertRaises(ValueError):
                self.user.conversation(name).append("Hi")


class TurnTest(ClientTest):
    def test_deltas_add_up_to_the_stored_reply(self) -> None:
        stream = self.chat.turn("Say it", model=MODEL)
        text = "".join(delta["text"] for delta in stream)
        self.assertEqual((text, stream.text), (REPLY, REPLY))
        self.assertEqual(stream.turn["state"], "completed")
        self.assertEqual(next(self.chat.messages())["content"], REPLY)

    def test_another_viewer_goes_on_where_the_first_one_left(self) -> None:
        with self.chat.turn("Say it", model=MODEL) as stream:
            begun = next(stream)["text"]
        place, turn_id = stream.last_event_id, stream.turn["id"]
        rest = self.chat.watch(turn_id, last_event_id=place)
        self.assertEqual(begun + "".join(delta["text"] for delta in rest), REPLY)
        self.assertEqual("".join(one["text"] for one in self.chat.watch(turn_id)), REPLY)

    def test_cancel_ends_the_turn_and_its_stream(self) -> None:
        stream = self.chat.turn("Go on and on", model=ENDLESS_MODEL)
        said = next(stream)["text"]
        stream.cancel()
        self.assertEqual(said + "".join(one["text"] for one in stream), stream.text)
        self.assertEqual(stream.turn["state"], "cancelled")

    def test_stop_ends_what_runs_and_what_waits(self) -> None:
        running = self.chat.turn("Go on and on", model=ENDLESS_MODEL)
        waiting = self.chat.turn("And then?", model=ENDLESS_MODEL, when_busy="queue")
        with self.assertRaises(ThreadkeepError) as caught:
            self.chat.turn("Me, too", model=MODEL)
        self.assert_code("turn.busy", 409, caught.exception)
        self.assertEqual(len(self.chat.stop()), 2)
        for stream in (running, waiting):
            list(stream)
            self.assertEqual(stream.turn["state"], "cancelled")
        self.assertEqual(self.chat.stop(), [])

    def test_a_turn_that_fails_raises_when_its_deltas_are_read(self) -> None:
        stream = self.chat.turn("Say it", model=REFUSING_MODEL)
        with self.assertRaises(TurnFailed) as caught:
            list(stream)
        turn = caught.exception.turn
        self.assertEqual(turn["state"], "failed")
        self.assertEqual(turn["error"]["code"], "model.refused")

    def test_a_turn_that_is_refused_raises_at_once(self) -> None:
        with self.assertRaises(ThreadkeepError) as caught:
            self.chat.turn("Say it")
        self.assert_code("turn.no_model", 422, caught.exception)


class MemoryTest(ClientTest):
    def test_memories_are_added_found_changed_and_forgotten(self) -> None:
        memories = self.user.memories
        added = memories.add("Is allergic to peanuts", kind="fact", tags=["health"])
        self.assertEqual(memories.add("Is allergic to peanuts")["strength"], 2)
        hits = memories.search("peanuts", filter={"tags": "health"})["data"]
        self.assertEqual([hit["memory"]["id"] for hit in hits], [added["id"]])
        changed = memories.update(added["id"], {"content": "Is allergic to shrimp"})
        self.assertEqual(memories.get(added["id"])["content"], changed["content"])
        memories.forget(added["id"], reason="no longer true")
        self.assertEqual(list(memories.list()), [])

    def test_memories_come_from_all_pages_and_by_filter(self) -> None:
        for number in range(5):
            self.user.memories.add(f"Likes number {number}", importance=number / 10)
        listed = self.user.memories.list(page_size=2, sort="id")
        self.assertEqual(
            [one["content"] for one in listed], [f"Likes number {number}" for number in range(5)]
        )
        important = self.user.memories.list(filter={"importance": {"gte": 0.3}})
        self.assertEqual(len(list(important)), 2)

    def test_a_change_of_an_old_version_is_refused(self) -> None:
        added = self.user.memories.add("Likes tea")
        self.user.memories.update(added["id"], {"content": "Likes mint tea"}, if_version=1)
        with self.assertRaises(ThreadkeepError) as caught:
            self.user.memories.update(added["id"], {"content": "Likes coffee"}, if_version=1)
        self.assert_code("request.precondition_failed", 412, caught.exception)

    def test_an_error_names_the_field(self) -> None:
        with self.assertRaises(ThreadkeepError) as caught:
            self.user.memories.add("Likes tea", importance=7)
        self.assert_code("request.invalid_body", 422, caught.exception)
        self.assertIn("/importance", caught.exception.detail)


class ServiceTest(ClientTest):
    def test_agent_configurations_are_listed_and_read(self) -> None:
        model = {"provider": "openai", "name": "gpt-5-mini"}
        made = self.user.request(
            "POST", "/v1/agent-configs", body={"name": "guide", "model": model}
        )
        self.assertEqual([one["name"] for one in self.user.agent_configs.list()], ["guide"])
        self.assertEqual(self.user.agent_configs.get(made["id"], version=1)["model"], model)

    def test_users_are_made_changed_and_erased(self) -> None:
        name = new_name()
        made = self.client.users.create({"externalId": name})
        self.client.users.update(made["id"], {"name": "Ada"})
        found = list(self.client.users.list(filter={"externalId": name}))
        self.assertEqual([one["name"] for one in found], ["Ada"])
        self.client.users.delete(made["id"])
        with self.assertRaises(ThreadkeepError) as caught:
            self.client.users.get(made["id"])
        self.assert_code("user.not_found", 404, caught.exception)

    def test_a_user_key_acts_for_its_user_only(self) -> None:
        name = new_name()
        self.client.user(name).memories.add("Likes tea")
        key = self.client.api_keys.create({"user": name, "expiresIn": "1h"})
        with Threadkeep(api_key=key["key"], transport=TRANSPORT) as client:
            self.assertEqual(len(list(client.user().memories.list())), 1)
            successor = self.client.api_keys.rotate(key["id"], overlap_seconds=60)
            self.client.api_keys.revoke(key["id"])
            with self.assertRaises(ThreadkeepError) as caught:
                client.user().memories.search("tea")
            self.assert_code("access.unauthenticated", 401, caught.exception)
        self.assertIn(successor["id"], [one["id"] for one in self.client.api_keys.list()])

    def test_request_takes_any_route_and_gives_text_where_it_is_no_json(self) -> None:
        conversation = self.user.request("POST", "/v1/conversations", body={"title": "Lunch"})
        self.user.conversation(conversation["id"]).append("Hi")
        lines = self.user.request("GET", f"/v1/conversations/{conversation['id']}/export")
        self.assertIn('"Hi"', lines)
        titles = self.user.request("GET", "/v1/conversations", query={"fields": ["title"]})
        self.assertEqual(titles["data"], [{"title": "Lunch"}])


if __name__ == "__main__":
    unittest.main()
