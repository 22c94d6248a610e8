// A `BaseCheckpointSaver` of `@langchain/langgraph-checkpoint` over the checkpoints of a user.
import { base64Of, bytesOf } from './base64.js';
import { ThreadkeepError } from './errors.js';
import type { AnswerOf, RequestOf } from './request.js';
import { randomKey } from './transport.js';
import type { User } from './user.js';

export interface CheckpointSaverOptions {
  /**
   * Checkpoints of each thread that stay: older ones are deleted as new ones come. All without it.
   */
  keep?: number;
}

/** What a saver can do besides what LangGraph asks for. */
export interface PrunesThreads {
  /** Deletes all but the newest checkpoints of a thread. */
  prune(threadId: string, keep: number): Promise<void>;
}

type PutBody = RequestOf<'PUT /v1/checkpoints'>['body'];
type Asked = RequestOf<'POST /v1/checkpoints/search'>['body'];
type Stored = AnswerOf<'POST /v1/checkpoints/search'>['data'][number];
type Packed = PutBody['checkpoint'];
type Version = string | number;

/** What is used of the types of LangGraph. */
interface Config {
  configurable?: {
    thread_id?: string;
    checkpoint_ns?: string;
    checkpoint_id?: string;
    thread_ts?: string;
  };
}
interface Checkpoint {
  v: number;
  id: string;
  channel_values: Record<string, unknown>;
  channel_versions: Record<string, Version>;
}
interface Tuple {
  config: Config;
  checkpoint: Checkpoint;
  metadata: unknown;
  parentConfig: Config | undefined;
  pendingWrites: [task: string, channel: string, value: unknown][];
}
interface ListOptions {
  limit?: number;
  before?: Config;
  filter?: Record<string, unknown>;
}
interface Serializer {
  dumpsTyped(value: unknown): Promise<[string, Uint8Array]> | [string, Uint8Array];
  loadsTyped(type: string, data: Uint8Array): unknown;
}
interface SaverBase {
  serde: Serializer;
}

/** Channels of LangGraph itself, whose writes take the place of earlier ones. */
const POSITIONS: Readonly<Record<string, number>> = {
  __error__: -1,
  __scheduled__: -2,
  __interrupt__: -3,
  __resume__: -4,
};
const TASKS = '__pregel_tasks';
/** Checkpoints before this version have the tasks of the next step in the writes of their parent. */
const VERSION_WITH_TASKS = 4;
const EMPTY: Packed = { type: 'empty', data: '' };
const PAGE = 20;
const MAX_WRITES = 1_000;
/** Longer texts in metadata cannot be filtered by. */
const MAX_LABEL_LENGTH = 255;
const MAX_LABELS = 100;

/**
 * Makes a checkpointer of a graph: `createCheckpointSaver(BaseCheckpointSaver, client.user('ada'))`.
 * @param Base `BaseCheckpointSaver` of your version of `@langchain/langgraph-checkpoint`
 */
export function createCheckpointSaver<Saver extends object>(
  Base: abstract new () => Saver,
  user: User,
  options: CheckpointSaverOptions = {},
): Saver & PrunesThreads {
  class ThreadkeepCheckpointSaver extends (Base as unknown as new () => SaverBase) {
    private readonly runs = new Runs(user, this.serde, options);

    getTuple(config: Config): Promise<Tuple | undefined> {
      return this.runs.get(config);
    }

    list(config: Config, asked: ListOptions = {}): AsyncGenerator<Tuple> {
      return this.runs.list(config, asked);
    }

    put(
      config: Config,
      checkpoint: Checkpoint,
      metadata: object,
      newVersions: Record<string, Version>,
    ): Promise<Config> {
      return this.runs.put(config, checkpoint, metadata, newVersions);
    }

    putWrites(
      config: Config,
      writes: [channel: string, value: unknown][],
      taskId: string,
      taskPath = '',
    ): Promise<void> {
      return this.runs.putWrites(config, writes, { taskId, taskPath });
    }

    deleteThread(threadId: string): Promise<void> {
      return this.prune(threadId, 0);
    }

    async prune(threadId: string, keep: number): Promise<void> {
      await user.request('DELETE /v1/checkpoints', { query: { threadId, keep } });
    }

    /** No two are the same, so forks of one checkpoint have values of their own. */
    getNextVersion(current: Version | null | undefined): string {
      const number = current === null || current === undefined ? 0 : parseInt(String(current), 10);
      return `${String(number + 1).padStart(20, '0')}.${randomKey()}`;
    }
  }
  return new ThreadkeepCheckpointSaver() as unknown as Saver & PrunesThreads;
}

