import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { AccessibleBy } from '../platform/context/index.js';
import { Operation, paged } from '../platform/http/index.js';
import { type ListQuery, ListQueryPipe } from '../platform/list/index.js';
import { WebhookPageDto } from './dto/webhook.dto.js';
import { WebhookRoutes } from './webhook-routes.js';
import { serviceWebhookList } from './webhook.list.js';

const PATH = 'v1/admin/webhooks';
const listQuery = new ListQueryPipe(serviceWebhookList);

/** Of the service: told of what happens to all users. */
@ApiTags('webhooks')
@AccessibleBy('service')
@Controller(PATH)
export class AdminWebhooksController extends WebhookRoutes {
  protected readonly path = PATH;

  @Operation({ summary: 'List the webhooks of the service', description: 'Newest first.' })
  @Get()
  @listQuery.document()
  @ApiOkResponse({ type: WebhookPageDto })
  async list(@Query(listQuery) query: ListQuery) {
    return paged(await this.webhooks.list(query));
  }
}
