import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { RequestErrors } from '../platform/errors/index.js';
import { AccessibleBy } from '../platform/context/index.js';
import { created, IfMatch, Operation, paged, withEtag } from '../platform/http/index.js';
import { etagOf } from '../platform/repository/index.js';
import { AnsweredFrom, IdempotentPost } from '../platform/idempotency/index.js';
import { BodyValidationPipe } from '../platform/input/index.js';
import { type ListQuery, ListQueryPipe } from '../platform/list/index.js';
import { BodyGuard } from '../platform/secrets-guard/index.js';
import { UserErrors } from './users.errors.js';
import {
  CreateUserDto,
  toUserDto,
  UpdateOwnUserDto,
  UpdateUserDto,
  UserDto,
  UserPageDto,
} from './dto/user.dto.js';
import { SealedAnswer } from './sealing/sealed-answer.js';
import { UserId } from './user-id.js';
import { userList } from './user.list.js';
import { UsersService } from './users.service.js';

const listQuery = new ListQueryPipe(userList);

@ApiTags('users')
@Controller('v1/users')
export class UsersController {
  constructor(private readonly users: UsersService) {}

  @Operation({ summary: 'Read the acting user', errors: [UserErrors.notFound], headers: ['ETag'] })
  @Get('me')
  @AccessibleBy('user')
  @ApiOkResponse({ type: UserDto })
  async getOwn() {
    const user = await this.users.get(this.users.ownId);
    return withEtag(toUserDto(user), etagOf(user.version));
  }

  @Operation({
    summary: 'Edit the acting user',
    description:
      'Fields left out stay as they are. With `If-Match`, it fails when others have edited it.',
    errors: [UserErrors.notFound, UserErrors.settingsRefused, RequestErrors.refused],
    headers: ['ETag'],
  })
  @Patch('me')
  @AccessibleBy('user')
  @ApiOkResponse({ type: UserDto })
  async updateOwn(
    @Body(BodyValidationPipe, BodyGuard) changes: UpdateOwnUserDto,
    @IfMatch() expected: number | undefined,
  ) {
    const user = await this.users.updateOwn(changes, expected);
    return withEtag(toUserDto(user), etagOf(user.version));
  }

  @Operation({
    summary: 'Delete the acting user',
    description: 'Deletes the user for good, with everything the user owns.',
    errors: [UserErrors.notFound],
  })
  @Delete('me')
  @HttpCode(204)
  @AccessibleBy('user')
  @ApiNoContentResponse()
  removeOwn() {
    return this.users.remove(this.users.ownId);
  }

  @Operation({
    summary: 'Create a user',
    description:
      'Not needed: the first write for an unknown `externalId` by a service key creates the user.',
    errors: [
      UserErrors.externalIdTaken,
      UserErrors.externalIdReserved,
      UserErrors.usernameTaken,
      UserErrors.emailTaken,
      UserErrors.settingsRefused,
      RequestErrors.refused,
    ],
    headers: ['ETag', 'Location'],
  })
  @IdempotentPost()
  @AnsweredFrom(SealedAnswer)
  @AccessibleBy('service')
  @ApiCreatedResponse({ type: UserDto })
  async create(@Body(BodyValidationPipe, BodyGuard) values: CreateUserDto) {
    const user = await this.users.create(values);
    return created(toUserDto(user), etagOf(user.version), `/v1/users/${user.id}`);
  }

  @Operation({
    summary: 'List users',
    description: 'Newest first. `externalId` finds the one user with this id.',
  })
  @Get()
  @AccessibleBy('service')
  @listQuery.document()
  @ApiOkResponse({ type: UserPageDto })
  async list(@Query(listQuery) query: ListQuery) {
    return paged(await this.users.list(query));
  }

  @Operation({
    summary: 'Read a user',
    errors: [UserErrors.notFound, UserErrors.merged],
    headers: ['ETag'],
  })
  @Get(':id')
  @AccessibleBy('service')
  @ApiOkResponse({ type: UserDto })
  async get(@Param('id', UserId) id: string) {
    const user = await this.users.get(id);
    return withEtag(toUserDto(user), etagOf(user.version));
  }

  @Operation({
    summary: 'Edit a user',
    description:
      'Fields left out stay as they are. With `If-Match`, it fails when others have edited it.',
    errors: [
      UserErrors.notFound,
      UserErrors.merged,
      UserErrors.externalIdTaken,
      UserErrors.externalIdReserved,
      UserErrors.usernameTaken,
      UserErrors.emailTaken,
      UserErrors.settingsRefused,
      RequestErrors.refused,
    ],
    headers: ['ETag'],
  })
  @Patch(':id')
  @AccessibleBy('service')
  @ApiOkResponse({ type: UserDto })
  async update(
    @Param('id', UserId) id: string,
    @Body(BodyValidationPipe, BodyGuard) changes: UpdateUserDto,
    @IfMatch() expected: number | undefined,
  ) {
    const user = await this.users.update(id, changes, expected);
    return withEtag(toUserDto(user), etagOf(user.version));
  }

  @Operation({
    summary: 'Delete a user',
    description: 'Deletes the user for good, with everything the user owns.',
    errors: [UserErrors.notFound, UserErrors.merged],
  })
  @Delete(':id')
  @HttpCode(204)
  @AccessibleBy('service')
  @ApiNoContentResponse()
  remove(@Param('id', UserId) id: string) {
    return this.users.remove(id);
  }
}
