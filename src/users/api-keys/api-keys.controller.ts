import { Body, Controller, Delete, Get, HttpCode, Param, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { RequestErrors } from '../../platform/errors/index.js';
import { ApiKeyErrors, UserErrors } from '../users.errors.js';
import { AccessibleBy, NeedsScope } from '../../platform/context/index.js';
import { Operation, paged } from '../../platform/http/index.js';
import { IdempotentPost, OmitOnReplay } from '../../platform/idempotency/index.js';
import { BodyValidationPipe, IdParameter } from '../../platform/input/index.js';
import { type ListQuery, ListQueryPipe } from '../../platform/list/index.js';
import { BodyGuard } from '../../platform/secrets-guard/index.js';
import { apiKeyList } from './api-key.list.js';
import { ApiKeysService } from './api-keys.service.js';
import {
  ApiKeyPageDto,
  CreateApiKeyDto,
  CreatedApiKeyDto,
  OVERLAP_DEFAULT,
  RotateApiKeyDto,
  toApiKeyDto,
} from '../dto/api-key.dto.js';

const listQuery = new ListQueryPipe(apiKeyList);

@ApiTags('api keys')
@AccessibleBy('service')
@NeedsScope('keys')
@Controller('v1/api-keys')
export class ApiKeysController {
  constructor(private readonly keys: ApiKeysService) {}

  @Operation({
    summary: 'Create an API key',
    description:
      'The secret key is in this answer only. A key cannot give a scope that it does not have.',
    errors: [
      ApiKeyErrors.ambiguous,
      ApiKeyErrors.expiryInPast,
      ApiKeyErrors.invalidScope,
      UserErrors.notFound,
      RequestErrors.refused,
    ],
  })
  @IdempotentPost()
  @OmitOnReplay('key')
  @ApiCreatedResponse({ type: CreatedApiKeyDto })
  async create(
    @Body(BodyValidationPipe, BodyGuard) values: CreateApiKeyDto,
  ): Promise<CreatedApiKeyDto> {
    const { key, secret } = await this.keys.create(values);
    return { ...toApiKeyDto(key), key: secret };
  }

  @Operation({
    summary: 'List API keys',
    description: 'Newest first, with revoked and expired ones. The secret keys are not shown.',
  })
  @Get()
  @listQuery.document()
  @ApiOkResponse({ type: ApiKeyPageDto })
  async list(@Query(listQuery) query: ListQuery) {
    return paged(await this.keys.list(query));
  }

  @Operation({
    summary: 'Replace an API key',
    description:
      'Creates a key with the same scopes for the same user. The old key works for `overlapSeconds` more. The new secret key is in this answer only.',
    errors: [ApiKeyErrors.notFound, ApiKeyErrors.notLive],
  })
  @IdempotentPost(':id/rotate')
  @OmitOnReplay('key')
  @ApiCreatedResponse({ type: CreatedApiKeyDto })
  async rotate(
    @Param('id', IdParameter) id: string,
    @Body(BodyValidationPipe) { overlapSeconds }: RotateApiKeyDto,
  ): Promise<CreatedApiKeyDto> {
    const { key, secret } = await this.keys.rotate(id, overlapSeconds ?? OVERLAP_DEFAULT);
    return { ...toApiKeyDto(key), key: secret };
  }

  @Operation({
    summary: 'Revoke an API key',
    description: 'The key stops working at once.',
    errors: [ApiKeyErrors.notFound],
  })
  @Delete(':id')
  @HttpCode(204)
  @ApiNoContentResponse()
  revoke(@Param('id', IdParameter) id: string) {
    return this.keys.revoke(id);
  }
}
