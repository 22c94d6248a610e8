// Gathers conversations into batches, two of which are under way at a time. What is gathered is sent when
// it is a full batch, or when the server has nothing to do.
import type { ImportClient, Imported } from './import-client.js';
import { writtenSize } from './written-size.js';

/**
 * The most characters of JSON that a batch has, as `writtenSize` counts them. Its body is then within
 * the default of `MAX_BODY_BYTES`, whatever the characters are. Each message and each conversation
 * counts as some.
 */
export const BATCH_WEIGHT = 1024 * 1024;
const MAX_CONVERSATIONS = 100;
const MAX_MESSAGES = 5_000;
const MAX_UNDER_WAY = 2;

type Client = Pick<ImportClient, 'import' | 'importAll'>;

interface Waiting {
  body: object;
  weight: number;
  resolve: (imported: Imported) => void;
  reject: (reason: unknown) => void;
}

/** Returns the part of a batch that a conversation fills; `BATCH_WEIGHT` when it is sent alone. */
export function weightOf(body: Readonly<Record<string, unknown>>): number {
  const { messages } = body;
  const count = Array.isArray(messages) ? messages.length : 0;
  const weight = Math.max(
    BATCH_WEIGHT / MAX_CONVERSATIONS,
    count * (BATCH_WEIGHT / MAX_MESSAGES),
    writtenSize(body),
  );
  return Math.min(weight, BATCH_WEIGHT);
}

export class ImportBatches {
  private waiting: Waiting[] = [];
  private weight = 0;
  private underWay = 0;
  private isDue = false;
  private isStopped = false;

  constructor(private readonly client: Client) {}

  /** Imports in a batch what is small enough. */
  of(weight: number): Pick<ImportClient, 'import'> {
    return weight < BATCH_WEIGHT ? { import: (body) => this.add(body, weight) } : this.client;
  }

  /** What was not sent yet is not sent any more: its import is rejected. */
  stop(): void {
    this.isStopped = true;
    for (const { reject } of this.waiting.splice(0)) reject(new Error('the import was stopped'));
  }

  private add(body: object, weight: number): Promise<Imported> {
    if (this.isStopped) return Promise.reject(new Error('the import was stopped'));
    const imported = new Promise<Imported>((resolve, reject) => {
      this.waiting.push({ body, weight, resolve, reject });
    });
    this.weight += weight;
    this.sendFull();
    if (!this.isDue) {
      this.isDue = true;
      setImmediate(() => {
        this.isDue = false;
        this.sendRest();
      });
    }
    return imported;
  }

  private sendFull(): void {
    while (this.weight >= BATCH_WEIGHT && this.underWay < MAX_UNDER_WAY) this.send();
  }

  private sendRest(): void {
    this.sendFull();
    if (this.waiting.length > 0 && this.underWay === 0) this.send();
  }

  private send(): void {
    let weight = 0;
    let count = 0;
    for (const one of this.waiting) {
      if (count > 0 && (weight + one.weight > BATCH_WEIGHT || count === MAX_CONVERSATIONS)) break;
      weight += one.weight;
      count++;
    }
    const batch = this.waiting.splice(0, count);
    this.weight = this.waiting.reduce((sum, one) => sum + one.weight, 0);
    this.underWay++;
    void this.settle(batch).finally(() => {
      this.underWay--;
      this.sendRest();
    });
  }

  private async settle(batch: Waiting[]): Promise<void> {
    try {
      const results = await this.client.importAll(batch.map(({ body }) => body));
      for (const [i, { resolve, reject }] of batch.entries()) {
        const result = results[i]!;
        if (result instanceof Error) reject(result);
        else resolve(result);
      }
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
}
