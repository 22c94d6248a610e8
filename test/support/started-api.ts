// The application with what the suites need that attack it as a whole: its routes, its document, and open sockets.
import { createTestApp, type TestApp } from './app.js';
import { SHAPES } from './issuers.js';
import { startModelStandIn } from './model-stand-in.js';
import { type ApiDocument, type Operation, operationsOf } from './openapi-document.js';
import { apiRoutes, census, recordRoutes, type Route } from './routes.js';
import { Wire } from './wire.js';

/** Everybody may register, and letters go to a log that is silent. Without an issuer, its address is not there. */
const ACCOUNTS = {
  REGISTRATION: 'open',
  MAIL: 'console',
  JWT_ISSUERS: JSON.stringify([SHAPES['Supabase with a secret']!.entry('')]),
};

export interface StartedApi {
  app: TestApp;
  url: string;
  wire: Wire;
  /** Every route of the router but the API page and document. */
  routes: Route[];
  document: ApiDocument;
  operations: Operation[];
  close: () => Promise<void>;
}

export async function startApi(environment: Record<string, string> = {}): Promise<StartedApi> {
  const standIn = await startModelStandIn();
  const models = standIn.environmentFor('openai', 'sample');
  const { result: app, table } = await recordRoutes(() =>
    createTestApp({ ...models, ...ACCOUNTS, ...environment }),
  );
  try {
    const url = await app.listen();
    const wire = new Wire(url);
    const document = JSON.parse((await wire.json('GET', '/openapi.json', {})).text) as ApiDocument;
    const close = async () => {
      wire.close();
      await app.close();
      await standIn.close();
    };
    return {
      app,
      url,
      wire,
      routes: apiRoutes(census(app.app, table)),
      document,
      operations: operationsOf(document),
      close,
    };
  } catch (error) {
    // Suites call this before any hook is registered: nobody else would close it.
    await app.close();
    await standIn.close();
    throw error;
  }
}
