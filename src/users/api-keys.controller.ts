import { Body, Controller, Delete, Get, HttpCode, Param, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AccessibleBy, Request } from '../platform/context/index.js';
import { ApiProblems, BodyValidationPipe, IdempotentPost, IdParameter, linkNext, OmitOnReplay } from '../platform/http/index.js';
import { type ListQuery, ListQueryPipe } from '../platform/list/index.js';
import { apiKeyList } from './api-key.list.js';
import { ApiKeysService } from './api-keys.service.js';
import { ApiKeyPageDto, CreateApiKeyDto, CreatedApiKeyDto, toApiKeyDto } from './dto/api-key.dto.js';

const listQuery = new ListQueryPipe(apiKeyList);

@ApiTags('api keys')
@ApiBearerAuth()
@ApiProblems()
@AccessibleBy('service')
@Controller('v1/api-keys')
export class ApiKeysController {
  constructor(private readonly keys: ApiKeysService) {}

  /** The answer carries the key; it is never shown again. */
  @IdempotentPost()
  @OmitOnReplay('key')
  @ApiCreatedResponse({ type: CreatedApiKeyDto })
  async create(@Body(BodyValidationPipe) values: CreateApiKeyDto): Promise<CreatedApiKeyDto> {
    const { key, secret } = await this.keys.create(values);
    return { ...toApiKeyDto(key), key: secret };
  }

  @Get()
  @listQuery.document()
  @ApiOkResponse({ type: ApiKeyPageDto })
  async list(
    @Query(listQuery) query: ListQuery,
    @Request() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return linkNext(await this.keys.list(query), request, reply);
  }

  /** Revokes the key: it stops working at once. */
  @Delete(':id')
  @HttpCode(204)
  @ApiNoContentResponse()
  revoke(@Param('id', IdParameter) id: string) {
    return this.keys.revoke(id);
  }
}
