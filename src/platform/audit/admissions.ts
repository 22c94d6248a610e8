// Counts refused requests by reason, network and key, and records the counts once a minute.
import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { AdmissionLog, networkOf } from '../context/index.js';
import { ScopedDatabase } from '../database/index.js';
import { AuditRecords, type Refusals } from './audit-records.js';

const INTERVAL_MS = 60_000;
/** Rows per minute. Refusals of further networks are counted together. */
const MAX_ROWS = 100;

@Injectable()
export class Admissions extends AdmissionLog implements BeforeApplicationShutdown {
  private readonly logger = new Logger(Admissions.name);
  private counts = new Map<string, Refusals>();
  private since = '';
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly records: AuditRecords,
    private readonly database: ScopedDatabase,
  ) {
    super();
  }

  refused(reason: string, address: string, keyId: string | null): void {
    const network = networkOf(address);
    const known = this.counts.get(`${reason} ${network} ${keyId}`);
    if (known) known.details.count++;
    else if (this.counts.size < MAX_ROWS) this.count(reason, network, keyId);
    else this.count(reason, 'others', null);
    this.timer ??= this.start();
  }

  /** Records the counts so far. Counts that cannot be written are lost, and logged. */
  async flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    const to = new Date().toISOString();
    const refusals = [...this.counts.values()].map((one) => ({
      ...one,
      details: { ...one.details, from: this.since, to },
    }));
    this.counts = new Map();
    if (refusals.length === 0) return;
    await this.database
      .runAsSystem('record refused requests', () => this.records.writeRefusals(refusals))
      .catch((error: unknown) => {
        this.logger.warn({
          msg: 'refused requests could not be recorded',
          rows: refusals.length,
          err: error,
        });
      });
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.flush();
  }

  private count(reason: string, address: string, keyId: string | null): void {
    const key = `${reason} ${address} ${keyId}`;
    const known = this.counts.get(key);
    if (known) known.details.count++;
    else this.counts.set(key, { keyId, address, details: { reason, count: 1, from: '', to: '' } });
  }

  private start(): NodeJS.Timeout {
    this.since = new Date().toISOString();
    return setTimeout(() => void this.flush(), INTERVAL_MS).unref();
  }
}
