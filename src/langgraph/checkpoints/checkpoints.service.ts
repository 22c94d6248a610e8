// Checkpoints of the runs of a user's agents.
import { Injectable } from '@nestjs/common';
import { ScopedDatabase } from '../../platform/database/index.js';
import { Quotas } from '../../platform/quotas/index.js';
import { CHECKPOINT_LIMITS } from './checkpoint-limits.js';
import { CheckpointErrors } from './checkpoints.errors.js';
import {
  CheckpointsRepository,
  type CheckpointRow,
  type Packed,
} from './checkpoints.repository.js';
import { bytesIn } from './dto/checkpoint-checks.js';
import type {
  CheckpointDto,
  CheckpointPageDto,
  NewWriteDto,
  PutCheckpointDto,
  PutWritesDto,
  SearchCheckpointsDto,
} from './dto/checkpoint.dto.js';

const DEFAULT_PAGE = 20;
const { rowBytes, pageBytes } = CHECKPOINT_LIMITS;

@Injectable()
export class CheckpointsService {
  constructor(
    private readonly checkpoints: CheckpointsRepository,
    private readonly database: ScopedDatabase,
    private readonly quotas: Quotas,
  ) {}

  /**
   * Stores a checkpoint, in place of an earlier one with its id. With `keep`, a checkpoint of the
   * graph itself prunes its thread.
   * @throws AppError 409 when values that it does not send are gone, or a version has another
   *   value; 413; `quota.reached`
   */
  put({ keep, ...body }: PutCheckpointDto): Promise<void> {
    const values = body.values ?? [];
    const valueBytes = bytesOfRows(values, ({ channel, version, type }) => [
      ...[body.threadId, body.namespace, channel, version, type],
    ]);
    const adding = { checkpoints: 1, checkpointBytes: bytesOfCheckpoint(body) + valueBytes };
    const made = {
      ...body,
      parentId: body.parentId ?? null,
      labels: body.labels ?? {},
      values,
      valueBytes,
    };
    return this.quotas.within(adding, () =>
      this.database.transaction(async () => {
        await this.checkpoints.takeTurn(body.threadId);
        const { missing, changed, hasRoom } = await this.checkpoints.put(made);
        if (missing.length > 0) throw CheckpointErrors.valuesMissing(naming(missing));
        if (changed.length > 0) throw CheckpointErrors.valueChanged(naming(changed));
        if (!hasRoom) throw tooLarge();
        if (keep && body.namespace === '') await this.checkpoints.prune(body.threadId, keep);
      }),
    );
  }

  /** @throws AppError 413; `quota.reached` */
  async putWrites(body: PutWritesDto): Promise<void> {
    const writes = oneEach(body.writes);
    const { threadId, namespace, checkpointId, taskId } = body;
    const taskPath = body.taskPath ?? '';
    const bytes = bytesOfRows(writes, ({ channel, type }) => [
      ...[threadId, namespace, checkpointId, taskId, taskPath, channel, type],
    ]);
    await this.quotas.within({ checkpointBytes: bytes }, () =>
      this.database.transaction(async () => {
        await this.checkpoints.takeTurn(threadId);
        if (!(await this.checkpoints.putWrites({ ...body, taskPath, writes, bytes })))
          throw tooLarge();
      }),
    );
  }

  async search(asked: SearchCheckpointsDto): Promise<CheckpointPageDto> {
    const { threadId, namespace, checkpointId, before, filter, after } = asked;
    const limit = asked.limit ?? DEFAULT_PAGE;
    const isPlain = before == null && filter == null && after == null;
    if (isPlain && threadId != null && namespace != null && (checkpointId != null || limit === 1)) {
      const found = await this.checkpoints.find(threadId, namespace, checkpointId ?? null);
      return { data: found ? [toCheckpointDto(found)] : [], hasMore: false };
    }
    const listed = await this.checkpoints.list({
      threadId: threadId ?? null,
      namespace: namespace ?? null,
      checkpointId: checkpointId ?? null,
      before: before ?? null,
      filter: JSON.stringify(filter ?? {}),
      after: after ?? null,
      limit: limit + 1,
    });
    const page = listed.slice(0, Math.min(limit, placesWithin(listed)));
    const rows = page.length > 0 ? await this.checkpoints.getAll(page) : [];
    return { data: rows.map(toCheckpointDto), hasMore: page.length < listed.length };
  }

  /** Deletes a thread, or all but its newest checkpoints. */
  async prune(threadId: string, keep: number): Promise<void> {
    if (!(await this.checkpoints.hasThread(threadId))) return;
    await this.database.transaction(
      async () => {
        await this.checkpoints.takeTurn(threadId);
        await this.checkpoints.prune(threadId, keep);
        await this.checkpoints.pruneValues(threadId);
      },
      { slow: true },
    );
  }
}

const bytesOf = (parts: Packed[]): number =>
  parts.reduce((sum, { data }) => sum + bytesIn(data), 0);

/** Besides its data. Names count twice, as most stand in the index of the key, too. */
const bytesOfNames = (names: string[]): number => rowBytes + 2 * Buffer.byteLength(names.join(''));

const bytesOfRows = <P extends Packed>(rows: P[], namesOf: (row: P) => string[]): number =>
  rows.reduce((sum, row) => sum + bytesOfNames(namesOf(row)), bytesOf(rows));

const bytesOfCheckpoint = (body: PutCheckpointDto): number =>
  bytesOf([body.checkpoint, body.metadata]) +
  bytesOfNames([body.threadId, body.namespace, body.checkpointId]) +
  Buffer.byteLength(JSON.stringify([body.channels, body.labels ?? {}]));

const naming = (channels: string[]) => ({ extra: { channels } });

const tooLarge = () =>
  CheckpointErrors.tooLarge({
    detail: `What the channels of a checkpoint hold, and what is written after it, has at most ${CHECKPOINT_LIMITS.stateBytes} bytes each.`,
  });

/** How many of the first checkpoints fit into a page; at least one. */
function placesWithin(listed: { bytes: number }[]): number {
  let sum = 0;
  const beyond = listed.findIndex(({ bytes }, i) => (sum += bytes) > pageBytes && i > 0);
  return beyond < 0 ? listed.length : beyond;
}

/** Of one position the first; below 0 the last. */
function oneEach(writes: NewWriteDto[]): NewWriteDto[] {
  const kept = new Map<number, NewWriteDto>();
  for (const write of writes)
    if (write.position < 0 || !kept.has(write.position)) kept.set(write.position, write);
  return [...kept.values()];
}

const toCheckpointDto = (row: CheckpointRow): CheckpointDto => ({
  threadId: row.threadId,
  namespace: row.namespace,
  checkpointId: row.checkpointId,
  parentId: row.parentId,
  checkpoint: row.checkpoint,
  metadata: row.metadata,
  values: row.values,
  writes: row.writes,
});
