import { Controller } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { AccessibleBy } from '../../platform/context/index.js';
import { AliasRoutes } from './alias-routes.js';

@ApiTags('agent-configs')
@AccessibleBy('user')
@Controller('v1/agent-configs/:id/aliases')
export class AliasesController extends AliasRoutes {}
