"""One conversation of a user."""

from __future__ import annotations

from typing import Any, AsyncIterator, Dict, List, Mapping, Optional, Sequence, Union, cast

from .. import types
from .._protocol import given, path_of
from .session import AsyncSession
from .turn_stream import EVENT_STREAM, OPEN_STATES, AsyncTurnStream

#: A message in the API's form, or in that of a provider.
AnyMessage = Union[types.NewMessage, Mapping[str, Any]]
#: A text is one message of the user.
Messages = Union[str, AnyMessage, Sequence[AnyMessage]]


class AsyncConversation:
    """A conversation by its id, or by ``key:`` and your own name of it.

    The first write makes one that is named by a key; ``create_if_missing`` says otherwise.
    """

    def __init__(
        self, session: AsyncSession, name: str, create_if_missing: Optional[bool] = None
    ) -> None:
        self._session = session
        self._name = name
        is_created = name.startswith("key:") if create_if_missing is None else create_if_missing
        self._writing = {"createIfMissing": True} if is_created else {}

    async def get(self) -> types.Conversation:
        """The conversation without its messages."""
        return cast(types.Conversation, await self._session.call("GET", self._path()))

    async def append(
        self,
        messages: Messages,
        *,
        expected_seq: Optional[int] = None,
        expected_head: Optional[int] = None,
        parent_id: Optional[str] = None,
        move_head: Optional[bool] = None,
        format: Optional[str] = None,
        idempotency_key: Optional[str] = None,
    ) -> List[types.Message]:
        """Stores messages, all or none, and returns them with their ``seq``.

        Give ``idempotency_key`` when your own program may repeat the call.
        """
        body = given(
            messages=_listed(messages),
            expectedSeq=expected_seq,
            expectedHead=expected_head,
            parentId=parent_id,
            moveHead=move_head,
            format=format,
        )
        answer = await self._write("messages", body, idempotency_key)
        return cast(types.MessageList, answer)["data"]

    def messages(
        self,
        *,
        order: Optional[str] = None,
        after_seq: Optional[int] = None,
        before_seq: Optional[int] = None,
        page_size: Optional[int] = None,
        filter: Optional[Mapping[str, Any]] = None,
    ) -> AsyncIterator[types.Message]:
        """All messages that are shown, page by page, newest first unless ``order`` is ``asc``."""
        query = {
            "order": order,
            "afterSeq": after_seq,
            "beforeSeq": before_seq,
            "limit": page_size,
            "filter": filter,
        }
        return self._session.pages(self._path("messages"), query)

    async def context(
        self,
        *,
        budget_tokens: Optional[int] = None,
        query: Optional[str] = None,
        format: Optional[str] = None,
        max_messages: Optional[int] = None,
        memories: Optional[Mapping[str, Any]] = None,
        include: Optional[Sequence[str]] = None,
        time_zone: Optional[str] = None,
        shorten_last: Optional[bool] = None,
        explain: Optional[bool] = None,
    ) -> types.Context:
        """The messages for the next call of a model, within a token budget."""
        body = given(
            budgetTokens=budget_tokens,
            query=query,
            format=format,
            maxMessages=max_messages,
            memories=memories,
            include=include,
            timeZone=time_zone,
            shortenLast=shorten_last,
            explain=explain,
        )
        return cast(types.Context, await self._write("context", body))

    async def turn(
        self,
        messages: Optional[Messages] = None,
        *,
        model: Union[str, types.TurnModel, None] = None,
        parameters: Optional[Mapping[str, Any]] = None,
        agent_config_id: Optional[str] = None,
        agent_config_version: Optional[int] = None,
        agent_config_alias: Optional[str] = None,
        tools: Optional[Sequence[types.TurnTool]] = None,
        tool_choice: Optional[str] = None,
        context: Optional[types.BuildContext] = None,
        reply_cache: Optional[types.TurnReplyCache] = None,
        when_busy: Optional[str] = None,
        background: Optional[bool] = None,
        on_crash: Optional[str] = None,
        parent_id: Optional[str] = None,
        expected_head: Optional[int] = None,
        format: Optional[str] = None,
        idempotency_key: Optional[str] = None,
    ) -> AsyncTurnStream:
        """Stores messages and lets a model answer. Iterate over the result for its deltas.

        ``model`` is ``provider/name``. Without messages the model answers again.
        """
        body = given(
            messages=None if messages is None else _listed(messages),
            model=_model_of(model),
            parameters=parameters,
            agentConfigId=agent_config_id,
            agentConfigVersion=agent_config_version,
            agentConfigAlias=agent_config_alias,
            tools=tools,
            toolChoice=tool_choice,
            context=context,
            replyCache=reply_cache,
            whenBusy=when_busy,
            background=background,
            onCrash=on_crash,
            parentId=parent_id,
            expectedHead=expected_head,
            format=format,
        )
        begin = self._session.build(
            "POST",
            self._path("turns"),
            query=self._writing,
            body=body,
            headers=EVENT_STREAM,
            idempotency_key=idempotency_key,
        )
        return await AsyncTurnStream(self._session, self._path("turns"), begin).start()

    async def watch(self, turn_id: str, *, last_event_id: Optional[str] = None) -> AsyncTurnStream:
        """A turn from its beginning, or after an event that was seen before."""
        place = {} if last_event_id is None else {"Last-Event-ID": last_event_id}
        begin = self._session.build(
            "GET", self._path("turns", turn_id, "events"), headers={**EVENT_STREAM, **place}
        )
        stream = AsyncTurnStream(self._session, self._path("turns"), begin, last_event_id)
        return await stream.start()

    async def cancel(self, turn_id: str) -> types.Turn:
        """Ends a turn. What was said until then stays."""
        answer = await self._session.call("POST", self._path("turns", turn_id, "cancel"))
        return cast(types.Turn, answer)

    async def stop(self) -> List[types.Turn]:
        """Ends all turns that run or wait, the newest first."""
        turns = await self._session.call("GET", self._path("turns"))
        return [
            await self.cancel(turn["id"]) for turn in turns["data"] if turn["state"] in OPEN_STATES
        ]

    def _path(self, *segments: str) -> str:
        return path_of("conversations", self._name, *segments)

    async def _write(
        self, what: str, body: Dict[str, Any], idempotency_key: Optional[str] = None
    ) -> Any:
        return await self._session.call(
            "POST",
            self._path(what),
            query=self._writing,
            body=body,
            idempotency_key=idempotency_key,
        )


def _listed(messages: Messages) -> List[Any]:
    if isinstance(messages, str):
        return [{"role": "user", "content": messages}]
    return [messages] if isinstance(messages, Mapping) else list(messages)


def _model_of(model: Union[str, types.TurnModel, None]) -> Optional[Mapping[str, Any]]:
    if not isinstance(model, str):
        return model
    provider, slash, name = model.partition("/")
    if not slash:
        raise ValueError("model must be 'provider/name'")
    return {"provider": provider, "name": name}
