// Closes the validity of memories that a new memory takes the place of.
import { Injectable } from '@nestjs/common';
import type { FieldError } from '../../platform/errors/index.js';
import { Quotas } from '../../platform/quotas/index.js';
import { MemoryErrors } from '../memories.errors.js';
import type { MemoryRow } from '../memory-row.js';
import { MemoryWriter } from './memory-writer.js';
import type { NewVersion } from './memory-writes.repository.js';
import {
  type ClosedMemory,
  type Closing,
  type FoundMemory,
  SupersessionRepository,
} from './supersession.repository.js';

/** A memory as it was sent, and as it is stored now. */
export interface Written {
  sent: NewVersion;
  memory: MemoryRow;
  /** Where it is in the body: empty, or such as `/memories/3`. */
  path: string;
}

type PointedClosing = Closing & { pointer: string };

@Injectable()
export class MemorySupersession {
  constructor(
    private readonly rows: SupersessionRepository,
    private readonly writer: MemoryWriter,
    private readonly quotas: Quotas,
  ) {}

  /**
   * Call it inside the transaction that wrote the memories, after the last of them. What has ended
   * already is left as it is, so the same write again changes nothing.
   * @throws AppError 422 when one is not there, or would end before it begins; 507 over a quota
   */
  async close(written: Written[]): Promise<ClosedMemory[]> {
    const closings = closingsOf(written);
    if (closings.length === 0) return [];
    const found = new Map((await this.rows.find(closings)).map((one) => [one.id, one]));
    refuseMissing(closings, found);
    refuseLater(closings, found);
    const changing = closings.filter(({ id }) => found.get(id)!.changes);
    if (changing.length === 0) return [];
    const memoryBytes = changing.reduce((sum, { id }) => sum + found.get(id)!.bytes, 0);
    const last = written.reduce((one, other) =>
      other.memory.revision > one.memory.revision ? other : one,
    ).memory;
    const at = { revision: last.revision, recordedAt: last.updatedAt };
    return this.quotas.within({ memoryVersions: changing.length, memoryBytes }, () =>
      this.writer.writeAndEmbed(() => this.rows.close(changing, at, this.writer.actor)),
    );
  }
}

/** Each memory once, with the earliest end. A memory does not supersede itself. */
function closingsOf(written: Written[]): PointedClosing[] {
  const closings = new Map<string, PointedClosing>();
  for (const { sent, memory, path } of written) {
    const end = sent.validFrom ?? memory.updatedAt;
    for (const [i, id] of sent.supersedes.entries()) {
      const earlier = closings.get(id);
      if (id === memory.id || (earlier && earlier.end <= end)) continue;
      const pointer = `${path}/supersedes/${i}`;
      closings.set(id, { id, end, by: memory.id, pointer });
    }
  }
  return [...closings.values()];
}

function refuseMissing(closings: PointedClosing[], found: Map<string, FoundMemory>): void {
  const errors = errorsAt(
    closings.filter(({ id }) => !found.has(id)),
    'must be the id of a memory of this user that is not removed',
  );
  if (errors.length > 0) throw MemoryErrors.supersededNotFound({ errors });
}

function refuseLater(closings: PointedClosing[], found: Map<string, FoundMemory>): void {
  const errors = errorsAt(
    closings.filter(({ id }) => found.get(id)!.beginsLater),
    'must have a validFrom before that of the memory that supersedes it',
  );
  if (errors.length > 0) throw MemoryErrors.invalidSpan({ errors });
}

const errorsAt = (closings: PointedClosing[], message: string): FieldError[] =>
  closings.map(({ pointer }) => ({ pointer, message }));
