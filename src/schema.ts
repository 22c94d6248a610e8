// Every table the application knows, in one list for the application and the TypeORM CLI alike.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  AgentConfig,
  AgentConfigAliasRevision,
  AgentConfigOverride,
  AgentConfigVersion,
  McpServerRecord,
  ServiceAgentConfig,
  ServiceAgentConfigAliasRevision,
  ServiceAgentConfigVersion,
  ServiceMcpServerRecord,
} from './agent-config/index.js';
import { ModelCallRecord, ModelKey, Turn } from './chat/index.js';
import { ContextManifest, Summary } from './context-window/index.js';
import {
  Conversation,
  DeletedImport,
  Message,
  MessageDraft,
  MessagePiece,
  MessageSearch,
} from './conversations/index.js';
import { Checkpoint, CheckpointValue, CheckpointWrite, StoreItem } from './langgraph/index.js';
import {
  Memory,
  MemoryEmbedding,
  MemoryHead,
  MemorySource,
  MessageEmbedding,
  MessageEmbeddingHead,
  pgvectorSchema,
} from './memory/index.js';
import { AuditEvent } from './platform/audit/index.js';
import type { Schema } from './platform/database/index.js';
import {
  IdempotencyKey,
  IdempotencySubject,
  ServiceIdempotencyKey,
  ServiceIdempotencySubject,
} from './platform/idempotency/index.js';
import { Job } from './platform/jobs/index.js';
import { SigningKey } from './platform/signing/index.js';
import { DataKey, ServiceDataKey } from './platform/vault/index.js';
import { CalendarEvent, Task } from './planner/index.js';
import {
  Account,
  ApiKey,
  MailedSecret,
  MergeUndo,
  MergeUndoPart,
  TokenKey,
  User,
  UserSession,
} from './users/index.js';
import {
  ServiceWebhook,
  ServiceWebhookDelivery,
  Webhook,
  WebhookDelivery,
} from './webhooks/index.js';

const directory = join(import.meta.dirname, '..', 'migrations');
const files = readdirSync(directory).filter((name) => /^\d+-[\w-]+\.[tj]s$/.test(name));

// Imported here, not by TypeORM from a pattern: its import is evaluated code, which Jest loses from
// the second test file on.
const modules = await Promise.all(
  files.map(
    (name) =>
      import(pathToFileURL(join(directory, name)).href) as Promise<
        Record<string, Schema['migrations'][number]>
      >,
  ),
);

export const schema: Schema = {
  entities: [
    User,
    ApiKey,
    Account,
    UserSession,
    MailedSecret,
    MergeUndo,
    MergeUndoPart,
    TokenKey,
    AgentConfig,
    AgentConfigVersion,
    AgentConfigAliasRevision,
    ServiceAgentConfig,
    ServiceAgentConfigVersion,
    ServiceAgentConfigAliasRevision,
    AgentConfigOverride,
    McpServerRecord,
    ServiceMcpServerRecord,
    Conversation,
    DeletedImport,
    Message,
    Turn,
    MessageDraft,
    MessagePiece,
    MessageSearch,
    Summary,
    ContextManifest,
    Memory,
    MemoryHead,
    MemorySource,
    MemoryEmbedding,
    MessageEmbedding,
    MessageEmbeddingHead,
    Task,
    CalendarEvent,
    IdempotencyKey,
    IdempotencySubject,
    ServiceIdempotencyKey,
    ServiceIdempotencySubject,
    SigningKey,
    Job,
    DataKey,
    ServiceDataKey,
    AuditEvent,
    ModelKey,
    ModelCallRecord,
    StoreItem,
    Checkpoint,
    CheckpointValue,
    CheckpointWrite,
    Webhook,
    WebhookDelivery,
    ServiceWebhook,
    ServiceWebhookDelivery,
  ],
  migrations: modules.flatMap((module) => Object.values(module)),
  steps: [pgvectorSchema],
};
