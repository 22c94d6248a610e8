// The routes of aliases, for users and for the service.
import { Body, Delete, Get, HttpCode, Injectable, Param, Put } from '@nestjs/common';
import { ApiBody, ApiNoContentResponse, ApiOkResponse } from '@nestjs/swagger';
import { Request } from '../platform/context/index.js';
import {
  ApiNotModified,
  etagOf,
  IfMatch,
  IdempotentPost,
  IdParameter,
  withEtag,
} from '../platform/http/index.js';
import { BodyGuard, TextGuard } from '../platform/secrets-guard/index.js';
import { documented, moveSchemas, readTargets } from './agent-config-input.js';
import type { MoveRow } from './agent-config-row.js';
import { ALIAS } from './alias-parameter.js';
import { AliasesService } from './aliases.service.js';
import {
  AliasesDto,
  AliasHistoryDto,
  toAliasDto,
  toAliasHistoryDto,
} from './dto/agent-config.dto.js';

/** What can be done with the aliases of a configuration, whoever owns it. */
@Injectable()
export abstract class AliasRoutes {
  constructor(private readonly aliases: AliasesService) {}

  @Get()
  @ApiOkResponse({ type: AliasesDto })
  async list(@Param('id', IdParameter) id: string): Promise<AliasesDto> {
    return { data: (await this.aliases.list(id)).map(toAliasDto) };
  }

  /** Where it points, and where it has pointed. */
  @Get(':alias')
  @ALIAS.document()
  @ApiOkResponse({ type: AliasHistoryDto })
  @ApiNotModified()
  async get(@Param('id', IdParameter) id: string, @Param('alias', ALIAS) alias: string) {
    return tagged(await this.aliases.get(id, alias));
  }

  /** Points it to a version; or, with `targets`, to several, each for a share of the users, who keep theirs. With `If-Match`, only when nobody else has moved it since. */
  @Put(':alias')
  @ALIAS.document()
  @HttpCode(200)
  @ApiBody({ schema: { oneOf: [documented(moveSchemas.one), documented(moveSchemas.several)] } })
  @ApiOkResponse({ type: AliasHistoryDto })
  async point(
    @Param('id', IdParameter) id: string,
    @Param('alias', ALIAS, TextGuard) alias: string,
    @Body(BodyGuard) body: unknown,
    @IfMatch() expected: number | undefined,
  ) {
    return tagged(await this.aliases.point(id, alias, readTargets(body), expected));
  }

  @Delete(':alias')
  @ALIAS.document()
  @HttpCode(204)
  @ApiNoContentResponse()
  remove(@Param('id', IdParameter) id: string, @Param('alias', ALIAS) alias: string) {
    return this.aliases.remove(id, alias);
  }

  /** Back to where it pointed before; called again, further back. */
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

const tagged = (moves: MoveRow[]) => withEtag(toAliasHistoryDto(moves), etagOf(moves[0]!.number));
