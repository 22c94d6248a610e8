// What a configuration, a version and a move consist of, whoever owns them.
import { Column } from 'typeorm';

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

export abstract class MoveColumns {
  @Column('jsonb')
  targets: { version: number; percent: number }[];

  @Column('integer', { nullable: true })
  previous: number | null;

  @Column('text')
  author: string;

  @Column({ type: 'timestamptz', name: 'created_at', precision: 3, default: () => 'now()' })
  createdAt: Date;
}
