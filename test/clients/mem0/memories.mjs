// Uses the client of mem0 as an application does, and prints what it saw as JSON.
import { MemoryClient } from 'mem0ai';

const { HOST: host, API_KEY: apiKey, USER_NAME: userId } = process.env;
const client = new MemoryClient({ apiKey, host });
await client.ping();
// Their calls by id name no user: with a key of the service, a header does.
client.headers['Threadkeep-User'] = userId;

const refusal = (call) =>
  call.then(
    () => null,
    ({ name, errorCode, message }) => ({ name, errorCode, detail: JSON.parse(message).detail }),
  );

const messages = [
  { role: 'user', content: 'I am allergic to peanuts.' },
  { role: 'assistant', content: 'I will not suggest any.' },
];
const options = { agentId: 'cook', runId: 'evening', metadata: { topicName: 'food' } };
const added = await client.add(messages, { userId, ...options });
const again = await client.add(messages, { userId, ...options, infer: false });
const [{ id }, { id: other }] = added.results;
const got = await client.get(id);
const filters = { user_id: userId };
const pages = [];
for (const page of [1, 2]) pages.push(await client.getAll({ filters, page, pageSize: 1 }));
const filtered = await client.getAll({ filters: { AND: [filters, { run_id: 'none' }] } });
const found = await client.search('peanuts', { filters, topK: 1, threshold: 0.1, rerank: true });
const updated = await client.update(id, { text: 'Eats no nuts.', metadata: { topicName: 'nuts' } });
const history = await client.history(id);
const users = await client.users();
const deleted = await client.delete(other);
const gone = await refusal(client.get(other));
const unnamed = await refusal(client.deleteAll());
const none = await client.deleteAll({ userId, runId: 'none' });
const left = await client.getAll({ filters });
const all = await client.deleteAll({ userId });
const empty = await client.getAll({ filters });

console.log(
  JSON.stringify({
    ...{ added, again, got, pages, filtered, found, updated, history, users },
    ...{ deleted, gone, unnamed, none, left, all, empty },
  }),
);
