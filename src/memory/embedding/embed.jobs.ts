// Vectors in the background: a write waits for none, and is found by its words meanwhile.
import { Injectable } from '@nestjs/common';
import { eachUser, JobHandler, JobHandlers, type JobRun, Jobs } from '../../platform/jobs/index.js';
import { EMBED_JOB } from '../writes/memory-writer.js';
import { PgvectorRepository } from '../recall/pgvector.repository.js';
import { Embedder } from './embedder.js';
import { EmbeddingRepository } from './embedding.repository.js';

/** Memories whose vectors are made and kept at a time. */
const BATCH = 32;
/** Vectors that are given to pgvector at a time. */
const FILLED = 1_000;

/** In the user's own scope. The model is asked outside of any transaction. */
@Injectable()
export class EmbedMemories extends JobHandler {
  override readonly name = EMBED_JOB;
  override readonly checkpointed = true;

  constructor(
    private readonly memories: EmbeddingRepository,
    private readonly pgvector: PgvectorRepository,
    private readonly embedder: Embedder,
    handlers: JobHandlers,
  ) {
    super();
    handlers.add(this);
  }

  override async run(_: object, job: JobRun): Promise<void> {
    const { model } = this.embedder;
    if (model === null) return;
    let done = 0;
    for (;;) {
      const revision = await this.memories.revision();
      const next = await this.memories.next(model, BATCH);
      if (next.length === 0) {
        if (await this.pgvector.isThere()) await this.fillPgvector(job);
        return job.step(() => this.memories.done(revision, model));
      }
      const vectors = await this.embedder.embed(
        next.map(({ content }) => content),
        job.signal,
      );
      await job.step(() => {
        job.report((done += next.length));
        return this.memories.save(model, next, vectors);
      });
    }
  }

  /** Vectors that were there before the server had pgvector. */
  private async fillPgvector(job: JobRun): Promise<void> {
    for (let filled = FILLED; filled === FILLED;)
      await job.step(async () => (filled = await this.pgvector.fill(FILLED)));
  }
}

/** Finds who was overtaken: written while a job ended, or embedded by another model. */
@Injectable()
export class EmbedSweep extends JobHandler {
  override readonly name = 'memory.embed_sweep';
  override readonly system = 'find the users whose memories lack a vector';
  override readonly every = 60;
  override readonly checkpointed = true;

  constructor(
    private readonly memories: EmbeddingRepository,
    private readonly embedder: Embedder,
    private readonly jobs: Jobs,
    handlers: JobHandlers,
  ) {
    super();
    handlers.add(this);
  }

  override async run(_: object, job: JobRun): Promise<void> {
    const { model } = this.embedder;
    if (model === null) return;
    await eachUser(
      job,
      (after, limit) => this.memories.behind(model, after, limit),
      (userId) => this.jobs.enqueue(EMBED_JOB, {}, { key: 'embed', userId }),
    );
  }
}
