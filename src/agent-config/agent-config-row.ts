// Rows that the statements return.
import type { TrafficTarget } from './aliases/traffic.js';

export interface ListedConfig {
  id: string;
  name: string;
  description: string | null;
  tags: string[];
  /** Number of the newest version. */
  version: number;
  createdAt: string;
  updatedAt: string;
  /** Whether users may read it; only of the service's configurations. */
  shared?: boolean | null;
}

export interface ConfigRow extends ListedConfig {
  owner: 'user' | 'service';
  /** Number of the version that the following fields belong to. */
  shownVersion: number;
  content: string;
  digest: string;
  author: string;
  message: string | null;
  savedAt: string;
}

export interface SavedVersion {
  version: number;
  digest: string;
  author: string;
  message: string | null;
  savedAt: string;
}

export interface AliasRevision {
  alias: string;
  number: number;
  targets: TrafficTarget[];
  previous: number | null;
  author: string;
  movedAt: string;
}
