import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Query, Res } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AccessibleBy, Request } from '../platform/context/index.js';
import {
  ApiNotModified,
  ApiProblems,
  etagOf,
  expectedVersion,
  linkNext,
  withEtag,
} from '../platform/http/index.js';
import { IdempotentPost } from '../platform/idempotency/index.js';
import { BodyValidationPipe, IdParameter } from '../platform/input/index.js';
import { type ListQuery, ListQueryPipe } from '../platform/list/index.js';
import { BodyGuard } from '../platform/secrets-guard/index.js';
import {
  CreateUserDto,
  toUserDto,
  UpdateOwnUserDto,
  UpdateUserDto,
  UserDto,
  UserPageDto,
} from './dto/user.dto.js';
import { userList } from './user.list.js';
import { UsersService } from './users.service.js';

const listQuery = new ListQueryPipe(userList);

@ApiTags('users')
@ApiBearerAuth()
@ApiProblems()
@Controller('v1/users')
export class UsersController {
  constructor(private readonly users: UsersService) {}

  /** The acting user. */
  @Get('me')
  @AccessibleBy('user')
  @ApiOkResponse({ type: UserDto })
  @ApiNotModified()
  async getOwn(
    @Request() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const user = await this.users.get(this.users.ownId);
    return withEtag(toUserDto(user), etagOf(user.version), request, reply);
  }

  @Patch('me')
  @AccessibleBy('user')
  @ApiOkResponse({ type: UserDto })
  async updateOwn(
    @Body(BodyValidationPipe, BodyGuard) changes: UpdateOwnUserDto,
    @Request() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const user = await this.users.update(this.users.ownId, changes, expectedVersion(request));
    return withEtag(toUserDto(user), etagOf(user.version), request, reply);
  }

  /** Deletes the acting user with everything the user owns. */
  @Delete('me')
  @HttpCode(204)
  @AccessibleBy('user')
  @ApiNoContentResponse()
  removeOwn() {
    return this.users.remove(this.users.ownId);
  }

  @IdempotentPost()
  @AccessibleBy('service')
  @ApiCreatedResponse({ type: UserDto })
  async create(
    @Body(BodyValidationPipe, BodyGuard) values: CreateUserDto,
    @Request() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const user = await this.users.create(values);
    void reply.header('location', `/v1/users/${user.id}`);
    return withEtag(toUserDto(user), etagOf(user.version), request, reply);
  }

  /** Newest first. With `externalId`, the one user of that id, or none. */
  @Get()
  @AccessibleBy('service')
  @listQuery.document()
  @ApiOkResponse({ type: UserPageDto })
  async list(
    @Query(listQuery) query: ListQuery,
    @Request() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return linkNext(await this.users.list(query), request, reply);
  }

  @Get(':id')
  @AccessibleBy('service')
  @ApiOkResponse({ type: UserDto })
  @ApiNotModified()
  async get(
    @Param('id', IdParameter) id: string,
    @Request() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const user = await this.users.get(id);
    return withEtag(toUserDto(user), etagOf(user.version), request, reply);
  }

  @Patch(':id')
  @AccessibleBy('service')
  @ApiOkResponse({ type: UserDto })
  async update(
    @Param('id', IdParameter) id: string,
    @Body(BodyValidationPipe, BodyGuard) changes: UpdateUserDto,
    @Request() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const user = await this.users.update(id, changes, expectedVersion(request));
    return withEtag(toUserDto(user), etagOf(user.version), request, reply);
  }

  /** Deletes the user with everything the user owns. */
  @Delete(':id')
  @HttpCode(204)
  @AccessibleBy('service')
  @ApiNoContentResponse()
  remove(@Param('id', IdParameter) id: string) {
    return this.users.remove(id);
  }
}
