// Tells applications what happened, by signed requests: webhooks of users and of the service.
import { Module } from '@nestjs/common';
import { EgressModule } from '../platform/egress/index.js';
import { AdminWebhooksController } from './admin-webhooks.controller.js';
import { DeliveriesRepository } from './delivery/deliveries.repository.js';
import { WebhookCourier } from './delivery/webhook-courier.js';
import { WebhookMetrics } from './delivery/webhook-metrics.js';
import { WebhookPost } from './delivery/webhook-post.js';
import { WebhooksController } from './webhooks.controller.js';
import { WebhooksRepository } from './webhooks.repository.js';
import { WebhooksService } from './webhooks.service.js';

@Module({
  imports: [EgressModule],
  controllers: [WebhooksController, AdminWebhooksController],
  providers: [
    DeliveriesRepository,
    WebhookCourier,
    WebhookMetrics,
    WebhookPost,
    WebhooksRepository,
    WebhooksService,
  ],
})
export class WebhooksModule {}
