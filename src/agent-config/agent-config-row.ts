// Rows as statements read them.
import type { Target } from './aliases/traffic.js';

export interface ListedConfig {
  id: string;
  name: string;
  description: string | null;
  tags: string[];
  /** The newest. */
  version: number;
  createdAt: string;
  updatedAt: string;
  /** Whether users may read it, when it is the service's. */
  shared?: boolean | null;
}

export interface ConfigRow extends ListedConfig {
  owner: 'user' | 'service';
  /** The version that the rest is of. */
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

export interface MoveRow {
  alias: string;
  number: number;
  targets: Target[];
  previous: number | null;
  author: string;
  movedAt: string;
}
