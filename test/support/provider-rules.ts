// The strictest reading of the published rules of OpenAI and Anthropic.
type Message = Record<string, unknown> & { role: string };

interface ToolUse {
  type: string;
  id: string;
  tool_use_id: string;
  text?: string;
}

/** Returns why OpenAI's chat completions would refuse the messages, or null. */
export function refusedByOpenAi(messages: Message[]): string | null {
  let waiting: string[] = [];
  for (const { role, tool_calls: calls, tool_call_id: answers, content } of messages) {
    if (role === 'tool') {
      if (!waiting.includes(answers as string)) return `an orphan result ${String(answers)}`;
      waiting = waiting.filter((id) => id !== answers);
      if (typeof content !== 'string') return 'a result that is no text';
      continue;
    }
    if (waiting.length > 0) return `calls without results: ${waiting.join()}`;
    if (!['system', 'user', 'assistant'].includes(role)) return `role ${role}`;
    if (
      calls === undefined
        ? content === null || content === undefined
        : (calls as unknown[]).length === 0
    )
      return 'neither content nor calls';
    waiting = ((calls ?? []) as { id: string; function: { arguments: string } }[]).map((call) => {
      JSON.parse(call.function.arguments);
      return call.id;
    });
    if (new Set(waiting).size < waiting.length) return 'two calls of one id';
  }
  return waiting.length > 0 ? `calls without results: ${waiting.join()}` : null;
}

/**
 * Returns why Anthropic's messages API would refuse them, or null. Requires alternating roles,
 * which the API no longer does.
 */
export function refusedByAnthropic(messages: Message[]): string | null {
  let waiting: string[] = [];
  const seen = new Set<string>();
  for (const [i, { role, content }] of messages.entries()) {
    if (role !== (i % 2 === 0 ? 'user' : 'assistant')) return `message ${i} is by ${role}`;
    const blocks = content as ToolUse[];
    if (blocks.length === 0) return 'an empty message';
    if (blocks.some(({ type, text }) => type === 'text' && !text?.trim())) return 'an empty text';
    const results = blocks
      .filter(({ type }) => type === 'tool_result')
      .map(({ tool_use_id: id }) => id);
    if (blocks.slice(0, results.length).some(({ type }) => type !== 'tool_result'))
      return 'results that are not first';
    if (results.toSorted().join() !== waiting.toSorted().join())
      return `calls ${waiting.join()} are answered by ${results.join()}`;
    const calls = blocks.filter(({ type }) => type === 'tool_use');
    if (calls.length > 0 && role !== 'assistant') return 'a call by the user';
    if (calls.some(({ id }) => !/^[a-zA-Z0-9_-]+$/.test(id))) return 'an id of other letters';
    waiting = calls.map(({ id }) => id);
    if (waiting.some((id) => seen.has(id)) || new Set(waiting).size < waiting.length)
      return 'an id that is used twice';
    waiting.forEach((id) => seen.add(id));
  }
  return waiting.length > 0 ? `calls without results: ${waiting.join()}` : null;
}
