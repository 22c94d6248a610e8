// The tables whose rows are kept for a fixed time only. Their repositories register here; the sweep
// deletes.
import { Injectable } from '@nestjs/common';

/** Deletes up to `limit` expired rows of all users, as the system. @returns how many it deleted */
export type DeleteExpired = (limit: number) => Promise<number>;

@Injectable()
export class ExpiringRows {
  private readonly deletions: DeleteExpired[] = [];

  add(deleteExpired: DeleteExpired): void {
    this.deletions.push(deleteExpired);
  }

  get all(): readonly DeleteExpired[] {
    return this.deletions;
  }
}
