// What the page of the API reference runs, and its look besides Swagger UI's.

import { FIRST_STEPS, prepareReference } from './first-steps.js';

export const REFERENCE_SCRIPT = `
${prepareReference.toString()}

async function show() {
  const answer = await fetch('/openapi.json');
  const ui = SwaggerUIBundle({
    spec: prepareReference(await answer.json(), ${JSON.stringify(FIRST_STEPS)}),
    dom_id: '#reference',
    deepLinking: true,
    docExpansion: 'none',
    defaultModelsExpandDepth: 0,
    displayRequestDuration: true,
    filter: true,
    persistAuthorization: true,
    tryItOutEnabled: true,
    onComplete: () => {
      if (!location.hash) ui.layoutActions.show(['operations-tag', 'first steps'], true);
    },
  });
}

if (matchMedia('(prefers-color-scheme: dark)').matches)
  document.documentElement.classList.add('dark-mode');
show().catch((error) => {
  const place = document.querySelector('#reference');
  place.textContent = 'The API document cannot be read: ' + error.message;
});
`.trim();

export const REFERENCE_STYLE = `
main { max-width: none; }
main > footer { display: none; }
#reference { min-height: 60rem; }
.swagger-ui .wrapper { padding: 0; }
.swagger-ui .servers, .swagger-ui .servers-title { display: none; }
.swagger-ui .info { margin: 1rem 0; }
.swagger-ui .info .title, .swagger-ui .information-container .link { display: none; }
`.trim();
