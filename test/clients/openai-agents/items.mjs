// Adds items to a session of the Agents SDK, which brings them to the names of the API, and prints its id.
import { OpenAIConversationsSession, setTracingDisabled } from '@openai/agents';

const { BASE_URL: baseURL, API_KEY: apiKey, ITEMS } = process.env;
setTracingDisabled(true);
const session = new OpenAIConversationsSession({ baseURL, apiKey });
await session.addItems(JSON.parse(ITEMS));
console.log(await session.getSessionId());
