import { Body, Controller, Delete, Get, HttpCode, Param, Query } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiTags,
} from '@nestjs/swagger';
import { AccessibleBy, NeedsScope } from '../platform/context/index.js';
import {
  ApiProblems,
  BodyValidationPipe,
  IdempotentPost,
  IdParameter,
  paged,
  OmitOnReplay,
} from '../platform/http/index.js';
import { type ListQuery, ListQueryPipe } from '../platform/list/index.js';
import { BodyGuard } from '../platform/secrets-guard/index.js';
import { apiKeyList } from './api-key.list.js';
import { ApiKeysService } from './api-keys.service.js';
import {
  ApiKeyPageDto,
  CreateApiKeyDto,
  CreatedApiKeyDto,
  OVERLAP_DEFAULT,
  RotateApiKeyDto,
  toApiKeyDto,
} from './dto/api-key.dto.js';

const listQuery = new ListQueryPipe(apiKeyList);

@ApiTags('api keys')
@ApiBearerAuth()
@ApiProblems()
@AccessibleBy('service')
@NeedsScope('keys')
@Controller('v1/api-keys')
export class ApiKeysController {
  constructor(private readonly keys: ApiKeysService) {}

  /** The answer carries the key; it is never shown again. */
  @IdempotentPost()
  @OmitOnReplay('key')
  @ApiCreatedResponse({ type: CreatedApiKeyDto })
  async create(
    @Body(BodyValidationPipe, BodyGuard) values: CreateApiKeyDto,
  ): Promise<CreatedApiKeyDto> {
    const { key, secret } = await this.keys.create(values);
    return { ...toApiKeyDto(key), key: secret };
  }

  @Get()
  @listQuery.document()
  @ApiOkResponse({ type: ApiKeyPageDto })
  async list(@Query(listQuery) query: ListQuery) {
    return paged(await this.keys.list(query));
  }

  /** Makes a new key of the same scopes for the same user; the old one can be used for a while beside it. The new key is shown this once. */
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

  /** Revokes the key: it stops working at once. */
  @Delete(':id')
  @HttpCode(204)
  @ApiNoContentResponse()
  revoke(@Param('id', IdParameter) id: string) {
    return this.keys.revoke(id);
  }
}
