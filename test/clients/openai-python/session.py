"""Makes the calls of OpenAIConversationsSession with the published package, and prints what it saw as JSON.

The package openai-agents, which has that class, is not installed here.
"""

import asyncio
import json
import os
import sys

from openai import AsyncOpenAI, NotFoundError, OpenAI

# Answers that are not of the published types raise an error.
CLIENT = {
    "base_url": os.environ["BASE_URL"],
    "api_key": os.environ["API_KEY"],
    "default_headers": {"Threadkeep-User": os.environ["USER_NAME"]},
    "_strict_response_validation": True,
}


class SyncCalls:
    def __init__(self):
        self.conversations = OpenAI(**CLIENT).conversations

    async def create(self):
        return self.conversations.create(items=[])

    async def add(self, conversation_id, items):
        self.conversations.items.create(conversation_id=conversation_id, items=items)

    async def items(self, conversation_id, **query):
        for item in self.conversations.items.list(conversation_id=conversation_id, **query):
            yield item

    async def remove(self, conversation_id, item_id):
        self.conversations.items.delete(conversation_id=conversation_id, item_id=item_id)

    async def delete(self, conversation_id):
        return self.conversations.delete(conversation_id=conversation_id)


class AsyncCalls:
    def __init__(self):
        self.conversations = AsyncOpenAI(**CLIENT).conversations

    async def create(self):
        return await self.conversations.create(items=[])

    async def add(self, conversation_id, items):
        await self.conversations.items.create(conversation_id=conversation_id, items=items)

    async def items(self, conversation_id, **query):
        async for item in self.conversations.items.list(conversation_id=conversation_id, **query):
            yield item

    async def remove(self, conversation_id, item_id):
        await self.conversations.items.delete(conversation_id=conversation_id, item_id=item_id)

    async def delete(self, conversation_id):
        return await self.conversations.delete(conversation_id=conversation_id)


async def all_items(calls, conversation_id):
    return [item async for item in calls.items(conversation_id, order="asc")]


async def newest_items(calls, conversation_id, limit):
    newest = []
    async for item in calls.items(conversation_id, limit=limit, order="desc"):
        newest.append(item)
        if len(newest) >= limit:
            break
    return newest[::-1]


async def pop(calls, conversation_id):
    newest = await newest_items(calls, conversation_id, 1)
    if not newest:
        return None
    await calls.remove(conversation_id, str(newest[0].id))
    return newest[0]


def dump(item):
    return item.model_dump(exclude_unset=True)


async def run(calls, batches):
    session = await calls.create()
    empty = await pop(calls, session.id)
    for batch in batches:
        await calls.add(session.id, batch)
    items = await all_items(calls, session.id)
    newest = await newest_items(calls, session.id, 3)
    more_than_a_page = await newest_items(calls, session.id, len(items) + 1)
    popped = [await pop(calls, session.id) for _ in batches[-1]]
    left = await all_items(calls, session.id)
    # What a session gives is what it takes. Older releases give a null for each field that an item does not have.
    await calls.add(session.id, [item.model_dump() for item in popped[::-1]])
    again = await all_items(calls, session.id)
    deleted = await calls.delete(session.id)
    try:
        await all_items(calls, session.id)
        gone = None
    except NotFoundError as error:
        gone = error.status_code
    dumped = {
        "items": items,
        "newest": newest,
        "moreThanAPage": more_than_a_page,
        "popped": popped,
        "left": left,
        "again": again,
    }
    return {
        "id": session.id,
        "empty": empty,
        "classes": sorted({type(item).__name__ for item in items}),
        "deleted": deleted.deleted,
        "gone": gone,
        **{name: [dump(item) for item in found] for name, found in dumped.items()},
    }


CALLS = {"sync": SyncCalls, "async": AsyncCalls}
print(json.dumps(asyncio.run(run(CALLS[sys.argv[1]](), json.load(sys.stdin)))))
