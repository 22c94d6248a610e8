import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Registry } from 'prom-client';

/** `dropped`: not sent, because the webhook was disabled or it had waited for days. */
export type DeliveryResult = 'delivered' | 'retried' | 'failed' | 'dropped';

@Injectable()
export class WebhookMetrics {
  private readonly attempts: Counter<'result'>;
  private readonly disabled: Counter<'reason'>;
  private readonly inFlight: Gauge;

  constructor(registry: Registry) {
    this.attempts = new Counter({
      name: 'threadkeep_webhook_deliveries_total',
      help: 'Attempts to deliver to webhooks that ended here.',
      labelNames: ['result'],
      registers: [registry],
    });
    this.disabled = new Counter({
      name: 'threadkeep_webhooks_disabled_total',
      help: 'Webhooks that this process disabled, because they were gone, failed for days, or were too far behind.',
      labelNames: ['reason'],
      registers: [registry],
    });
    this.inFlight = new Gauge({
      name: 'threadkeep_webhook_deliveries_in_flight',
      help: 'Deliveries whose receiver has not answered yet.',
      registers: [registry],
    });
  }

  count(result: DeliveryResult): void {
    this.attempts.inc({ result });
  }

  countDisabled(reason: string): void {
    this.disabled.inc({ reason });
  }

  setInFlight(count: number): void {
    this.inFlight.set(count);
  }
}
