// API keys through a running server.
import { randomUUID } from 'node:crypto';
import type { ClientConfig } from '../../platform/config/client-config.js';
import type { ApiKeyDto, CreateApiKeyDto } from '../../users/index.js';
import { ApiClient, UnavailableError } from '../api-client.js';

export type NewKey = Partial<CreateApiKeyDto>;
/** `key` is the secret, which cannot be read again. */
export type MadeKey = ApiKeyDto & { key: string };

export interface KeyStore {
  create: (values: NewKey) => Promise<MadeKey>;
  /** Newest first, with those that are refused. */
  list: () => Promise<ApiKeyDto[]>;
  revoke: (id: string) => Promise<void>;
}

/** @throws RefusedError or UnavailableError, from each of its functions */
export function keysOfServer(config: ClientConfig): KeyStore {
  const api = new ApiClient(config, null);
  return {
    create: async (values) => {
      const headers = { 'idempotency-key': randomUUID() };
      const { body } = await api.call('POST', 'v1/api-keys', values, headers);
      if (typeof body.key === 'string') return body as unknown as MadeKey;
      throw lost(body.id ?? '');
    },
    list: async () => {
      const all: unknown[] = [];
      for await (const key of api.list('v1/api-keys')) all.push(key);
      return all as ApiKeyDto[];
    },
    revoke: async (id) => {
      await api.call('DELETE', `v1/api-keys/${encodeURIComponent(id)}`);
    },
  };
}

/** A retry never shows a secret. */
const lost = (id: string): Error =>
  new UnavailableError(
    `The key ${id} was made, and the answer with it was lost. Revoke it, and create another one.`,
  );
