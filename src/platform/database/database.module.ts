// The DataSources of the two logins, and the scoped database over them.
import {
  type DynamicModule,
  Global,
  Inject,
  Module,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { InjectDataSource, TypeOrmModule } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import { ConnectionShares } from './connections/connection-shares.js';
import { Notifications } from './connections/notifications.js';
import { DatabaseClock } from './database-clock.js';
import { dataSourceOptions, type Schema, SYSTEM_SOURCE } from './data-source.js';
import { PREPARED_DATABASE, type PreparedDatabase } from './setup/prepare-database.js';
import { ScopedDatabase } from './scoped-database.js';

@Global()
@Module({})
export class DatabaseModule implements OnApplicationShutdown {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    @InjectDataSource(SYSTEM_SOURCE) private readonly systemSource: DataSource,
    @Inject(PREPARED_DATABASE) private readonly prepared: PreparedDatabase,
  ) {}

  static forRoot(prepared: PreparedDatabase, schema: Schema): DynamicModule {
    return {
      module: DatabaseModule,
      imports: [
        TypeOrmModule.forRoot({
          ...dataSourceOptions(schema, prepared.connection),
          retryAttempts: 1,
        }),
        TypeOrmModule.forRoot({
          ...dataSourceOptions(schema, prepared.system),
          name: SYSTEM_SOURCE,
          retryAttempts: 1,
        }),
      ],
      providers: [
        ConnectionShares,
        ScopedDatabase,
        DatabaseClock,
        Notifications,
        { provide: PREPARED_DATABASE, useValue: prepared },
      ],
      exports: [ConnectionShares, ScopedDatabase, DatabaseClock, Notifications, PREPARED_DATABASE],
    };
  }

  /** Whether the database came with this process, or is a server of the operator. */
  get origin(): PreparedDatabase['origin'] {
    return this.prepared.origin;
  }

  /** The version of PostgreSQL, such as `18.4`. */
  get serverVersion(): string | undefined {
    return this.dataSource.driver.version;
  }

  async onApplicationShutdown(): Promise<void> {
    this.prepared.connection.breaker?.stop();
    for (const source of [this.dataSource, this.systemSource])
      if (source.isInitialized) await source.destroy();
    await this.prepared.stop();
  }
}
