// Validates the answer of an embedding service. No error quotes the body, because services repeat
// texts and keys in it.
import { EmbedderError, quantise } from './embedder.js';

/** 100 vectors of 3,072 numbers take 7 MB. */
const MAX_ANSWER_BYTES = 32 * 1024 * 1024;
/** The maximum of a stored vector. */
const MAX_DIMENSIONS = 4_096;

/**
 * Returns quantised vectors of one length, in the order of the texts.
 * @throws EmbedderError
 */
export async function readVectors(response: Response, count: number): Promise<Int8Array[]> {
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new EmbedderError(
      `The embedding service answered ${response.status}.`,
      isTransient(response.status),
    );
  }
  const vectors = inOrder(parseJson(await readBounded(response)), count);
  if (vectors.some((vector) => vector.length !== vectors[0]!.length))
    throw malformed('vectors of different lengths');
  return vectors.map(quantise);
}

/**
 * True for a status that may be gone at the next try, because the service is overloaded or failing.
 * Any other status lasts until the configuration is changed.
 */
const isTransient = (status: number): boolean =>
  status >= 500 || status === 408 || status === 409 || status === 429;

const malformed = (what: string): EmbedderError =>
  new EmbedderError(`The embedding service answered ${what}.`, true);

async function readBounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop cancels the body.
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > MAX_ANSWER_BYTES) throw malformed(`more than ${MAX_ANSWER_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw malformed('no JSON');
  }
}

function inOrder(body: unknown, count: number): number[][] {
  const data: unknown = (body as { data?: unknown } | null)?.data;
  if (!Array.isArray(data)) throw malformed('no data');
  if (data.length !== count) throw malformed(`${data.length} vectors to ${count} texts`);
  const vectors: number[][] = [];
  for (const item of data as ({ index?: unknown; embedding?: unknown } | null)[]) {
    const index = readIndex(item?.index, count);
    if (vectors[index]) throw malformed('two vectors to one text');
    vectors[index] = readVector(item?.embedding);
  }
  return vectors;
}

function readIndex(index: unknown, count: number): number {
  if (Number.isInteger(index) && (index as number) >= 0 && (index as number) < count)
    return index as number;
  throw malformed('a vector to no text');
}

function readVector(embedding: unknown): number[] {
  if (!Array.isArray(embedding) || embedding.length === 0 || embedding.length > MAX_DIMENSIONS)
    throw malformed(`no vector of 1 to ${MAX_DIMENSIONS} numbers`);
  // JSON has no NaN, but 1e999 is parsed as Infinity.
  if (!embedding.every((value) => Number.isFinite(value)))
    throw malformed('a vector of something else than numbers');
  return embedding as number[];
}