class Runs {
  constructor(
    private readonly user: User,
    private readonly serde: Serializer,
    private readonly options: CheckpointSaverOptions,
  ) {}

  async get({ configurable = {} }: Config): Promise<Tuple | undefined> {
    const { thread_id: threadId, checkpoint_ns: namespace = '' } = configurable;
    if (threadId === undefined) return undefined;
    const checkpointId = idIn(configurable);
    const stored = await this.find({
      threadId,
      namespace,
      limit: 1,
      ...(checkpointId ? { checkpointId } : {}),
    });
    return stored && this.tupleOf(stored);
  }

  async *list(
    { configurable = {} }: Config,
    { limit = Infinity, before, filter }: ListOptions,
  ): AsyncGenerator<Tuple> {
    const { thread_id: threadId, checkpoint_ns: namespace, checkpoint_id: id } = configurable;
    const earlier = before?.configurable && idIn(before.configurable);
    const asked: Asked = {
      ...(threadId === undefined ? {} : { threadId }),
      ...(namespace === undefined ? {} : { namespace }),
      ...(id ? { checkpointId: id } : {}),
      ...(earlier ? { before: earlier } : {}),
      ...(filter ? { filter } : {}),
    };
    let after: Asked['after'];
    for (let left = limit; left > 0;) {
      const body = { ...asked, limit: Math.min(left, PAGE), ...(after ? { after } : {}) };
      const { data, hasMore } = await this.user.request('POST /v1/checkpoints/search', { body });
      for (const stored of data) yield await this.tupleOf(stored);
      left -= data.length;
      const last = data.at(-1);
      if (!hasMore || !last) return;
      after = placeOf(last);
    }
  }

  /** Sends values that the service has not any more, when others have pruned the thread meanwhile. */
  async put(
    config: Config,
    checkpoint: Checkpoint,
    metadata: object,
    newVersions: Record<string, Version>,
  ): Promise<Config> {
    const { threadId, namespace, parentId } = placeIn(config);
    const { channel_values: values, ...rest } = checkpoint;
    const { keep } = this.options;
    const body = {
      ...{ threadId, namespace, checkpointId: checkpoint.id },
      ...(parentId ? { parentId } : {}),
      checkpoint: await this.pack(rest),
      metadata: await this.pack(metadata),
      labels: labelsOf(metadata),
      channels: textsOf(checkpoint.channel_versions),
      ...(keep === undefined ? {} : { keep }),
    };
    try {
      await this.send(body, values, newVersions);
    } catch (error) {
      if (!(error instanceof ThreadkeepError) || error.code !== 'checkpoint.values_missing')
        throw error;
      await this.send(body, values, checkpoint.channel_versions);
    }
    return configOf({ threadId, namespace, checkpointId: checkpoint.id });
  }

  async putWrites(
    config: Config,
    writes: [channel: string, value: unknown][],
    task: { taskId: string; taskPath: string },
  ): Promise<void> {
    const { threadId, namespace, parentId: checkpointId } = placeIn(config);
    if (!checkpointId) throw new Error('Missing "checkpoint_id" in "configurable"');
    const packed = await Promise.all(
      writes.map(async ([channel, value], i) => ({
        ...(await this.pack(value)),
        channel,
        position: POSITIONS[channel] ?? i,
      })),
    );
    for (let sent = 0; sent < packed.length; sent += MAX_WRITES) {
      const body = { ...task, threadId, namespace, checkpointId };
      const some = packed.slice(sent, sent + MAX_WRITES);
      await this.user.request('PUT /v1/checkpoints/writes', { body: { ...body, writes: some } });
    }
  }

