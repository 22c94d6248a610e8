// Every kind of job this process knows. Features add theirs; nobody else needs to know them.
import { Injectable } from '@nestjs/common';
import type { JobHandler } from './job-handler.js';

@Injectable()
export class JobHandlers {
  private readonly handlers = new Map<string, JobHandler<never>>();

  /** @throws Error for a name that is taken, or for work by the clock without a reason. */
  add(handler: JobHandler<never>): void {
    if (this.handlers.has(handler.name)) throw new Error(`two handlers are named ${handler.name}`);
    if (handler.every !== undefined && !handler.system)
      throw new Error(`${handler.name} runs by the clock, as the system: say why`);
    this.handlers.set(handler.name, handler);
  }

  /** @throws Error for a name that nobody has added. */
  get(name: string): JobHandler {
    const handler = this.handlers.get(name);
    if (!handler) throw new Error(`no handler is named ${name}`);
    return handler;
  }

  get names(): string[] {
    return [...this.handlers.keys()];
  }

  /** Those that run by the clock. */
  get recurring(): JobHandler[] {
    return [...this.handlers.values()].filter(({ every }) => every !== undefined);
  }
}
