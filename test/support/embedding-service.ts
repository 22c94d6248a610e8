// Stands in for a paid embedding service: words of one topic have one direction.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { quantise } from '../../src/memory/embedding/embedder.js';
import { Seeded } from './seeded.js';

export const TOPICS = [
  ['boat', 'ship', 'sail', 'vessel'],
  ['dog', 'puppy', 'hound'],
  ['tea', 'beverage', 'drink'],
];
const vectorOf = (text: string): number[] => [
  ...TOPICS.map((words) => words.filter((word) => text.toLowerCase().includes(word)).length),
  ...digest(text),
];

/** A small component that is unique to each text. */
function digest(text: string): number[] {
  const random = new Seeded(
    [...text].reduce((sum, letter) => Math.imul(sum, 31) + letter.charCodeAt(0), 7) | 0,
  );
  return Array.from({ length: 13 }, () => random.next() * 0.2 - 0.1);
}

/** The cosine similarity that two texts must have. */
export function cosineOf(a: string, b: string): number {
  const other = quantise(vectorOf(b));
  return quantise(vectorOf(a)).reduce((sum, value, i) => sum + value * other[i]!, 0) / 127 ** 2;
}

export class EmbeddingService {
  isDown = false;
  /** All texts that were embedded, in order. */
  readonly texts: string[] = [];

  private constructor(private readonly server: Server) {}

  static async start(): Promise<EmbeddingService> {
    const service = new EmbeddingService(
      createServer((request, response) => {
        let body = '';
        request.on('data', (chunk: Buffer) => (body += chunk.toString()));
        request.on('end', () => {
          if (service.isDown) return void response.writeHead(503).end();
          const { input } = JSON.parse(body) as { input: string[] };
          service.texts.push(...input);
          response.writeHead(200, { 'content-type': 'application/json' }).end(
            JSON.stringify({
              data: input.map((text, index) => ({ index, embedding: vectorOf(text) })),
            }),
          );
        });
      }),
    );
    await new Promise<void>((resolve) => service.server.listen(0, '127.0.0.1', resolve));
    return service;
  }

  /** Environment for an application that uses this service. */
  get environment(): Record<string, string> {
    const { port } = this.server.address() as AddressInfo;
    return {
      EMBEDDER: 'openai',
      OPENAI_API_KEY: 'test',
      OPENAI_BASE_URL: `http://127.0.0.1:${port}/v1`,
    };
  }

  stop(): void {
    this.server.close();
  }
}
