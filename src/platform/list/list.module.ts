// The one grammar in which every collection is listed.
import { Global, Module } from '@nestjs/common';
import { Cursors } from './cursors.js';
import { Lists } from './lists.js';

@Global()
@Module({ providers: [Cursors, Lists], exports: [Cursors, Lists] })
export class ListModule {}
