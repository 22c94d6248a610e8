"""Types of the API. Made by scripts/generate_types.py."""

from __future__ import annotations

from typing import Any, Dict, List, Literal, Optional, TypedDict, Union


class AgentConfig(TypedDict):
    id: str
    name: str
    description: Optional[str]
    tags: List[str]
    version: int
    createdAt: str
    updatedAt: str
    shared: Optional[bool]
    model: Optional[Model]
    parameters: Dict[str, Any]
    systemPrompt: Optional[Union[str, List[PromptPart]]]
    tools: Optional[List[Tool]]
    memory: Optional[MemoryPolicy]
    context: Optional[ContextPolicy]
    mcp: Optional[McpPolicy]
    overridable: Optional[List[Union[str, OverridableNumber]]]
    digest: str
    author: str
    message: Optional[str]
    savedAt: str


class ApiKey(TypedDict):
    id: str
    kind: Literal["service", "user"]
    userId: Optional[str]
    name: Optional[str]
    hint: str
    readOnly: bool
    createdAt: str
    scopes: List[Literal["act", "read", "write", "admin", "keys", "secrets", "import"]]
    expiresAt: Optional[str]
    lastUsedAt: Optional[str]
    revokedAt: Optional[str]


Breakpoint = TypedDict("Breakpoint", {"in": Literal["system", "messages"], "index": int})


class BuildContext(TypedDict, total=False):
    budgetTokens: Optional[int]
    format: Optional[Literal["openai", "openai-responses", "anthropic", "gemini", "ai-sdk"]]
    maxMessages: Optional[int]
    query: Optional[str]
    timeZone: Optional[str]
    memories: Optional[MemoriesWanted]
    include: Optional[List[Literal["system", "pinned", "summaries", "memories", "blocks", "agentConfig"]]]
    shortenLast: Optional[bool]
    explain: Optional[bool]


class _ContextRequired(TypedDict):
    messages: List[Dict[str, Any]]
    tokens: int
    tokenEncoding: str
    manifestId: str
    manifest: ContextManifest
    prefixSha256: str
    cacheBreakpoints: List[Breakpoint]
    omitted: Omitted


class Context(_ContextRequired, total=False):
    system: List[Dict[str, Any]]


class ContextManifest(TypedDict):
    conversationId: str
    format: Literal["openai", "openai-responses", "anthropic", "gemini", "ai-sdk"]
    budgetTokens: int
    lastSeq: int
    messages: List[ManifestMessage]
    summaries: List[ManifestSummary]
    sources: List[ManifestSource]
    contentSha256: str


class ContextPolicy(TypedDict, total=False):
    budgetTokens: Optional[int]


class Conversation(TypedDict):
    id: str
    key: Optional[str]
    title: Optional[str]
    titleSource: Optional[TitleSource]
    status: Literal["active", "archived"]
    tags: List[str]
    metadata: Dict[str, Any]
    lastSeq: int
    headSeq: int
    version: int
    forkedFrom: Optional[ForkOrigin]
    agentConfigId: Optional[str]
    agentConfigVersion: Optional[int]
    agentConfigAlias: Optional[str]
    createdAt: str
    updatedAt: str
    deletedAt: Optional[str]


class CreateApiKey(TypedDict, total=False):
    name: Optional[str]
    userId: Optional[str]
    user: str
    scopes: Optional[List[Literal["act", "read", "write", "admin", "keys", "secrets", "import"]]]
    expiresAt: Optional[str]
    expiresIn: Optional[str]
    readOnly: Optional[bool]


class CreateUser(TypedDict, total=False):
    name: Optional[str]
    settings: Optional[Dict[str, Any]]
    externalId: Optional[str]
    username: Optional[str]
    email: Optional[str]
    status: Optional[Literal["active", "pending", "disabled"]]


class CreatedApiKey(TypedDict):
    id: str
    kind: Literal["service", "user"]
    userId: Optional[str]
    name: Optional[str]
    hint: str
    readOnly: bool
    createdAt: str
    scopes: List[Literal["act", "read", "write", "admin", "keys", "secrets", "import"]]
    expiresAt: Optional[str]
    lastUsedAt: Optional[str]
    revokedAt: Optional[str]
    key: Optional[str]


