// Asks the sources for their contributions to one context, while its messages are read.
import type { Read } from '../platform/database/index.js';
import { ContextReads } from './context-reads.js';
import type {
  ContextQuestion,
  ContextSource,
  Contribution,
  PreparedSource,
} from './context-source.js';

export type PartContribution = Contribution & Pick<ContextSource, 'part'>;

interface Asked extends PreparedSource, Pick<ContextSource, 'part'> {
  /** Where the rows of its statements are among those of all. */
  places: number[];
  begun?: Promise<Contribution[]>;
}

export class Contributing {
  private readonly collected = new ContextReads();

  private constructor(private readonly asked: Asked[]) {
    for (const one of asked) one.places = one.reads.map((read) => this.collected.add(read));
  }

  /** Prepares the contributions. Reads nothing from the database. */
  static async prepare(sources: ContextSource[], question: ContextQuestion): Promise<Contributing> {
    const prepare = async (source: ContextSource): Promise<Asked> => ({
      ...(await source.prepare(question)),
      part: source.part,
      places: [],
    });
    return new Contributing(await Promise.all(sources.map(prepare)));
  }

  /** The statements of all sources. */
  get reads(): readonly Read[] {
    return this.collected.all;
  }

  /** Asks the sources that need no rows. */
  begin(): void {
    for (const one of this.asked) if (one.reads.length === 0) one.begun = one.contribute([]);
  }

  /** Resolves as `work`. Rejects at once when a source that was asked meanwhile rejects. */
  async during<T>(work: Promise<T>): Promise<T> {
    const [result] = await Promise.all([work, ...this.asked.map(({ begun }) => begun)]);
    return result;
  }

  /**
   * Returns the contributions in the order of the sources. What two of them give is there once.
   * @param rows of each of `reads`
   */
  async finish(rows: object[][]): Promise<PartContribution[]> {
    const all = new Map<string, PartContribution>();
    for (const { part, contribute, places, begun } of this.asked) {
      const contributed = begun ?? contribute(places.map((place) => rows[place]!));
      for (const one of await contributed) {
        const name = `${part}:${one.ref}`;
        if (!all.has(name)) all.set(name, { ...one, part });
      }
    }
    return [...all.values()];
  }
}