  /** Sends the values of these versions. A channel without one has had its value taken. */
  private async send(
    body: PutBody,
    values: Record<string, unknown>,
    versions: Record<string, Version>,
  ): Promise<void> {
    const sent = await Promise.all(
      Object.entries(versions).map(async ([channel, version]) => ({
        ...(Object.hasOwn(values, channel) ? await this.pack(values[channel]) : EMPTY),
        channel,
        version: String(version),
      })),
    );
    await this.user.request('PUT /v1/checkpoints', { body: { ...body, values: sent } });
  }

  private async find(body: Asked): Promise<Stored | undefined> {
    const { data } = await this.user.request('POST /v1/checkpoints/search', { body });
    return data[0];
  }

  private async tupleOf(stored: Stored): Promise<Tuple> {
    const { threadId, namespace, parentId } = stored;
    const checkpoint = (await this.unpack(stored.checkpoint)) as Checkpoint;
    checkpoint.channel_values = {};
    for (const value of stored.values)
      checkpoint.channel_values[value.channel] = await this.unpack(value);
    const parent = parentId === null ? null : { threadId, namespace, checkpointId: parentId };
    if (parent && checkpoint.v < VERSION_WITH_TASKS) await this.addTasks(checkpoint, parent);
    return {
      config: configOf(stored),
      checkpoint,
      metadata: await this.unpack(stored.metadata),
      parentConfig: parent ? configOf(parent) : undefined,
      pendingWrites: await this.writesOf(stored),
    };
  }

  private writesOf({ writes }: Stored): Promise<Tuple['pendingWrites']> {
    return Promise.all(
      writes.map(
        async (write) =>
          [write.taskId, write.channel, await this.unpack(write)] as [string, string, unknown],
      ),
    );
  }

  /** Puts tasks where newer checkpoints have them. */
  private async addTasks(checkpoint: Checkpoint, parent: Place): Promise<void> {
    const stored = await this.find({ ...parent, limit: 1 });
    const tasks = (stored?.writes ?? []).filter(({ channel }) => channel === TASKS);
    if (tasks.length === 0) return;
    checkpoint.channel_values[TASKS] = await Promise.all(tasks.map((task) => this.unpack(task)));
    const versions = Object.values(checkpoint.channel_versions);
    checkpoint.channel_versions[TASKS] =
      versions.length === 0 ? 1 : versions.reduce((max, one) => (one > max ? one : max));
  }

  private async pack(value: unknown): Promise<Packed> {
    const [type, data] = await this.serde.dumpsTyped(value);
    return { type, data: base64Of(data) };
  }

  private async unpack({ type, data }: Packed): Promise<unknown> {
    return this.serde.loadsTyped(type, bytesOf(data));
  }
}

interface Place {
  threadId: string;
  namespace: string;
  checkpointId: string;
}

const placeOf = ({ threadId, namespace, checkpointId }: Place): Place => ({
  threadId,
  namespace,
  checkpointId,
});

const idIn = ({ checkpoint_id: id, thread_ts: ts }: NonNullable<Config['configurable']>) =>
  id || ts || undefined;

/** @throws Error without a thread */
function placeIn({ configurable }: Config) {
  if (!configurable) throw new Error('Missing "configurable" field in "config" param');
  const { thread_id: threadId, checkpoint_ns: namespace = '' } = configurable;
  if (threadId === undefined) throw new Error('Missing "thread_id" in "configurable"');
  return { threadId, namespace, parentId: idIn(configurable) };
}

const configOf = ({ threadId, namespace, checkpointId }: Place): Config => ({
  configurable: { thread_id: threadId, checkpoint_ns: namespace, checkpoint_id: checkpointId },
});

const textsOf = (versions: Record<string, Version>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(versions).map(([channel, version]) => [channel, String(version)]),
  );

/** What of metadata can be filtered by, as LangGraph does: values that are equal by `===`. */
function labelsOf(metadata: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(metadata).filter(isLabel).slice(0, MAX_LABELS));
}

function isLabel([name, value]: [string, unknown]): boolean {
  if (!isShortText(name)) return false;
  if (typeof value === 'string') return value === '' || isShortText(value);
  return typeof value === 'boolean' || value === null || Number.isSafeInteger(value);
}

/** A text that the service stores as it is. */
const isShortText = (text: string): boolean =>
  text.length <= MAX_LABEL_LENGTH && !/\p{Cc}|\p{Cs}/u.test(text) && text !== '__proto__';
