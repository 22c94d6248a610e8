// The handlers of all kinds of jobs that this process knows. JobsModule finds and adds them.
import { Injectable } from '@nestjs/common';
import type { JobHandler } from './job-handler.js';

@Injectable()
export class JobHandlers {
  private readonly handlers = new Map<string, JobHandler<never>>();

  /**
   * @throws Error for a name that is taken, or for a recurring job that gives no reason to run as
   * the system
   */
  add(handler: JobHandler<never>): void {
    if (this.handlers.has(handler.name)) throw new Error(`two handlers are named ${handler.name}`);
    if (handler.every !== undefined && !handler.system)
      throw new Error(
        `The recurring job ${handler.name} runs as the system: set \`system\` to the reason`,
      );
    this.handlers.set(handler.name, handler);
  }

  /** @throws Error for a name without a handler */
  get(name: string): JobHandler {
    const handler = this.handlers.get(name);
    if (!handler) throw new Error(`no handler is named ${name}`);
    return handler;
  }

  get names(): string[] {
    return [...this.handlers.keys()];
  }

  get recurring(): JobHandler[] {
    return [...this.handlers.values()].filter(({ every }) => every !== undefined);
  }
}
