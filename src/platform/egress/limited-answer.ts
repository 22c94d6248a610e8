import { EgressError } from './egress-error.js';

/** Fails when the body exceeds a size, counted after decompression. */
function limitedBody(
  body: ReadableStream<Uint8Array>,
  maxBytes: number,
  onTooLarge: (error: EgressError) => void,
): ReadableStream<Uint8Array> {
  let left = maxBytes;
  return body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform: (chunk, controller) => {
        left -= chunk.byteLength;
        if (left >= 0) return controller.enqueue(chunk);
        const error = new EgressError('too_large');
        onTooLarge(error);
        controller.error(error);
      },
    }),
  );
}

/** Gives the same answer with a body that fails when it is too large. */
export function limitedAnswer(
  response: Response,
  maxBytes: number,
  onTooLarge: (error: EgressError) => void,
): Response {
  const { status, statusText } = response;
  const headers = [...response.headers];
  return new Response(response.body && limitedBody(response.body, maxBytes, onTooLarge), {
    status,
    statusText,
    headers,
  });
}
