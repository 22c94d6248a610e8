// SQL that measures values without unpacking them, and ends a read at a budget in bytes.

/** Bytes of a text. PostgreSQL reads the length beside the value. */
export const textBytes = (column: string): string => `coalesce(octet_length(${column}), 0)`;

/** Bytes of JSON or of an array. Only a compressed one does not say how long it is, and is written out to be measured. */
export const packedBytes = (column: string): string =>
  `(case when ${column} is null then 0 when pg_column_compression(${column}) is null then pg_column_size(${column}) else octet_length(${column}::text) end)`;

/**
 * The rows of `rows`, in their order, up to the budget: one is left out when those before it take as much or more.
 * @param rows a select in an order, with the bytes of each row in a column `bytes`
 * @param budget a parameter; in bytes
 * @returns SQL of the rows and of `found`, how many there are without the budget
 */
export const withinBytes = (rows: string, budget: string): string => `
  select * from (
    select r.*, sum(r.bytes) over (rows unbounded preceding) - r.bytes as "bytesBefore", (count(*) over ())::integer as found from (${rows}) r) measured
   where "bytesBefore" < ${budget}`;
