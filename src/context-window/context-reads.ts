// Collects the statements of several sources, and each equal one once.
import type { Read } from '../platform/database/index.js';

export class ContextReads {
  readonly all: Read[] = [];
  private readonly places = new Map<string, number>();

  /** Returns the place of the statement's rows in the result. */
  add(read: Read): number {
    const key = JSON.stringify([read.query.name, read.values]);
    const place = this.places.get(key) ?? this.all.push(read) - 1;
    this.places.set(key, place);
    return place;
  }
}
