// The indexes of the users who were last asked about, as many as fit: what is not kept is made again from the database.
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Config } from '../../platform/config/config.js';
import { RequestContexts } from '../../platform/context/index.js';

interface Sized {
  readonly texts: { readonly bytes: number };
}

/** Bytes of an entry besides its texts. */
const OVERHEAD = 1_000;

@Injectable()
export class UserIndexes {
  private readonly kept: LRUCache<string, Sized>;

  constructor(
    config: Config,
    private readonly contexts: RequestContexts,
  ) {
    this.kept = new LRUCache<string, Sized>({ maxSize: config.memoryIndexBytes, sizeCalculation: ({ texts }) => texts.bytes + OVERHEAD });
  }

  /** Of the user whose scope it is: no index is ever found under another's id. Who comes while it is read shares it. */
  get<Index extends Sized>(kind: string, make: () => Index): Index {
    const known = this.kept.get(this.key(kind)) as Index | undefined;
    if (known) return known;
    const made = make();
    this.keep(kind, made);
    return made;
  }

  /** After it has grown or shrunk. One that is too large for all the room there is is not kept. */
  keep(kind: string, index: Sized): void {
    const key = this.key(kind);
    this.kept.delete(key);
    this.kept.set(key, index);
  }

  private key(kind: string): string {
    return `${this.contexts.userScope().userId} ${kind}`;
  }
}
