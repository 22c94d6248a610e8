// Registry of what uses agent configurations. Other features register here, so that this one does
// not import them.
import { Injectable } from '@nestjs/common';

export interface ConfigUse {
  /** Counts what uses a configuration. */
  count: (configId: string) => Promise<number>;
  /** Removes the configuration from everything that uses it. */
  release: (configId: string) => Promise<void>;
}

@Injectable()
export class ConfigUses {
  private readonly uses: ConfigUse[] = [];

  /** Adds a use. Call it from `onModuleInit`. */
  register(use: ConfigUse): void {
    this.uses.push(use);
  }

  async count(configId: string): Promise<number> {
    let sum = 0;
    for (const use of this.uses) sum += await use.count(configId);
    return sum;
  }

  async release(configId: string): Promise<void> {
    for (const use of this.uses) await use.release(configId);
  }
}
