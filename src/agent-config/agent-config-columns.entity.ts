// Columns and checks that users' and the service's tables of agent configurations share.
import { Column } from 'typeorm';

export const CONFIG_CHECKS = {
  name_length: 'char_length(name) between 1 and 200',
  description_length: 'char_length(description) <= 2000',
  tags_count: 'cardinality(tags) <= 50',
  version_positive: 'version > 0',
};

export abstract class ConfigColumns {
  @Column('text')
  name: string;

  @Column('text', { nullable: true })
  description: string | null;

  @Column('text', { array: true, default: [] })
  tags: string[];

  @Column('integer')
  version: number;

  @Column('integer', { default: 1 })
  revision: number;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3, default: () => 'now()' })
  createdAt: Date;

  @Column({ type: 'timestamptz', name: 'updated_at', precision: 3, default: () => 'now()' })
  updatedAt: Date;
}

export const VERSION_CHECKS = {
  digest_form: "digest ~ '^[0-9a-f]{64}$'",
  content_size: 'octet_length(content) <= 1048576',
  author_length: 'char_length(author) between 1 and 200',
  message_length: 'char_length(message) <= 1000',
};

export abstract class VersionColumns {
  /** SHA-256 of the content, in hex. */
  @Column('text')
  digest: string;

  /** Canonical JSON. */
  @Column('text')
  content: string;

  @Column('text')
  author: string;

  @Column('text', { nullable: true })
  message: string | null;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3, default: () => 'now()' })
  createdAt: Date;
}

export const ALIAS_REVISION_CHECKS = {
  alias_form: "alias ~ '^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$'",
  number_positive: 'number > 0',
  targets_size: 'pg_column_size(targets) <= 10000',
  previous_before: 'previous < number',
  author_length: 'char_length(author) between 1 and 200',
};

export abstract class AliasRevisionColumns {
  @Column('jsonb')
  targets: { version: number; percent: number }[];

  @Column('integer', { nullable: true })
  previous: number | null;

  @Column('text')
  author: string;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3, default: () => 'now()' })
  createdAt: Date;
}
