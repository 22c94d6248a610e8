// The routes of configurations, for users and for the service.
import { Body, Delete, Get, HttpCode, Injectable, Param, Patch, Query } from '@nestjs/common';
import { ApiBody, ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse } from '@nestjs/swagger';
import { DatabaseLimits } from '../platform/context/index.js';
import { BodyLimit } from '../platform/door/index.js';
import {
  ApiNotModified,
  boolean,
  created,
  IfMatch,
  IdempotentPost,
  IdParameter,
  integer,
  PAGE_LIMIT,
  QueryShape,
  withEtag,
} from '../platform/http/index.js';
import { BodyGuard } from '../platform/secrets-guard/index.js';
import {
  agentConfigChangesSchema,
  copySchema,
  documented,
  newAgentConfigSchema,
  readBody,
} from './agent-config-input.js';
import type { ConfigRow } from './agent-config-row.js';
import { AgentConfigsService } from './agent-configs.service.js';
import {
  AgentConfigDiffDto,
  AgentConfigDto,
  AgentConfigVersionsDto,
  toAgentConfigDto,
  toVersionDto,
} from './dto/agent-config.dto.js';

const MOST = 2_147_483_647;
const versionsQuery = new QueryShape({
  before: integer(1, MOST, MOST),
  limit: integer(PAGE_LIMIT.min, PAGE_LIMIT.max, 20),
});
const getQuery = new QueryShape({ version: integer(1, MOST, undefined) });
const diffQuery = new QueryShape(
  { from: integer(1, MOST, undefined), to: integer(1, MOST, undefined) },
  ['from'],
);
const removeQuery = new QueryShape({ force: boolean() });

type Parsed<Q extends { transform: (query: unknown) => unknown }> = ReturnType<Q['transform']>;

/** What can be done with a configuration, whoever owns it: the scope says whose they are. */
@Injectable()
export abstract class AgentConfigRoutes {
  /** Where they are. */
  protected abstract readonly path: string;

  constructor(protected readonly configs: AgentConfigsService) {}

  @BodyLimit('large')
  @IdempotentPost()
  @ApiBody({ schema: documented(newAgentConfigSchema) })
  @ApiCreatedResponse({ type: AgentConfigDto })
  async create(@Body(BodyGuard) body: unknown) {
    return this.created(await this.configs.create(readBody(newAgentConfigSchema, body)));
  }

  /** The newest version, or the one that is asked for. */
  @Get(':id')
  @getQuery.document()
  @ApiOkResponse({ type: AgentConfigDto })
  @ApiNotModified()
  async get(
    @Param('id', IdParameter) id: string,
    @Query(getQuery) { version }: Parsed<typeof getQuery>,
  ) {
    return this.tagged(await this.configs.get(id, version));
  }

  /** Saves a version with what is given in place of what was there; null gives a part its default. With `If-Match`, only when nobody else has saved one since. */
  @BodyLimit('large')
  @Patch(':id')
  @ApiBody({ schema: documented(agentConfigChangesSchema) })
  @ApiOkResponse({ type: AgentConfigDto })
  async update(
    @Param('id', IdParameter) id: string,
    @Body(BodyGuard) body: unknown,
    @IfMatch() expected: number | undefined,
  ) {
    return this.tagged(
      await this.configs.update(id, readBody(agentConfigChangesSchema, body), expected),
    );
  }

  /** With all its versions. While conversations use it, only with `force=true`. */
  @Delete(':id')
  @DatabaseLimits({ statement: 300, lock: 30 })
  @HttpCode(204)
  @removeQuery.document()
  @ApiNoContentResponse()
  remove(
    @Param('id', IdParameter) id: string,
    @Query(removeQuery) { force }: Parsed<typeof removeQuery>,
    @IfMatch() expected: number | undefined,
  ) {
    return this.configs.remove(id, force, expected);
  }

  /** Newest first; with `before`, those before that version. */
  @Get(':id/versions')
  @versionsQuery.document()
  @ApiOkResponse({ type: AgentConfigVersionsDto })
  async versions(
    @Param('id', IdParameter) id: string,
    @Query(versionsQuery) { before, limit }: Parsed<typeof versionsQuery>,
  ): Promise<AgentConfigVersionsDto> {
    return { data: (await this.configs.versions(id, before, limit)).map(toVersionDto) };
  }

  /** What two versions differ in; the second is the newest unless another is named. */
  @Get(':id/diff')
  @diffQuery.document()
  @ApiOkResponse({ type: AgentConfigDiffDto })
  diff(
    @Param('id', IdParameter) id: string,
    @Query(diffQuery) { from, to }: Parsed<typeof diffQuery>,
  ): Promise<AgentConfigDiffDto> {
    return this.configs.diff(id, from!, to);
  }

  /** With the content of the newest version or of `?version=`. */
  @IdempotentPost(':id/copy')
  @getQuery.document()
  @ApiBody({ schema: documented(copySchema), required: false })
  @ApiCreatedResponse({ type: AgentConfigDto })
  async copy(
    @Param('id', IdParameter) id: string,
    @Query(getQuery) { version }: Parsed<typeof getQuery>,
    @Body(BodyGuard) body: unknown,
  ) {
    const { name } = readBody(copySchema, body === undefined ? {} : body);
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
