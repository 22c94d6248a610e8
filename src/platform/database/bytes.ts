// SQL that measures values without decompressing them, and stops a read at a budget in bytes.

/** Bytes of a text. PostgreSQL reads only its length. */
export const textBytes = (column: string): string => `coalesce(octet_length(${column}), 0)`;

/** Bytes of JSON or of an array. Only a compressed value has to be decompressed for it. */
export const packedBytes = (column: string): string =>
  `(case when ${column} is null then 0
    when pg_column_compression(${column}) is null then pg_column_size(${column})
    else octet_length(${column}::text) end)`;

/**
 * Selects the rows of `rows`, in order, until the rows before the next one fill the budget.
 * @param rows a select in an order, with the bytes of each row in a column `bytes`
 * @param budget a parameter; in bytes
 * @returns SQL whose rows also have `found`: how many rows there are without the budget
 */
export const withinBytes = (rows: string, budget: string): string => `
  select * from (
    select r.*, sum(r.bytes) over (rows unbounded preceding) - r.bytes as "bytesBefore",
      (count(*) over ())::integer as found from (${rows}) r) measured
   where "bytesBefore" < ${budget}`;
