// Runs graphs of LangGraph whose checkpoints and items a service keeps, and prints what it saw as JSON.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { HumanMessage } from '@langchain/core/messages';
import {
  Annotation,
  Command,
  END,
  interrupt,
  MessagesAnnotation,
  Send,
  START,
  StateGraph,
} from '@langchain/langgraph';
import { BaseCheckpointSaver, BaseStore } from '@langchain/langgraph-checkpoint';
import { Threadkeep } from '@threadkeep/client';
import { createCheckpointSaver, createStore } from '@threadkeep/client/langgraph';

const { SERVICE_URL: baseUrl, API_KEY: apiKey } = process.env;
const client = new Threadkeep({ baseUrl, apiKey });
const user = client.user(`graphs ${randomUUID()}`);
/** As a process that begins anew has it. */
const newSaver = (options) => createCheckpointSaver(BaseCheckpointSaver, user, options);
const thread = (name) => ({ configurable: { thread_id: name } });

async function takeAll(generator) {
  const all = [];
  for await (const one of generator) all.push(one);
  return all;
}

/** Asks a person before it books. */
function booking(saver, store) {
  const plan = async (state, config) => {
    await config.store.put(['trips', 'oslo'], 'wish', { wish: state.messages.at(-1).content });
    return { messages: [{ role: 'assistant', content: 'By train?' }] };
  };
  const ask = () => ({
    messages: [{ role: 'user', content: interrupt({ ask: 'Shall I book?' }) }],
  });
  const book = async (state, config) => {
    const { value } = await config.store.get(['trips', 'oslo'], 'wish');
    return { messages: [{ role: 'assistant', content: `Booked: ${value.wish}` }] };
  };
  return new StateGraph(MessagesAnnotation)
    .addNode('plan', plan)
    .addNode('ask', ask)
    .addNode('book', book)
    .addEdge(START, 'plan')
    .addEdge('plan', 'ask')
    .addEdge('ask', 'book')
    .addEdge('book', END)
    .compile({ checkpointer: saver, store });
}

const said = ({ messages }) => messages.map(({ content }) => content);

async function interruptsAndResumes() {
  const store = createStore(BaseStore, user);
  const config = thread('trip');
  const first = booking(newSaver(), store);
  const stopped = await first.invoke({ messages: [new HumanMessage('To Oslo')] }, config);
  assert.deepEqual(stopped.__interrupt__[0].value, { ask: 'Shall I book?' });
  const second = booking(newSaver(), createStore(BaseStore, user));
  const { next, tasks } = await second.getState(config);
  assert.deepEqual(next, ['ask']);
  assert.deepEqual(tasks[0].interrupts[0].value, { ask: 'Shall I book?' });
  const done = await second.invoke(new Command({ resume: 'Yes' }), config);
  assert.deepEqual(said(done), ['To Oslo', 'By train?', 'Yes', 'Booked: To Oslo']);
  assert(done.messages[0] instanceof HumanMessage);
  return said((await booking(newSaver(), store).getState(config)).values);
}

/** Goes back to an earlier checkpoint, and on from there twice. */
async function forks() {
  const graph = booking(newSaver(), createStore(BaseStore, user));
  const config = thread('forked');
  await graph.invoke({ messages: [{ role: 'user', content: 'To Oslo' }] }, config);
  const [{ config: stopped }] = await takeAll(graph.getStateHistory(config));
  const endings = [];
  for (const content of ['Yes', 'No']) {
    const fork = await graph.updateState(stopped, { messages: [{ role: 'user', content }] }, 'ask');
    endings.push(said(await graph.invoke(null, fork)).at(-2));
  }
  const states = await takeAll(graph.getStateHistory(config));
  const ends = states.filter(({ next }) => next.length === 0).map(({ values }) => said(values)[2]);
  return { endings, ends };
}

