// What a person sees when the server is up: the address, and, the first time, the key and how to use it.

/** `secret` is the key that was made by this start, or null when there was one already. With `file` it is in there, and not shown. */
export function welcome(url: string, secret: string | null, file?: string): string {
  const lines = [`Threadkeep is ready at ${url}`, `API page: ${url}/docs`];
  if (secret && file !== undefined)
    lines.push('', `The first service key is in ${file}: keep it, it is shown nowhere else.`);
  else if (secret) {
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
