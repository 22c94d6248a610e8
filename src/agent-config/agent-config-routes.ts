// The routes of configurations, for users and for the service.
import { Body, Delete, Get, HttpCode, Injectable, Param, Patch, Query } from '@nestjs/common';
import { ApiBody, ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse } from '@nestjs/swagger';
import { RequestErrors } from '../platform/errors/index.js';
import { DatabaseLimits } from '../platform/context/index.js';
import { BodyLimit } from '../platform/door/index.js';
import { BodyExample, created, IfMatch, Operation, withEtag } from '../platform/http/index.js';
import { PAGE_LIMIT } from '../platform/list/index.js';
import { IdempotentPost } from '../platform/idempotency/index.js';
import {
  boolean,
  IdParameter,
  integer,
  MAX_INTEGER,
  QueryShape,
  validateBody,
  type ValuesOf,
  withDescription,
} from '../platform/input/index.js';
import { BodyGuard } from '../platform/secrets-guard/index.js';
import { AgentConfigErrors } from './agent-configs.errors.js';
import {
  CopyAgentConfigDto,
  CreateAgentConfigDto,
  UpdateAgentConfigDto,
} from './dto/agent-config-body.dto.js';
import type { ConfigRow } from './agent-config-row.js';
import { AgentConfigsService } from './agent-configs.service.js';
import {
  AgentConfigDiffDto,
  AgentConfigDto,
  AgentConfigVersionsDto,
  toAgentConfigDto,
  toVersionDto,
} from './dto/agent-config.dto.js';

const versionsQuery = new QueryShape({
  before: withDescription(integer(1, MAX_INTEGER, MAX_INTEGER), 'Lists versions before this one.'),
  limit: withDescription(
    integer(PAGE_LIMIT.min, PAGE_LIMIT.max, 20),
    'Versions of the answer, at most.',
  ),
});
const getQuery = new QueryShape({
  version: withDescription(
    integer(1, MAX_INTEGER, undefined),
    'The version. The newest without it.',
    1,
  ),
});
const copyQuery = new QueryShape({
  version: withDescription(
    integer(1, MAX_INTEGER, undefined),
    'The version to copy. The newest without it.',
  ),
});
const diffQuery = new QueryShape(
  {
    from: withDescription(integer(1, MAX_INTEGER, undefined), 'The earlier version.', 1),
    to: withDescription(
      integer(1, MAX_INTEGER, undefined),
      'The later version. The newest without it.',
      2,
    ),
  },
  ['from'],
);
const removeQuery = new QueryShape({
  force: withDescription(boolean(), 'Deletes it although conversations use it.', true),
});

/** Routes that users and the service share; the scope decides whose configurations they reach. */
@Injectable()
export abstract class AgentConfigRoutes {
  /** Path prefix of the routes. */
  protected abstract readonly path: string;

  constructor(protected readonly configs: AgentConfigsService) {}

  @Operation({
    summary: 'Create an agent configuration',
    description:
      "Saves version 1. Values that the model's provider would refuse are answered with 422.",
    errors: [
      AgentConfigErrors.nameTaken,
      AgentConfigErrors.invalidContent,
      RequestErrors.refused,
      RequestErrors.tooCostly,
    ],
    headers: ['ETag', 'Location'],
  })
  @BodyLimit('large')
  @IdempotentPost()
  @BodyExample([CreateAgentConfigDto], {
    name: 'travel-agent',
    model: { provider: 'openai', name: 'gpt-4.1-mini' },
    parameters: { temperature: 0.2 },
    systemPrompt: 'You help people to plan trips.',
  })
  @ApiCreatedResponse({ type: AgentConfigDto })
  async create(@Body(BodyGuard) body: unknown) {
    return this.created(await this.configs.create(validateBody(CreateAgentConfigDto, body)));
  }

  @Operation({
    summary: 'Read an agent configuration',
    description: 'The newest version, or the one that `version` names.',
    errors: [AgentConfigErrors.notFound, AgentConfigErrors.versionNotFound],
    headers: ['ETag'],
  })
  @Get(':id')
  @getQuery.document()
  @ApiOkResponse({ type: AgentConfigDto })
  async get(
    @Param('id', IdParameter) id: string,
    @Query(getQuery) { version }: ValuesOf<typeof getQuery>,
  ) {
    return this.tagged(await this.configs.get(id, version));
  }

