// The grammar of all lists: filters, order, cursors.
import { Global, Module } from '@nestjs/common';
import { Cursors } from './cursors.js';
import { Lists } from './lists.js';

@Global()
@Module({ providers: [Cursors, Lists], exports: [Cursors, Lists] })
export class ListModule {}
