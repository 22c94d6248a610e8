import { Body, Controller, Delete, Get, HttpCode, Param, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AccessibleBy, Request } from '../platform/context/index.js';
import { ApiProblems, CURSOR_MAX_LENGTH, IdempotentPost, IdParameter, integer, isUuid, linkNext, OmitOnReplay, PAGE_LIMIT, QueryShape, text } from '../platform/http/index.js';
import { RequestErrors } from '../platform/errors/index.js';
import { ApiKeysService } from './api-keys.service.js';
import { ApiKeyPageDto, CreateApiKeyDto, CreatedApiKeyDto, toApiKeyDto } from './dto/api-key.dto.js';

const listQuery = new QueryShape({
  limit: integer(PAGE_LIMIT.min, PAGE_LIMIT.max, PAGE_LIMIT.default),
  cursor: text(CURSOR_MAX_LENGTH, false),
  userId: text(36, false),
});

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
  async create(@Body() values: CreateApiKeyDto): Promise<CreatedApiKeyDto> {
    const { key, secret } = await this.keys.create(values);
    return { ...toApiKeyDto(key), key: secret };
  }

  @Get()
  @listQuery.document()
  @ApiOkResponse({ type: ApiKeyPageDto })
  async list(
    @Query(listQuery) { limit, cursor, userId }: ReturnType<typeof listQuery.transform>,
    @Request() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    if (userId !== undefined && !isUuid(userId)) throw RequestErrors.invalidQuery({ errors: [{ pointer: '?userId', message: 'must be a UUID' }] });
    return linkNext(await this.keys.list(limit, cursor, userId), request, reply);
  }

  /** Revokes the key: it stops working at once. */
  @Delete(':id')
  @HttpCode(204)
  @ApiNoContentResponse()
  revoke(@Param('id', IdParameter) id: string) {
    return this.keys.revoke(id);
  }
}
