// Seals e-mail, name and settings of users under their own data keys, as one value for each user.
import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import {
  DataKeys,
  isUnreadable,
  openWith,
  type OwnedKey,
  SealedColumns,
  sealWith,
  Vault,
  type VaultPlace,
  type WrappedKey,
} from '../../platform/vault/index.js';
import { AddressIndex } from './address-index.js';
import { EMPTY, type Fields, hasFields } from './fields.js';

/** The columns in which they are stored. */
export type FieldColumns = Fields & { sealedFields: Buffer | null; emailHmac: Buffer | null };

/** A user as stored: the fields are empty when `sealedFields` has them. */
export type StoredUser = Fields & { id: string; sealedFields: Buffer | null };

/** @param row the id of the user, also when the row has another one after a merge */
export const placeOfFields = (row: string): VaultPlace => ({
  table: 'app_user',
  row,
  column: 'sealed_fields',
});

/** Seals a user's fields with a key that was read. */
export const sealFields = (key: OwnedKey, row: string, { email, name, settings }: Fields): Buffer =>
  sealWith(key, placeOfFields(row), JSON.stringify({ email, name, settings }));

/** @throws AppError `vault.unreadable` */
export const openFields = (key: OwnedKey | undefined, row: string, sealed: Buffer): Fields =>
  JSON.parse(openWith(key, placeOfFields(row), sealed)) as Fields;

@Injectable()
export class UserFields implements OnModuleInit {
  private readonly logger = new Logger(UserFields.name);

  constructor(
    private readonly dataKeys: DataKeys,
    private readonly vault: Vault,
    private readonly addresses: AddressIndex,
    private readonly columns: SealedColumns,
  ) {}

  /** A merged user's row keeps its values, for the account that it belongs to. */
  onModuleInit(): void {
    this.columns.register({ table: 'mailed_secret', row: 'purpose', column: 'sealed_email' });
    this.columns.register({
      table: 'app_user',
      row: 'coalesce(former_id, id)',
      column: 'sealed_fields',
      owned: 'id = $1 or merged_into = $1',
    });
  }

  get isOn(): boolean {
    return this.addresses.isOn;
  }

  /**
   * Fills in the fields of a user.
   * @throws AppError `vault.unreadable`, `vault.key_missing`
   */
  async open<U extends StoredUser>(user: U): Promise<U> {
    if (user.sealedFields === null) return user;
    const keys = await this.dataKeys.ofUsers([user.id]);
    return { ...user, ...openFields(keys.get(user.id), user.id, user.sealedFields) };
  }

  /**
   * Fills in the fields of users, whose keys are read at once. Leaves those empty that cannot be
   * opened.
   */
  async openAll<U extends StoredUser>(users: U[]): Promise<U[]> {
    const sealed = users.filter(({ sealedFields }) => sealedFields !== null);
    if (sealed.length === 0) return users;
    const keys = await this.dataKeys.ofUsers(sealed.map(({ id }) => id));
    return users.map((user) => this.opened(user, keys.get(user.id)));
  }

  /** The columns for changes of a user who is and stays plain. */
  async plainColumns(changes: Partial<Fields>): Promise<Partial<FieldColumns>> {
    if (changes.email === undefined) return changes;
    return {
      ...changes,
      emailHmac: changes.email && (await this.addresses.of(changes.email)),
    } as Partial<FieldColumns>;
  }

  /** The columns for values of a user who exists. */
  async columnsFor(id: string, values: Fields): Promise<FieldColumns> {
    if (this.isOn) return this.sealedColumns(id, values);
    return { ...values, sealedFields: null, emailHmac: await this.hmacOf(values) };
  }

  /** The same for a user who is sealed, also when new users are not. */
  async sealedColumns(id: string, values: Fields): Promise<FieldColumns> {
    const key = await this.dataKeys.obtainOf(id);
    const sealedFields = sealFields(key, id, values);
    return { ...EMPTY, sealedFields, emailHmac: await this.hmacOf(values) };
  }

  /** The columns for values of a user who will be created, and the data key to store then. */
  async columnsForNew(
    id: string,
    values: Fields,
  ): Promise<{ columns: FieldColumns; dataKey: WrappedKey | null }> {
    const emailHmac = await this.hmacOf(values);
    if (!this.isOn || !hasFields(values))
      return { columns: { ...values, sealedFields: null, emailHmac }, dataKey: null };
    const dataKey = await this.dataKeys.make(id);
    return {
      columns: { ...EMPTY, sealedFields: sealFields(dataKey, id, values), emailHmac },
      dataKey,
    };
  }

  /** Stores the data key of a user who was created in this transaction of the system. */
  async keepKey(id: string, dataKey: WrappedKey | null): Promise<void> {
    if (dataKey) await this.dataKeys.keepFor(id, dataKey);
  }

  /** Opens the settings of the user of the scope. @returns null when they cannot be opened */
  async ownSettings(userId: string, sealedFields: Buffer): Promise<Fields['settings'] | null> {
    try {
      const text = await this.vault.open(placeOfFields(userId), sealedFields);
      return (JSON.parse(text) as Fields).settings;
    } catch (error) {
      if (isUnreadable(error)) return null;
      throw error;
    }
  }

  private async hmacOf({ email }: Fields): Promise<Buffer | null> {
    return email === null ? null : this.addresses.of(email);
  }

  private opened<U extends StoredUser>(user: U, key: OwnedKey | undefined): U {
    if (user.sealedFields === null) return user;
    try {
      return { ...user, ...openFields(key, user.id, user.sealedFields) };
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      this.logger.warn({ msg: 'fields of a user cannot be opened', userId: user.id });
      return user;
    }
  }
}
