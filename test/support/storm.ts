// The built application on a PostgreSQL of its own, and a storm over both: one is killed every few seconds, the other crashes.
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { migrate } from '../../src/platform/database/index.js';
import { schema } from '../../src/schema.js';
import { PrivatePostgres } from './private-postgres.js';
import { freePort, Started } from './processes.js';
import type { Seeded } from './seeded.js';

export interface Weather {
  /** Milliseconds from a process's readiness until SIGKILL, at least and at most. */
  kills: readonly [number, number];
  /** Milliseconds between crashes of PostgreSQL. */
  crashes: number;
}

/** Milliseconds that a storm lasts at most. What is not done by then is done in the calm after it. */
const MAX_STORM_MS = 240_000;

const HARD: Weather = { kills: [1_500, 2_500], crashes: 6_000 };

export class Storm {
  readonly serviceKey = `tk_${randomBytes(32).toString('base64url')}`;
  kills = 0;
  crashes = 0;
  private process: Started | undefined;
  private calm = true;
  /**
   * Milliseconds that the last start took. A machine that starts slowly works slowly too: it has at
   * least as long for its work.
   */
  private startMs = 0;

  private constructor(
    readonly postgres: PrivatePostgres,
    readonly databaseUrl: string,
    private readonly port: number,
    private readonly environment: Record<string, string>,
  ) {}

  /** @param environment of the application, beside what a storm needs */
  static async start(environment: Record<string, string> = {}): Promise<Storm> {
    const postgres = await PrivatePostgres.start();
    const databaseUrl = await postgres.createDatabase('app');
    await migrate(schema, databaseUrl);
    const storm = new Storm(postgres, databaseUrl, await freePort(), environment);
    await storm.run();
    return storm;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  headers(user: string): Record<string, string> {
    return { authorization: `Bearer ${this.serviceKey}`, 'threadkeep-user': user };
  }

  /** True for `seconds`, and on until `isEnough`, which a slow machine needs longer for. */
  static isOn(seconds: number, isEnough: () => boolean): () => boolean {
    const begun = Date.now();
    return () => {
      const past = Date.now() - begun;
      return past < seconds * 1_000 || (past < MAX_STORM_MS && !isEnough());
    };
  }

  /** Both loops go on while `work` does, for MAX_STORM_MS at most; then everything is up again. */
  async over<T>(random: Seeded, work: Promise<T>, weather: Weather = HARD): Promise<T> {
    this.calm = false;
    const end = setTimeout(() => (this.calm = true), MAX_STORM_MS);
    const [least, most] = weather.kills;
    const killing = this.repeat(async () => {
      const calmMs = least + random.integer(most - least);
      if (!(await this.pause(() => Math.max(calmMs, this.startMs)))) return;
      await this.process!.kill('SIGKILL');
      this.kills++;
      await this.run();
    });
    const crashing = this.repeat(async () => {
      if (!(await this.pause(() => Math.max(weather.crashes, 3 * this.startMs)))) return;
      await this.postgres.restart('immediate');
      this.crashes++;
    });
    try {
      return await work;
    } finally {
      clearTimeout(end);
      this.calm = true;
      await Promise.all([killing, crashing]);
      await this.run();
    }
  }

  async stop(): Promise<void> {
    if (this.process && !this.process.ended) await this.process.kill('SIGKILL');
    await this.postgres.stop();
  }

  /** A start meets a PostgreSQL that is down, says so, and ends: it is started again, as an orchestrator would. */
  private async run(): Promise<void> {
    if (this.process && !this.process.ended) return;
    const begun = Date.now();
    for (let tried = 0; tried < 50; tried++) {
      this.process = Started.run({
        DATABASE_URL: this.databaseUrl,
        BOOTSTRAP_API_KEY: this.serviceKey,
        DB_POOL_SIZE: '10',
        JOB_CONCURRENCY: '0',
        PORT: String(this.port),
        ...this.environment,
      });
      if (
        await this.process.url().then(
          () => true,
          () => false,
        )
      ) {
        this.startMs = Date.now() - begun;
        return;
      }
      await sleep(100);
    }
    throw new Error(`the application does not start: ${this.process?.errors}`);
  }

  private async repeat(once: () => Promise<void>): Promise<void> {
    while (!this.calm) await once();
  }

  /** False when the storm was over before. */
  private async pause(milliseconds: () => number): Promise<boolean> {
    for (const begun = Date.now(); Date.now() < begun + milliseconds();) {
      if (this.calm) return false;
      await sleep(20);
    }
    return true;
  }
}
