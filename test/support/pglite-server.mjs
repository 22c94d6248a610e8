// A process with a PostgreSQL that has pgvector: PGlite behind a socket, migrated, whose one session is that of a login row-level security binds.
import { PGlite } from '@electric-sql/pglite';
import { btree_gin } from '@electric-sql/pglite/contrib/btree_gin';
import { vector } from '@electric-sql/pglite-pgvector';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';

const dist = new URL('../../dist/src/', import.meta.url).href;
const { migrate } = await import(`${dist}platform/database/index.js`);
const { schema } = await import(`${dist}schema.js`);

const db = await PGlite.create({ extensions: { vector, btree_gin } });
const server = new PGLiteSocketServer({ db, port: 0, host: '127.0.0.1', maxConnections: 20 });
const listening = new Promise((resolve) => server.addEventListener('listening', ({ detail }) => resolve(detail.port)));
await server.start();
const port = await listening;
await migrate(schema, `postgres://postgres@127.0.0.1:${port}/postgres`);
await db.exec(`create role login_of_the_app login in role threadkeep_app; set session authorization login_of_the_app`);
process.send({ port });
