// The reply of a model while it grows, in the memory of the process that calls the model. Its writer
// stores it, and viewers read it, each at a pace of its own.
import type { MessageContent } from '../../../conversations/index.js';
import { ModelCallError, type ModelEvent, type ProviderMetadata } from '../../models/index.js';
import { Announcement } from '../../../platform/streams/index.js';

/** The most bytes of a reply, as JSON without the frames of its parts. A message may have more. */
const MAX_REPLY_BYTES = 3_000_000;
/** As many as a message may have. */
const MAX_REPLY_PARTS = 1_000;

type RawObject = Record<string, unknown>;

/** A part of a reply. Only the text of a text or a reasoning grows. */
export interface ReplyPart {
  value: RawObject;
  /** True once it changes no more. */
  isClosed: boolean;
  isListed: boolean;
}

export class Reply {
  readonly parts: ReplyPart[] = [];
  private readonly open = new Map<string, ReplyPart>();
  readonly changes = new Announcement();
  /** Counts changes. */
  version = 0;
  /** Bytes of what is said, as JSON. */
  private bytes = 0;

  get isEmpty(): boolean {
    return this.parts.length === 0;
  }

  /** The parts as they are stored. */
  get values(): RawObject[] {
    return this.parts.map(({ value }) => value);
  }

  /** The model waits for the results of tools. */
  get hasCalls(): boolean {
    return this.parts.some(({ value }) => value['type'] === 'tool-call');
  }

  /**
   * Applies an event of the model.
   * @throws ModelCallError `model.bad_answer` when more would be said than can be stored; what was
   *   said before stays
   */
  apply(event: ModelEvent): void {
    this.take(event);
    if (!event.type.startsWith('tool-input-')) this.announce();
  }

  /** Wakes who waits for a change, also when it is of the turn. */
  announce(): void {
    this.version++;
    this.changes.announce();
  }

  /** Nothing grows any more. */
  close(): void {
    for (const part of this.parts) part.isClosed = true;
    this.open.clear();
  }

  /** What a model answered before, as a whole. */
  restore(parts: readonly RawObject[]): void {
    for (const value of parts) this.parts.push({ value, isClosed: true, isListed: true });
    this.bytes = Buffer.byteLength(JSON.stringify(parts));
    this.announce();
  }

  /** The content to store: a text if that is all there is, else the parts. */
  content(): MessageContent {
    const [only] = this.parts;
    if (!only) return '';
    if (this.parts.length === 1 && only.value['type'] === 'text' && !hasMetadata(only.value))
      return only.value['text'] as string;
    return this.values;
  }

  private take(event: ModelEvent): void {
    switch (event.type) {
      case 'text-start':
      case 'reasoning-start':
        this.begin(event.id, event.type === 'text-start' ? 'text' : 'reasoning');
        return this.note(event.id, event.providerMetadata);
      case 'text-delta':
      case 'reasoning-delta': {
        const kind = event.type === 'text-delta' ? 'text' : 'reasoning';
        const part = this.open.get(event.id) ?? this.begin(event.id, kind);
        if (event.delta !== '') {
          this.count(event.delta);
          const { value } = this.listed(event.id, part);
          value['text'] = (value['text'] as string) + event.delta;
        }
        return this.note(event.id, event.providerMetadata);
      }
      case 'text-end':
      case 'reasoning-end':
        this.note(event.id, event.providerMetadata);
        return this.end(event.id);
      case 'tool-call':
        return this.add({
          type: 'tool-call',
          toolCallId: event.toolCallId,
          toolName: event.toolName,
          input: event.isValid ? inputOf(event.input) : event.input,
          ...optionsOf(event.providerMetadata),
        });
      case 'file':
        return this.add({
          type: 'file',
          mediaType: event.mediaType,
          data: event.data,
          ...optionsOf(event.providerMetadata),
        });
      case 'source':
        return this.add({
          type: 'source',
          source: { sourceType: 'url', id: event.id, url: event.url, title: event.title },
        });
      // The input of a call is taken when it is whole.
      case 'tool-input-start':
      case 'tool-input-delta':
      case 'tool-input-end':
      case 'started':
      case 'finish':
        return;
    }
  }

  private begin(id: string, type: 'text' | 'reasoning'): ReplyPart {
    const part = { value: { type, text: '' } as RawObject, isClosed: false, isListed: false };
    this.open.set(id, part);
    return part;
  }

  /**
   * A part counts from its first word on, so that all viewers count alike. Text behind text goes on
   * with it, as the stored pieces do.
   */
  private listed(id: string, part: ReplyPart): ReplyPart {
    if (part.isListed) return part;
    part.isListed = true;
    const last = this.parts.at(-1);
    const isText = ({ value }: ReplyPart): boolean => value['type'] === 'text';
    if (last && isText(last) && isText(part) && !hasMetadata(last.value)) {
      last.isClosed = false;
      this.open.set(id, last);
      return last;
    }
    this.push(part);
    return part;
  }

  private add(value: RawObject): void {
    this.count(value);
    this.push({ value, isClosed: true, isListed: true });
  }

  private push(part: ReplyPart): void {
    if (this.parts.length >= MAX_REPLY_PARTS) throw tooLong();
    this.parts.push(part);
  }

  /** Counts what is added next. */
  private count(value: unknown): void {
    const bytes = this.bytes + Buffer.byteLength(JSON.stringify(value));
    if (bytes > MAX_REPLY_BYTES) throw tooLong();
    this.bytes = bytes;
  }

  private note(id: string, metadata: ModelMetadata): void {
    const part = this.open.get(id);
    if (!part || metadata === undefined) return;
    const { value } = part;
    const fresh = newOptions(value, metadata);
    if (fresh !== null) this.count(fresh);
    addOptions(this.listed(id, part).value, metadata);
  }

  private end(id: string): void {
    const part = this.open.get(id);
    if (part) part.isClosed = true;
    this.open.delete(id);
  }
}

type ModelMetadata = ProviderMetadata | undefined;

/** An input that is too deep to be written as JSON stays its text. */
function inputOf(text: string): unknown {
  try {
    const input = JSON.parse(text) as unknown;
    JSON.stringify(input);
    return input;
  } catch {
    return text;
  }
}

const tooLong = (): ModelCallError =>
  new ModelCallError(
    'model.bad_answer',
    `The reply has more than ${MAX_REPLY_BYTES} bytes or ${MAX_REPLY_PARTS} parts.`,
  );

/** Returns the values that a part does not have yet; null for none. Providers repeat some. */
function newOptions(value: RawObject, added: ProviderMetadata): object | null {
  const known = value['providerOptions'] as ProviderMetadata | undefined;
  const fresh = Object.entries(added).flatMap(([provider, values]) =>
    Object.entries(values).filter(([name, option]) => known?.[provider]?.[name] !== option),
  );
  return fresh.length > 0 ? fresh : null;
}

/** A part may have metadata at its beginning, on a delta and at its end: all of it counts. */
function addOptions(value: RawObject, added: ProviderMetadata): void {
  const options = { ...(value['providerOptions'] as ProviderMetadata | undefined) };
  for (const [provider, values] of Object.entries(added))
    options[provider] = { ...options[provider], ...values };
  value['providerOptions'] = options;
}

/** A provider gets back what it said of a part. */
const optionsOf = (metadata: ModelMetadata): RawObject =>
  metadata === undefined ? {} : { providerOptions: metadata };

const hasMetadata = (value: RawObject): boolean => value['providerOptions'] !== undefined;
