// Fails to compile when the adapters of the TypeScript client do not fit the SDKs that they are for.
import { betaMemoryTool, type MemoryToolHandlers } from '@anthropic-ai/sdk/helpers/beta/memory';
import type { RemoteThreadListAdapter, ThreadHistoryAdapter, useAui } from '@assistant-ui/react';
import type { BaseListChatMessageHistory } from '@langchain/core/chat_history';
import { mapStoredMessagesToChatMessages } from '@langchain/core/messages';
import { RunnableLambda, RunnableWithMessageHistory } from '@langchain/core/runnables';
import { MessagesAnnotation, StateGraph } from '@langchain/langgraph';
import { BaseCheckpointSaver, BaseStore } from '@langchain/langgraph-checkpoint';
import type { AgentInputItem, Session } from '@openai/agents';
import type { UIMessage } from 'ai';
import { loadChat, saveChat, streamTurn } from '../../clients/typescript/src/ai-sdk.js';
import { threadHistory, threadList } from '../../clients/typescript/src/assistant-ui.js';
import { ThreadkeepMemory } from '../../clients/typescript/src/claude-memory.js';
import type { Conversation, User } from '../../clients/typescript/src/index.js';
import { ThreadkeepMessageHistory } from '../../clients/typescript/src/langchain.js';
import { createCheckpointSaver, createStore } from '../../clients/typescript/src/langgraph.js';
import { ThreadkeepSession } from '../../clients/typescript/src/openai-agents.js';

export const sessionOf = (chat: Conversation): Session =>
  new ThreadkeepSession<AgentInputItem>(chat);

export async function chatOf(chat: Conversation): Promise<Response> {
  const messages: UIMessage[] = await loadChat(chat);
  await saveChat(chat, messages);
  return streamTurn(chat, { messages });
}

export function memoryToolOf(user: User): object {
  const handlers: MemoryToolHandlers = new ThreadkeepMemory(user);
  return betaMemoryTool(handlers);
}

export const historyOf = (chat: Conversation): BaseListChatMessageHistory =>
  new ThreadkeepMessageHistory(chat, mapStoredMessagesToChatMessages);

export const chainOf = (user: User): object =>
  new RunnableWithMessageHistory({
    runnable: RunnableLambda.from((input: string) => input),
    getMessageHistory: (sessionId: string) => historyOf(user.conversation(`key:${sessionId}`)),
  });

export const graphOf = (user: User): object =>
  new StateGraph(MessagesAnnotation)
    .addNode('say', () => ({ messages: [] }))
    .addEdge('__start__', 'say')
    .compile({
      checkpointer: createCheckpointSaver(BaseCheckpointSaver, user, { keep: 100 }),
      store: createStore(BaseStore, user),
    });

export function threadsOf(
  user: User,
  aui: ReturnType<typeof useAui>,
): [RemoteThreadListAdapter, ThreadHistoryAdapter] {
  const history: ThreadHistoryAdapter = threadHistory(user, () => aui.threadListItem);
  return [{ ...threadList(user), unstable_useAdapters: () => ({ history }) }, history];
}
