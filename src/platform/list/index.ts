export { Cursors } from './cursors.js';
export { Field, field, type FieldOptions, type Operator } from './field.js';
export {
  alwaysHolds,
  applicableTo,
  type Fields,
  type Filter,
  filterSql,
  type FilterTree,
  namesField,
} from './filter.js';
export { type FilterGrammar, readFilter, type ShortFilter } from './filter-json.js';
export { describeFilter } from './filter-schema.js';
export type { ReadTime } from './json-readers.js';
export {
  type AnyList,
  List,
  type ListDeclaration,
  type Shorthand,
  type SortKey,
} from './list-definition.js';
export { ListModule } from './list.module.js';
export { type ListQuery, ListQueryPipe, OFFSET_MAX } from './list-query.js';
export type { Condition } from './list-sql.js';
export { Lists, type Measured, type PageRows, shortened, upTo } from './lists.js';
export { CURSOR_MAX_LENGTH, type Page, PAGE_LIMIT } from './page.js';
export { PageEndDto, PageOf } from './page.dto.js';
