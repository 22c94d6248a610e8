// Who uses configurations: other features register here, as this one knows none of them.
import { Injectable } from '@nestjs/common';

export interface ConfigUse {
  /** How many of them use a configuration. */
  count: (configId: string) => Promise<number>;
  /** They use none from now on. */
  release: (configId: string) => Promise<void>;
}

@Injectable()
export class ConfigUses {
  private readonly uses: ConfigUse[] = [];

  /** Call it from `onModuleInit`. */
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
