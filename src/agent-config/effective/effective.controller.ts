import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { VaultErrors } from '../../platform/vault/index.js';
import { AuditErrors } from '../../platform/audit/index.js';
import { AgentConfigErrors } from '../agent-configs.errors.js';
import {
  AccessibleBy,
  EXTERNAL_ID_MAX_CHARACTERS,
  UserInQuery,
} from '../../platform/context/index.js';
import { Operation, withEtag } from '../../platform/http/index.js';
import {
  boolean,
  IdParameter,
  integer,
  MAX_INTEGER,
  QueryShape,
  text,
  withDescription,
} from '../../platform/input/index.js';
import { ALIAS } from '../aliases/alias-parameter.js';
import { RunnerConfigDto, toRunnerConfigDto } from '../dto/effective.dto.js';
import { RunnerConfigService } from './runner-config.service.js';

const effectiveQuery = new QueryShape({
  version: withDescription(
    integer(1, MAX_INTEGER, undefined),
    'The version. Not together with `alias`; the newest without both.',
    1,
  ),
  alias: withDescription(ALIAS.field(), 'The alias that decides the version.'),
  userId: withDescription(
    text(EXTERNAL_ID_MAX_CHARACTERS + 'external:'.length, false),
    'Only with a service key: the user to act for, in place of the header `Threadkeep-User`.',
  ),
  secrets: withDescription(
    boolean(),
    'Only with a service key with the scope `secrets`: adds the values of the secrets.',
  ),
});

@ApiTags('agent-configs')
@AccessibleBy('user')
@Controller('v1/agent-configs/:id/effective')
export class EffectiveController {
  constructor(private readonly configs: RunnerConfigService) {}

  @Operation({
    summary: 'Read what an agent is run with',
    description:
      "The version that the alias gives this user (or the version that is named, or the newest), with the user's overrides and MCP servers. A service key may name the user in the query. Only a service key with the scope `secrets` can ask for `secrets=true`; that is recorded in the audit log, and has no `ETag`.",
    errors: [
      AgentConfigErrors.notFound,
      AgentConfigErrors.versionNotFound,
      AgentConfigErrors.aliasNotFound,
      AgentConfigErrors.ambiguous,
      AuditErrors.ownerNotFound,
      VaultErrors.notConfigured,
      VaultErrors.ownerNotFound,
      VaultErrors.keyMissing,
      VaultErrors.unreadable,
    ],
    headers: ['ETag'],
  })
  @Get()
  @UserInQuery()
  @effectiveQuery.document()
  @ApiOkResponse({ type: RunnerConfigDto })
  async get(
    @Param('id', IdParameter) id: string,
    @Query(effectiveQuery) { version, alias, secrets }: ReturnType<typeof effectiveQuery.transform>,
  ) {
    if (secrets) return toRunnerConfigDto(await this.configs.withSecrets(id, { version, alias }));
    const { config, state } = await this.configs.get(id, { version, alias });
    return withEtag(toRunnerConfigDto(config), `"${state}"`);
  }
}
