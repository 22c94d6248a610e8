// A process with a PostgreSQL that has pgvector: PGlite behind a socket, migrated, whose one session takes on the login of whoever talks to it.
import { PGlite } from '@electric-sql/pglite';
import { btree_gin } from '@electric-sql/pglite/contrib/btree_gin';
import { vector } from '@electric-sql/pglite-pgvector';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';

const dist = new URL('../../dist/src/', import.meta.url).href;
const { migrate } = await import(`${dist}platform/database/index.js`);
const { schema } = await import(`${dist}schema.js`);

const db = await PGlite.create({ extensions: { vector, btree_gin } });
const server = new PGLiteSocketServer({ db, port: 0, host: '127.0.0.1', maxConnections: 20 });
actAsWhoConnects();
const listening = new Promise((resolve) =>
  server.addEventListener('listening', ({ detail }) => resolve(detail.port)),
);
await server.start();
const port = await listening;
const urlOf = (user) => `postgres://${user}@127.0.0.1:${port}/postgres`;
await migrate(schema, urlOf('postgres'), {
  url: urlOf('login_of_the_app'),
  systemUrl: urlOf('login_of_the_system'),
});
process.send({ port });

/** Its one session belongs to a superuser: before a message is run, it takes on whom the connection that sent it named when it was opened. */
function actAsWhoConnects() {
  const users = new Map();
  const senders = new WeakMap();
  let acting = 'postgres';
  const { queryQueue } = server;
  const enqueue = queryQueue.enqueue.bind(queryQueue);
  queryQueue.enqueue = (handler, message, onData) => {
    const named = /\0user\0([^\0]+)\0/.exec(
      `\0${Buffer.from(message.subarray(8)).toString('latin1')}`,
    );
    if (!users.has(handler)) users.set(handler, named?.[1] ?? 'postgres');
    senders.set(message, users.get(handler));
    return enqueue(handler, message, onData);
  };
  const run = db.execProtocolRawStream.bind(db);
  db.execProtocolRawStream = async (message, options) => {
    const user = senders.get(message);
    if (user && user !== acting && !db.isInTransaction()) {
      acting = user;
      await run(simpleQuery(`set session authorization ${user}`), { onRawData: () => undefined });
    }
    return run(message, options);
  };
}

function simpleQuery(text) {
  const body = Buffer.from(`${text}\0`);
  const message = Buffer.alloc(5 + body.length);
  message.write('Q');
  message.writeInt32BE(4 + body.length, 1);
  body.copy(message, 5);
  return message;
}