/** Parallel tasks, of which one fails the first time: what the others wrote is not done again. */
async function goesOnAfterFailures() {
  const calls = [];
  let isBroken = true;
  const state = Annotation.Root({
    names: Annotation(),
    greetings: Annotation({ reducer: (a, b) => a.concat(b), default: () => [] }),
  });
  const graph = (saver) =>
    new StateGraph(state)
      .addNode('greet', ({ name }) => {
        calls.push(name);
        if (name === 'Bob' && isBroken) throw new Error('Bob is out');
        return { greetings: [`Hello ${name}`] };
      })
      .addConditionalEdges(START, ({ names }) => names.map((name) => new Send('greet', { name })))
      .addEdge('greet', END)
      .compile({ checkpointer: saver });
  const config = thread('greetings');
  await assert.rejects(graph(newSaver()).invoke({ names: ['Ada', 'Bob', 'Cy'] }, config), /Bob/);
  isBroken = false;
  const { greetings } = await graph(newSaver()).invoke(null, config);
  return { calls: calls.toSorted(), greetings };
}

/** A graph inside of a graph, which is interrupted. */
async function runsInnerGraphs() {
  const inner = new StateGraph(MessagesAnnotation)
    .addNode('ask', () => ({ messages: [{ role: 'user', content: interrupt('Name?') }] }))
    .addEdge(START, 'ask')
    .compile();
  const outer = (saver) =>
    new StateGraph(MessagesAnnotation)
      .addNode('inner', inner)
      .addNode('end', ({ messages }) => ({
        messages: [{ role: 'assistant', content: `Hello ${messages.at(-1).content}` }],
      }))
      .addEdge(START, 'inner')
      .addEdge('inner', 'end')
      .compile({ checkpointer: saver });
  const config = thread('inner');
  await outer(newSaver()).invoke({ messages: [{ role: 'user', content: 'Hi' }] }, config);
  return said(await outer(newSaver()).invoke(new Command({ resume: 'Ada' }), config));
}

/** Turns of one thread, of which the newest checkpoints stay. */
async function prunes() {
  const saver = newSaver({ keep: 5 });
  const graph = new StateGraph(MessagesAnnotation)
    .addNode('answer', ({ messages }) => ({
      messages: [{ role: 'assistant', content: String(messages.length) }],
    }))
    .addEdge(START, 'answer')
    .compile({ checkpointer: saver });
  const config = thread('long');
  for (let i = 0; i < 8; i++)
    await graph.invoke({ messages: [{ role: 'user', content: 'again' }] }, config);
  const kept = await takeAll(saver.list(config));
  const messages = (await graph.getState(config)).values.messages.length;
  await saver.prune('long', 1);
  const pruned = (await takeAll(saver.list(config))).length;
  const after = (await graph.getState(config)).values.messages.length;
  await saver.deleteThread('long');
  const deleted = await saver.getTuple(config);
  return { kept: kept.length, messages, pruned, after, deleted: deleted ?? null };
}

async function pages() {
  const saver = newSaver();
  const counting = new StateGraph(Annotation.Root({ n: Annotation() }))
    .addNode('count', ({ n }) => ({ n: n + 1 }))
    .addEdge(START, 'count')
    .addConditionalEdges('count', ({ n }) => (n < 30 ? 'count' : END))
    .compile({ checkpointer: saver });
  const config = { ...thread('counted'), recursionLimit: 50 };
  await counting.invoke({ n: 0 }, config);
  const tuples = await takeAll(saver.list(config));
  const ids = tuples.map(({ checkpoint }) => checkpoint.id);
  assert.deepEqual(ids, ids.toSorted().reverse());
  const some = await takeAll(saver.list(config, { limit: 25, filter: { source: 'loop' } }));
  return { all: tuples.length, some: some.length };
}

console.log(
  JSON.stringify({
    resumed: await interruptsAndResumes(),
    forked: await forks(),
    failed: await goesOnAfterFailures(),
    inner: await runsInnerGraphs(),
    pruned: await prunes(),
    paged: await pages(),
  }),
);
