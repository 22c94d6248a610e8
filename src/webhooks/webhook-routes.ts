// The routes of webhooks, for users and for the service.
import { Body, Delete, Get, HttpCode, Injectable, Param, Patch, Query } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
} from '@nestjs/swagger';
import { RequestErrors } from '../platform/errors/index.js';
import { created, IfMatch, Operation, paged, withEtag } from '../platform/http/index.js';
import { IdempotentPost, OmitOnReplay } from '../platform/idempotency/index.js';
import { BodyValidationPipe, IdParameter } from '../platform/input/index.js';
import { type ListQuery, ListQueryPipe } from '../platform/list/index.js';
import { BodyGuard } from '../platform/secrets-guard/index.js';
import { VaultErrors } from '../platform/vault/index.js';
import { toDeliveryDto, WebhookDeliveryDto, WebhookDeliveryPageDto } from './dto/delivery.dto.js';
import {
  CreateWebhookDto,
  RotateSecretDto,
  toWebhookDto,
  UpdateWebhookDto,
  WebhookDto,
  WebhookWithSecretDto,
} from './dto/webhook.dto.js';
import type { WebhookRow } from './webhook-row.js';
import { deliveryList } from './webhook.list.js';
import { WebhookErrors } from './webhooks.errors.js';
import { WebhooksService, type WithSecret } from './webhooks.service.js';

const deliveriesQuery = new ListQueryPipe(deliveryList);
const SEALING = [VaultErrors.notConfigured, VaultErrors.ownerNotFound, VaultErrors.keyMissing];

/** Routes that users and the service share; the scope decides whose webhooks they reach. */
@Injectable()
export abstract class WebhookRoutes {
  /** Path prefix of the routes. */
  protected abstract readonly path: string;

  constructor(protected readonly webhooks: WebhooksService) {}

  @Operation({
    summary: 'Add a webhook',
    description:
      'From now on, events of these types are posted to the URL, signed as Standard Webhooks says. They hold ids, no content. The secret is in this answer only.',
    errors: [
      WebhookErrors.urlRefused,
      WebhookErrors.eventRefused,
      WebhookErrors.tooMany,
      WebhookErrors.notFound,
      RequestErrors.refused,
      ...SEALING,
    ],
    headers: ['ETag', 'Location'],
  })
  @IdempotentPost()
  @OmitOnReplay('secret')
  @ApiCreatedResponse({ type: WebhookWithSecretDto })
  async create(@Body(BodyValidationPipe, BodyGuard) values: CreateWebhookDto) {
    const made = await this.webhooks.create(values);
    const location = `/${this.path}/${made.webhook.id}`;
    return created(shown(made), this.webhooks.etag(made.webhook), location);
  }

  @Operation({ summary: 'Read a webhook', errors: [WebhookErrors.notFound], headers: ['ETag'] })
  @Get(':id')
  @ApiOkResponse({ type: WebhookDto })
  async get(@Param('id', IdParameter) id: string) {
    return this.tagged(await this.webhooks.get(id));
  }

  @Operation({
    summary: 'Edit a webhook',
    description:
      'Fields left out stay as they are. Enabling it, or another URL, makes a new start after failures.',
    errors: [
      WebhookErrors.notFound,
      WebhookErrors.changed,
      WebhookErrors.urlRefused,
      WebhookErrors.eventRefused,
      RequestErrors.refused,
    ],
    headers: ['ETag'],
  })
  @Patch(':id')
  @ApiOkResponse({ type: WebhookDto })
  async update(
    @Param('id', IdParameter) id: string,
    @Body(BodyValidationPipe, BodyGuard) changes: UpdateWebhookDto,
    @IfMatch() expected: number | undefined,
  ) {
    return this.tagged(await this.webhooks.update(id, changes, expected));
  }

  @Operation({
    summary: 'Remove a webhook',
    description: 'With its secret and its deliveries, also those that are pending.',
    errors: [WebhookErrors.notFound],
  })
  @Delete(':id')
  @HttpCode(204)
  @ApiNoContentResponse()
  remove(@Param('id', IdParameter) id: string, @IfMatch() expected: number | undefined) {
    return this.webhooks.remove(id, expected);
  }

  @Operation({
    summary: 'Replace the secret of a webhook',
    description:
      'Deliveries are signed with both secrets for `overlapSeconds`. The new one is in this answer only.',
    errors: [WebhookErrors.notFound, WebhookErrors.changed, VaultErrors.unreadable, ...SEALING],
    headers: ['ETag'],
  })
  @IdempotentPost(':id/rotate-secret')
  @HttpCode(200)
  @OmitOnReplay('secret')
  @ApiOkResponse({ type: WebhookWithSecretDto })
  async rotate(
    @Param('id', IdParameter) id: string,
    @Body(BodyValidationPipe) values: RotateSecretDto,
  ) {
    const made = await this.webhooks.rotate(id, values);
    return withEtag(shown(made), this.webhooks.etag(made.webhook));
  }

  @Operation({
    summary: 'Send a test to a webhook',
    description: 'An event of the type `webhook.test`, delivered as every other.',
    errors: [WebhookErrors.notFound, WebhookErrors.disabled],
  })
  @IdempotentPost(':id/test')
  @HttpCode(202)
  @ApiAcceptedResponse({ type: WebhookDeliveryDto })
  async test(@Param('id', IdParameter) id: string) {
    return toDeliveryDto(await this.webhooks.test(id));
  }

  @Operation({
    summary: 'List the deliveries of a webhook',
    description: 'Newest first. Those that ended are kept for seven days.',
    errors: [WebhookErrors.notFound],
  })
  @Get(':id/deliveries')
  @deliveriesQuery.document()
  @ApiOkResponse({ type: WebhookDeliveryPageDto })
  async deliveries(@Param('id', IdParameter) id: string, @Query(deliveriesQuery) query: ListQuery) {
    return paged(await this.webhooks.deliveries(id, query));
  }

  @Operation({
    summary: 'Deliver an event again',
    description:
      'Under the same `webhook-id`, also when it was delivered. It is tried for three days from now on.',
    errors: [WebhookErrors.notFound, WebhookErrors.deliveryNotFound, WebhookErrors.disabled],
  })
  @IdempotentPost(':id/deliveries/:deliveryId/replay')
  @HttpCode(202)
  @ApiAcceptedResponse({ type: WebhookDeliveryDto })
  async replay(
    @Param('id', IdParameter) id: string,
    @Param('deliveryId', IdParameter) deliveryId: string,
  ) {
    return toDeliveryDto(await this.webhooks.replay(id, deliveryId));
  }

  protected tagged(webhook: WebhookRow) {
    return withEtag(toWebhookDto(webhook), this.webhooks.etag(webhook));
  }
}

const shown = ({ webhook, secret }: WithSecret): WebhookWithSecretDto => ({
  ...toWebhookDto(webhook),
  secret,
});
