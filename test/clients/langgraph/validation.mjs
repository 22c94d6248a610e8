// The tests that LangGraph publishes for checkpointers. `vitest run` runs them (vitest.config.mjs).
import { randomUUID } from 'node:crypto';
import { BaseCheckpointSaver } from '@langchain/langgraph-checkpoint';
import { deltaChannelHistoryTests, validate } from '@langchain/langgraph-checkpoint-validation';
import { Threadkeep } from '@threadkeep/client';
import { createCheckpointSaver } from '@threadkeep/client/langgraph';

// Vite has a BASE_URL of its own.
const { SERVICE_URL: baseUrl, API_KEY: apiKey } = process.env;
const client = new Threadkeep({ baseUrl, apiKey });

/** Each set of tests has a user of its own: it expects to find nothing. */
const initializer = {
  checkpointerName: '@threadkeep/client',
  createCheckpointer: () =>
    createCheckpointSaver(BaseCheckpointSaver, client.user(`validation ${randomUUID()}`)),
};

validate(initializer);
deltaChannelHistoryTests(initializer);
