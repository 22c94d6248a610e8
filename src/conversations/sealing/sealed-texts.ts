// Knows the columns of texts that are sealed beside messages: what features make of them.
import { Injectable } from '@nestjs/common';
import { type ConvertedColumn, SealedColumns } from '../../platform/vault/index.js';

@Injectable()
export class SealedTexts {
  private readonly columns: ConvertedColumn[] = [];

  constructor(private readonly sealed: SealedColumns) {}

  /** Call it from a feature's `onModuleInit`. */
  register(column: ConvertedColumn): void {
    this.columns.push(column);
    this.sealed.register(column);
  }

  list(): readonly ConvertedColumn[] {
    return this.columns;
  }
}
