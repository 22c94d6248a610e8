import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { AccessibleBy } from '../platform/context/index.js';
import { Operation, paged } from '../platform/http/index.js';
import { type ListQuery, ListQueryPipe } from '../platform/list/index.js';
import { WebhookPageDto } from './dto/webhook.dto.js';
import { WebhookRoutes } from './webhook-routes.js';
import { webhookList } from './webhook.list.js';

const PATH = 'v1/webhooks';
const listQuery = new ListQueryPipe(webhookList);

/** Of a user: told of what happens to the rows of this user. */
@ApiTags('webhooks')
@AccessibleBy('user')
@Controller(PATH)
export class WebhooksController extends WebhookRoutes {
  protected readonly path = PATH;

  @Operation({ summary: 'List webhooks', description: "The user's own, newest first." })
  @Get()
  @listQuery.document()
  @ApiOkResponse({ type: WebhookPageDto })
  async list(@Query(listQuery) query: ListQuery) {
    return paged(await this.webhooks.list(query));
  }
}
