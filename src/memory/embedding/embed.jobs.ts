// Makes vectors in the background. Writes do not wait for them; until a memory has its vector,
// search finds it by its words.
import { Injectable } from '@nestjs/common';
import { JobHandler, type JobRun, Jobs, UserSweep } from '../../platform/jobs/index.js';
import { EMBED_JOB } from '../writes/memory-writer.js';
import { PgvectorRepository } from '../recall/pgvector.repository.js';
import { Embedder } from './embedder.js';
import { EmbeddingRepository } from './embedding.repository.js';

/** How many memories one step embeds and saves. */
const MEMORIES_PER_STEP = 32;
/** How many vectors one step copies into pgvector's column. */
const VECTORS_PER_STEP = 1_000;

/**
 * Embeds the memories of one user, in that user's scope. Calls the model outside of any
 * transaction.
 */
@Injectable()
export class EmbedMemories extends JobHandler {
  override readonly name = EMBED_JOB;
  override readonly checkpointed = true;

  constructor(
    private readonly memories: EmbeddingRepository,
    private readonly pgvector: PgvectorRepository,
    private readonly embedder: Embedder,
  ) {
    super();
  }

  override async run(_: object, job: JobRun): Promise<void> {
    const { model } = this.embedder;
    if (model === null) return;
    let done = 0;
    const passed: string[] = [];
    for (;;) {
      const revision = await this.memories.revision();
      const { memories, unreadable } = await this.memories.next(model, MEMORIES_PER_STEP, passed);
      passed.push(...unreadable);
      if (memories.length === 0 && unreadable.length > 0) continue;
      if (memories.length === 0) {
        if (await this.pgvector.isAvailable()) await this.fillPgvector(job);
        return job.step(() => this.memories.markEmbedded(revision, model));
      }
      const vectors = await this.embedder.embed(
        memories.map(({ content }) => content),
        job.signal,
      );
      await job.step(() => {
        job.report((done += memories.length));
        return this.memories.save(model, memories, vectors);
      });
    }
  }

  /** Copies vectors that were saved before the server had pgvector. */
  private async fillPgvector(job: JobRun): Promise<void> {
    for (let filled = VECTORS_PER_STEP; filled === VECTORS_PER_STEP;)
      await job.step(async () => (filled = await this.pgvector.fill(VECTORS_PER_STEP)));
  }
}

/**
 * Finds users with memories that lack a vector: written while an embed job ended, or embedded by
 * another model.
 */
@Injectable()
export class EmbedSweep extends UserSweep {
  override readonly name = 'memory.embed_sweep';
  override readonly system = 'find the users whose memories lack a vector';
  protected override readonly userJob = { name: EMBED_JOB, key: 'embed' };

  constructor(
    private readonly memories: EmbeddingRepository,
    private readonly embedder: Embedder,
    jobs: Jobs,
  ) {
    super(jobs);
  }

  override async run(payload: object, job: JobRun): Promise<void> {
    if (this.embedder.model !== null) await super.run(payload, job);
  }

  protected override findUsers(after: string, limit: number): Promise<string[]> {
    return this.memories.usersBehind(this.embedder.model!, after, limit);
  }
}
