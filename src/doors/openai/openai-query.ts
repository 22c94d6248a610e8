// Query strings of the Conversations API.
import {
  type Parsed,
  QueryShape,
  type Shape,
  text,
  withDescription,
} from '../../platform/input/index.js';

const include = withDescription(
  text(1_000, false),
  'Taken, and without effect: nothing is left out of an item that this could add.',
  'reasoning.encrypted_content',
);

/** A shape with `include`, which the clients of OpenAI send as `include[]`, once for each value. */
export class OpenAiQuery<S extends Shape> extends QueryShape<S & { include: typeof include }> {
  constructor(shape: S) {
    super({ ...shape, include });
  }

  override transform(query: unknown): Parsed<S & { include: typeof include }> {
    const { 'include[]': listed, ...given } = query as Record<string, unknown>;
    const included = given['include'] ?? listed;
    return super.transform(
      included === undefined ? given : { ...given, include: joined(included) },
    );
  }
}

const joined = (listed: unknown): unknown => (Array.isArray(listed) ? listed.join(',') : listed);
