// What the repositories of all features are made from.
import { Global, Module } from '@nestjs/common';
import { ListModule } from '../list/index.js';
import { RepositoryTools } from './repository-tools.js';

@Global()
@Module({ imports: [ListModule], providers: [RepositoryTools], exports: [RepositoryTools] })
export class RepositoryModule {}