class _CreatedMemoryRequired(TypedDict):
    id: str
    kind: Literal["fact", "preference", "episode", "summary", "instruction"]
    content: str
    tags: List[str]
    importance: float
    metadata: Dict[str, Any]
    agentId: Optional[str]
    conversationId: Optional[str]
    validFrom: Optional[str]
    validTo: Optional[str]
    expiresAt: Optional[str]
    supersedes: List[str]
    supersededBy: Optional[str]
    sourceMessageIds: List[str]
    removedSourceMessageIds: List[str]
    strength: int
    version: int
    revision: int
    createdAt: str
    updatedAt: str


class CreatedMemory(_CreatedMemoryRequired, total=False):
    similar: List[SimilarMemory]


class Erasure(TypedDict):
    how: Literal["removed", "redacted"]
    at: str
    by: str
    reason: Optional[str]


class Explained(TypedDict):
    messages: List[OmittedRange]
    parts: List[OmittedPart]


class Feedback(TypedDict):
    rating: Literal["up", "down"]
    comment: Optional[str]
    at: str


class ForkOrigin(TypedDict):
    conversationId: Optional[str]
    seq: int
    removed: bool


class ListedAgentConfig(TypedDict):
    id: str
    name: str
    description: Optional[str]
    tags: List[str]
    version: int
    createdAt: str
    updatedAt: str
    shared: Optional[bool]


class ManifestMessage(TypedDict):
    seq: int
    id: str


class ManifestSource(TypedDict):
    part: Literal["system", "pinned", "summaries", "memories", "blocks", "agentConfig"]
    ref: str


class ManifestSummary(TypedDict):
    id: str
    fromSeq: int
    toSeq: int


class McpPolicy(TypedDict, total=False):
    runBy: Literal["client", "server"]


class MemoriesWanted(TypedDict, total=False):
    limit: Optional[int]


class Memory(TypedDict):
    id: str
    kind: Literal["fact", "preference", "episode", "summary", "instruction"]
    content: str
    tags: List[str]
    importance: float
    metadata: Dict[str, Any]
    agentId: Optional[str]
    conversationId: Optional[str]
    validFrom: Optional[str]
    validTo: Optional[str]
    expiresAt: Optional[str]
    supersedes: List[str]
    supersededBy: Optional[str]
    sourceMessageIds: List[str]
    removedSourceMessageIds: List[str]
    strength: int
    version: int
    revision: int
    createdAt: str
    updatedAt: str


class _MemoryHitRequired(TypedDict):
    score: float
    matchedBy: Literal["lexical", "vector", "both"]


class MemoryHit(_MemoryHitRequired, total=False):
    memory: Memory
    message: Message
    parts: Dict[str, float]
    before: List[Union[Memory, Message]]
    after: List[Union[Memory, Message]]


class MemoryHits(TypedDict):
    data: List[MemoryHit]
    searchedBy: Literal["index", "database"]
    complete: bool


class MemoryPolicy(TypedDict, total=False):
    enabled: bool
    limit: int
    blocks: bool
    blocksAs: Literal["data", "system"]


class _MessageRequired(TypedDict):
    id: str
    conversationId: str
    seq: int
    role: Literal["user", "assistant", "system", "tool"]
    content: Union[str, List[Dict[str, Any]]]
    metadata: Dict[str, Any]
    tokenCount: int
    parentSeq: Optional[int]
    createdAt: str


class Message(_MessageRequired, total=False):
    branches: int
    key: str
    status: Literal["in_progress", "interrupted", "failed"]
    version: int
    leaseExpiresAt: str
    erased: Erasure
    feedback: Feedback


class MessageList(TypedDict):
    data: List[Message]


class Model(TypedDict):
    provider: str
    name: str


class _NewMessageRequired(TypedDict):
    role: Literal["user", "assistant", "system", "tool"]
    content: Optional[Union[str, List[Dict[str, Any]]]]


class NewMessage(_NewMessageRequired, total=False):
    metadata: Optional[Dict[str, Any]]
    key: Optional[str]
    status: Optional[Literal["complete", "in_progress", "interrupted", "failed"]]
    leaseSeconds: Optional[int]
    createdAt: Optional[str]


class _OmittedRequired(TypedDict):
    messages: int
    summarised: int
    unfitting: int
    unpairedToolParts: int
    parts: List[OmittedParts]


class Omitted(_OmittedRequired, total=False):
    removed: List[ManifestMessage]
    unfinished: List[ManifestMessage]
    explained: Explained
    overrides: List[str]


