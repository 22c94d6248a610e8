import { Controller, Get, Param } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { AccessibleBy, RequestContexts } from '../platform/context/index.js';
import { Operation } from '../platform/http/index.js';
import { Quotas } from '../platform/quotas/index.js';
import { UserErrors } from './users.errors.js';
import { UserId } from './user-id.js';
import { UsageDto } from './dto/usage.dto.js';
import { UsersService } from './users.service.js';

@ApiTags('users')
@Controller('v1/users')
export class UsageController {
  constructor(
    private readonly users: UsersService,
    private readonly quotas: Quotas,
    private readonly contexts: RequestContexts,
  ) {}

  @Operation({
    summary: 'Read what the acting user stores',
    description: 'Counts now, for each quota, and names the limits.',
    errors: [UserErrors.notFound],
  })
  @Get('me/usage')
  @AccessibleBy('user')
  @ApiOkResponse({ type: UsageDto })
  async getOwn(): Promise<UsageDto> {
    await this.users.requireThere(this.users.ownId);
    return { data: await this.quotas.usage() };
  }

  @Operation({
    summary: 'Read what a user stores',
    description: 'Counts now, for each quota, and names the limits.',
    errors: [UserErrors.notFound, UserErrors.merged],
  })
  @Get(':id/usage')
  @AccessibleBy('service')
  @ApiOkResponse({ type: UsageDto })
  async get(@Param('id', UserId) id: string): Promise<UsageDto> {
    await this.users.requireThere(id);
    return { data: await this.contexts.runAsUser(id, () => this.quotas.usage()) };
  }
}
