// Routes of aliases, for users and for the service.
import { Body, Delete, Get, HttpCode, Injectable, Param, Put } from '@nestjs/common';
import {
  ApiBody,
  ApiExtraModels,
  ApiNoContentResponse,
  ApiOkResponse,
  getSchemaPath,
} from '@nestjs/swagger';
import { RequestErrors } from '../../platform/errors/index.js';
import { AgentConfigErrors } from '../agent-configs.errors.js';
import { IfMatch, Operation, withEtag } from '../../platform/http/index.js';
import { etagOf } from '../../platform/repository/index.js';
import { IdempotentPost } from '../../platform/idempotency/index.js';
import { IdParameter, isPlainObject, validateBody } from '../../platform/input/index.js';
import { BodyGuard, TextGuard } from '../../platform/secrets-guard/index.js';
import type { AliasRevision } from '../agent-config-row.js';
import { OneVersionDto, SplitDto } from '../dto/agent-config-body.dto.js';
import { ALIAS } from './alias-parameter.js';
import type { TrafficTarget } from './traffic.js';
import { AliasesService } from './aliases.service.js';
import {
  AliasesDto,
  AliasHistoryDto,
  toAliasDto,
  toAliasHistoryDto,
} from '../dto/agent-config.dto.js';

@Injectable()
export abstract class AliasRoutes {
  constructor(private readonly aliases: AliasesService) {}

  @Operation({
    summary: 'List the aliases of an agent configuration',
    errors: [AgentConfigErrors.notFound],
  })
  @Get()
  @ApiOkResponse({ type: AliasesDto })
  async list(@Param('id', IdParameter) id: string): Promise<AliasesDto> {
    return { data: (await this.aliases.list(id)).map(toAliasDto) };
  }

  @Operation({
    summary: 'Read an alias and its history',
    errors: [AgentConfigErrors.notFound, AgentConfigErrors.aliasNotFound],
    headers: ['ETag'],
  })
  @Get(':alias')
  @ALIAS.document()
  @ApiOkResponse({ type: AliasHistoryDto })
  async get(@Param('id', IdParameter) id: string, @Param('alias', ALIAS) alias: string) {
    return tagged(await this.aliases.get(id, alias));
  }

  @Operation({
    summary: 'Point an alias to a version',
    description:
      'Creates the alias if there is none. With `targets`, users are split between several versions by their shares, and each user keeps the same version. With `If-Match`, it only succeeds while nobody else has changed the alias.',
    errors: [
      AgentConfigErrors.notFound,
      AgentConfigErrors.readOnly,
      AgentConfigErrors.unknownVersion,
      AgentConfigErrors.invalidPercentages,
      RequestErrors.refused,
    ],
    headers: ['ETag'],
  })
  @Put(':alias')
  @ALIAS.document()
  @HttpCode(200)
  @ApiExtraModels(OneVersionDto, SplitDto)
  @ApiBody({
    schema: { oneOf: [{ $ref: getSchemaPath(OneVersionDto) }, { $ref: getSchemaPath(SplitDto) }] },
  })
  @ApiOkResponse({ type: AliasHistoryDto })
  async point(
    @Param('id', IdParameter) id: string,
    @Param('alias', ALIAS, TextGuard) alias: string,
    @Body(BodyGuard) body: unknown,
    @IfMatch() expected: number | undefined,
  ) {
    return tagged(await this.aliases.point(id, alias, readTargets(body), expected));
  }

  @Operation({
    summary: 'Delete an alias',
    errors: [
      AgentConfigErrors.notFound,
      AgentConfigErrors.readOnly,
      AgentConfigErrors.aliasNotFound,
    ],
  })
  @Delete(':alias')
  @ALIAS.document()
  @HttpCode(204)
  @ApiNoContentResponse()
  remove(@Param('id', IdParameter) id: string, @Param('alias', ALIAS) alias: string) {
    return this.aliases.remove(id, alias);
  }

  @Operation({
    summary: 'Point an alias back to where it pointed before',
    description: 'Each call goes one step further back.',
    errors: [
      AgentConfigErrors.notFound,
      AgentConfigErrors.readOnly,
      AgentConfigErrors.aliasNotFound,
      AgentConfigErrors.noEarlierTargets,
    ],
    headers: ['ETag'],
  })
  @IdempotentPost(':alias/rollback')
  @ALIAS.document()
  @HttpCode(200)
  @ApiOkResponse({ type: AliasHistoryDto })
  async rollback(
    @Param('id', IdParameter) id: string,
    @Param('alias', ALIAS) alias: string,
    @IfMatch() expected: number | undefined,
  ) {
    return tagged(await this.aliases.rollback(id, alias, expected));
  }
}

/** Reads `{version}`, or `{targets: [...]}`. */
function readTargets(body: unknown): TrafficTarget[] {
  return isPlainObject(body) && 'targets' in body
    ? validateBody(SplitDto, body).targets
    : [{ version: validateBody(OneVersionDto, body).version, percent: 100 }];
}

const tagged = (moves: AliasRevision[]) =>
  withEtag(toAliasHistoryDto(moves), etagOf(moves[0]!.number));