class OmittedPart(TypedDict):
    seq: int
    kind: Literal["text", "image", "audio", "video", "file", "tool-call", "tool-result", "server-tool-call", "server-tool-result", "reasoning", "source", "refusal", "other"]
    reason: Literal["not_accepted", "unsigned", "unfinished", "empty", "shortened", "too_large", "unpaired"]


class OmittedParts(TypedDict):
    kind: Literal["text", "image", "audio", "video", "file", "tool-call", "tool-result", "server-tool-call", "server-tool-result", "reasoning", "source", "refusal", "other"]
    reason: Literal["not_accepted", "unsigned", "unfinished", "empty", "shortened", "too_large", "unpaired"]
    count: int


class OmittedRange(TypedDict):
    fromSeq: int
    toSeq: int
    reason: Literal["no_room", "summarised", "nothing_to_send", "removed", "unfinished"]


class _OverridableNumberRequired(TypedDict):
    path: str


class OverridableNumber(_OverridableNumberRequired, total=False):
    min: float
    max: float


class _PromptPartRequired(TypedDict):
    text: str


class PromptPart(_PromptPartRequired, total=False):
    name: str


class SimilarMemory(TypedDict):
    id: str
    similarity: float


class TitleSource(TypedDict):
    provider: str
    model: str
    turnId: str
    toSeq: int


class _ToolRequired(TypedDict):
    name: str


class Tool(_ToolRequired, total=False):
    description: str
    parameters: Dict[str, Any]


class ToolRound(TypedDict):
    replyId: str
    replySeq: int
    resultsId: str
    resultsSeq: int
    manifestId: Optional[str]


class Turn(TypedDict):
    id: str
    conversationId: str
    state: Literal["queued", "running", "waiting_for_tools", "completed", "failed", "cancelled", "interrupted"]
    queuePosition: Optional[int]
    replyId: Optional[str]
    replySeq: Optional[int]
    rounds: List[ToolRound]
    manifestId: Optional[str]
    provider: Optional[str]
    model: Optional[str]
    finishReason: Optional[str]
    usage: Optional[TurnUsage]
    costUsd: Optional[float]
    replyCache: Optional[TurnReplyCacheUse]
    error: Optional[TurnError]
    createdAt: str
    startedAt: Optional[str]
    firstOutputAt: Optional[str]
    finishedAt: Optional[str]


class TurnError(TypedDict):
    code: str
    message: str


class TurnModel(TypedDict):
    provider: str
    name: str


class TurnReplyCache(TypedDict, total=False):
    ttlSeconds: Optional[int]
    match: Optional[Literal["exact", "near"]]


class TurnReplyCacheUse(TypedDict):
    hit: bool
    ageSeconds: Optional[int]
    savedTokens: Optional[int]
    savedCostUsd: Optional[float]


class _TurnToolRequired(TypedDict):
    name: str


class TurnTool(_TurnToolRequired, total=False):
    description: Optional[str]
    parameters: Optional[Dict[str, Any]]
    strict: Optional[bool]


class TurnUsage(TypedDict):
    inputTokens: Optional[int]
    cachedInputTokens: Optional[int]
    outputTokens: Optional[int]
    reasoningTokens: Optional[int]


class UpdateMemory(TypedDict, total=False):
    kind: Optional[Literal["fact", "preference", "episode", "summary", "instruction"]]
    tags: Optional[List[str]]
    importance: Optional[float]
    metadata: Optional[Dict[str, Any]]
    agentId: Optional[str]
    conversationId: Optional[str]
    validFrom: Optional[Optional[str]]
    validTo: Optional[Optional[str]]
    expiresAt: Optional[str]
    sourceMessageIds: Optional[List[str]]
    reason: Optional[str]
    content: Optional[str]


class UpdateUser(TypedDict, total=False):
    name: Optional[str]
    settings: Optional[Dict[str, Any]]
    externalId: Optional[str]
    username: Optional[str]
    email: Optional[str]
    status: Optional[Literal["active", "pending", "disabled"]]


class User(TypedDict):
    id: str
    externalId: Optional[str]
    username: Optional[str]
    email: Optional[str]
    name: Optional[str]
    issuer: Optional[str]
    subject: Optional[str]
    status: UserStatus
    settings: Dict[str, Any]
    version: int
    createdAt: str
    updatedAt: str


UserStatus = Literal["active", "pending", "disabled"]
