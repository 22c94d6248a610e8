// What every answer to a failed request must look like.
import { expect } from '@jest/globals';
import type { Response } from 'supertest';

/** Checks the whole problem document, and returns it for what else it should say. */
export function expectProblem(
  response: Response,
  status: number,
  code: string,
): Record<string, unknown> {
  const body = response.body as Record<string, unknown>;
  expect({ status: response.status, code: body['code'] }).toEqual({ status, code });
  expect(response.headers['content-type']).toMatch(/^application\/problem\+json(;|$)/);
  expect(body).toMatchObject({
    type: `urn:threadkeep:problem:${code}`,
    title: expect.stringMatching(/\S/),
    status,
  });
  expect(body['requestId']).toBe(response.headers['x-request-id']);
  const path = (response.request as { url?: string }).url
    ?.replace(/^https?:\/\/[^/]+/, '')
    .split('?')[0];
  expect(body['instance']).toBe(path);
  return body;
}
