// Filters by a conversation that is named by its id, or by `key:` and its key. The statement of the
// filter looks the key up, so it costs no round trip. A key of no conversation equals no value.
import { Field, type FieldOptions, type Operator } from '../../platform/list/index.js';
import { CONVERSATION_REFERENCE, KEY_PREFIX, readReferenceText } from './conversation-reference.js';

/** SQL for the id of the conversation that a text of `key:` and a key names. `$1` is the owner. */
const idByKeySql = (text: string): string =>
  `(select named.id from threadkeep.conversation named
     where named.user_id = $1::uuid and named.key = substr(${text}, ${KEY_PREFIX.length + 1}))`;

const isKey = (reference: unknown): boolean =>
  typeof reference === 'string' && reference.startsWith(KEY_PREFIX);

/**
 * SQL for the id of a conversation, in a statement with the owner as `$1`.
 * @param reference in the form of `readReferenceText`
 * @param parameter adds a value of the SQL type and gives its placeholder
 */
export const conversationIdSql = (
  reference: string,
  parameter: (value: unknown, type: string) => string,
): string =>
  isKey(reference) ? idByKeySql(parameter(reference, 'text')) : parameter(reference, 'uuid');

/** A column with the id of a conversation, in a list with an owner. */
export class ConversationField extends Field {
  constructor(column: string, options: FieldOptions = {}) {
    super(
      column,
      {
        type: 'uuid',
        operators: ['eq', 'ne', 'in'],
        schema: CONVERSATION_REFERENCE,
        read: readReferenceText,
      },
      options,
    );
  }

  override condition(
    operator: Operator,
    value: unknown,
    parameter: (type: string) => string,
  ): string {
    if (Array.isArray(value) && value.some(isKey)) return this.isOneOf(parameter('text[]'));
    if (!isKey(value)) return super.condition(operator, value, parameter);
    const equal = `${this.column} = ${idByKeySql(parameter('text'))}`;
    return operator === 'ne' ? `(${equal}) is not true` : equal;
  }

  /** @param references placeholder of ids and keys */
  private isOneOf(references: string): string {
    return `${this.column} = any (array(
      select case when starts_with(value, '${KEY_PREFIX}') then ${idByKeySql('value')} else value::uuid end
        from unnest(${references}) value))`;
  }
}
