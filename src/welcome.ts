// What a person sees when the server is up: the address, and, the first time, the key and how to use it.

/** `secret` is the key that was made by this start, or null when there was one already. */
export function welcome(url: string, secret: string | null): string {
  const lines = [`Threadkeep is ready at ${url}`, `API page: ${url}/docs`];
  if (secret) {
    lines.push(
      '',
      `service key: ${secret}`,
      '(shown this once; keep it)',
      '',
      'Try:',
      `  export KEY=${secret}`,
      `  curl -s ${url}/v1/conversations -H "Authorization: Bearer $KEY" -H "Threadkeep-User: ada" -H "Content-Type: application/json" -d '{"title":"Hello"}'`,
      `  curl -s ${url}/v1/conversations -H "Authorization: Bearer $KEY" -H "Threadkeep-User: ada"`,
    );
  }
  return `${lines.join('\n')}\n`;
}
