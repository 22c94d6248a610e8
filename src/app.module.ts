// The request pipeline, in order: the steps of the door, the body, the user scope, the response,
// idempotency (on POST), validation, the handler. One filter answers what fails.
import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { APP_FILTER, APP_INTERCEPTOR } from '@nestjs/core';
import { AgentConfigModule } from './agent-config/index.js';
import {
  ChatModule,
  ModelCallsModule,
  OpenAiCompatModule,
  StreamSocketModule,
} from './chat/index.js';
import { ContextWindowModule } from './context-window/index.js';
import { ConversationsModule } from './conversations/index.js';
import { McpModule, Mem0Module, OpenAiConversationsModule } from './doors/index.js';
import { LangGraphModule } from './langgraph/index.js';
import { MemoryModule } from './memory/index.js';
import { AuditModule } from './platform/audit/index.js';
import { BulkDeletionModule } from './platform/bulk-deletion/index.js';
import { CacheModule } from './platform/cache/index.js';
import type { Config } from './platform/config/config.js';
import { ConfigModule } from './platform/config/config.module.js';
import { ContextModule, UserScopeInterceptor } from './platform/context/index.js';
import { DatabaseModule, type PreparedDatabase } from './platform/database/index.js';
import {
  AccessStep,
  BodyStep,
  CredentialStep,
  DoorModule,
  HostStep,
  QueryStep,
  RateLimitStep,
  RouteStep,
  StopStep,
  UserScopeStep,
} from './platform/door/index.js';
import { ProblemFilter } from './platform/errors/index.js';
import { HealthModule } from './platform/health/health.module.js';
import { HeavyWorkModule } from './platform/heavy-work/index.js';
import { ResponseInterceptor } from './platform/http/index.js';
import { IdempotencyModule } from './platform/idempotency/index.js';
import { JobsModule } from './platform/jobs/index.js';
import { MailModule } from './platform/mail/index.js';
import { QuotasModule } from './platform/quotas/index.js';
import { RateLimitModule } from './platform/rate-limit/index.js';
import { RedisModule } from './platform/redis/index.js';
import { RepositoryModule } from './platform/repository/index.js';
import { SecretsGuardModule } from './platform/secrets-guard/index.js';
import { SigningModule } from './platform/signing/index.js';
import { StreamsModule } from './platform/streams/index.js';
import { MetricsModule } from './platform/telemetry/metrics.js';
import { TracingModule } from './platform/telemetry/tracing/tracing.module.js';
import { VaultModule } from './platform/vault/index.js';
import { WorkersModule } from './platform/workers/index.js';
import { PlannerModule } from './planner/index.js';
import { schema } from './schema.js';
import { UsersModule } from './users/index.js';
import { WebhooksModule } from './webhooks/index.js';

/** What each request passes before a byte of its body is read. */
export const DOOR = [
  StopStep,
  HostStep,
  RouteStep,
  CredentialStep,
  RateLimitStep,
  AccessStep,
  UserScopeStep,
  QueryStep,
  BodyStep,
];

/**
 * What each handler runs in. IdempotentPost adds IdempotencyInterceptor inside it; then pipes
 * validate.
 */
const PIPELINE: Provider[] = [
  { provide: APP_INTERCEPTOR, useClass: UserScopeInterceptor },
  { provide: APP_INTERCEPTOR, useClass: ResponseInterceptor },
  { provide: APP_FILTER, useClass: ProblemFilter },
];

@Module({
  imports: [
    ContextModule,
    DoorModule.forRoot(DOOR),
    RateLimitModule,
    SigningModule,
    IdempotencyModule,
    HeavyWorkModule,
    QuotasModule,
    RedisModule,
    StreamsModule,
    MetricsModule,
    TracingModule,
    CacheModule,
    RepositoryModule,
    BulkDeletionModule,
    JobsModule,
    WorkersModule,
    SecretsGuardModule,
    VaultModule,
    MailModule,
    AuditModule,
    HealthModule,
    UsersModule,
    AgentConfigModule,
    ConversationsModule,
    ContextWindowModule,
    MemoryModule,
    ChatModule,
    ModelCallsModule,
    OpenAiCompatModule,
    McpModule,
    Mem0Module,
    OpenAiConversationsModule,
    StreamSocketModule,
    PlannerModule,
    LangGraphModule,
    WebhooksModule,
  ],
  providers: PIPELINE,
})
export class AppModule {
  static forRoot(config: Config, database: PreparedDatabase): DynamicModule {
    return {
      module: AppModule,
      imports: [ConfigModule.forRoot(config), DatabaseModule.forRoot(database, schema)],
    };
  }
}
