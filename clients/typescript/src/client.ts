import type { List } from './list.js';
import { type QueryOf, Requests } from './request.js';
import { type CallOptions, type ClientOptions, Transport } from './transport.js';
import type { ApiKey, CreatedApiKey, NewApiKey, NewUser, UserInfo, UserUpdate } from './types.js';
import { User } from './user.js';

/** The service. `request` calls the routes that have no method here. */
export class Threadkeep extends Requests {
  readonly users = new Users(this);
  readonly apiKeys = new ApiKeys(this);

  constructor(options: ClientOptions) {
    super(new Transport(options));
  }

  /**
   * Acts for a user.
   * @param name your own id of the user, or theirs here; left out with a key or token of one user
   */
  user(name?: string): User {
    return new User(name === undefined ? this.transport : this.transport.actingFor(name));
  }
}

/** All users, for a service key. A user is also made by the first write for them. */
export class Users {
  constructor(private readonly requests: Requests) {}

  create(fields: NewUser, options: CallOptions = {}): Promise<UserInfo> {
    return this.requests.request('POST /v1/users', { ...options, body: fields });
  }

  list(query: QueryOf<'GET /v1/users'> = {}, options: CallOptions = {}): List<UserInfo> {
    return this.requests.list('GET /v1/users', { ...options, query });
  }

  get(id: string, options: CallOptions = {}): Promise<UserInfo> {
    return this.requests.request('GET /v1/users/{id}', { ...options, path: { id } });
  }

  update(id: string, fields: UserUpdate, options: CallOptions = {}): Promise<UserInfo> {
    const call = { ...options, path: { id }, body: fields };
    return this.requests.request('PATCH /v1/users/{id}', call);
  }

  /** Erases a user, with everything that belongs to them. */
  async delete(id: string, options: CallOptions = {}): Promise<void> {
    await this.requests.request('DELETE /v1/users/{id}', { ...options, path: { id } });
  }
}

export class ApiKeys {
  constructor(private readonly requests: Requests) {}

  /** Makes a key. `{ user: 'ada', expiresIn: '1h' }` is for a browser. Its `key` is shown this once. */
  create(fields: NewApiKey, options: CallOptions = {}): Promise<CreatedApiKey> {
    return this.requests.request('POST /v1/api-keys', { ...options, body: fields });
  }

  list(query: QueryOf<'GET /v1/api-keys'> = {}, options: CallOptions = {}): List<ApiKey> {
    return this.requests.list('GET /v1/api-keys', { ...options, query });
  }

  async revoke(id: string, options: CallOptions = {}): Promise<void> {
    await this.requests.request('DELETE /v1/api-keys/{id}', { ...options, path: { id } });
  }
}
