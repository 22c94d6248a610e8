// Notes every statement that the application sends for a user, as it sends it, so that it can be sent again under other conditions.
import pg from 'pg';

export interface Sent {
  text: string;
  values: unknown[];
}

interface Config {
  text?: string;
  values?: unknown[];
  /** Of a transaction that is sent as one: statements with the scopes they run in. */
  works?: { scope: Config; statement: Config }[];
}

type Query = (...args: unknown[]) => unknown;

const SCOPE_OF_USER = `set_config('app.user_id'`;
const SCOPE_OF_SYSTEM = `set_config('role'`;

export class StatementRecorder {
  readonly sent: Sent[] = [];
  private readonly inUserScope = new WeakMap<object, boolean>();
  private readonly original: Query;

  constructor() {
    const prototype = pg.Client.prototype as unknown as { query: Query };
    this.original = prototype.query;
    const { original } = this;
    const note = (client: object, config: unknown, values: unknown) =>
      this.note(client, config, values);
    prototype.query = function (this: object, ...args: unknown[]) {
      note(this, args[0], args[1]);
      return original.apply(this, args);
    };
  }

  stop(): void {
    (pg.Client.prototype as unknown as { query: Query }).query = this.original;
  }

  private note(client: object, config: unknown, given: unknown): void {
    const {
      text = '',
      values,
      works,
    } = typeof config === 'string' ? ({ text: config } as Config) : (config as Config);
    for (const { scope, statement } of works ?? []) {
      this.open(client, scope.text!);
      this.noteOne(client, statement.text!, statement.values!);
    }
    if (works) return void this.inUserScope.delete(client);
    this.open(client, text);
    this.noteOne(client, text, values ?? (Array.isArray(given) ? given : []));
    if (/^\s*(commit|rollback)\b/i.test(text)) this.inUserScope.delete(client);
  }

  private noteOne(client: object, text: string, values: unknown[]): void {
    const isOwn =
      /\bthreadkeep"?\./.test(text) &&
      !text.includes('threadkeep_migrations') &&
      !/set_config\(|open_scope\(/.test(text);
    if (isOwn && this.inUserScope.get(client)) this.sent.push({ text, values });
  }

  private open(client: object, text: string): void {
    if (text.includes(SCOPE_OF_USER)) this.inUserScope.set(client, true);
    if (text.includes(SCOPE_OF_SYSTEM)) this.inUserScope.set(client, false);
  }
}
