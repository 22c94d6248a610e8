// What features do in a merge, and in its undo, beside the move of their rows.
import { Injectable } from '@nestjs/common';
import type { UniqueKey } from './merge-schema.repository.js';

export type LoginName = 'email' | 'username';

export interface MergeStep {
  /** Names what `run` keeps. Rows store it, so a later release must still know it. */
  readonly name: string;
  /**
   * Unique keys, by their indexes, of which the step lets rows of both users stand; with the SQL
   * condition on the rows that it does so for, or `true`.
   */
  readonly settles: Readonly<Record<string, string>>;
  /**
   * Runs as the system, in the transaction of the merge, before the rows move.
   * @returns what `undo` needs, as JSON values; nothing when it needs nothing
   */
  run(from: string, to: string): Promise<readonly unknown[]>;
  /** Runs as the system, in the transaction of the undo, after the rows have moved back. */
  undo(from: string, to: string, kept: readonly unknown[]): Promise<void>;
  /** Names of the first user that a third one has by now, so that an undo cannot restore them. */
  takenNames?(to: string, kept: readonly unknown[]): Promise<LoginName[]>;
}

@Injectable()
export class MergeSteps {
  private readonly steps: MergeStep[] = [];
  /** Names that mean one thing, though no unique key is of them: rows of both users refuse a merge. */
  readonly keptApart: UniqueKey[] = [];

  /** Call it from a feature's `onModuleInit`. */
  register(step: MergeStep): void {
    this.steps.push(step);
  }

  /** Call it from a feature's `onModuleInit`. */
  keepApart(name: string, table: string, column: string): void {
    const key = { name, table, columns: [column], predicate: 'true', isRenamable: false };
    this.keptApart.push(key);
  }

  get settled(): Readonly<Record<string, string>> {
    return Object.assign({}, ...this.steps.map(({ settles }) => settles)) as MergeStep['settles'];
  }

  get names(): string[] {
    return this.steps.map(({ name }) => name);
  }

  /** @returns what each step keeps, by its name */
  async run(from: string, to: string): Promise<Map<string, readonly unknown[]>> {
    const kept = new Map<string, readonly unknown[]>();
    for (const step of this.steps) kept.set(step.name, await step.run(from, to));
    return kept;
  }

  async undo(from: string, to: string, kept: ReadonlyMap<string, unknown[]>): Promise<void> {
    for (const step of this.steps) await step.undo(from, to, kept.get(step.name) ?? []);
  }

  async takenNames(to: string, kept: ReadonlyMap<string, unknown[]>): Promise<LoginName[]> {
    const taken: LoginName[] = [];
    for (const step of this.steps)
      taken.push(...((await step.takenNames?.(to, kept.get(step.name) ?? [])) ?? []));
    return taken;
  }
}
