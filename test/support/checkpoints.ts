// Checkpoints of runs of agents, as the API takes and gives them.
import type { Caller } from './app.js';

export interface Packed {
  type: string;
  data: string;
}
/** A checkpoint as searches give it. */
export interface Found {
  threadId: string;
  namespace: string;
  checkpointId: string;
  parentId: string | null;
  checkpoint: Packed;
  metadata: Packed;
  values: (Packed & { channel: string })[];
  writes: (Packed & { taskId: string; channel: string })[];
}

export const packed = (text: string): Packed => ({
  type: 'json',
  data: Buffer.from(text).toString('base64'),
});
export const place = (checkpointId: string, namespace = '') => ({
  threadId: 'trip',
  namespace,
  checkpointId,
});
export const valuesOf = (values: Record<string, string>) =>
  Object.entries(values).map(([name, text]) => {
    const [channel, version] = name.split('@') as [string, string];
    return { channel, version, ...packed(text) };
  });
export const checkpoint = (id: string, more: object = {}) => ({
  ...place(id),
  checkpoint: packed(`checkpoint ${id}`),
  metadata: packed(`metadata of ${id}`),
  channels: {},
  ...more,
});
export const put = (who: Caller, id: string, more: object = {}) =>
  who.put('/v1/checkpoints', checkpoint(id, more)).expect(204);
export const write = (
  who: Caller,
  id: string,
  taskId: string,
  writes: object[],
  more: object = {},
) => who.put('/v1/checkpoints/writes', { ...place(id), taskId, writes, ...more }).expect(204);
export const search = async (who: Caller, asked: object = {}): Promise<Found[]> =>
  (await who.post('/v1/checkpoints/search', asked).expect(200)).body.data as Found[];
export const idsOf = (found: Found[]): string[] => found.map(({ checkpointId }) => checkpointId);
export const textsOf = (values: Packed[]): string[] =>
  values.map(({ data }) => Buffer.from(data, 'base64').toString());
