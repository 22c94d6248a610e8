import { Injectable } from '@nestjs/common';
import { MemoriesRepository } from './memories.repository.js';
import type { AsOf } from './moment.js';

@Injectable()
export class MemoryMoments {
  constructor(private readonly memories: MemoriesRepository) {}

  /** The time of a moment; null for now. */
  async timeOf(moment: AsOf | undefined): Promise<string | null> {
    if (!moment) return null;
    return 'time' in moment ? moment.time : this.memories.momentOf(moment.revision);
  }
}
