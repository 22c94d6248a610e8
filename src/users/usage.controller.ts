import { Controller, Get, Param } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { AccessibleBy, RequestContexts } from '../platform/context/index.js';
import { ApiProblems } from '../platform/http/index.js';
import { IdParameter } from '../platform/input/index.js';
import { Quotas } from '../platform/quotas/index.js';
import { UsageDto } from './dto/usage.dto.js';
import { UsersService } from './users.service.js';

@ApiTags('users')
@ApiBearerAuth()
@ApiProblems()
@Controller('v1/users')
export class UsageController {
  constructor(
    private readonly users: UsersService,
    private readonly quotas: Quotas,
    private readonly contexts: RequestContexts,
  ) {}

  /** What the acting user keeps, and how much it may be: counted now. */
  @Get('me/usage')
  @AccessibleBy('user')
  @ApiOkResponse({ type: UsageDto })
  async getOwn(): Promise<UsageDto> {
    await this.users.get(this.users.ownId);
    return { data: await this.quotas.usage() };
  }

  /** What the user keeps, and how much it may be: counted now. */
  @Get(':id/usage')
  @AccessibleBy('service')
  @ApiOkResponse({ type: UsageDto })
  async get(@Param('id', IdParameter) id: string): Promise<UsageDto> {
    await this.users.get(id);
    return { data: await this.contexts.runAsUser(id, () => this.quotas.usage()) };
  }
}