  @Operation({
    summary: 'Save a new version of an agent configuration',
    description:
      'Parts that are left out stay as they are; null gives a part its default. With `If-Match`, it only succeeds while nobody else has saved a version.',
    errors: [
      AgentConfigErrors.notFound,
      AgentConfigErrors.readOnly,
      AgentConfigErrors.nameTaken,
      AgentConfigErrors.invalidContent,
      RequestErrors.refused,
      RequestErrors.tooCostly,
    ],
    headers: ['ETag'],
  })
  @BodyLimit('large')
  @Patch(':id')
  @BodyExample([UpdateAgentConfigDto], {
    systemPrompt: 'You plan trips by train.',
    message: 'Trains only',
  })
  @ApiOkResponse({ type: AgentConfigDto })
  async update(
    @Param('id', IdParameter) id: string,
    @Body(BodyGuard) body: unknown,
    @IfMatch() expected: number | undefined,
  ) {
    return this.tagged(
      await this.configs.update(id, validateBody(UpdateAgentConfigDto, body), expected),
    );
  }

  @Operation({
    summary: 'Delete an agent configuration',
    description:
      'For good, with all its versions. While conversations use it, only with `force=true`.',
    errors: [AgentConfigErrors.notFound, AgentConfigErrors.readOnly, AgentConfigErrors.inUse],
  })
  @Delete(':id')
  @DatabaseLimits({ statement: 300, lock: 30 })
  @HttpCode(204)
  @removeQuery.document()
  @ApiNoContentResponse()
  remove(
    @Param('id', IdParameter) id: string,
    @Query(removeQuery) { force }: ValuesOf<typeof removeQuery>,
    @IfMatch() expected: number | undefined,
  ) {
    return this.configs.remove(id, force, expected);
  }

  @Operation({
    summary: 'List the versions of an agent configuration',
    description: 'Newest first. `before` continues the list.',
    errors: [AgentConfigErrors.notFound],
  })
  @Get(':id/versions')
  @versionsQuery.document()
  @ApiOkResponse({ type: AgentConfigVersionsDto })
  async versions(
    @Param('id', IdParameter) id: string,
    @Query(versionsQuery) { before, limit }: ValuesOf<typeof versionsQuery>,
  ): Promise<AgentConfigVersionsDto> {
    return { data: (await this.configs.versions(id, before, limit)).map(toVersionDto) };
  }

  @Operation({
    summary: 'Compare two versions of an agent configuration',
    errors: [
      AgentConfigErrors.notFound,
      AgentConfigErrors.versionNotFound,
      RequestErrors.tooCostly,
    ],
  })
  @Get(':id/diff')
  @diffQuery.document()
  @ApiOkResponse({ type: AgentConfigDiffDto })
  diff(
    @Param('id', IdParameter) id: string,
    @Query(diffQuery) { from, to }: ValuesOf<typeof diffQuery>,
  ): Promise<AgentConfigDiffDto> {
    return this.configs.diff(id, from!, to);
  }

  @Operation({
    summary: 'Copy an agent configuration',
    description:
      'Creates a configuration with the content of the newest version, or of `version`. A user may copy a shared configuration of the service.',
    errors: [
      AgentConfigErrors.notFound,
      AgentConfigErrors.versionNotFound,
      AgentConfigErrors.nameTaken,
      RequestErrors.refused,
    ],
    headers: ['ETag', 'Location'],
  })
  @IdempotentPost(':id/copy')
  @copyQuery.document()
  @ApiBody({ type: CopyAgentConfigDto, required: false })
  @ApiCreatedResponse({ type: AgentConfigDto })
  async copy(
    @Param('id', IdParameter) id: string,
    @Query(copyQuery) { version }: ValuesOf<typeof copyQuery>,
    @Body(BodyGuard) body: unknown,
  ) {
    const { name } = validateBody(CopyAgentConfigDto, body === undefined ? {} : body);
    return this.created(await this.configs.copy(id, version, name ?? undefined));
  }

  protected tagged(config: ConfigRow) {
    return withEtag(toAgentConfigDto(config), this.configs.etag(config));
  }

  protected created(config: ConfigRow) {
    const location = `/${this.path}/${config.id}`;
    return created(toAgentConfigDto(config), this.configs.etag(config), location);
  }
}
