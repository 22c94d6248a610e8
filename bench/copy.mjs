// COPY over the connection of a client: `pg` has the messages of the protocol, and no call for them.
import { Query } from 'pg';

/** A statement that takes or gives the rows of COPY. */
class Copy extends Query {
  constructor(text, given, callback) {
    super(text, null, callback);
    this.given = given;
    this.taken = [];
  }

  handleCopyInResponse(connection) {
    for (let at = 0; at < this.given.length; at += PIECE_BYTES)
      connection.sendCopyFromChunk(this.given.subarray(at, at + PIECE_BYTES));
    connection.endCopyFrom();
  }

  handleCopyData({ chunk }) {
    // The connection reads the next ones into the same memory.
    this.taken.push(Buffer.from(chunk));
  }
}

const PIECE_BYTES = 64 * 1024;

const run = (client, text, given = null) =>
  new Promise((done, fail) => {
    const copy = new Copy(text, given, (error) => (error ? fail(error) : done(copy.taken)));
    client.query(copy);
  });

/** @returns the rows of a table, in the text format */
export const copyTo = async (client, table) =>
  Buffer.concat(await run(client, `copy ${table} to stdout`));

export const copyFrom = (client, table, bytes) => run(client, `copy ${table} from stdin`, bytes);
