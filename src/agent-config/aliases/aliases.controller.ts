import { Controller } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { AccessibleBy } from '../../platform/context/index.js';
import { ApiProblems } from '../../platform/http/index.js';
import { AliasRoutes } from './alias-routes.js';

@ApiTags('agent-configs')
@ApiBearerAuth()
@ApiProblems()
@AccessibleBy('user')
@Controller('v1/agent-configs/:id/aliases')
export class AliasesController extends AliasRoutes {}
