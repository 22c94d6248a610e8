# Made by scripts/generate_sync.py. Change _async instead.
"""The client of the service."""

from __future__ import annotations

import os
from typing import Any, Iterator, Mapping, Optional, cast

from .. import types
from .._protocol import RetryPolicy, path_of
from .session import Session, open_transport
from .user import User


class Threadkeep:
    """Calls Threadkeep with one API key.

    ``base_url`` and ``api_key`` are by default ``THREADKEEP_URL`` and ``THREADKEEP_API_KEY`` of the
    environment. ``timeout`` is in seconds, for the connection and for each time that nothing
    comes. A request that is safe to repeat is sent up to ``max_attempts`` times. A ``Retry-After``
    of more than ``max_retry_after`` seconds is not waited for. ``transport`` is ``httpx`` or
    ``stdlib``; by default httpx when it is installed.
    """

    def __init__(
        self,
        base_url: Optional[str] = None,
        api_key: Optional[str] = None,
        *,
        timeout: float = 30.0,
        max_attempts: int = 4,
        max_retry_after: float = 30.0,
        transport: Optional[str] = None,
    ) -> None:
        url = base_url or os.environ.get("THREADKEEP_URL") or "http://127.0.0.1:3000"
        key = api_key or os.environ.get("THREADKEEP_API_KEY")
        if not key:
            raise ValueError("Give api_key, or set THREADKEEP_API_KEY")
        self._session = Session(
            open_transport(url, timeout, transport),
            {"Authorization": f"Bearer {key}"},
            RetryPolicy(max_attempts, max_retry_after),
        )
        self.users = Users(self._session)
        self.api_keys = ApiKeys(self._session)

    def user(self, name: Optional[str] = None) -> User:
        """The user to act for, by your own id of them. A user key needs no name. Sends nothing."""
        return User(self._session.acting_for(name))

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Optional[Mapping[str, Any]] = None,
        body: Any = None,
        headers: Optional[Mapping[str, str]] = None,
        idempotency_key: Optional[str] = None,
    ) -> Any:
        """Any other request for no user, such as ``request("GET", "/v1/admin/jobs")``."""
        return self._session.call(
            method,
            path,
            query=query,
            body=body,
            headers=headers,
            idempotency_key=idempotency_key,
        )

    def close(self) -> None:
        """Closes all connections."""
        self._session.transport.close()

    def __enter__(self) -> Threadkeep:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Users:
    """The users of the service. Needs a service key."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def list(
        self,
        *,
        filter: Optional[Mapping[str, Any]] = None,
        q: Optional[str] = None,
        sort: Optional[str] = None,
        page_size: Optional[int] = None,
    ) -> Iterator[types.User]:
        """All users, page by page."""
        query = {"filter": filter, "q": q, "sort": sort, "limit": page_size}
        return self._session.pages(path_of("users"), query)

    def create(self, user: types.CreateUser) -> types.User:
        """Makes a user. The first write for an unknown name makes one, too."""
        return cast(types.User, self._session.call("POST", path_of("users"), body=user))

    def get(self, user_id: str) -> types.User:
        """A user by the id of Threadkeep."""
        return cast(types.User, self._session.call("GET", path_of("users", user_id)))

    def update(self, user_id: str, changes: types.UpdateUser) -> types.User:
        """Changes a user; ``{"status": "disabled"}`` shuts them out."""
        answer = self._session.call("PATCH", path_of("users", user_id), body=changes)
        return cast(types.User, answer)

    def delete(self, user_id: str) -> None:
        """Erases a user with all that belongs to them."""
        self._session.call("DELETE", path_of("users", user_id))


class ApiKeys:
    """The API keys of the service. Needs a service key."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def list(self, *, page_size: Optional[int] = None) -> Iterator[types.ApiKey]:
        """All keys, page by page, without their secrets."""
        return self._session.pages(path_of("api-keys"), {"limit": page_size})

    def create(self, api_key: types.CreateApiKey) -> types.CreatedApiKey:
        """Makes a key, such as ``{"user": "ada", "expiresIn": "1h"}``. Only this tells ``key``."""
        answer = self._session.call("POST", path_of("api-keys"), body=api_key)
        return cast(types.CreatedApiKey, answer)

    def rotate(
        self, api_key_id: str, *, overlap_seconds: Optional[int] = None
    ) -> types.CreatedApiKey:
        """Makes the successor of a key, which goes on to be valid for ``overlap_seconds``."""
        body = {} if overlap_seconds is None else {"overlapSeconds": overlap_seconds}
        answer = self._session.call(
            "POST", path_of("api-keys", api_key_id, "rotate"), body=body
        )
        return cast(types.CreatedApiKey, answer)

    def revoke(self, api_key_id: str) -> None:
        """Ends a key at once."""
        self._session.call("DELETE", path_of("api-keys", api_key_id))
