import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Query } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiTags,
} from '@nestjs/swagger';
import { AccessibleBy } from '../platform/context/index.js';
import {
  ApiNotModified,
  ApiProblems,
  BodyValidationPipe,
  created,
  etagOf,
  IdempotentPost,
  IdParameter,
  IfMatch,
  paged,
  withEtag,
} from '../platform/http/index.js';
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
  async getOwn() {
    const user = await this.users.get(this.users.ownId);
    return withEtag(toUserDto(user), etagOf(user.version));
  }

  @Patch('me')
  @AccessibleBy('user')
  @ApiOkResponse({ type: UserDto })
  async updateOwn(
    @Body(BodyValidationPipe, BodyGuard) changes: UpdateOwnUserDto,
    @IfMatch() expected: number | undefined,
  ) {
    const user = await this.users.update(this.users.ownId, changes, expected);
    return withEtag(toUserDto(user), etagOf(user.version));
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
  async create(@Body(BodyValidationPipe, BodyGuard) values: CreateUserDto) {
    const user = await this.users.create(values);
    return created(toUserDto(user), etagOf(user.version), `/v1/users/${user.id}`);
  }

  /** Newest first. With `externalId`, the one user of that id, or none. */
  @Get()
  @AccessibleBy('service')
  @listQuery.document()
  @ApiOkResponse({ type: UserPageDto })
  async list(@Query(listQuery) query: ListQuery) {
    return paged(await this.users.list(query));
  }

  @Get(':id')
  @AccessibleBy('service')
  @ApiOkResponse({ type: UserDto })
  @ApiNotModified()
  async get(@Param('id', IdParameter) id: string) {
    const user = await this.users.get(id);
    return withEtag(toUserDto(user), etagOf(user.version));
  }

  @Patch(':id')
  @AccessibleBy('service')
  @ApiOkResponse({ type: UserDto })
  async update(
    @Param('id', IdParameter) id: string,
    @Body(BodyValidationPipe, BodyGuard) changes: UpdateUserDto,
    @IfMatch() expected: number | undefined,
  ) {
    const user = await this.users.update(id, changes, expected);
    return withEtag(toUserDto(user), etagOf(user.version));
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
