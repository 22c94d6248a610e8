"""What belongs to one user."""

from __future__ import annotations

from typing import Any, AsyncIterator, Mapping, Optional, Sequence, cast

from .. import types
from .._protocol import given, path_of
from .conversation import AsyncConversation
from .session import AsyncSession


class AsyncUser:
    """A user for whom the client acts."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session
        self.memories = AsyncMemories(session)
        self.agent_configs = AsyncAgentConfigs(session)

    def conversation(
        self, name: str, *, create_if_missing: Optional[bool] = None
    ) -> AsyncConversation:
        """A conversation by its id, or by ``key:`` and your own name of it. Sends nothing."""
        return AsyncConversation(self._session, name, create_if_missing)

    def conversations(
        self,
        *,
        filter: Optional[Mapping[str, Any]] = None,
        sort: Optional[str] = None,
        page_size: Optional[int] = None,
    ) -> AsyncIterator[types.Conversation]:
        """All conversations, page by page."""
        query = {"filter": filter, "sort": sort, "limit": page_size}
        return self._session.pages(path_of("conversations"), query)

    async def request(
        self,
        method: str,
        path: str,
        *,
        query: Optional[Mapping[str, Any]] = None,
        body: Any = None,
        headers: Optional[Mapping[str, str]] = None,
        idempotency_key: Optional[str] = None,
    ) -> Any:
        """Any other request for this user, such as ``request("GET", "/v1/tasks")``."""
        return await self._session.call(
            method,
            path,
            query=query,
            body=body,
            headers=headers,
            idempotency_key=idempotency_key,
        )


class AsyncMemories:
    """What is remembered about the user."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(
        self,
        content: str,
        *,
        kind: Optional[str] = None,
        tags: Optional[Sequence[str]] = None,
        importance: Optional[float] = None,
        metadata: Optional[Mapping[str, Any]] = None,
        agent_id: Optional[str] = None,
        conversation_id: Optional[str] = None,
        valid_from: Optional[str] = None,
        valid_to: Optional[str] = None,
        expires_at: Optional[str] = None,
        source_message_ids: Optional[Sequence[str]] = None,
        supersedes: Optional[Sequence[str]] = None,
        on_similar: Optional[str] = None,
        reason: Optional[str] = None,
        idempotency_key: Optional[str] = None,
    ) -> types.CreatedMemory:
        """Remembers a fact. The same content once more makes the memory stronger."""
        body = given(
            content=content,
            kind=kind,
            tags=tags,
            importance=importance,
            metadata=metadata,
            agentId=agent_id,
            conversationId=conversation_id,
            validFrom=valid_from,
            validTo=valid_to,
            expiresAt=expires_at,
            sourceMessageIds=source_message_ids,
            supersedes=supersedes,
            onSimilar=on_similar,
            reason=reason,
        )
        answer = await self._session.call(
            "POST", path_of("memories"), body=body, idempotency_key=idempotency_key
        )
        return cast(types.CreatedMemory, answer)

    async def search(
        self,
        query: str,
        *,
        limit: Optional[int] = None,
        filter: Optional[Mapping[str, Any]] = None,
        match: Optional[str] = None,
        prefix: Optional[bool] = None,
        within: Optional[Sequence[str]] = None,
        as_of: Optional[str] = None,
        neighbours: Optional[int] = None,
        explain: Optional[bool] = None,
        time_zone: Optional[str] = None,
    ) -> types.MemoryHits:
        """The best memories for a question, also messages when ``within`` names them."""
        body = given(
            query=query,
            limit=limit,
            filter=filter,
            match=match,
            prefix=prefix,
            asOf=as_of,
            neighbours=neighbours,
            explain=explain,
            timeZone=time_zone,
            **{"in": within},
        )
        answer = await self._session.call("POST", path_of("memories", "search"), body=body)
        return cast(types.MemoryHits, answer)

    def list(
        self,
        *,
        filter: Optional[Mapping[str, Any]] = None,
        q: Optional[str] = None,
        sort: Optional[str] = None,
        as_of: Optional[str] = None,
        page_size: Optional[int] = None,
    ) -> AsyncIterator[types.Memory]:
        """All memories, page by page."""
        query = {"filter": filter, "q": q, "sort": sort, "asOf": as_of, "limit": page_size}
        return self._session.pages(path_of("memories"), query)

    async def get(self, memory_id: str) -> types.Memory:
        """One memory."""
        return cast(types.Memory, await self._session.call("GET", path_of("memories", memory_id)))

    async def update(
        self, memory_id: str, changes: types.UpdateMemory, *, if_version: Optional[int] = None
    ) -> types.Memory:
        """Changes a memory; with ``if_version`` only when it has this version (412 otherwise)."""
        headers = {} if if_version is None else {"If-Match": f'"{if_version}"'}
        answer = await self._session.call(
            "PATCH", path_of("memories", memory_id), body=changes, headers=headers
        )
        return cast(types.Memory, answer)

    async def forget(
        self, memory_id: str, *, purge: Optional[bool] = None, reason: Optional[str] = None
    ) -> None:
        """Forgets a memory; with ``purge`` its history, too."""
        query = {"purge": purge, "reason": reason}
        await self._session.call("DELETE", path_of("memories", memory_id), query=query)


class AsyncAgentConfigs:
    """The agent configurations of the user."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def list(
        self,
        *,
        filter: Optional[Mapping[str, Any]] = None,
        sort: Optional[str] = None,
        page_size: Optional[int] = None,
    ) -> AsyncIterator[types.ListedAgentConfig]:
        """All of them, page by page."""
        query = {"filter": filter, "sort": sort, "limit": page_size}
        return self._session.pages(path_of("agent-configs"), query)

    async def get(
        self, agent_config_id: str, *, version: Optional[int] = None
    ) -> types.AgentConfig:
        """The current version, or another one."""
        answer = await self._session.call(
            "GET", path_of("agent-configs", agent_config_id), query={"version": version}
        )
        return cast(types.AgentConfig, answer)
