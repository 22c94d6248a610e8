// The name of the user in answers: `user_id` of mem0.
import { Injectable } from '@nestjs/common';
import { AppError } from '../../platform/errors/index.js';
import { type User, UsersService } from '../../users/index.js';

@Injectable()
export class Mem0UserName {
  constructor(private readonly users: UsersService) {}

  /** The application's own id of the user, or ours where it has none. */
  async get(): Promise<string> {
    const user = await this.find();
    return user?.externalId ?? this.users.ownId;
  }

  /** Null for a user whom a read names and no write has made. */
  async find(): Promise<User | null> {
    try {
      return await this.users.get(this.users.ownId);
    } catch (error) {
      if (error instanceof AppError && error.definition.status === 404) return null;
      throw error;
    }
  }
}
