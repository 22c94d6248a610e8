// The text printed when the server is ready: the address, and on the first start the key and how to
// use it.

/**
 * @param secret the key created by this start, or null when a key existed
 * @param file where the key was written; it is then not printed
 */
export function welcome(url: string, secret: string | null, file?: string): string {
  const lines = [`Threadkeep is ready at ${url}`, `Console: ${url}/`, `Documentation: ${url}/docs`];
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
