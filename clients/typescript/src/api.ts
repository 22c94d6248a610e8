// Made from /openapi.json by `npm run client:types`. Do not edit.
export interface paths {
  '/v1/jobs': {
    /** List the jobs of the acting user */
    get: {
      parameters: {
        query?: {
          /** @description Items of a page, at most. */
          limit?: number;
          /** @description Where the page begins: `nextCursor` of the page before, with the same filters and order. */
          cursor?: string;
          /** @description Items to skip. Slow when it is large; a cursor is not. Not together with `cursor`. */
          offset?: number;
          /** @description Fields to sort by, the most important first; `-` before a field sorts it descending. */
          sort?: ('id' | '-id')[];
          /** @description Adds `total`, the number of items on all pages. */
          count?: boolean;
          /** @description A filter as JSON, as the search of memories has it: fields with values or operators, and `or` and `not`. */
          filter?: {
            [key: string]: unknown;
          };
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['JobPage'];
          };
        };
      };
    };
  };
  '/v1/jobs/{id}': {
    /** Read a job of the acting user */
    get: {
      parameters: {
        path: {
          /** @description Id of the job. */
          id: string;
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['Job'];
          };
        };
      };
    };
  };
  '/v1/admin/jobs': {
    /** List the jobs of all users */
    get: {
      parameters: {
        query?: {
          /** @description Items of a page, at most. */
          limit?: number;
          /** @description Where the page begins: `nextCursor` of the page before, with the same filters and order. */
          cursor?: string;
          /** @description Items to skip. Slow when it is large; a cursor is not. Not together with `cursor`. */
          offset?: number;
          /** @description Fields to sort by, the most important first; `-` before a field sorts it descending. */
          sort?: ('id' | '-id')[];
          /** @description Adds `total`, the number of items on all pages. */
          count?: boolean;
          /** @description A filter as JSON, as the search of memories has it: fields with values or operators, and `or` and `not`. */
          filter?: {
            [key: string]: unknown;
          };
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['AdminJobPage'];
          };
        };
      };
    };
  };
  '/v1/admin/jobs/{id}': {
    /** Read any job */
    get: {
      parameters: {
        path: {
          /** @description Id of the job. */
          id: string;
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['AdminJob'];
          };
        };
      };
    };
  };
  '/v1/admin/jobs/{id}/retry': {
    /** Run a failed job again */
    post: {
      parameters: {
        path: {
          /** @description Id of the job. */
          id: string;
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['AdminJob'];
          };
        };
      };
    };
  };
  '/v1/audit-log': {
    /** List what was done with the secrets of the user */
    get: {
      parameters: {
        query?: {
          /** @description Items of a page, at most. */
          limit?: number;
          /** @description Where the page begins: `nextCursor` of the page before, with the same filters and order. */
          cursor?: string;
          /** @description Items to skip. Slow when it is large; a cursor is not. Not together with `cursor`. */
          offset?: number;
          /** @description Fields to sort by, the most important first; `-` before a field sorts it descending. */
          sort?: ('id' | '-id')[];
          /** @description Adds `total`, the number of items on all pages. */
          count?: boolean;
          /** @description A filter as JSON, as the search of memories has it: fields with values or operators, and `or` and `not`. */
          filter?: {
            [key: string]: unknown;
          };
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['AuditEventPage'];
          };
        };
      };
    };
  };
  '/v1/admin/audit-log': {
    /** List what was done with keys, users and secrets */
    get: {
      parameters: {
        query?: {
          /** @description Items of a page, at most. */
          limit?: number;
          /** @description Where the page begins: `nextCursor` of the page before, with the same filters and order. */
          cursor?: string;
          /** @description Items to skip. Slow when it is large; a cursor is not. Not together with `cursor`. */
          offset?: number;
          /** @description Fields to sort by, the most important first; `-` before a field sorts it descending. */
          sort?: ('id' | '-id')[];
          /** @description Adds `total`, the number of items on all pages. */
          count?: boolean;
          /** @description A filter as JSON, as the search of memories has it: fields with values or operators, and `or` and `not`. */
          filter?: {
            [key: string]: unknown;
          };
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['AuditRecordPage'];
          };
        };
      };
    };
  };
  '/v1/users/me/usage': {
    /** Read what the acting user stores */
    get: {
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['Usage'];
          };
        };
      };
    };
  };
  '/v1/users/{id}/usage': {
    /** Read what a user stores */
    get: {
      parameters: {
        path: {
          /** @description Id of the user, or `key:` and its `externalId`, percent-encoded. */
          id: string;
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['Usage'];
          };
        };
      };
    };
  };
  '/v1/users/me': {
    /** Read the acting user */
    get: {
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['User'];
          };
        };
      };
    };
    /** Delete the acting user */
    delete: {
      responses: {
        /** @description No Content */
        204: {};
      };
    };
    /** Edit the acting user */
    patch: {
      requestBody: {
        content: {
          'application/json': components['schemas']['UpdateOwnUser'];
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['User'];
          };
        };
      };
    };
  };
  '/v1/users': {
    /** List users */
    get: {
      parameters: {
        query?: {
          /** @description Items of a page, at most. */
          limit?: number;
          /** @description Where the page begins: `nextCursor` of the page before, with the same filters and order. */
          cursor?: string;
          /** @description Items to skip. Slow when it is large; a cursor is not. Not together with `cursor`. */
          offset?: number;
          /** @description Fields to sort by, the most important first; `-` before a field sorts it descending. */
          sort?: ('id' | '-id' | 'createdAt' | '-createdAt')[];
          /** @description Adds `total`, the number of items on all pages. */
          count?: boolean;
          /** @description Keeps items that contain these words. */
          q?: string;
          /** @description Keeps the user with this `externalId`, the application's own id. */
          externalId?: string;
          /** @description A filter as JSON, as the search of memories has it: fields with values or operators, and `or` and `not`. */
          filter?: {
            [key: string]: unknown;
          };
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['UserPage'];
          };
        };
      };
    };
    /** Create a user */
    post: {
      requestBody: {
        content: {
          'application/json': components['schemas']['CreateUser'];
        };
      };
      responses: {
        /** @description Created */
        201: {
          content: {
            'application/json': components['schemas']['User'];
          };
        };
      };
    };
  };
  '/v1/users/{id}': {
    /** Read a user */
    get: {
      parameters: {
        path: {
          /** @description Id of the user, or `key:` and its `externalId`, percent-encoded. */
          id: string;
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['User'];
          };
        };
      };
    };
    /** Delete a user */
    delete: {
      parameters: {
        path: {
          /** @description Id of the user, or `key:` and its `externalId`, percent-encoded. */
          id: string;
        };
      };
      responses: {
        /** @description No Content */
        204: {};
      };
    };
    /** Edit a user */
    patch: {
      parameters: {
        path: {
          /** @description Id of the user, or `key:` and its `externalId`, percent-encoded. */
          id: string;
        };
      };
      requestBody: {
        content: {
          'application/json': components['schemas']['UpdateUser'];
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['User'];
          };
        };
      };
    };
  };
  '/v1/users/{id}/merge': {
    /** Merge another user into this one */
    post: {
      parameters: {
        path: {
          /** @description Id of the user, or `key:` and its `externalId`, percent-encoded. */
          id: string;
        };
      };
      requestBody: {
        content: {
          'application/json': components['schemas']['Merge'];
        };
      };
      responses: {
        /** @description A dry run: nothing is merged. */
        200: {
          content: {
            'application/json': components['schemas']['MergePreview'];
          };
        };
        /** @description Accepted */
        202: {
          content: {
            'application/json': components['schemas']['MergeJob'];
          };
        };
      };
    };
  };
  '/v1/users/{id}/merge/undo': {
    /** Undo the last merge of another user into this one */
    post: {
      parameters: {
        path: {
          /** @description Id of the user, or `key:` and its `externalId`, percent-encoded. */
          id: string;
        };
      };
      requestBody: {
        content: {
          'application/json': components['schemas']['UndoMerge'];
        };
      };
      responses: {
        /** @description A dry run: nothing is undone. */
        200: {
          content: {
            'application/json': components['schemas']['UndoMergePreview'];
          };
        };
        /** @description Accepted */
        202: {
          content: {
            'application/json': components['schemas']['MergeJob'];
          };
        };
      };
    };
  };
  '/v1/api-keys': {
    /** List API keys */
    get: {
      parameters: {
        query?: {
          /** @description Items of a page, at most. */
          limit?: number;
          /** @description Where the page begins: `nextCursor` of the page before, with the same filters and order. */
          cursor?: string;
          /** @description Items to skip. Slow when it is large; a cursor is not. Not together with `cursor`. */
          offset?: number;
          /** @description Fields to sort by, the most important first; `-` before a field sorts it descending. */
          sort?: ('id' | '-id')[];
          /** @description Adds `total`, the number of items on all pages. */
          count?: boolean;
          /** @description Keeps the keys of this user. */
          userId?: string;
          /** @description A filter as JSON, as the search of memories has it: fields with values or operators, and `or` and `not`. */
          filter?: {
            [key: string]: unknown;
          };
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['ApiKeyPage'];
          };
        };
      };
    };
    /** Create an API key */
    post: {
      requestBody: {
        content: {
          'application/json': components['schemas']['CreateApiKey'];
        };
      };
      responses: {
        /** @description Created */
        201: {
          content: {
            'application/json': components['schemas']['CreatedApiKey'];
          };
        };
      };
    };
  };
  '/v1/api-keys/{id}/rotate': {
    /** Replace an API key */
    post: {
      parameters: {
        path: {
          /** @description Id of the api key. */
          id: string;
        };
      };
      requestBody: {
        content: {
          'application/json': components['schemas']['RotateApiKey'];
        };
      };
      responses: {
        /** @description Created */
        201: {
          content: {
            'application/json': components['schemas']['CreatedApiKey'];
          };
        };
      };
    };
  };
  '/v1/api-keys/{id}': {
    /** Revoke an API key */
    delete: {
      parameters: {
        path: {
          /** @description Id of the api key. */
          id: string;
        };
      };
      responses: {
        /** @description No Content */
        204: {};
      };
    };
  };
  '/v1/auth/register': {
    /** Register a user with a password */
    post: {
      requestBody: {
        content: {
          'application/json': components['schemas']['Register'];
        };
      };
      responses: {
        /** @description Created */
        201: {
          content: {
            'application/json': components['schemas']['Registered'];
          };
        };
      };
    };
  };
  '/v1/auth/login': {
    /** Sign in with a password */
    post: {
      requestBody: {
        content: {
          'application/json': components['schemas']['Login'];
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['Tokens'];
          };
        };
      };
    };
  };
  '/v1/auth/refresh': {
    /** Get the next tokens of a session */
    post: {
      requestBody: {
        content: {
          'application/json': components['schemas']['Refresh'];
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['Tokens'];
          };
        };
      };
    };
  };
  '/v1/auth/logout': {
    /** Sign out of a session */
    post: {
      requestBody: {
        content: {
          'application/json': components['schemas']['Refresh'];
        };
      };
      responses: {
        /** @description No Content */
        204: {};
      };
    };
  };
  '/v1/auth/verification': {
    /** Ask for the mail that proves an address */
    post: {
      requestBody: {
        content: {
          'application/json': components['schemas']['AskForMail'];
        };
      };
      responses: {
        /** @description No Content */
        204: {};
      };
    };
  };
  '/v1/auth/password-reset': {
    /** Ask for the mail that lets a user choose a new password */
    post: {
      requestBody: {
        content: {
          'application/json': components['schemas']['AskForMail'];
        };
      };
      responses: {
        /** @description No Content */
        204: {};
      };
    };
  };
  '/v1/auth/confirm': {
    /** Prove an address with the secret of a mail */
    post: {
      requestBody: {
        content: {
          'application/json': components['schemas']['ConfirmEmail'];
        };
      };
      responses: {
        /** @description No Content */
        204: {};
      };
    };
  };
  '/v1/auth/reset': {
    /** Choose a new password with the secret of a mail */
    post: {
      requestBody: {
        content: {
          'application/json': components['schemas']['ResetPassword'];
        };
      };
      responses: {
        /** @description No Content */
        204: {};
      };
    };
  };
  '/v1/auth/password': {
    /** Change the password */
    put: {
      requestBody: {
        content: {
          'application/json': components['schemas']['ChangePassword'];
        };
      };
      responses: {
        /** @description No Content */
        204: {};
      };
    };
  };
  '/v1/auth/email': {
    /** Ask for another email address */
    put: {
      requestBody: {
        content: {
          'application/json': components['schemas']['ChangeEmail'];
        };
      };
      responses: {
        /** @description No Content */
        204: {};
      };
    };
  };
  '/v1/auth/sessions': {
    /** List the sessions of the acting user */
    get: {
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['SessionList'];
          };
        };
      };
    };
    /** Sign out everywhere */
    delete: {
      responses: {
        /** @description No Content */
        204: {};
      };
    };
  };
  '/v1/auth/sessions/{id}': {
    /** End a session */
    delete: {
      parameters: {
        path: {
          /** @description Id of the session. */
          id: string;
        };
      };
      responses: {
        /** @description No Content */
        204: {};
      };
    };
  };
  '/v1/users/{id}/password': {
    /** Set a user's password */
    put: {
      parameters: {
        path: {
          /** @description Id of the user, or `key:` and its `externalId`, percent-encoded. */
          id: string;
        };
      };
      requestBody: {
        content: {
          'application/json': components['schemas']['SetPassword'];
        };
      };
      responses: {
        /** @description No Content */
        204: {};
      };
    };
  };
  '/v1/users/{id}/sessions': {
    /** Sign a user out everywhere */
    delete: {
      parameters: {
        path: {
          /** @description Id of the user, or `key:` and its `externalId`, percent-encoded. */
          id: string;
        };
      };
      responses: {
        /** @description No Content */
        204: {};
      };
    };
  };
  '/.well-known/jwks.json': {
    /** Read the keys of access tokens */
    get: {
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['KeySet'];
          };
        };
      };
    };
  };
  '/v1/agent-configs/{id}/aliases': {
    /** List the aliases of an agent configuration */
    get: {
      parameters: {
        path: {
          /** @description Id of the agent config. */
          id: string;
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['Aliases'];
          };
        };
      };
    };
  };
  '/v1/agent-configs/{id}/aliases/{alias}': {
    /** Read an alias and its history */
    get: {
      parameters: {
        path: {
          /** @description Id of the agent config. */
          id: string;
          /** @description Name of the alias. */
          alias: string;
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['AliasHistory'];
          };
        };
      };
    };
    /** Point an alias to a version */
    put: {
      parameters: {
        path: {
          /** @description Id of the agent config. */
          id: string;
          /** @description Name of the alias. */
          alias: string;
        };
      };
      requestBody: {
        content: {
          'application/json': components['schemas']['OneVersion'] | components['schemas']['Split'];
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['AliasHistory'];
          };
        };
      };
    };
    /** Delete an alias */
    delete: {
      parameters: {
        path: {
          /** @description Id of the agent config. */
          id: string;
          /** @description Name of the alias. */
          alias: string;
        };
      };
      responses: {
        /** @description No Content */
        204: {};
      };
    };
  };
  '/v1/agent-configs/{id}/aliases/{alias}/rollback': {
    /** Point an alias back to where it pointed before */
    post: {
      parameters: {
        path: {
          /** @description Id of the agent config. */
          id: string;
          /** @description Name of the alias. */
          alias: string;
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['AliasHistory'];
          };
        };
      };
    };
  };
  '/v1/agent-configs/{id}/effective': {
    /** Read what an agent is run with */
    get: {
      parameters: {
        query?: {
          /** @description The version. Not together with `alias`; the newest without both. */
          version?: number;
          /** @description The alias that decides the version. */
          alias?: string;
          /** @description Only with a service key: the user to act for, in place of the header `Threadkeep-User`. */
          userId?: string;
          /** @description Only with a service key with the scope `secrets`: adds the values of the secrets. */
          secrets?: boolean;
        };
        path: {
          /** @description Id of the agent config. */
          id: string;
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['RunnerConfig'];
          };
        };
      };
    };
  };
  '/v1/agent-configs': {
    /** List agent configurations */
    get: {
      parameters: {
        query?: {
          /** @description Items of a page, at most. */
          limit?: number;
          /** @description Where the page begins: `nextCursor` of the page before, with the same filters and order. */
          cursor?: string;
          /** @description Items to skip. Slow when it is large; a cursor is not. Not together with `cursor`. */
          offset?: number;
          /** @description Fields to sort by, the most important first; `-` before a field sorts it descending. */
          sort?: (
            | 'id'
            | '-id'
            | 'name'
            | '-name'
            | 'createdAt'
            | '-createdAt'
            | 'updatedAt'
            | '-updatedAt'
          )[];
          /** @description Adds `total`, the number of items on all pages. */
          count?: boolean;
          /** @description Keeps items that contain these words. */
          q?: string;
          /** @description Keeps those that have this tag. */
          tag?: string;
          /** @description A filter as JSON, as the search of memories has it: fields with values or operators, and `or` and `not`. */
          filter?: {
            [key: string]: unknown;
          };
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['ListedAgentConfigPage'];
          };
        };
      };
    };
    /** Create an agent configuration */
    post: {
      requestBody: {
        content: {
          'application/json': components['schemas']['CreateAgentConfig'];
        };
      };
      responses: {
        /** @description Created */
        201: {
          content: {
            'application/json': components['schemas']['AgentConfig'];
          };
        };
      };
    };
  };
  '/v1/agent-configs/shared': {
    /** List shared agent configurations */
    get: {
      parameters: {
        query?: {
          /** @description Items of a page, at most. */
          limit?: number;
          /** @description Where the page begins: `nextCursor` of the page before, with the same filters and order. */
          cursor?: string;
          /** @description Items to skip. Slow when it is large; a cursor is not. Not together with `cursor`. */
          offset?: number;
          /** @description Fields to sort by, the most important first; `-` before a field sorts it descending. */
          sort?: (
            | 'id'
            | '-id'
            | 'name'
            | '-name'
            | 'createdAt'
            | '-createdAt'
            | 'updatedAt'
            | '-updatedAt'
          )[];
          /** @description Adds `total`, the number of items on all pages. */
          count?: boolean;
          /** @description Keeps items that contain these words. */
          q?: string;
          /** @description Keeps those that have this tag. */
          tag?: string;
          /** @description A filter as JSON, as the search of memories has it: fields with values or operators, and `or` and `not`. */
          filter?: {
            [key: string]: unknown;
          };
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['ListedAgentConfigPage'];
          };
        };
      };
    };
  };
  '/v1/agent-configs/{id}': {
    /** Read an agent configuration */
    get: {
      parameters: {
        query?: {
          /** @description The version. The newest without it. */
          version?: number;
        };
        path: {
          /** @description Id of the agent config. */
          id: string;
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['AgentConfig'];
          };
        };
      };
    };
    /** Delete an agent configuration */
    delete: {
      parameters: {
        query?: {
          /** @description Deletes it although conversations use it. */
          force?: boolean;
        };
        path: {
          /** @description Id of the agent config. */
          id: string;
        };
      };
      responses: {
        /** @description No Content */
        204: {};
      };
    };
    /** Save a new version of an agent configuration */
    patch: {
      parameters: {
        path: {
          /** @description Id of the agent config. */
          id: string;
        };
      };
      requestBody: {
        content: {
          'application/json': components['schemas']['UpdateAgentConfig'];
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['AgentConfig'];
          };
        };
      };
    };
  };
  '/v1/agent-configs/{id}/versions': {
    /** List the versions of an agent configuration */
    get: {
      parameters: {
        query?: {
          /** @description Lists versions before this one. */
          before?: number;
          /** @description Versions of the answer, at most. */
          limit?: number;
        };
        path: {
          /** @description Id of the agent config. */
          id: string;
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['AgentConfigVersions'];
          };
        };
      };
    };
  };
  '/v1/agent-configs/{id}/diff': {
    /** Compare two versions of an agent configuration */
    get: {
      parameters: {
        query: {
          /** @description The earlier version. */
          from: number;
          /** @description The later version. The newest without it. */
          to?: number;
        };
        path: {
          /** @description Id of the agent config. */
          id: string;
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['AgentConfigDiff'];
          };
        };
      };
    };
  };
  '/v1/agent-configs/{id}/copy': {
    /** Copy an agent configuration */
    post: {
      parameters: {
        query?: {
          /** @description The version to copy. The newest without it. */
          version?: number;
        };
        path: {
          /** @description Id of the agent config. */
          id: string;
        };
      };
      requestBody?: {
        content: {
          'application/json': components['schemas']['CopyAgentConfig'];
        };
      };
      responses: {
        /** @description Created */
        201: {
          content: {
            'application/json': components['schemas']['AgentConfig'];
          };
        };
      };
    };
  };
  '/v1/admin/agent-configs/{id}/aliases': {
    /** List the aliases of an agent configuration */
    get: {
      parameters: {
        path: {
          /** @description Id of the agent config. */
          id: string;
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['Aliases'];
          };
        };
      };
    };
  };
  '/v1/admin/agent-configs/{id}/aliases/{alias}': {
    /** Read an alias and its history */
    get: {
      parameters: {
        path: {
          /** @description Id of the agent config. */
          id: string;
          /** @description Name of the alias. */
          alias: string;
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['AliasHistory'];
          };
        };
      };
    };
    /** Point an alias to a version */
    put: {
      parameters: {
        path: {
          /** @description Id of the agent config. */
          id: string;
          /** @description Name of the alias. */
          alias: string;
        };
      };
      requestBody: {
        content: {
          'application/json': components['schemas']['OneVersion'] | components['schemas']['Split'];
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['AliasHistory'];
          };
        };
      };
    };
    /** Delete an alias */
    delete: {
      parameters: {
        path: {
          /** @description Id of the agent config. */
          id: string;
          /** @description Name of the alias. */
          alias: string;
        };
      };
      responses: {
        /** @description No Content */
        204: {};
      };
    };
  };
  '/v1/admin/agent-configs/{id}/aliases/{alias}/rollback': {
    /** Point an alias back to where it pointed before */
    post: {
      parameters: {
        path: {
          /** @description Id of the agent config. */
          id: string;
          /** @description Name of the alias. */
          alias: string;
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['AliasHistory'];
          };
        };
      };
    };
  };
  '/v1/admin/agent-configs': {
    /** List the agent configurations of the service */
    get: {
      parameters: {
        query?: {
          /** @description Items of a page, at most. */
          limit?: number;
          /** @description Where the page begins: `nextCursor` of the page before, with the same filters and order. */
          cursor?: string;
          /** @description Items to skip. Slow when it is large; a cursor is not. Not together with `cursor`. */
          offset?: number;
          /** @description Fields to sort by, the most important first; `-` before a field sorts it descending. */
          sort?: (
            | 'id'
            | '-id'
            | 'name'
            | '-name'
            | 'createdAt'
            | '-createdAt'
            | 'updatedAt'
            | '-updatedAt'
          )[];
          /** @description Adds `total`, the number of items on all pages. */
          count?: boolean;
          /** @description Keeps items that contain these words. */
          q?: string;
          /** @description Keeps those that have this tag. */
          tag?: string;
          /** @description A filter as JSON, as the search of memories has it: fields with values or operators, and `or` and `not`. */
          filter?: {
            [key: string]: unknown;
          };
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['ListedAgentConfigPage'];
          };
        };
      };
    };
    /** Create an agent configuration */
    post: {
      requestBody: {
        content: {
          'application/json': components['schemas']['CreateAgentConfig'];
        };
      };
      responses: {
        /** @description Created */
        201: {
          content: {
            'application/json': components['schemas']['AgentConfig'];
          };
        };
      };
    };
  };
  '/v1/admin/agent-configs/{id}/share': {
    /** Share an agent configuration with all users */
    post: {
      parameters: {
        path: {
          /** @description Id of the agent config. */
          id: string;
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['AgentConfig'];
          };
        };
      };
    };
  };
  '/v1/admin/agent-configs/{id}/unshare': {
    /** Stop sharing an agent configuration */
    post: {
      parameters: {
        path: {
          /** @description Id of the agent config. */
          id: string;
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['AgentConfig'];
          };
        };
      };
    };
  };
  '/v1/admin/agent-configs/{id}': {
    /** Read an agent configuration */
    get: {
      parameters: {
        query?: {
          /** @description The version. The newest without it. */
          version?: number;
        };
        path: {
          /** @description Id of the agent config. */
          id: string;
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['AgentConfig'];
          };
        };
      };
    };
    /** Delete an agent configuration */
    delete: {
      parameters: {
        query?: {
          /** @description Deletes it although conversations use it. */
          force?: boolean;
        };
        path: {
          /** @description Id of the agent config. */
          id: string;
        };
      };
      responses: {
        /** @description No Content */
        204: {};
      };
    };
    /** Save a new version of an agent configuration */
    patch: {
      parameters: {
        path: {
          /** @description Id of the agent config. */
          id: string;
        };
      };
      requestBody: {
        content: {
          'application/json': components['schemas']['UpdateAgentConfig'];
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['AgentConfig'];
          };
        };
      };
    };
  };
  '/v1/admin/agent-configs/{id}/versions': {
    /** List the versions of an agent configuration */
    get: {
      parameters: {
        query?: {
          /** @description Lists versions before this one. */
          before?: number;
          /** @description Versions of the answer, at most. */
          limit?: number;
        };
        path: {
          /** @description Id of the agent config. */
          id: string;
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['AgentConfigVersions'];
          };
        };
      };
    };
  };
  '/v1/admin/agent-configs/{id}/diff': {
    /** Compare two versions of an agent configuration */
    get: {
      parameters: {
        query: {
          /** @description The earlier version. */
          from: number;
          /** @description The later version. The newest without it. */
          to?: number;
        };
        path: {
          /** @description Id of the agent config. */
          id: string;
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['AgentConfigDiff'];
          };
        };
      };
    };
  };
  '/v1/admin/agent-configs/{id}/copy': {
    /** Copy an agent configuration */
    post: {
      parameters: {
        query?: {
          /** @description The version to copy. The newest without it. */
          version?: number;
        };
        path: {
          /** @description Id of the agent config. */
          id: string;
        };
      };
      requestBody?: {
        content: {
          'application/json': components['schemas']['CopyAgentConfig'];
        };
      };
      responses: {
        /** @description Created */
        201: {
          content: {
            'application/json': components['schemas']['AgentConfig'];
          };
        };
      };
    };
  };
  '/v1/mcp-servers': {
    /** List MCP servers */
    get: {
      parameters: {
        query?: {
          /** @description Items of a page, at most. */
          limit?: number;
          /** @description Where the page begins: `nextCursor` of the page before, with the same filters and order. */
          cursor?: string;
          /** @description Items to skip. Slow when it is large; a cursor is not. Not together with `cursor`. */
          offset?: number;
          /** @description Fields to sort by, the most important first; `-` before a field sorts it descending. */
          sort?: (
            | 'id'
            | '-id'
            | 'name'
            | '-name'
            | 'createdAt'
            | '-createdAt'
            | 'updatedAt'
            | '-updatedAt'
          )[];
          /** @description Adds `total`, the number of items on all pages. */
          count?: boolean;
          /** @description A filter as JSON, as the search of memories has it: fields with values or operators, and `or` and `not`. */
          filter?: {
            [key: string]: unknown;
          };
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['McpServerPage'];
          };
        };
      };
    };
    /** Add an MCP server */
    post: {
      requestBody: {
        content: {
          'application/json':
            components['schemas']['NewRemoteServer'] | components['schemas']['NewCommandServer'];
        };
      };
      responses: {
        /** @description Created */
        201: {
          content: {
            'application/json': components['schemas']['McpServer'];
          };
        };
      };
    };
  };
  '/v1/mcp-servers/{id}': {
    /** Read an MCP server */
    get: {
      parameters: {
        path: {
          /** @description Id of the mcp server. */
          id: string;
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['McpServer'];
          };
        };
      };
    };
    /** Remove an MCP server */
    delete: {
      parameters: {
        path: {
          /** @description Id of the mcp server. */
          id: string;
        };
      };
      responses: {
        /** @description No Content */
        204: {};
      };
    };
    /** Edit an MCP server */
    patch: {
      parameters: {
        path: {
          /** @description Id of the mcp server. */
          id: string;
        };
      };
      requestBody: {
        content: {
          'application/json': components['schemas']['UpdateMcpServer'];
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['McpServer'];
          };
        };
      };
    };
  };
  '/v1/mcp-servers/{id}/check': {
    /** Check that an MCP server answers */
    post: {
      parameters: {
        path: {
          /** @description Id of the mcp server. */
          id: string;
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['McpCheck'];
          };
        };
      };
    };
  };
  '/v1/admin/mcp-servers': {
    /** List the MCP servers of the service */
    get: {
      parameters: {
        query?: {
          /** @description Items of a page, at most. */
          limit?: number;
          /** @description Where the page begins: `nextCursor` of the page before, with the same filters and order. */
          cursor?: string;
          /** @description Items to skip. Slow when it is large; a cursor is not. Not together with `cursor`. */
          offset?: number;
          /** @description Fields to sort by, the most important first; `-` before a field sorts it descending. */
          sort?: (
            | 'id'
            | '-id'
            | 'name'
            | '-name'
            | 'createdAt'
            | '-createdAt'
            | 'updatedAt'
            | '-updatedAt'
          )[];
          /** @description Adds `total`, the number of items on all pages. */
          count?: boolean;
          /** @description A filter as JSON, as the search of memories has it: fields with values or operators, and `or` and `not`. */
          filter?: {
            [key: string]: unknown;
          };
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['McpServerPage'];
          };
        };
      };
    };
    /** Add an MCP server */
    post: {
      requestBody: {
        content: {
          'application/json':
            components['schemas']['NewRemoteServer'] | components['schemas']['NewCommandServer'];
        };
      };
      responses: {
        /** @description Created */
        201: {
          content: {
            'application/json': components['schemas']['McpServer'];
          };
        };
      };
    };
  };
  '/v1/admin/mcp-servers/{id}': {
    /** Read an MCP server */
    get: {
      parameters: {
        path: {
          /** @description Id of the mcp server. */
          id: string;
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['McpServer'];
          };
        };
      };
    };
    /** Remove an MCP server */
    delete: {
      parameters: {
        path: {
          /** @description Id of the mcp server. */
          id: string;
        };
      };
      responses: {
        /** @description No Content */
        204: {};
      };
    };
    /** Edit an MCP server */
    patch: {
      parameters: {
        path: {
          /** @description Id of the mcp server. */
          id: string;
        };
      };
      requestBody: {
        content: {
          'application/json': components['schemas']['UpdateMcpServer'];
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['McpServer'];
          };
        };
      };
    };
  };
  '/v1/admin/mcp-servers/{id}/check': {
    /** Check that an MCP server answers */
    post: {
      parameters: {
        path: {
          /** @description Id of the mcp server. */
          id: string;
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['McpCheck'];
          };
        };
      };
    };
  };
  '/v1/agent-configs/{id}/overrides': {
    /** Read the overrides of an agent configuration */
    get: {
      parameters: {
        path: {
          /** @description Id of the agent config. */
          id: string;
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['Overrides'];
          };
        };
      };
    };
    /** Set the overrides of an agent configuration */
    put: {
      parameters: {
        path: {
          /** @description Id of the agent config. */
          id: string;
        };
      };
      requestBody: {
        content: {
          'application/json': components['schemas']['SetOverrides'];
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['Overrides'];
          };
        };
      };
    };
    /** Remove the overrides of an agent configuration */
    delete: {
      parameters: {
        path: {
          /** @description Id of the agent config. */
          id: string;
        };
      };
      responses: {
        /** @description No Content */
        204: {};
      };
    };
  };
  '/v1/conversations': {
    /** List conversations */
    get: {
      parameters: {
        query?: {
          /** @description Adds to each conversation the beginning of the message that it ends with (`lastMessage`), or how much of it the user has not read (`unread`). */
          include?: ('lastMessage' | 'unread')[];
          /** @description Items of a page, at most. */
          limit?: number;
          /** @description Where the page begins: `nextCursor` of the page before, with the same filters and order. */
          cursor?: string;
          /** @description Items to skip. Slow when it is large; a cursor is not. Not together with `cursor`. */
          offset?: number;
          /** @description Fields to sort by, the most important first; `-` before a field sorts it descending. */
          sort?: (
            | 'id'
            | '-id'
            | 'title'
            | '-title'
            | 'createdAt'
            | '-createdAt'
            | 'updatedAt'
            | '-updatedAt'
          )[];
          /** @description Adds `total`, the number of items on all pages. */
          count?: boolean;
          /** @description Keeps items that contain these words. */
          q?: string;
          /** @description Keeps those with this status. Deleted ones are listed with `deleted` only. */
          status?: 'active' | 'archived' | 'deleted';
          /** @description Keeps those that have this tag. */
          tag?: string;
          /** @description A filter as JSON, as the search of memories has it: fields with values or operators, and `or` and `not`. */
          filter?: {
            [key: string]: unknown;
          };
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['ListedConversationPage'];
          };
        };
      };
    };
    /** Create a conversation */
    post: {
      requestBody: {
        content: {
          'application/json': components['schemas']['CreateConversation'];
        };
      };
      responses: {
        /** @description Created */
        201: {
          content: {
            'application/json': components['schemas']['Conversation'];
          };
        };
      };
    };
  };
  '/v1/conversations/{id}': {
    /** Read a conversation */
    get: {
      parameters: {
        path: {
          /** @description Id of the conversation, or `key:` and its key, percent-encoded. */
          id: string;
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['Conversation'];
          };
        };
      };
    };
    /** Get or make a conversation */
    put: {
      parameters: {
        path: {
          /** @description Id of the conversation, or `key:` and its key, percent-encoded. */
          id: string;
        };
      };
      requestBody: {
        content: {
          'application/json': components['schemas']['MakeConversation'];
        };
      };
      responses: {
        /** @description Already there, and unchanged. */
        200: {
          content: {
            'application/json': components['schemas']['Conversation'];
          };
        };
        /** @description Made. */
        201: {
          content: {
            'application/json': components['schemas']['Conversation'];
          };
        };
      };
    };
    /** Delete a conversation */
    delete: {
      parameters: {
        query?: {
          /** @description Deletes it for good, with its messages. */
          purge?: boolean;
          /** @description Only with `purge`: what becomes of what was made from the conversation. `list` (default) keeps it and lists it in the answer, `keep` keeps it and answers 204, `forget` deletes it, too. */
          derived?: 'list' | 'keep' | 'forget';
        };
        path: {
          /** @description Id of the conversation, or `key:` and its key, percent-encoded. */
          id: string;
        };
      };
      responses: {
        /** @description Purged; what derives from it is left. */
        200: {
          content: {
            'application/json': components['schemas']['Purged'];
          };
        };
        /** @description Purged; so much derives from it that a job forgets the rest. */
        202: {
          content: {
            'application/json': components['schemas']['Forgetting'];
          };
        };
        /** @description No Content */
        204: {};
      };
    };
    /** Edit a conversation */
    patch: {
      parameters: {
        path: {
          /** @description Id of the conversation, or `key:` and its key, percent-encoded. */
          id: string;
        };
      };
      requestBody: {
        content: {
          'application/json': components['schemas']['UpdateConversation'];
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['Conversation'];
          };
        };
      };
    };
  };
  '/v1/conversations/{id}/restore': {
    /** Restore a deleted conversation */
    post: {
      parameters: {
        path: {
          /** @description Id of the conversation, or `key:` and its key, percent-encoded. */
          id: string;
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['Conversation'];
          };
        };
      };
    };
  };
  '/v1/conversations/{id}/fork': {
    /** Fork a conversation */
    post: {
      parameters: {
        path: {
          /** @description Id of the conversation, or `key:` and its key, percent-encoded. */
          id: string;
        };
      };
      requestBody: {
        content: {
          'application/json': components['schemas']['ForkConversation'];
        };
      };
      responses: {
        /** @description Created */
        201: {
          content: {
            'application/json': components['schemas']['Conversation'];
          };
        };
      };
    };
  };
  '/v1/conversations/bulk-delete': {
    /** Delete the conversations that a filter keeps */
    post: {
      requestBody: {
        content: {
          'application/json': components['schemas']['DeleteConversations'];
        };
      };
      responses: {
        /** @description A dry run: nothing is deleted. */
        200: {
          content: {
            'application/json': components['schemas']['DeletionPreview'];
          };
        };
        /** @description Accepted */
        202: {
          content: {
            'application/json': components['schemas']['DeletionJob'];
          };
        };
      };
    };
  };
  '/v1/conversations/{id}/export': {
    /** Export a conversation */
    get: {
      parameters: {
        query?: {
          /** @description Gives the messages that are shown in this dialect, for other tools, in place of bodies of the import: each line has `importKey`, `title`, `messages` and what is `omitted` there. */
          format?:
            | 'openai'
            | 'openai-responses'
            | 'anthropic'
            | 'gemini'
            | 'bedrock'
            | 'ai-sdk'
            | 'langchain';
        };
        path: {
          /** @description Id of the conversation, or `key:` and its key, percent-encoded. */
          id: string;
        };
      };
      responses: {
        /** @description JSON lines, each of them a body of the import unless `format` is given */
        200: {
          content: {
            'application/x-ndjson': string;
          };
        };
      };
    };
  };
  '/v1/conversations/{id}/messages/{messageId}/feedback': {
    /** Give feedback on a message */
    put: {
      parameters: {
        path: {
          /** @description Id of the conversation, or `key:` and its key, percent-encoded. */
          id: string;
          /** @description Id of the message, or `key:` and its key, percent-encoded. */
          messageId: string;
        };
      };
      requestBody: {
        content: {
          'application/json': components['schemas']['GiveFeedback'];
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['Feedback'];
          };
        };
      };
    };
    /** Take back the feedback on a message */
    delete: {
      parameters: {
        path: {
          /** @description Id of the conversation, or `key:` and its key, percent-encoded. */
          id: string;
          /** @description Id of the message, or `key:` and its key, percent-encoded. */
          messageId: string;
        };
      };
      responses: {
        /** @description No Content */
        204: {};
      };
    };
  };
  '/v1/conversations/import': {
    /** Import a conversation */
    post: {
      requestBody: {
        content: {
          'application/json': components['schemas']['ImportConversation'];
        };
      };
      responses: {
        /** @description Already there; `added` says what is new */
        200: {
          content: {
            'application/json': components['schemas']['ImportResult'];
          };
        };
        /** @description New */
        201: {
          content: {
            'application/json': components['schemas']['ImportResult'];
          };
        };
      };
    };
  };
  '/v1/conversations/import/batch': {
    /** Import several conversations */
    post: {
      requestBody: {
        content: {
          'application/json': components['schemas']['ImportBatch'];
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['ImportBatchResult'];
          };
        };
      };
    };
  };
  '/v1/conversations/{id}/messages/{messageId}': {
    /** Read a message */
    get: {
      parameters: {
        path: {
          /** @description Id of the conversation, or `key:` and its key, percent-encoded. */
          id: string;
          /** @description Id of the message, or `key:` and its key, percent-encoded. */
          messageId: string;
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['Message'];
          };
        };
      };
    };
    /** Remove a message */
    delete: {
      parameters: {
        query?: {
          /** @description What becomes of memories and summaries that were made from the message. `list` (default) keeps them and lists them in the answer, `keep` keeps them and answers 204, `forget` deletes them, too. Summaries that stay are marked as stale. */
          derived?: 'list' | 'keep' | 'forget';
          /** @description Why, for those who read it later. */
          reason?: string;
        };
        path: {
          /** @description Id of the conversation, or `key:` and its key, percent-encoded. */
          id: string;
          /** @description Id of the message, or `key:` and its key, percent-encoded. */
          messageId: string;
        };
      };
      responses: {
        /** @description Removed; what was made from it is left. */
        200: {
          content: {
            'application/json': components['schemas']['RemovedMessage'];
          };
        };
        /** @description Removed; so much was made from it that a job forgets the rest. */
        202: {
          content: {
            'application/json': components['schemas']['Forgetting'];
          };
        };
        /** @description No Content */
        204: {};
      };
    };
    /** Write a message in progress */
    patch: {
      parameters: {
        path: {
          /** @description Id of the conversation, or `key:` and its key, percent-encoded. */
          id: string;
          /** @description Id of the message, or `key:` and its key, percent-encoded. */
          messageId: string;
        };
      };
      requestBody: {
        content: {
          'application/json': components['schemas']['GrowMessage'];
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['WrittenMessage'];
          };
        };
      };
    };
  };
  '/v1/conversations/{id}/messages/{messageId}/redact': {
    /** Replace what a message says */
    post: {
      parameters: {
        path: {
          /** @description Id of the conversation, or `key:` and its key, percent-encoded. */
          id: string;
          /** @description Id of the message, or `key:` and its key, percent-encoded. */
          messageId: string;
        };
      };
      requestBody: {
        content: {
          'application/json':
            components['schemas']['RedactMessage'] | components['schemas']['RedactParts'];
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['Message'];
          };
        };
      };
    };
  };
  '/v1/conversations/{id}/messages': {
    /** List the messages of a conversation */
    get: {
      parameters: {
        query?: {
          /** @description Gives the messages of all branches in the order of their arrival, each with its `parentSeq`. */
          all?: boolean;
          /** @description Id of a message, or `key:` and its key: gives it and those that it follows, in place of what the conversation shows. */
          head?: string;
          /** @description Gives the messages in this dialect, oldest first within the page: the original where it is of the dialect, else converted. `omitted` names what has no place there. `openai-agents` is `openai-responses` with the items that the Agents SDK has written in its names. */
          format?:
            | 'openai'
            | 'openai-responses'
            | 'anthropic'
            | 'gemini'
            | 'bedrock'
            | 'ai-sdk'
            | 'langchain'
            | 'openai-agents';
          /** @description Items of a page, at most. */
          limit?: number;
          /** @description Where the page begins: `nextCursor` of the page before, with the same filters and order. */
          cursor?: string;
          /** @description Items to skip. Slow when it is large; a cursor is not. Not together with `cursor`. */
          offset?: number;
          /** @description Fields to sort by, the most important first; `-` before a field sorts it descending. */
          sort?: ('seq' | '-seq')[];
          /** @description Adds `total`, the number of items on all pages. */
          count?: boolean;
          /** @description Keeps items that contain these words. */
          q?: string;
          /** @description `desc` for newest first, `asc` for oldest first. */
          order?: 'asc' | 'desc';
          /** @description Keeps messages with feedback of this rating. */
          rating?: 'up' | 'down';
          /** @description Keeps messages with a greater `seq`. */
          afterSeq?: number;
          /** @description Keeps messages with a smaller `seq`. */
          beforeSeq?: number;
          /** @description A filter as JSON, as the search of memories has it: fields with values or operators, and `or` and `not`. */
          filter?: {
            [key: string]: unknown;
          };
        };
        path: {
          /** @description Id of the conversation, or `key:` and its key, percent-encoded. */
          id: string;
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json':
              components['schemas']['MessagePage'] | components['schemas']['ConvertedPage'];
          };
        };
      };
    };
    /** Append messages to a conversation */
    post: {
      parameters: {
        query?: {
          /** @description Creates the conversation with this id or key if there is none. */
          createIfMissing?: boolean;
        };
        path: {
          /** @description Id of the conversation, or `key:` and its key, percent-encoded. */
          id: string;
        };
      };
      requestBody: {
        content: {
          'application/json':
            | components['schemas']['NewMessage']
            | components['schemas']['AppendMessages']
            | (
                | {
                    [key: string]: unknown;
                  }
                | unknown
                | unknown
                | unknown
              );
        };
      };
      responses: {
        /** @description All keys are of messages that are there already. */
        200: {
          content: {
            'application/json': components['schemas']['MessageList'];
          };
        };
        /** @description Created */
        201: {
          content: {
            'application/json': components['schemas']['MessageList'];
          };
        };
      };
    };
  };
  '/v1/conversations/{id}/head': {
    /** Choose the message that a conversation ends with */
    put: {
      parameters: {
        path: {
          /** @description Id of the conversation, or `key:` and its key, percent-encoded. */
          id: string;
        };
      };
      requestBody: {
        content: {
          'application/json': components['schemas']['MoveHead'];
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['Conversation'];
          };
        };
      };
    };
  };
  '/v1/conversations/{id}/messages/{messageId}/siblings': {
    /** List the alternatives of a message */
    get: {
      parameters: {
        path: {
          /** @description Id of the conversation, or `key:` and its key, percent-encoded. */
          id: string;
          /** @description Id of the message, or `key:` and its key, percent-encoded. */
          messageId: string;
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['MessageList'];
          };
        };
      };
    };
  };
  '/v1/conversations/{id}/read': {
    /** Mark messages as read */
    put: {
      parameters: {
        path: {
          /** @description Id of the conversation, or `key:` and its key, percent-encoded. */
          id: string;
        };
      };
      requestBody: {
        content: {
          'application/json': components['schemas']['MarkRead'];
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['ReadMark'];
          };
        };
      };
    };
  };
  '/v1/conversations/{id}/context': {
    /** Build the context for the next model call */
    post: {
      parameters: {
        query?: {
          /** @description Creates the conversation with this id or key if there is none, without messages. */
          createIfMissing?: boolean;
        };
        path: {
          /** @description Id of the conversation, or `key:` and its key, percent-encoded. */
          id: string;
        };
      };
      requestBody: {
        content: {
          'application/json':
            components['schemas']['BuildContext'] | components['schemas']['RepeatContext'];
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['Context'];
          };
        };
      };
    };
  };
  '/v1/conversations/{id}/context/{manifestId}': {
    /** Read a context that was built before */
    get: {
      parameters: {
        path: {
          /** @description Id of the conversation, or `key:` and its key, percent-encoded. */
          id: string;
          /** @description Id of the manifest. */
          manifestId: string;
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['Context'];
          };
        };
      };
    };
  };
  '/v1/conversations/{id}/summaries': {
    /** List the summaries of a conversation */
    get: {
      parameters: {
        query?: {
          /** @description Items of a page, at most. */
          limit?: number;
          /** @description Where the page begins: `nextCursor` of the page before, with the same filters and order. */
          cursor?: string;
          /** @description Items to skip. Slow when it is large; a cursor is not. Not together with `cursor`. */
          offset?: number;
          /** @description Fields to sort by, the most important first; `-` before a field sorts it descending. */
          sort?: ('id' | '-id' | 'toSeq' | '-toSeq')[];
          /** @description Adds `total`, the number of items on all pages. */
          count?: boolean;
          /** @description A filter as JSON, as the search of memories has it: fields with values or operators, and `or` and `not`. */
          filter?: {
            [key: string]: unknown;
          };
        };
        path: {
          /** @description Id of the conversation, or `key:` and its key, percent-encoded. */
          id: string;
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['SummaryPage'];
          };
        };
      };
    };
    /** Store a summary of a range of messages */
    post: {
      parameters: {
        path: {
          /** @description Id of the conversation, or `key:` and its key, percent-encoded. */
          id: string;
        };
      };
      requestBody: {
        content: {
          'application/json': components['schemas']['CreateSummary'];
        };
      };
      responses: {
        /** @description Created */
        201: {
          content: {
            'application/json': components['schemas']['Summary'];
          };
        };
      };
    };
  };
  '/v1/conversations/{id}/summaries/{summaryId}': {
    /** Delete a summary */
    delete: {
      parameters: {
        path: {
          /** @description Id of the conversation, or `key:` and its key, percent-encoded. */
          id: string;
          /** @description Id of the summary. */
          summaryId: string;
        };
      };
      responses: {
        /** @description No Content */
        204: {};
      };
    };
  };
  '/v1/memories/search': {
    /** Search memories by a question in the URL */
    get: {
      parameters: {
        query: {
          /** @description What to look for, in plain words. */
          q: string;
          /** @description Hits of the answer, at most. */
          limit?: number;
          /** @description The memory as it was then: a time, or the `revision` of a write. */
          asOf?: string | number;
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['MemoryHits'];
          };
        };
      };
    };
    /** Search memories and messages */
    post: {
      requestBody: {
        content: {
          'application/json': components['schemas']['SearchMemories'];
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['MemoryHits'];
          };
        };
      };
    };
  };
  '/v1/memories/stats': {
    /** Count memories and their vectors */
    get: {
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['MemoryStats'];
          };
        };
      };
    };
  };
  '/v1/conversations/{id}/messages/search': {
    /** Search the messages of a conversation */
    get: {
      parameters: {
        query: {
          /** @description Words, `"a phrase"`, `or` between alternatives, `-` before what must not occur. */
          q: string;
          /** @description Takes the last word as the beginning of a word, to search while somebody types. PostgreSQL scans for it. */
          prefix?: boolean;
          /** @description Adds `parts` to each hit: how its score is made up. */
          explain?: boolean;
          /** @description Hits of the answer, at most. */
          limit?: number;
        };
        path: {
          /** @description Id of the conversation, or `key:` and its key, percent-encoded. */
          id: string;
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['MessageHits'];
          };
        };
      };
    };
  };
  '/v1/messages/search': {
    /** Search the messages of all conversations */
    get: {
      parameters: {
        query: {
          /** @description Words, `"a phrase"`, `or` between alternatives, `-` before what must not occur. */
          q: string;
          /** @description Takes the last word as the beginning of a word, to search while somebody types. PostgreSQL scans for it. */
          prefix?: boolean;
          /** @description Adds `parts` to each hit: how its score is made up. */
          explain?: boolean;
          /** @description Hits of the answer, at most. */
          limit?: number;
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['MessageHits'];
          };
        };
      };
    };
  };
  '/v1/memories/bulk-forget': {
    /** Forget the memories that a filter keeps */
    post: {
      requestBody: {
        content: {
          'application/json': components['schemas']['ForgetMemories'];
        };
      };
      responses: {
        /** @description A dry run: nothing is forgotten. */
        200: {
          content: {
            'application/json': components['schemas']['DeletionPreview'];
          };
        };
        /** @description Accepted */
        202: {
          content: {
            'application/json': components['schemas']['DeletionJob'];
          };
        };
      };
    };
  };
  '/v1/memories/diff': {
    /** Compare the memory at two moments */
    get: {
      parameters: {
        query?: {
          /** @description The earlier moment: a time, or a `revision`. Without it, before the first memory. */
          from?: string | number;
          /** @description The later moment: a time, or a `revision`. Without it, now. */
          to?: string | number;
          /** @description Continues after the memory with this id: `next` of the page before. */
          after?: string;
          /** @description Entries of the answer, at most. */
          limit?: number;
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['MemoryDiff'];
          };
        };
      };
    };
  };
  '/v1/memories/rollback': {
    /** Roll the memory back */
    post: {
      requestBody: {
        content: {
          'application/json':
            components['schemas']['RollbackTo'] | components['schemas']['RollbackConversation'];
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['Rollback'];
          };
        };
      };
    };
  };
  '/v1/memories/{id}/history': {
    /** List the versions of a memory */
    get: {
      parameters: {
        query?: {
          /** @description Entries of the answer, at most. */
          limit?: number;
          /** @description Lists versions before this one: `next` of the page before. */
          beforeVersion?: number;
        };
        path: {
          /** @description Id of the memory. */
          id: string;
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['MemoryHistory'];
          };
        };
      };
    };
  };
  '/v1/memories/{id}/rollback': {
    /** Restore an earlier version of a memory */
    post: {
      parameters: {
        path: {
          /** @description Id of the memory. */
          id: string;
        };
      };
      requestBody: {
        content: {
          'application/json':
            components['schemas']['RollbackMemory'] | components['schemas']['RollbackTo'];
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['Memory'];
          };
        };
      };
    };
  };
  '/v1/memories': {
    /** List memories */
    get: {
      parameters: {
        query?: {
          /** @description The memory as it was then: a time, or the `revision` of a write. */
          asOf?: string | number;
          /** @description Keeps memories that were learnt from this message, even a purged one. */
          sourceMessageId?: string;
          /** @description Keeps memories that were learnt from this conversation: its id, even of a purged one, or `key:` and its key. */
          sourceConversationId?: string;
          /** @description Items of a page, at most. */
          limit?: number;
          /** @description Where the page begins: `nextCursor` of the page before, with the same filters and order. */
          cursor?: string;
          /** @description Items to skip. Slow when it is large; a cursor is not. Not together with `cursor`. */
          offset?: number;
          /** @description Fields to sort by, the most important first; `-` before a field sorts it descending. */
          sort?: ('id' | '-id' | 'updatedAt' | '-updatedAt')[];
          /** @description Adds `total`, the number of items on all pages. */
          count?: boolean;
          /** @description Keeps items that contain these words. */
          q?: string;
          /** @description A filter as JSON, as the search of memories has it: fields with values or operators, and `or` and `not`. */
          filter?: {
            [key: string]: unknown;
          };
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['MemoryPage'];
          };
        };
      };
    };
    /** Store memories */
    post: {
      parameters: {
        query?: {
          /** @description Creates the conversations that the memories name with `conversationId`, if there are none. */
          createIfMissing?: boolean;
          /** @description Refuses a memory whose `importKey` in its metadata is that, or the id, of one that was forgotten: 410 `memory.deleted_import`. An import sends it. */
          unlessDeleted?: boolean;
        };
      };
      requestBody: {
        content: {
          'application/json':
            components['schemas']['NewMemory'] | components['schemas']['NewMemories'];
        };
      };
      responses: {
        /** @description The same was known already, or nearly the same with `onSimilar: "strengthen"`. */
        200: {
          content: {
            'application/json': components['schemas']['CreatedMemory'];
          };
        };
        /** @description Created */
        201: {
          content: {
            'application/json':
              components['schemas']['CreatedMemory'] | components['schemas']['Memories'];
          };
        };
      };
    };
  };
  '/v1/memories/{id}': {
    /** Read a memory */
    get: {
      parameters: {
        query?: {
          /** @description The memory as it was then: a time, or the `revision` of a write. */
          asOf?: string | number;
        };
        path: {
          /** @description Id of the memory. */
          id: string;
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['Memory'];
          };
        };
      };
    };
    /** Forget a memory */
    delete: {
      parameters: {
        query?: {
          /** @description Deletes the history, too. */
          purge?: boolean;
          /** @description Why it is forgotten, for the history. */
          reason?: string;
        };
        path: {
          /** @description Id of the memory. */
          id: string;
        };
      };
      responses: {
        /** @description No Content */
        204: {};
      };
    };
    /** Edit a memory */
    patch: {
      parameters: {
        path: {
          /** @description Id of the memory. */
          id: string;
        };
      };
      requestBody: {
        content: {
          'application/json': components['schemas']['UpdateMemory'];
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['Memory'];
          };
        };
      };
    };
  };
  '/v1/memory-blocks': {
    /** List memory blocks */
    get: {
      parameters: {
        query?: {
          /** @description The memory as it was then: a time, or the `revision` of a write. */
          asOf?: string | number;
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['Blocks'];
          };
        };
      };
    };
  };
  '/v1/memory-blocks/{label}': {
    /** Read a memory block */
    get: {
      parameters: {
        query?: {
          /** @description The agent whose block it is. The block for all agents without it. */
          agentId?: string;
          /** @description The memory as it was then: a time, or the `revision` of a write. */
          asOf?: string | number;
        };
        path: {
          /** @description Name of the block. */
          label: string;
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['Block'];
          };
        };
      };
    };
    /** Write a memory block */
    put: {
      parameters: {
        query?: {
          /** @description The agent whose block it is. The block for all agents without it. */
          agentId?: string;
        };
        path: {
          /** @description Name of the block. */
          label: string;
        };
      };
      requestBody: {
        content: {
          'application/json': components['schemas']['PutBlock'];
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['Block'];
          };
        };
      };
    };
    /** Forget a memory block */
    delete: {
      parameters: {
        query?: {
          /** @description The agent whose block it is. The block for all agents without it. */
          agentId?: string;
        };
        path: {
          /** @description Name of the block. */
          label: string;
        };
      };
      responses: {
        /** @description No Content */
        204: {};
      };
    };
  };
  '/v1/conversations/{id}/events': {
    /** Watch a conversation */
    get: {
      parameters: {
        query?: {
          /** @description The `seq` of the last message that the client has: later ones are sent first. `Last-Event-ID` comes before it. */
          afterSeq?: number;
        };
        path: {
          /** @description Id of the conversation, or `key:` and its key, percent-encoded. */
          id: string;
        };
      };
      responses: {
        /** @description Server-Sent Events. */
        200: {
          content: {
            'text/event-stream': string;
          };
        };
      };
    };
  };
  '/v1/messages/{id}/context': {
    /** Read the context of a reply */
    get: {
      parameters: {
        path: {
          /** @description Id of the message, which is the reply of a turn. */
          id: string;
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['Context'];
          };
        };
      };
    };
  };
  '/v1/conversations/{id}/turns': {
    /** List the turns of a conversation */
    get: {
      parameters: {
        query?: {
          /** @description Id of a turn: gives older ones. */
          before?: string;
          /** @description Turns of the answer, at most. */
          limit?: number;
        };
        path: {
          /** @description Id of the conversation, or `key:` and its key, percent-encoded. */
          id: string;
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['TurnList'];
          };
        };
      };
    };
    /** Let a model answer */
    post: {
      parameters: {
        query?: {
          /** @description Creates the conversation with this id or key if there is none. */
          createIfMissing?: boolean;
          /** @description Form of the Server-Sent Events: our own, or the UI message stream of the AI SDK. A POST answers with events when it is given, or with `Accept: text/event-stream`, which means our own. */
          stream?: 'threadkeep' | 'ai-sdk';
        };
        path: {
          /** @description Id of the conversation, or `key:` and its key, percent-encoded. */
          id: string;
        };
      };
      requestBody: {
        content: {
          'application/json': components['schemas']['CreateTurn'];
        };
      };
      responses: {
        /** @description Accepted */
        202: {
          content: {
            'application/json': components['schemas']['Turn'];
          };
        };
      };
    };
  };
  '/v1/conversations/{id}/turns/running/events': {
    /** Watch the running turn */
    get: {
      parameters: {
        query?: {
          /** @description Form of the Server-Sent Events: our own, or the UI message stream of the AI SDK. A POST answers with events when it is given, or with `Accept: text/event-stream`, which means our own. */
          stream?: 'threadkeep' | 'ai-sdk';
        };
        path: {
          /** @description Id of the conversation, or `key:` and its key, percent-encoded. */
          id: string;
        };
      };
      responses: {
        /** @description Server-Sent Events. */
        200: {
          content: {
            'text/event-stream': string;
          };
        };
        /** @description No turn is running. */
        204: {};
      };
    };
  };
  '/v1/conversations/{id}/turns/{turnId}': {
    /** Read a turn */
    get: {
      parameters: {
        path: {
          /** @description Id of the conversation, or `key:` and its key, percent-encoded. */
          id: string;
          /** @description Id of the turn. */
          turnId: string;
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['Turn'];
          };
        };
      };
    };
  };
  '/v1/conversations/{id}/turns/{turnId}/events': {
    /** Watch a turn */
    get: {
      parameters: {
        query?: {
          /** @description Form of the Server-Sent Events: our own, or the UI message stream of the AI SDK. A POST answers with events when it is given, or with `Accept: text/event-stream`, which means our own. */
          stream?: 'threadkeep' | 'ai-sdk';
        };
        path: {
          /** @description Id of the conversation, or `key:` and its key, percent-encoded. */
          id: string;
          /** @description Id of the turn. */
          turnId: string;
        };
      };
      responses: {
        /** @description Server-Sent Events. */
        200: {
          content: {
            'text/event-stream': string;
          };
        };
      };
    };
  };
  '/v1/conversations/{id}/turns/{turnId}/cancel': {
    /** Cancel a turn */
    post: {
      parameters: {
        path: {
          /** @description Id of the conversation, or `key:` and its key, percent-encoded. */
          id: string;
          /** @description Id of the turn. */
          turnId: string;
        };
      };
      responses: {
        /** @description Accepted */
        202: {
          content: {
            'application/json': components['schemas']['Turn'];
          };
        };
      };
    };
  };
  '/v1/conversations/{id}/turns/{turnId}/tool-results': {
    /** Give a turn the results of its tools */
    post: {
      parameters: {
        path: {
          /** @description Id of the conversation, or `key:` and its key, percent-encoded. */
          id: string;
          /** @description Id of the turn. */
          turnId: string;
        };
      };
      requestBody: {
        content: {
          'application/json': components['schemas']['ToolResults'];
        };
      };
      responses: {
        /** @description Accepted */
        202: {
          content: {
            'application/json': components['schemas']['Turn'];
          };
        };
      };
    };
  };
  '/v1/model-keys': {
    /** List the providers for which a user has a key */
    get: {
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['ModelKeyList'];
          };
        };
      };
    };
  };
  '/v1/model-keys/{provider}': {
    /** Store a user's own key of a model provider */
    put: {
      parameters: {
        path: {
          /** @description Name of a configured provider. */
          provider: string;
        };
      };
      requestBody: {
        content: {
          'application/json': components['schemas']['SaveModelKey'];
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['ModelKey'];
          };
        };
      };
    };
    /** Remove a user's own key of a model provider */
    delete: {
      parameters: {
        path: {
          /** @description Name of a configured provider. */
          provider: string;
        };
      };
      responses: {
        /** @description No Content */
        204: {};
      };
    };
  };
  '/v1/reply-cache/lookup': {
    /** Look up the reply to a question */
    post: {
      requestBody: {
        content: {
          'application/json': components['schemas']['LookUpReply'];
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['LookedUpReply'];
          };
        };
      };
    };
  };
  '/v1/reply-cache': {
    /** Keep the reply to a question */
    put: {
      requestBody: {
        content: {
          'application/json': components['schemas']['KeepReply'];
        };
      };
      responses: {
        /** @description No Content */
        204: {};
      };
    };
  };
  '/v1/model-calls': {
    /** List model calls */
    get: {
      parameters: {
        query?: {
          /** @description Items of a page, at most. */
          limit?: number;
          /** @description Where the page begins: `nextCursor` of the page before, with the same filters and order. */
          cursor?: string;
          /** @description Items to skip. Slow when it is large; a cursor is not. Not together with `cursor`. */
          offset?: number;
          /** @description Fields to sort by, the most important first; `-` before a field sorts it descending. */
          sort?: ('id' | '-id')[];
          /** @description Adds `total`, the number of items on all pages. */
          count?: boolean;
          /** @description A filter as JSON, as the search of memories has it: fields with values or operators, and `or` and `not`. */
          filter?: {
            [key: string]: unknown;
          };
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['ListedModelCallPage'];
          };
        };
      };
    };
    /** Let a model answer in the background */
    post: {
      requestBody: {
        content: {
          'application/json': components['schemas']['CreateModelCall'];
        };
      };
      responses: {
        /** @description Accepted */
        202: {
          content: {
            'application/json': components['schemas']['ModelCall'];
          };
        };
      };
    };
  };
  '/v1/model-calls/{id}': {
    /** Read a model call */
    get: {
      parameters: {
        path: {
          /** @description Id of the model call. */
          id: string;
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['ModelCall'];
          };
        };
      };
    };
    /** Delete a model call */
    delete: {
      parameters: {
        path: {
          /** @description Id of the model call. */
          id: string;
        };
      };
      responses: {
        /** @description Deleted. */
        204: {};
      };
    };
  };
  '/v1/model-calls/{id}/events': {
    /** Watch a model call */
    get: {
      parameters: {
        path: {
          /** @description Id of the model call. */
          id: string;
        };
      };
      responses: {
        /** @description Server-Sent Events. */
        200: {
          content: {
            'text/event-stream': string;
          };
        };
      };
    };
  };
  '/v1/model-calls/{id}/cancel': {
    /** Cancel a model call */
    post: {
      parameters: {
        path: {
          /** @description Id of the model call. */
          id: string;
        };
      };
      responses: {
        /** @description Accepted */
        202: {
          content: {
            'application/json': components['schemas']['ModelCall'];
          };
        };
      };
    };
  };
  '/v1/model-calls/{id}/retry': {
    /** Run a failed model call again */
    post: {
      parameters: {
        path: {
          /** @description Id of the model call. */
          id: string;
        };
      };
      responses: {
        /** @description Accepted */
        202: {
          content: {
            'application/json': components['schemas']['ModelCall'];
          };
        };
      };
    };
  };
  '/.well-known/oauth-protected-resource/mcp': {
    /** Read where MCP clients get tokens */
    get: {
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['ResourceMetadata'];
          };
        };
      };
    };
  };
  '/v1/events': {
    /** List events */
    get: {
      parameters: {
        query?: {
          /** @description Keeps events that end after this time. */
          from?: string;
          /** @description Keeps events that start before this time. It must be after `from`. */
          to?: string;
          /** @description Items of a page, at most. */
          limit?: number;
          /** @description Where the page begins: `nextCursor` of the page before, with the same filters and order. */
          cursor?: string;
          /** @description Items to skip. Slow when it is large; a cursor is not. Not together with `cursor`. */
          offset?: number;
          /** @description Fields to sort by, the most important first; `-` before a field sorts it descending. */
          sort?: (
            | 'id'
            | '-id'
            | 'startsAt'
            | '-startsAt'
            | 'endsAt'
            | '-endsAt'
            | 'updatedAt'
            | '-updatedAt'
          )[];
          /** @description Adds `total`, the number of items on all pages. */
          count?: boolean;
          /** @description Keeps items that contain these words. */
          q?: string;
          /** @description A filter as JSON, as the search of memories has it: fields with values or operators, and `or` and `not`. */
          filter?: {
            [key: string]: unknown;
          };
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['EventPage'];
          };
        };
      };
    };
    /** Create an event */
    post: {
      parameters: {
        query?: {
          /** @description Creates the conversation with this id or key if there is none. */
          createIfMissing?: boolean;
          /** @description Refuses one whose `importKey` in its metadata is that, or the id, of one that was deleted: 410. An import sends it. */
          unlessDeleted?: boolean;
        };
      };
      requestBody: {
        content: {
          'application/json': components['schemas']['CreateEvent'];
        };
      };
      responses: {
        /** @description Created */
        201: {
          content: {
            'application/json': components['schemas']['Event'];
          };
        };
      };
    };
  };
  '/v1/events/upcoming': {
    /** List events that start soon */
    get: {
      parameters: {
        query?: {
          /** @description How many days to look ahead. */
          days?: number;
          /** @description Items of a page, at most. */
          limit?: number;
          /** @description Where the page begins: `nextCursor` of the page before, with the same filters and order. */
          cursor?: string;
          /** @description Items to skip. Slow when it is large; a cursor is not. Not together with `cursor`. */
          offset?: number;
          /** @description Fields to sort by, the most important first; `-` before a field sorts it descending. */
          sort?: (
            | 'id'
            | '-id'
            | 'startsAt'
            | '-startsAt'
            | 'endsAt'
            | '-endsAt'
            | 'updatedAt'
            | '-updatedAt'
          )[];
          /** @description Adds `total`, the number of items on all pages. */
          count?: boolean;
          /** @description Keeps items that contain these words. */
          q?: string;
          /** @description A filter as JSON, as the search of memories has it: fields with values or operators, and `or` and `not`. */
          filter?: {
            [key: string]: unknown;
          };
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['EventPage'];
          };
        };
      };
    };
  };
  '/v1/events/{id}': {
    /** Read an event */
    get: {
      parameters: {
        path: {
          /** @description Id of the event. */
          id: string;
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['Event'];
          };
        };
      };
    };
    /** Delete an event */
    delete: {
      parameters: {
        query?: {
          /** @description Deletes it for good. */
          purge?: boolean;
        };
        path: {
          /** @description Id of the event. */
          id: string;
        };
      };
      responses: {
        /** @description No Content */
        204: {};
      };
    };
    /** Edit an event */
    patch: {
      parameters: {
        path: {
          /** @description Id of the event. */
          id: string;
        };
      };
      requestBody: {
        content: {
          'application/json': components['schemas']['UpdateEvent'];
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['Event'];
          };
        };
      };
    };
  };
  '/v1/events/{id}/restore': {
    /** Restore a deleted event */
    post: {
      parameters: {
        path: {
          /** @description Id of the event. */
          id: string;
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['Event'];
          };
        };
      };
    };
  };
  '/v1/tasks': {
    /** List tasks */
    get: {
      parameters: {
        query?: {
          /** @description Items of a page, at most. */
          limit?: number;
          /** @description Where the page begins: `nextCursor` of the page before, with the same filters and order. */
          cursor?: string;
          /** @description Items to skip. Slow when it is large; a cursor is not. Not together with `cursor`. */
          offset?: number;
          /** @description Fields to sort by, the most important first; `-` before a field sorts it descending. */
          sort?: (
            | 'id'
            | '-id'
            | 'priority'
            | '-priority'
            | 'dueAt'
            | '-dueAt'
            | 'createdAt'
            | '-createdAt'
            | 'updatedAt'
            | '-updatedAt'
          )[];
          /** @description Adds `total`, the number of items on all pages. */
          count?: boolean;
          /** @description Keeps items that contain these words. */
          q?: string;
          /** @description A filter as JSON, as the search of memories has it: fields with values or operators, and `or` and `not`. */
          filter?: {
            [key: string]: unknown;
          };
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['TaskPage'];
          };
        };
      };
    };
    /** Create a task */
    post: {
      parameters: {
        query?: {
          /** @description Creates the conversation with this id or key if there is none. */
          createIfMissing?: boolean;
          /** @description Refuses one whose `importKey` in its metadata is that, or the id, of one that was deleted: 410. An import sends it. */
          unlessDeleted?: boolean;
        };
      };
      requestBody: {
        content: {
          'application/json': components['schemas']['CreateTask'];
        };
      };
      responses: {
        /** @description Created */
        201: {
          content: {
            'application/json': components['schemas']['Task'];
          };
        };
      };
    };
  };
  '/v1/tasks/overdue': {
    /** List overdue tasks */
    get: {
      parameters: {
        query?: {
          /** @description Items of a page, at most. */
          limit?: number;
          /** @description Where the page begins: `nextCursor` of the page before, with the same filters and order. */
          cursor?: string;
          /** @description Items to skip. Slow when it is large; a cursor is not. Not together with `cursor`. */
          offset?: number;
          /** @description Fields to sort by, the most important first; `-` before a field sorts it descending. */
          sort?: (
            | 'id'
            | '-id'
            | 'priority'
            | '-priority'
            | 'dueAt'
            | '-dueAt'
            | 'createdAt'
            | '-createdAt'
            | 'updatedAt'
            | '-updatedAt'
          )[];
          /** @description Adds `total`, the number of items on all pages. */
          count?: boolean;
          /** @description Keeps items that contain these words. */
          q?: string;
          /** @description A filter as JSON, as the search of memories has it: fields with values or operators, and `or` and `not`. */
          filter?: {
            [key: string]: unknown;
          };
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['TaskPage'];
          };
        };
      };
    };
  };
  '/v1/tasks/upcoming': {
    /** List tasks that are due soon */
    get: {
      parameters: {
        query?: {
          /** @description How many days to look ahead. */
          days?: number;
          /** @description Items of a page, at most. */
          limit?: number;
          /** @description Where the page begins: `nextCursor` of the page before, with the same filters and order. */
          cursor?: string;
          /** @description Items to skip. Slow when it is large; a cursor is not. Not together with `cursor`. */
          offset?: number;
          /** @description Fields to sort by, the most important first; `-` before a field sorts it descending. */
          sort?: (
            | 'id'
            | '-id'
            | 'priority'
            | '-priority'
            | 'dueAt'
            | '-dueAt'
            | 'createdAt'
            | '-createdAt'
            | 'updatedAt'
            | '-updatedAt'
          )[];
          /** @description Adds `total`, the number of items on all pages. */
          count?: boolean;
          /** @description Keeps items that contain these words. */
          q?: string;
          /** @description A filter as JSON, as the search of memories has it: fields with values or operators, and `or` and `not`. */
          filter?: {
            [key: string]: unknown;
          };
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['TaskPage'];
          };
        };
      };
    };
  };
  '/v1/tasks/{id}': {
    /** Read a task */
    get: {
      parameters: {
        path: {
          /** @description Id of the task. */
          id: string;
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['Task'];
          };
        };
      };
    };
    /** Delete a task */
    delete: {
      parameters: {
        query?: {
          /** @description Deletes it for good. */
          purge?: boolean;
        };
        path: {
          /** @description Id of the task. */
          id: string;
        };
      };
      responses: {
        /** @description No Content */
        204: {};
      };
    };
    /** Edit a task */
    patch: {
      parameters: {
        path: {
          /** @description Id of the task. */
          id: string;
        };
      };
      requestBody: {
        content: {
          'application/json': components['schemas']['UpdateTask'];
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['Task'];
          };
        };
      };
    };
  };
  '/v1/tasks/{id}/restore': {
    /** Restore a deleted task */
    post: {
      parameters: {
        path: {
          /** @description Id of the task. */
          id: string;
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['Task'];
          };
        };
      };
    };
  };
  '/v1/checkpoints': {
    /** Store a checkpoint */
    put: {
      requestBody: {
        content: {
          'application/json': components['schemas']['PutCheckpoint'];
        };
      };
      responses: {
        /** @description No Content */
        204: {};
      };
    };
    /** Delete the checkpoints of a thread */
    delete: {
      parameters: {
        query: {
          /** @description The application's name of the thread. */
          threadId: string;
          /** @description How many of the newest checkpoints stay. */
          keep?: number;
        };
      };
      responses: {
        /** @description No Content */
        204: {};
      };
    };
  };
  '/v1/checkpoints/writes': {
    /** Store what a task has written */
    put: {
      requestBody: {
        content: {
          'application/json': components['schemas']['PutWrites'];
        };
      };
      responses: {
        /** @description No Content */
        204: {};
      };
    };
  };
  '/v1/checkpoints/search': {
    /** Search checkpoints */
    post: {
      requestBody: {
        content: {
          'application/json': components['schemas']['SearchCheckpoints'];
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['CheckpointPage'];
          };
        };
      };
    };
  };
  '/v1/store/batch': {
    /** Read and write items of the store */
    post: {
      requestBody: {
        content: {
          'application/json': components['schemas']['StoreBatch'];
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['StoreAnswer'];
          };
        };
      };
    };
  };
  '/v1/store/read': {
    /** Read items of the store */
    post: {
      requestBody: {
        content: {
          'application/json': components['schemas']['ReadStore'];
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['StoreAnswer'];
          };
        };
      };
    };
  };
  '/v1/webhooks': {
    /** List webhooks */
    get: {
      parameters: {
        query?: {
          /** @description Items of a page, at most. */
          limit?: number;
          /** @description Where the page begins: `nextCursor` of the page before, with the same filters and order. */
          cursor?: string;
          /** @description Items to skip. Slow when it is large; a cursor is not. Not together with `cursor`. */
          offset?: number;
          /** @description Fields to sort by, the most important first; `-` before a field sorts it descending. */
          sort?: ('id' | '-id' | 'createdAt' | '-createdAt')[];
          /** @description Adds `total`, the number of items on all pages. */
          count?: boolean;
          /** @description A filter as JSON, as the search of memories has it: fields with values or operators, and `or` and `not`. */
          filter?: {
            [key: string]: unknown;
          };
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['WebhookPage'];
          };
        };
      };
    };
    /** Add a webhook */
    post: {
      requestBody: {
        content: {
          'application/json': components['schemas']['CreateWebhook'];
        };
      };
      responses: {
        /** @description Created */
        201: {
          content: {
            'application/json': components['schemas']['WebhookWithSecret'];
          };
        };
      };
    };
  };
  '/v1/webhooks/{id}': {
    /** Read a webhook */
    get: {
      parameters: {
        path: {
          /** @description Id of the webhook. */
          id: string;
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['Webhook'];
          };
        };
      };
    };
    /** Remove a webhook */
    delete: {
      parameters: {
        path: {
          /** @description Id of the webhook. */
          id: string;
        };
      };
      responses: {
        /** @description No Content */
        204: {};
      };
    };
    /** Edit a webhook */
    patch: {
      parameters: {
        path: {
          /** @description Id of the webhook. */
          id: string;
        };
      };
      requestBody: {
        content: {
          'application/json': components['schemas']['UpdateWebhook'];
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['Webhook'];
          };
        };
      };
    };
  };
  '/v1/webhooks/{id}/rotate-secret': {
    /** Replace the secret of a webhook */
    post: {
      parameters: {
        path: {
          /** @description Id of the webhook. */
          id: string;
        };
      };
      requestBody: {
        content: {
          'application/json': components['schemas']['RotateSecret'];
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['WebhookWithSecret'];
          };
        };
      };
    };
  };
  '/v1/webhooks/{id}/test': {
    /** Send a test to a webhook */
    post: {
      parameters: {
        path: {
          /** @description Id of the webhook. */
          id: string;
        };
      };
      responses: {
        /** @description Accepted */
        202: {
          content: {
            'application/json': components['schemas']['WebhookDelivery'];
          };
        };
      };
    };
  };
  '/v1/webhooks/{id}/deliveries': {
    /** List the deliveries of a webhook */
    get: {
      parameters: {
        query?: {
          /** @description Items of a page, at most. */
          limit?: number;
          /** @description Where the page begins: `nextCursor` of the page before, with the same filters and order. */
          cursor?: string;
          /** @description Items to skip. Slow when it is large; a cursor is not. Not together with `cursor`. */
          offset?: number;
          /** @description Fields to sort by, the most important first; `-` before a field sorts it descending. */
          sort?: ('id' | '-id')[];
          /** @description Adds `total`, the number of items on all pages. */
          count?: boolean;
          /** @description A filter as JSON, as the search of memories has it: fields with values or operators, and `or` and `not`. */
          filter?: {
            [key: string]: unknown;
          };
        };
        path: {
          /** @description Id of the webhook. */
          id: string;
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['WebhookDeliveryPage'];
          };
        };
      };
    };
  };
  '/v1/webhooks/{id}/deliveries/{deliveryId}/replay': {
    /** Deliver an event again */
    post: {
      parameters: {
        path: {
          /** @description Id of the webhook. */
          id: string;
          /** @description Id of the delivery. */
          deliveryId: string;
        };
      };
      responses: {
        /** @description Accepted */
        202: {
          content: {
            'application/json': components['schemas']['WebhookDelivery'];
          };
        };
      };
    };
  };
  '/v1/admin/webhooks': {
    /** List the webhooks of the service */
    get: {
      parameters: {
        query?: {
          /** @description Items of a page, at most. */
          limit?: number;
          /** @description Where the page begins: `nextCursor` of the page before, with the same filters and order. */
          cursor?: string;
          /** @description Items to skip. Slow when it is large; a cursor is not. Not together with `cursor`. */
          offset?: number;
          /** @description Fields to sort by, the most important first; `-` before a field sorts it descending. */
          sort?: ('id' | '-id' | 'createdAt' | '-createdAt')[];
          /** @description Adds `total`, the number of items on all pages. */
          count?: boolean;
          /** @description A filter as JSON, as the search of memories has it: fields with values or operators, and `or` and `not`. */
          filter?: {
            [key: string]: unknown;
          };
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['WebhookPage'];
          };
        };
      };
    };
    /** Add a webhook */
    post: {
      requestBody: {
        content: {
          'application/json': components['schemas']['CreateWebhook'];
        };
      };
      responses: {
        /** @description Created */
        201: {
          content: {
            'application/json': components['schemas']['WebhookWithSecret'];
          };
        };
      };
    };
  };
  '/v1/admin/webhooks/{id}': {
    /** Read a webhook */
    get: {
      parameters: {
        path: {
          /** @description Id of the webhook. */
          id: string;
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['Webhook'];
          };
        };
      };
    };
    /** Remove a webhook */
    delete: {
      parameters: {
        path: {
          /** @description Id of the webhook. */
          id: string;
        };
      };
      responses: {
        /** @description No Content */
        204: {};
      };
    };
    /** Edit a webhook */
    patch: {
      parameters: {
        path: {
          /** @description Id of the webhook. */
          id: string;
        };
      };
      requestBody: {
        content: {
          'application/json': components['schemas']['UpdateWebhook'];
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['Webhook'];
          };
        };
      };
    };
  };
  '/v1/admin/webhooks/{id}/rotate-secret': {
    /** Replace the secret of a webhook */
    post: {
      parameters: {
        path: {
          /** @description Id of the webhook. */
          id: string;
        };
      };
      requestBody: {
        content: {
          'application/json': components['schemas']['RotateSecret'];
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['WebhookWithSecret'];
          };
        };
      };
    };
  };
  '/v1/admin/webhooks/{id}/test': {
    /** Send a test to a webhook */
    post: {
      parameters: {
        path: {
          /** @description Id of the webhook. */
          id: string;
        };
      };
      responses: {
        /** @description Accepted */
        202: {
          content: {
            'application/json': components['schemas']['WebhookDelivery'];
          };
        };
      };
    };
  };
  '/v1/admin/webhooks/{id}/deliveries': {
    /** List the deliveries of a webhook */
    get: {
      parameters: {
        query?: {
          /** @description Items of a page, at most. */
          limit?: number;
          /** @description Where the page begins: `nextCursor` of the page before, with the same filters and order. */
          cursor?: string;
          /** @description Items to skip. Slow when it is large; a cursor is not. Not together with `cursor`. */
          offset?: number;
          /** @description Fields to sort by, the most important first; `-` before a field sorts it descending. */
          sort?: ('id' | '-id')[];
          /** @description Adds `total`, the number of items on all pages. */
          count?: boolean;
          /** @description A filter as JSON, as the search of memories has it: fields with values or operators, and `or` and `not`. */
          filter?: {
            [key: string]: unknown;
          };
        };
        path: {
          /** @description Id of the webhook. */
          id: string;
        };
      };
      responses: {
        /** @description OK */
        200: {
          content: {
            'application/json': components['schemas']['WebhookDeliveryPage'];
          };
        };
      };
    };
  };
  '/v1/admin/webhooks/{id}/deliveries/{deliveryId}/replay': {
    /** Deliver an event again */
    post: {
      parameters: {
        path: {
          /** @description Id of the webhook. */
          id: string;
          /** @description Id of the delivery. */
          deliveryId: string;
        };
      };
      responses: {
        /** @description Accepted */
        202: {
          content: {
            'application/json': components['schemas']['WebhookDelivery'];
          };
        };
      };
    };
  };
}
export type webhooks = Record<string, never>;
export interface components {
  schemas: {
    JobProgress: {
      /** @description Items that are done. */
      done: number;
      /** @description Null while it is not known. */
      total: number | null;
    };
    JobFailure: {
      /** @description What failed, without any content of the user. */
      reason: string;
    };
    Job: {
      /**
       * Format: uuid
       * @description Unique id (UUIDv7).
       */
      id: string;
      /** @description The kind of work. */
      name: string;
      /**
       * @description `failed` is final: it was tried as often as it may be.
       * @enum {string}
       */
      status: 'queued' | 'running' | 'completed' | 'failed';
      /** @description How far it is. */
      progress: components['schemas']['JobProgress'];
      /** @description Attempts so far. */
      attempts: number;
      /** @description Of the last attempt. */
      error: components['schemas']['JobFailure'] | null;
      /**
       * Format: date-time
       * @description Not before then, and when it failed, not before it is tried again.
       */
      dueAt: string;
      /**
       * Format: date-time
       * @description Time of creation (RFC 3339, UTC).
       */
      createdAt: string;
      /**
       * Format: date-time
       * @description Time at which the last attempt started, or null.
       */
      startedAt: string | null;
      /**
       * Format: date-time
       * @description Time at which it succeeded or finally failed, or null.
       */
      finishedAt: string | null;
    };
    JobPage: {
      /** @description `cursor` of the next page; null on the last page. */
      nextCursor: string | null;
      /** @description Only with `count=true`: the number of items on all pages. */
      total?: number;
      /** @description The items of this page. Each has all its required members, unless `fields` trims it. */
      data: components['schemas']['Job'][];
    };
    AdminJob: {
      /**
       * Format: uuid
       * @description Unique id (UUIDv7).
       */
      id: string;
      /** @description The kind of work. */
      name: string;
      /**
       * @description `failed` is final: it was tried as often as it may be.
       * @enum {string}
       */
      status: 'queued' | 'running' | 'completed' | 'failed';
      /** @description How far it is. */
      progress: components['schemas']['JobProgress'];
      /** @description Attempts so far. */
      attempts: number;
      /** @description Of the last attempt. */
      error: components['schemas']['JobFailure'] | null;
      /**
       * Format: date-time
       * @description Not before then, and when it failed, not before it is tried again.
       */
      dueAt: string;
      /**
       * Format: date-time
       * @description Time of creation (RFC 3339, UTC).
       */
      createdAt: string;
      /**
       * Format: date-time
       * @description Time at which the last attempt started, or null.
       */
      startedAt: string | null;
      /**
       * Format: date-time
       * @description Time at which it succeeded or finally failed, or null.
       */
      finishedAt: string | null;
      /**
       * Format: uuid
       * @description Null for the system's own.
       */
      userId: string | null;
      /** @description What it works on: one unfinished job of a name has a key. Null for none. */
      key: string | null;
      /** @description Attempts after which it has failed. */
      maxAttempts: number;
    };
    AdminJobPage: {
      /** @description `cursor` of the next page; null on the last page. */
      nextCursor: string | null;
      /** @description Only with `count=true`: the number of items on all pages. */
      total?: number;
      /** @description The items of this page. Each has all its required members, unless `fields` trims it. */
      data: components['schemas']['AdminJob'][];
    };
    AuditEvent: {
      /**
       * Format: uuid
       * @description Unique id (UUIDv7).
       */
      id: string;
      /** @description What was done. */
      action: string;
      /**
       * Format: uuid
       * @description What it was done to.
       */
      subject: string | null;
      /** @description Facts about the action, depending on `action`. */
      details: {
        [key: string]: unknown;
      };
      /** @description Whose credential it was: `user:` and the key, or `service`. */
      actor: string;
      /** @description The id of the request, as the service gave it. */
      requestId: string;
      /** @description The `X-Request-Id` that the client sent. */
      clientRequestId: string | null;
      /**
       * Format: date-time
       * @description Time of the action.
       */
      createdAt: string;
    };
    AuditEventPage: {
      /** @description `cursor` of the next page; null on the last page. */
      nextCursor: string | null;
      /** @description Only with `count=true`: the number of items on all pages. */
      total?: number;
      /** @description The items of this page. Each has all its required members, unless `fields` trims it. */
      data: components['schemas']['AuditEvent'][];
    };
    AuditRecord: {
      /**
       * Format: uuid
       * @description Unique id (UUIDv7).
       */
      id: string;
      /** @description What was done. */
      action: string;
      /**
       * Format: uuid
       * @description The API key that did it or was shown (`api_key.used_from_new_address`, `access.refused`).
       */
      keyId: string | null;
      /**
       * Format: uuid
       * @description The user it is about, who may have been removed since.
       */
      userId: string | null;
      /**
       * Format: uuid
       * @description What it was done to.
       */
      subject: string | null;
      /** @description Facts about the action, depending on `action`. */
      details: {
        [key: string]: unknown;
      };
      /** @description The network it came from, where that is recorded. */
      address: string | null;
      /**
       * Format: uuid
       * @description The id of the request, as the service gave it; null for work of the service itself.
       */
      requestId: string | null;
      /** @description The `X-Request-Id` that the client sent. */
      clientRequestId: string | null;
      /**
       * Format: date-time
       * @description Time of the action.
       */
      createdAt: string;
    };
    AuditRecordPage: {
      /** @description `cursor` of the next page; null on the last page. */
      nextCursor: string | null;
      /** @description Only with `count=true`: the number of items on all pages. */
      total?: number;
      /** @description The items of this page. Each has all its required members, unless `fields` trims it. */
      data: components['schemas']['AuditRecord'][];
    };
    QuotaUsage: {
      /**
       * @description What is limited.
       * @enum {string}
       */
      quota:
        | 'conversations'
        | 'messages'
        | 'messageBytes'
        | 'memories'
        | 'memoryVersions'
        | 'memoryBytes'
        | 'manifests'
        | 'manifestBytes'
        | 'modelCalls'
        | 'modelCallBytes'
        | 'configVersions'
        | 'plans'
        | 'storeItems'
        | 'storeBytes'
        | 'checkpoints'
        | 'checkpointBytes'
        | 'keys'
        | 'answerBytes';
      /**
       * @description What `used` and `limit` count.
       * @enum {string}
       */
      unit: 'rows' | 'bytes';
      /** @description What is stored now. Deleted items that can be restored count. */
      used: number;
      /** @description The limit. A write that would exceed it gets 507 `quota.reached`. Null for no limit. */
      limit: number | null;
    };
    Usage: {
      /** @description One entry for each quota. */
      data: components['schemas']['QuotaUsage'][];
    };
    /**
     * @description Only an `active` user is acted for.
     * @enum {string}
     */
    UserStatus: 'active' | 'pending' | 'disabled';
    User: {
      /**
       * Format: uuid
       * @description Unique id (UUIDv7).
       */
      id: string;
      /** @description The application's own id of the user, or null. */
      externalId: string | null;
      /** @description Name that the user picked, or null. */
      username: string | null;
      /** @description Email address, or null. */
      email: string | null;
      /** @description Name, or null. */
      name: string | null;
      /** @description The outside issuer whose tokens act for the user, or null. */
      issuer: string | null;
      /** @description The id of the user at the issuer, or null. */
      subject: string | null;
      /** @description Only an `active` user is acted for. */
      status: components['schemas']['UserStatus'];
      /** @description The application's own JSON object. */
      settings: {
        [key: string]: unknown;
      };
      /** @description Number of the current version: 1 at first, one more after each edit. */
      version: number;
      /**
       * Format: date-time
       * @description Time of creation (RFC 3339, UTC).
       */
      createdAt: string;
      /**
       * Format: date-time
       * @description Time of the last change (RFC 3339, UTC).
       */
      updatedAt: string;
    };
    UpdateOwnUser: {
      /** @description Name of the user. */
      name?: string | null;
      /** @description The application's JSON object, at most 64 KiB. An edit is merged into it as RFC 7396 says: null removes a field, an object is merged, another value replaces. Null for all of it keeps it. Where `timeZone` is the IANA name of a time zone, dates in questions are read in it. */
      settings?: {
        [key: string]: unknown;
      } | null;
    };
    CreateUser: {
      /** @description Name of the user. */
      name?: string | null;
      /** @description The application's JSON object, at most 64 KiB. An edit is merged into it as RFC 7396 says: null removes a field, an object is merged, another value replaces. Null for all of it keeps it. Where `timeZone` is the IANA name of a time zone, dates in questions are read in it. */
      settings?: {
        [key: string]: unknown;
      } | null;
      /** @description The application's own id of the user, stored in Unicode NFC without surrounding space. An id that looks like a UUIDv7 is written `external:<id>`. */
      externalId?: string | null;
      /** @description Name that the user picks, unique among the users whatever its capitals: up to 64 ASCII letters, digits, dots, hyphens and underscores. */
      username?: string | null;
      /**
       * Format: email
       * @description Email address, unique among the users whatever its capitals.
       */
      email?: string | null;
      /**
       * @description Only an `active` user is acted for. When another status is stored, the credentials of the user stop at once, and service keys cannot act for the user. `pending` is for users who are not let in yet.
       * @enum {string|null}
       */
      status?: 'active' | 'pending' | 'disabled' | null;
    };
    UserPage: {
      /** @description `cursor` of the next page; null on the last page. */
      nextCursor: string | null;
      /** @description Only with `count=true`: the number of items on all pages. */
      total?: number;
      /** @description The items of this page. Each has all its required members, unless `fields` trims it. */
      data: components['schemas']['User'][];
    };
    UpdateUser: {
      /** @description Name of the user. */
      name?: string | null;
      /** @description The application's JSON object, at most 64 KiB. An edit is merged into it as RFC 7396 says: null removes a field, an object is merged, another value replaces. Null for all of it keeps it. Where `timeZone` is the IANA name of a time zone, dates in questions are read in it. */
      settings?: {
        [key: string]: unknown;
      } | null;
      /** @description The application's own id of the user, stored in Unicode NFC without surrounding space. An id that looks like a UUIDv7 is written `external:<id>`. */
      externalId?: string | null;
      /** @description Name that the user picks, unique among the users whatever its capitals: up to 64 ASCII letters, digits, dots, hyphens and underscores. */
      username?: string | null;
      /**
       * Format: email
       * @description Email address, unique among the users whatever its capitals.
       */
      email?: string | null;
      /**
       * @description Only an `active` user is acted for. When another status is stored, the credentials of the user stop at once, and service keys cannot act for the user. `pending` is for users who are not let in yet.
       * @enum {string|null}
       */
      status?: 'active' | 'pending' | 'disabled' | null;
    };
    Merge: {
      /** @description The user who becomes, or became, a part of the other, by externalId or id as in the `Threadkeep-User` header. */
      from: string;
      /**
       * @description Only tells what would be done, and does nothing.
       * @default false
       */
      dryRun?: boolean | null;
      /**
       * @description What to do where both users have a row with the same name. `rename` adds a suffix to the name of the row of `from`, where the name means nothing else.
       * @default refuse
       * @enum {string|null}
       */
      onCollision?: 'refuse' | 'rename' | null;
    };
    MergeCollision: {
      /** @description The table of the rows. */
      table: string;
      /** @description The key that must be unique. */
      key: string;
      /** @description Number of rows. */
      count: number;
      /** @description True when `onCollision: "rename"` solves it. */
      canRename: boolean;
    };
    MergePreview: {
      /** @description How many rows of each table would move now. Of `from`, sessions end, mailed secrets are removed, and so is the password when both users have one. */
      rows: {
        [key: string]: number;
      };
      /** @description Rows of both users with the same name. */
      collisions: components['schemas']['MergeCollision'][];
    };
    MergeJob: {
      /**
       * Format: uuid
       * @description Id of the job that merges the users, or parts them. Read it at `/v1/admin/jobs/{id}`.
       */
      jobId: string;
    };
    UndoMerge: {
      /** @description The user who becomes, or became, a part of the other, by externalId or id as in the `Threadkeep-User` header. */
      from: string;
      /**
       * @description Only tells what would be done, and does nothing.
       * @default false
       */
      dryRun?: boolean | null;
    };
    UndoMergePreview: {
      /** @description How many rows of each table would go back now. */
      rows: {
        [key: string]: number;
      };
      /** @description Names that moved to the account, and that it has changed since or another user has by now. `from` comes back without them. */
      takenNames: ('email' | 'username')[];
    };
    CreateApiKey: {
      /** @description What the key is for. */
      name?: string | null;
      /**
       * Format: uuid
       * @description Id of the only user that the key is for. Without it, the key is a service key.
       */
      userId?: string | null;
      /** @description The same user by externalId or id, as in the `Threadkeep-User` header, in place of `userId`. A user who is not there is created, which needs the scope `write`, unless `AUTO_CREATE_USERS` is false. */
      user?: string;
      /** @description What the key may do. Without it, everything that this kind of key and the key of this request may do. A user key takes `read`, `write` and `import`. */
      scopes?: ('act' | 'read' | 'write' | 'admin' | 'keys' | 'secrets' | 'import')[] | null;
      /**
       * Format: date-time
       * @description A future time from which the key is refused. Without it, the key does not expire.
       */
      expiresAt?: string | null;
      /** @description How long the key is valid, in place of `expiresAt`: `s`, `m`, `h` or `d`. */
      expiresIn?: string | null;
      /**
       * @description Refuses every method but GET and HEAD, whatever the scopes.
       * @default false
       */
      readOnly?: boolean | null;
    };
    CreatedApiKey: {
      /**
       * Format: uuid
       * @description Unique id (UUIDv7).
       */
      id: string;
      /**
       * @description `user` when the key is for one user, otherwise `service`.
       * @enum {string}
       */
      kind: 'service' | 'user';
      /**
       * Format: uuid
       * @description Id of the user of a user key; null for a service key.
       */
      userId: string | null;
      /** @description What the key is for. */
      name: string | null;
      /** @description The last four characters of the key. */
      hint: string;
      /** @description Whether the key only takes GET and HEAD. */
      readOnly: boolean;
      /**
       * Format: date-time
       * @description Time of creation (RFC 3339, UTC).
       */
      createdAt: string;
      /** @description What the key may do. */
      scopes: ('act' | 'read' | 'write' | 'admin' | 'keys' | 'secrets' | 'import')[];
      /**
       * Format: date-time
       * @description Time from which the key is refused; null when it does not expire.
       */
      expiresAt: string | null;
      /**
       * Format: date-time
       * @description Time of the last use, to the minute; null when it was never used.
       */
      lastUsedAt: string | null;
      /**
       * Format: date-time
       * @description Time of the revocation; null when it is not revoked.
       */
      revokedAt: string | null;
      /** @description The secret key, in this answer only; a retry with the same `Idempotency-Key` gets null. */
      key: string | null;
    };
    ApiKey: {
      /**
       * Format: uuid
       * @description Unique id (UUIDv7).
       */
      id: string;
      /**
       * @description `user` when the key is for one user, otherwise `service`.
       * @enum {string}
       */
      kind: 'service' | 'user';
      /**
       * Format: uuid
       * @description Id of the user of a user key; null for a service key.
       */
      userId: string | null;
      /** @description What the key is for. */
      name: string | null;
      /** @description The last four characters of the key. */
      hint: string;
      /** @description Whether the key only takes GET and HEAD. */
      readOnly: boolean;
      /**
       * Format: date-time
       * @description Time of creation (RFC 3339, UTC).
       */
      createdAt: string;
      /** @description What the key may do. */
      scopes: ('act' | 'read' | 'write' | 'admin' | 'keys' | 'secrets' | 'import')[];
      /**
       * Format: date-time
       * @description Time from which the key is refused; null when it does not expire.
       */
      expiresAt: string | null;
      /**
       * Format: date-time
       * @description Time of the last use, to the minute; null when it was never used.
       */
      lastUsedAt: string | null;
      /**
       * Format: date-time
       * @description Time of the revocation; null when it is not revoked.
       */
      revokedAt: string | null;
    };
    ApiKeyPage: {
      /** @description `cursor` of the next page; null on the last page. */
      nextCursor: string | null;
      /** @description Only with `count=true`: the number of items on all pages. */
      total?: number;
      /** @description The items of this page. Each has all its required members, unless `fields` trims it. */
      data: components['schemas']['ApiKey'][];
    };
    RotateApiKey: {
      /**
       * @description Seconds for which the old key still works beside the new one; 0 revokes it at once.
       * @default 3600
       */
      overlapSeconds?: number | null;
    };
    Register: {
      /**
       * Format: email
       * @description Email address, unique among the users whatever its capitals.
       */
      email: string;
      /** @description A password of 8 to 128 characters of any kind. One that is guessed easily is refused. */
      password: string;
      /** @description Name to sign in with, unique among the users whatever its capitals. */
      username?: string;
      /** @description Name of the user. */
      name?: string;
    };
    Tokens: {
      /**
       * @description How the access token is sent.
       * @enum {string}
       */
      tokenType: 'Bearer';
      /** @description Send it as `Authorization: Bearer <token>`. */
      accessToken: string;
      /** @description Seconds that the access token is valid. */
      expiresIn: number;
      /** @description Gets the next tokens, once. */
      refreshToken: string;
      /**
       * Format: uuid
       * @description Id of the session.
       */
      sessionId: string;
      /**
       * Format: uuid
       * @description Id of the user.
       */
      userId: string;
    };
    Registered: {
      /** @description The tokens of a first session; null when the address has to be proved first. */
      tokens: components['schemas']['Tokens'] | null;
    };
    Login: {
      /** @description Email address or username. */
      login: string;
      /** @description The password. */
      password: string;
    };
    Refresh: {
      /** @description The refresh token of the last answer. */
      refreshToken: string;
    };
    AskForMail: {
      /**
       * Format: email
       * @description The address of the user.
       */
      email: string;
    };
    ConfirmEmail: {
      /** @description The secret of the mail. */
      secret: string;
    };
    ResetPassword: {
      /** @description The secret of the mail. */
      secret: string;
      /** @description A password of 8 to 128 characters of any kind. One that is guessed easily is refused. */
      password: string;
    };
    ChangePassword: {
      /** @description The password until now. */
      currentPassword: string;
      /** @description A password of 8 to 128 characters of any kind. One that is guessed easily is refused. */
      newPassword: string;
    };
    ChangeEmail: {
      /**
       * Format: email
       * @description The new address.
       */
      email: string;
      /** @description The password. */
      password: string;
    };
    Session: {
      /**
       * Format: uuid
       * @description Id of the session.
       */
      id: string;
      /** @description What the client says it is, or null. */
      client: string | null;
      /** @description True for the session of this request. */
      isCurrent: boolean;
      /**
       * Format: date-time
       * @description When it began.
       */
      createdAt: string;
      /**
       * Format: date-time
       * @description When its tokens were last replaced.
       */
      lastUsedAt: string;
      /**
       * Format: date-time
       * @description When it ends, unless it is used before.
       */
      expiresAt: string;
    };
    SessionList: {
      /** @description The sessions, the last used first. */
      data: components['schemas']['Session'][];
    };
    SetPassword: {
      /** @description A password of 8 to 128 characters of any kind. One that is guessed easily is refused. */
      password: string;
    };
    KeySet: {
      /** @description Public keys as JSON Web Keys. */
      keys: {
        [key: string]: unknown;
      }[];
    };
    AliasTarget: {
      /** @description Version that the alias points to. */
      version: number;
      /** @description Share of the users that get this version, in percent. */
      percent: number;
    };
    Alias: {
      /** @description Number of the change of the alias, from 1. */
      number: number;
      /** @description The versions, each with its share of the users. A user always gets the same version. */
      targets: components['schemas']['AliasTarget'][];
      /** @description Who changed the alias: `user:` and the id of the key, or `service`. */
      author: string;
      /**
       * Format: date-time
       * @description Time of the change.
       */
      movedAt: string;
      /** @description Name of the alias. */
      alias: string;
    };
    Aliases: {
      /** @description All aliases of the configuration. */
      data: components['schemas']['Alias'][];
    };
    AliasMove: {
      /** @description Number of the change of the alias, from 1. */
      number: number;
      /** @description The versions, each with its share of the users. A user always gets the same version. */
      targets: components['schemas']['AliasTarget'][];
      /** @description Who changed the alias: `user:` and the id of the key, or `service`. */
      author: string;
      /**
       * Format: date-time
       * @description Time of the change.
       */
      movedAt: string;
    };
    AliasHistory: {
      /** @description Number of the change of the alias, from 1. */
      number: number;
      /** @description The versions, each with its share of the users. A user always gets the same version. */
      targets: components['schemas']['AliasTarget'][];
      /** @description Who changed the alias: `user:` and the id of the key, or `service`. */
      author: string;
      /**
       * Format: date-time
       * @description Time of the change.
       */
      movedAt: string;
      /** @description Name of the alias. */
      alias: string;
      /** @description The last 50 changes, newest first; the first is the current one. */
      moves: components['schemas']['AliasMove'][];
    };
    OneVersion: {
      /** @description Version that the alias points to. */
      version: number;
    };
    SentTarget: {
      /** @description Version that the alias points to. */
      version: number;
      /** @description Share of the users that get this version, in percent. */
      percent: number;
    };
    Split: {
      /** @description The versions with their shares, which add up to 100 percent. */
      targets: components['schemas']['SentTarget'][];
    };
    Model: {
      /** @description Provider of the model, such as `openai`. */
      provider: string;
      /** @description The provider's name of the model. */
      name: string;
    };
    Tool: {
      /** @description Name of the tool, unique in the configuration. */
      name: string;
      /** @description What the tool does, for the model. */
      description?: string;
      /** @description JSON Schema of the tool's input. */
      parameters?: {
        [key: string]: unknown;
      };
    };
    MemoryPolicy: {
      /**
       * @description Whether contexts contain memories.
       * @default true
       */
      enabled?: boolean;
      /**
       * @description Most memories in a context.
       * @default 5
       */
      limit?: number;
      /**
       * @description Whether contexts contain memory blocks.
       * @default true
       */
      blocks?: boolean;
      /**
       * @description How contexts contain them: as `data`, which a model is told not to obey, or with the voice of the `system`.
       * @default data
       * @enum {string}
       */
      blocksAs?: 'data' | 'system';
    };
    ContextPolicy: {
      /**
       * @description Token budget of a context when a request names none. Null for 8,000.
       * @default null
       */
      budgetTokens?: number | null;
    };
    McpPolicy: {
      /**
       * @description Who runs the tools of the MCP servers: the application (`client`), or this service within a turn (`server`), which then offers them to the model.
       * @default client
       * @enum {string}
       */
      runBy?: 'client' | 'server';
    };
    RunnerServer: {
      /**
       * Format: uuid
       * @description Unique id (UUIDv7).
       */
      id: string;
      /** @description Name of the server. */
      name: string;
      /**
       * @description Whose server it is.
       * @enum {string}
       */
      owner: 'user' | 'service';
      /**
       * @description How to connect to it.
       * @enum {string}
       */
      transport: 'stdio' | 'http' | 'sse';
      /** @description URL without its query. Null for commands and for servers of the service, which hide it. */
      url: string | null;
      /** @description Command to start, or null. */
      command: string | null;
      /** @description Arguments of the command. */
      args: string[];
      /** @description Headers, by name: `{"secret": true}`, or with `secrets=true` the text. */
      headers: {
        [key: string]: unknown;
      };
      /** @description Parameters of the URL, by name: `{"secret": true}`, or with `secrets=true` the text. */
      query: {
        [key: string]: unknown;
      };
      /** @description Variables of the environment, by name: `{"secret": true}`, or with `secrets=true` the text. */
      env: {
        [key: string]: unknown;
      };
    };
    OmittedServer: {
      /** @description Name of the server. */
      name: string;
      /**
       * @description Why it is left out: its command or environment is not allowed, its URL may not be connected to, or the service has a server of this name that is not `overridable`.
       * @enum {string}
       */
      reason:
        'command_not_allowed' | 'variable_not_allowed' | 'url_not_allowed' | 'name_of_service';
    };
    PartOwners: {
      /**
       * @description Owner of the text of this part: `user` when any of it is an override.
       * @enum {string}
       */
      model: 'user' | 'service';
      /**
       * @description Owner of the text of this part: `user` when any of it is an override.
       * @enum {string}
       */
      parameters: 'user' | 'service';
      /**
       * @description Owner of the text of this part: `user` when any of it is an override.
       * @enum {string}
       */
      systemPrompt: 'user' | 'service';
      /**
       * @description Owner of the text of this part: `user` when any of it is an override.
       * @enum {string}
       */
      tools: 'user' | 'service';
      /**
       * @description Owner of the text of this part: `user` when any of it is an override.
       * @enum {string}
       */
      memory: 'user' | 'service';
      /**
       * @description Owner of the text of this part: `user` when any of it is an override.
       * @enum {string}
       */
      context: 'user' | 'service';
    };
    OmittedOverride: {
      /** @description JSON Pointer of the override. */
      path: string;
      /**
       * @description Why it is left out: the service does not let users change it, or not beyond certain bounds.
       * @enum {string}
       */
      reason: 'not_overridable' | 'out_of_bounds';
    };
    RunnerConfig: {
      /**
       * Format: uuid
       * @description Unique id (UUIDv7).
       */
      id: string;
      /**
       * @description Whose configuration it is.
       * @enum {string}
       */
      owner: 'user' | 'service';
      /** @description Number of the version that was chosen. */
      version: number;
      /** @description Alias that the version was chosen by, or null. */
      alias: string | null;
      /** @description SHA-256 of the version without overrides, as canonical JSON, in hexadecimal. */
      digest: string;
      /** @description Number of the user's overrides that are applied; null when there are none. */
      overrides: number | null;
      /** @description Name of the configuration. */
      name: string;
      /** @description What it is for, or null. */
      description: string | null;
      /** @description Labels. */
      tags: string[];
      /** @description The model that runs the agent. */
      model: components['schemas']['Model'] | null;
      /** @description Parameters of the model. Those that the provider does not know are in `extra`. */
      parameters: {
        [key: string]: unknown;
      };
      /** @description The system prompt: a text, or named parts in order. */
      systemPrompt: string | components['schemas']['PromptPart'][] | null;
      /** @description Tools that the model may call. */
      tools: components['schemas']['Tool'][] | null;
      /** @description What contexts contain of the memory. */
      memory: components['schemas']['MemoryPolicy'] | null;
      /** @description How contexts are built. */
      context: components['schemas']['ContextPolicy'] | null;
      /** @description How turns use the MCP servers of the configuration. */
      mcp: components['schemas']['McpPolicy'] | null;
      /** @description The enabled MCP servers, one of each name. A server for this configuration comes before one for all; a user's replaces one of the service only where that is `overridable`. */
      mcpServers: components['schemas']['RunnerServer'][];
      /** @description Enabled MCP servers of the user that are left out. */
      omitted: components['schemas']['OmittedServer'][];
      /** @description Whose text each part is. */
      owners: components['schemas']['PartOwners'];
      /** @description Overrides of the user that this version does not allow. */
      omittedOverrides: components['schemas']['OmittedOverride'][];
    };
    ListedAgentConfig: {
      /**
       * Format: uuid
       * @description Unique id (UUIDv7).
       */
      id: string;
      /** @description Name, unique among the configurations of its owner. */
      name: string;
      /** @description What it is for, or null. */
      description: string | null;
      /** @description Labels to filter lists by. */
      tags: string[];
      /** @description Number of the newest version. */
      version: number;
      /**
       * Format: date-time
       * @description Time of creation (RFC 3339, UTC).
       */
      createdAt: string;
      /**
       * Format: date-time
       * @description Time of the last new version or change of an alias.
       */
      updatedAt: string;
      /** @description Whether all users may read it, for a configuration of the service; null for one of a user. */
      shared: boolean | null;
    };
    ListedAgentConfigPage: {
      /** @description `cursor` of the next page; null on the last page. */
      nextCursor: string | null;
      /** @description Only with `count=true`: the number of items on all pages. */
      total?: number;
      /** @description The items of this page. Each has all its required members, unless `fields` trims it. */
      data: components['schemas']['ListedAgentConfig'][];
    };
    PromptPart: {
      /** @description Name of the part. */
      name?: string;
      /** @description Text of the part. */
      text: string;
    };
    OverridableNumber: {
      /** @description JSON Pointer of the number. */
      path: string;
      /** @description The least it may be. */
      min?: number;
      /** @description The most it may be. */
      max?: number;
    };
    CreateAgentConfig: {
      /** @description The model that runs the agent. */
      model?: components['schemas']['Model'] | null;
      /** @description The system prompt: a text, or named parts in order. */
      systemPrompt?: string | components['schemas']['PromptPart'][] | null;
      /** @description Tools that the model may call. */
      tools?: components['schemas']['Tool'][] | null;
      /** @description What the configuration is for. */
      description?: string | null;
      /** @description Labels to filter lists by. */
      tags?: string[] | null;
      /** @description Parameters of the model. Those of a known provider are checked; others are kept in `extra`. */
      parameters?: {
        [key: string]: unknown;
      } | null;
      /** @description What contexts contain of the memory. */
      memory?: components['schemas']['MemoryPolicy'] | null;
      /** @description How contexts are built. */
      context?: components['schemas']['ContextPolicy'] | null;
      /** @description How turns use the MCP servers of the configuration. */
      mcp?: components['schemas']['McpPolicy'] | null;
      /** @description Only for configurations of the service: JSON Pointers of what users may override, numbers within bounds. By default `/memory`, and `/parameters/temperature` from 0 to 1. */
      overridable?: (string | components['schemas']['OverridableNumber'])[] | null;
      /** @description What changes in this version, for the list of versions. */
      message?: string | null;
      /** @description Name, unique among the configurations of its owner. */
      name: string;
    };
    AgentConfig: {
      /**
       * Format: uuid
       * @description Unique id (UUIDv7).
       */
      id: string;
      /** @description Name, unique among the configurations of its owner. */
      name: string;
      /** @description What it is for, or null. */
      description: string | null;
      /** @description Labels to filter lists by. */
      tags: string[];
      /** @description Number of the newest version. */
      version: number;
      /**
       * Format: date-time
       * @description Time of creation (RFC 3339, UTC).
       */
      createdAt: string;
      /**
       * Format: date-time
       * @description Time of the last new version or change of an alias.
       */
      updatedAt: string;
      /** @description Whether all users may read it, for a configuration of the service; null for one of a user. */
      shared: boolean | null;
      /** @description The model that runs the agent. */
      model: components['schemas']['Model'] | null;
      /** @description Parameters of the model. Those that the provider does not know are in `extra`. */
      parameters: {
        [key: string]: unknown;
      };
      /** @description The system prompt: a text, or named parts in order. */
      systemPrompt: string | components['schemas']['PromptPart'][] | null;
      /** @description Tools that the model may call. */
      tools: components['schemas']['Tool'][] | null;
      /** @description What contexts contain of the memory. */
      memory: components['schemas']['MemoryPolicy'] | null;
      /** @description How contexts are built. */
      context: components['schemas']['ContextPolicy'] | null;
      /** @description How turns use the MCP servers of the configuration. */
      mcp: components['schemas']['McpPolicy'] | null;
      /** @description Only for configurations of the service: JSON Pointers of what users may override, numbers within bounds. By default `/memory`, and `/parameters/temperature` from 0 to 1. */
      overridable: (string | components['schemas']['OverridableNumber'])[] | null;
      /** @description SHA-256 of the content as canonical JSON, in hexadecimal. Equal for equal contents. */
      digest: string;
      /** @description Who saved this version: `user:` and the id of the key, or `service`. */
      author: string;
      /** @description What changed in this version, or null. */
      message: string | null;
      /**
       * Format: date-time
       * @description Time at which this version was saved.
       */
      savedAt: string;
    };
    UpdateAgentConfig: {
      /** @description The model that runs the agent. */
      model?: components['schemas']['Model'] | null;
      /** @description The system prompt: a text, or named parts in order. */
      systemPrompt?: string | components['schemas']['PromptPart'][] | null;
      /** @description Tools that the model may call. */
      tools?: components['schemas']['Tool'][] | null;
      /** @description What the configuration is for. */
      description?: string | null;
      /** @description Labels to filter lists by. */
      tags?: string[] | null;
      /** @description Parameters of the model. Those of a known provider are checked; others are kept in `extra`. */
      parameters?: {
        [key: string]: unknown;
      } | null;
      /** @description What contexts contain of the memory. */
      memory?: components['schemas']['MemoryPolicy'] | null;
      /** @description How contexts are built. */
      context?: components['schemas']['ContextPolicy'] | null;
      /** @description How turns use the MCP servers of the configuration. */
      mcp?: components['schemas']['McpPolicy'] | null;
      /** @description Only for configurations of the service: JSON Pointers of what users may override, numbers within bounds. By default `/memory`, and `/parameters/temperature` from 0 to 1. */
      overridable?: (string | components['schemas']['OverridableNumber'])[] | null;
      /** @description What changes in this version, for the list of versions. */
      message?: string | null;
      /** @description Name, unique among the configurations of its owner. */
      name?: string | null;
    };
    AgentConfigVersion: {
      /** @description Number of the current version: 1 at first, one more after each edit. */
      version: number;
      /** @description SHA-256 of the content as canonical JSON, in hexadecimal. */
      digest: string;
      /** @description Who saved the version: `user:` and the id of the key, or `service`. */
      author: string;
      /** @description What changed in the version, or null. */
      message: string | null;
      /**
       * Format: date-time
       * @description Time at which the version was saved.
       */
      savedAt: string;
    };
    AgentConfigVersions: {
      /** @description Versions, newest first. */
      data: components['schemas']['AgentConfigVersion'][];
    };
    AgentConfigDiff: {
      /** @description The earlier version of the comparison. */
      from: number;
      /** @description The later version of the comparison. */
      to: number;
      /** @description Each `{op, path, from, to}`, the path a JSON pointer. At most 1000. */
      changes: {
        [key: string]: unknown;
      }[];
      /** @description Number of changes that are not listed. */
      omittedChanges: number;
      /** @description The same as a unified diff; empty when `tooDifferent`. */
      text: string;
      /** @description Whether the versions are too long, or differ in too many lines, for `text`. */
      tooDifferent: boolean;
    };
    CopyAgentConfig: {
      /** @description Name of the copy. The same name without it. */
      name?: string | null;
    };
    McpServer: {
      /**
       * Format: uuid
       * @description Unique id (UUIDv7).
       */
      id: string;
      /**
       * Format: uuid
       * @description Id of the only configuration that it is for; null for all of them.
       */
      agentConfigId: string | null;
      /** @description Name of the server. */
      name: string;
      /**
       * @description How to connect to it: `stdio` starts a command, `http` is streamable HTTP.
       * @enum {string}
       */
      transport: 'stdio' | 'http' | 'sse';
      /** @description Whether runners get it. */
      enabled: boolean;
      /** @description URL without its query; null for a command. */
      url: string | null;
      /** @description Command to start, or null. */
      command: string | null;
      /** @description Arguments of the command. */
      args: string[];
      /** @description Headers, by name. The values are stored encrypted and never returned. */
      headers: {
        [key: string]: {
          /**
           * @description Always true: the value is kept secret.
           * @enum {boolean}
           */
          secret: true;
        };
      };
      /** @description Parameters of the URL, by name. The values are stored encrypted and never returned. */
      query: {
        [key: string]: {
          /**
           * @description Always true: the value is kept secret.
           * @enum {boolean}
           */
          secret: true;
        };
      };
      /** @description Variables of the environment, by name. The values are stored encrypted and never returned. */
      env: {
        [key: string]: {
          /**
           * @description Always true: the value is kept secret.
           * @enum {boolean}
           */
          secret: true;
        };
      };
      /** @description Whether a user's server of the same name replaces it. Null for a user's server. */
      overridable: boolean | null;
      /** @description Number of the current version: 1 at first, one more after each edit. */
      version: number;
      /**
       * Format: date-time
       * @description Time of creation (RFC 3339, UTC).
       */
      createdAt: string;
      /**
       * Format: date-time
       * @description Time of the last change (RFC 3339, UTC).
       */
      updatedAt: string;
    };
    McpServerPage: {
      /** @description `cursor` of the next page; null on the last page. */
      nextCursor: string | null;
      /** @description Only with `count=true`: the number of items on all pages. */
      total?: number;
      /** @description The items of this page. Each has all its required members, unless `fields` trims it. */
      data: components['schemas']['McpServer'][];
    };
    NewRemoteServer: {
      /** @description Whether runners get it. True by default. */
      enabled?: boolean | null;
      /** @description Only for servers of the service: whether a server of a user with the same name replaces it. */
      overridable?: boolean | null;
      /** @description Name of the server, unique among those of its owner and configuration. */
      name: string;
      /**
       * Format: uuid
       * @description Id of the only agent configuration that it is for. All configurations without it.
       */
      agentConfigId?: string | null;
      /**
       * @description How to connect: `http` (streamable HTTP), `sse`, or `stdio` to start a command.
       * @enum {string}
       */
      transport: 'http' | 'streamable-http' | 'sse';
      /** @description Address of the server; a public one, unless the operator allows others. */
      url: string;
      /** @description HTTP headers by name, encrypted and never returned. Null for a value removes it. */
      headers?: {
        [key: string]:
          | string
          | {
              /**
               * @description Leaves the secret as it is.
               * @enum {boolean}
               */
              secret: true;
            }
          | null;
      } | null;
      /** @description Parameters of the URL by name, encrypted and never returned. Null for a value removes it. */
      query?: {
        [key: string]:
          | string
          | {
              /**
               * @description Leaves the secret as it is.
               * @enum {boolean}
               */
              secret: true;
            }
          | null;
      } | null;
    };
    NewCommandServer: {
      /** @description Whether runners get it. True by default. */
      enabled?: boolean | null;
      /** @description Only for servers of the service: whether a server of a user with the same name replaces it. */
      overridable?: boolean | null;
      /** @description Name of the server, unique among those of its owner and configuration. */
      name: string;
      /**
       * Format: uuid
       * @description Id of the only agent configuration that it is for. All configurations without it.
       */
      agentConfigId?: string | null;
      /**
       * @description How to connect: `http` (streamable HTTP), `sse`, or `stdio` to start a command.
       * @enum {string}
       */
      transport: 'stdio';
      /** @description Command to start; one that the operator allows. */
      command: string;
      /** @description Arguments of the command. */
      args?: string[] | null;
      /** @description Environment variables of the command by name, encrypted and never returned. Null for a value removes it. */
      env?: {
        [key: string]:
          | string
          | {
              /**
               * @description Leaves the secret as it is.
               * @enum {boolean}
               */
              secret: true;
            }
          | null;
      } | null;
    };
    UpdateMcpServer: {
      /** @description Whether runners get it. True by default. */
      enabled?: boolean | null;
      /** @description Only for servers of the service: whether a server of a user with the same name replaces it. */
      overridable?: boolean | null;
      /** @description Name of the server, unique among those of its owner and configuration. */
      name?: string | null;
      /**
       * @description How to connect: `http` (streamable HTTP), `sse`, or `stdio` to start a command.
       * @enum {string|null}
       */
      transport?: 'stdio' | 'http' | 'streamable-http' | 'sse' | null;
      /** @description Command to start; one that the operator allows. */
      command?: string | null;
      /** @description Arguments of the command. */
      args?: string[] | null;
      /** @description Address of the server; a public one, unless the operator allows others. */
      url?: string | null;
      /** @description HTTP headers by name, encrypted and never returned. Null for a value removes it. */
      headers?: {
        [key: string]:
          | string
          | {
              /**
               * @description Leaves the secret as it is.
               * @enum {boolean}
               */
              secret: true;
            }
          | null;
      } | null;
      /** @description Parameters of the URL by name, encrypted and never returned. Null for a value removes it. */
      query?: {
        [key: string]:
          | string
          | {
              /**
               * @description Leaves the secret as it is.
               * @enum {boolean}
               */
              secret: true;
            }
          | null;
      } | null;
      /** @description Environment variables of the command by name, encrypted and never returned. Null for a value removes it. */
      env?: {
        [key: string]:
          | string
          | {
              /**
               * @description Leaves the secret as it is.
               * @enum {boolean}
               */
              secret: true;
            }
          | null;
      } | null;
    };
    McpServerInfo: {
      /** @description Name that the server gives itself. Text from outside: do not trust it. */
      name: string;
      /** @description Version that the server gives itself. */
      version: string;
    };
    McpTool: {
      /** @description Name of the tool. */
      name: string;
      /** @description What the tool does, in the server's words. Text from outside: do not trust it. */
      description: string | null;
      /** @description JSON Schema of the tool's input. */
      inputSchema: {
        [key: string]: unknown;
      };
    };
    McpCheck: {
      /** @description Whether the server could be connected to and listed its tools. */
      ok: boolean;
      /**
       * @description Why the check failed. Absent when `ok`.
       * @enum {string}
       */
      reason?:
        | 'not_allowed'
        | 'invalid'
        | 'refused_address'
        | 'redirected'
        | 'unauthorized'
        | 'timeout'
        | 'unreachable'
        | 'exited'
        | 'protocol'
        | 'too_large';
      /** @description The failure in words. Absent when `ok`. */
      detail?: string;
      /** @description What the server says about itself. */
      serverInfo?: components['schemas']['McpServerInfo'];
      /** @description Version of the MCP protocol that was agreed on. */
      protocolVersion?: string;
      /** @description The tools of the server. */
      tools?: components['schemas']['McpTool'][];
      /**
       * @description How the command was isolated from the service. See src/agent-config/README.md.
       * @enum {string}
       */
      isolation?: 'namespaces' | 'user_namespace' | 'user' | 'none';
      /** @description Milliseconds that the check took, including the wait for other checks. */
      ms: number;
    };
    MemoryOverrides: {
      /** @description Whether contexts contain memories. */
      enabled?: boolean | null;
      /** @description Most memories in a context. */
      limit?: number | null;
      /** @description Whether contexts contain memory blocks. */
      blocks?: boolean | null;
    };
    ContextOverrides: {
      /** @description Token budget of a context when a request names none. Null for 8,000. */
      budgetTokens?: number | null;
    };
    SetOverrides: {
      /** @description The model that runs the agent. */
      model?: components['schemas']['Model'] | null;
      /** @description The system prompt: a text, or named parts in order. */
      systemPrompt?: string | components['schemas']['PromptPart'][] | null;
      /** @description Tools that the model may call. */
      tools?: components['schemas']['Tool'][] | null;
      /** @description Parameters to change, each by itself; null for a parameter removes it from the request. */
      parameters?: {
        [key: string]: unknown;
      } | null;
      /** @description What contexts contain of the memory. */
      memory?: components['schemas']['MemoryOverrides'] | null;
      /** @description How contexts are built. */
      context?: components['schemas']['ContextOverrides'] | null;
    };
    Overrides: {
      /** @description Number of the overrides: one more after each change, 0 before the first. */
      number: number;
      /** @description The overrides as they were sent; null when there are none. */
      overrides: components['schemas']['SetOverrides'] | null;
    };
    CreateConversation: {
      /** @description Title, at most 500 characters. */
      title?: string | null;
      /** @description The application's JSON object, at most 64 KiB. An edit replaces all of it; null keeps it. */
      metadata?: {
        [key: string]: unknown;
      } | null;
      /** @description Labels to filter lists by. An edit replaces all of them. */
      tags?: string[] | null;
      /**
       * Format: uuid
       * @description Id of the agent configuration that the conversation uses: one of the user or a shared one. Null for none.
       */
      agentConfigId?: string | null;
      /** @description Version of the agent configuration. Without a version or an alias, the newest is used. */
      agentConfigVersion?: number | null;
      /** @description Alias of the agent configuration to follow. Not together with a version. */
      agentConfigAlias?: string | null;
      /** @description Your own name of the conversation, unique for the user. It is an address, `key:` before it, and never changes. */
      key?: string | null;
    };
    TitleSource: {
      /** @description The provider. */
      provider: string;
      /** @description The model. */
      model: string;
      /**
       * Format: uuid
       * @description Turn after which it was written.
       */
      turnId: string;
      /** @description `seq` of the last message that the model had read. */
      toSeq: number;
    };
    ForkOrigin: {
      /**
       * Format: uuid
       * @description Id of the original, also after its deletion. Null when it was not recorded.
       */
      conversationId: string | null;
      /** @description `seq` of the last message that was copied. */
      seq: number;
      /** @description Whether the original has been purged. */
      removed: boolean;
    };
    Conversation: {
      /**
       * Format: uuid
       * @description Unique id (UUIDv7).
       */
      id: string;
      /** @description Your own name of the conversation, the `importKey` of an imported one, or null. */
      key: string | null;
      /** @description Title, or null. */
      title: string | null;
      /** @description The model that wrote the title; null for any other title. */
      titleSource: components['schemas']['TitleSource'] | null;
      /**
       * @description `active`, or `archived`.
       * @enum {string}
       */
      status: 'active' | 'archived';
      /** @description Labels to filter lists by. */
      tags: string[];
      /** @description The application's own JSON object, exactly as it was sent. */
      metadata: {
        [key: string]: unknown;
      };
      /** @description `seq` of the last message of all branches; 0 when there are no messages. */
      lastSeq: number;
      /** @description `seq` of the message that the conversation ends with; 0 when it shows none. The same as `lastSeq` without branches. */
      headSeq: number;
      /** @description Number of the current version: 1 at first, one more after each edit. */
      version: number;
      /** @description Where the conversation was forked from; null when it is no fork. */
      forkedFrom: components['schemas']['ForkOrigin'] | null;
      /**
       * Format: uuid
       * @description Id of the agent configuration that the conversation uses, or null.
       */
      agentConfigId: string | null;
      /** @description Version of the agent configuration that is pinned, or null. */
      agentConfigVersion: number | null;
      /** @description Alias of the agent configuration that is followed, or null. */
      agentConfigAlias: string | null;
      /**
       * Format: date-time
       * @description Time of creation (RFC 3339, UTC).
       */
      createdAt: string;
      /**
       * Format: date-time
       * @description Time of the last edit or message.
       */
      updatedAt: string;
      /**
       * Format: date-time
       * @description Time of the deletion; null when it is not deleted.
       */
      deletedAt: string | null;
    };
    MessagePreview: {
      /**
       * Format: uuid
       * @description Unique id (UUIDv7).
       */
      id: string;
      /** @description Number in the conversation: 1, 2, 3, ... without gaps. */
      seq: number;
      /**
       * @description Who wrote the message.
       * @enum {string}
       */
      role: 'user' | 'assistant' | 'system' | 'tool';
      /**
       * Format: date-time
       * @description Time of creation (RFC 3339, UTC).
       */
      createdAt: string;
      /**
       * @description `in_progress`: it may grow. `interrupted`: it ended too early. `failed`: models do not get it. Left out when it is complete.
       * @enum {string}
       */
      status?: 'in_progress' | 'interrupted' | 'failed';
      /** @description The first 200 characters of its text. Null when it has none, or more than 16384 bytes of parts. */
      preview: string | null;
    };
    ListedConversation: {
      /**
       * Format: uuid
       * @description Unique id (UUIDv7).
       */
      id: string;
      /** @description Your own name of the conversation, the `importKey` of an imported one, or null. */
      key: string | null;
      /** @description Title, or null. */
      title: string | null;
      /** @description The model that wrote the title; null for any other title. */
      titleSource: components['schemas']['TitleSource'] | null;
      /**
       * @description `active`, or `archived`.
       * @enum {string}
       */
      status: 'active' | 'archived';
      /** @description Labels to filter lists by. */
      tags: string[];
      /** @description The application's own JSON object, exactly as it was sent. */
      metadata: {
        [key: string]: unknown;
      };
      /** @description `seq` of the last message of all branches; 0 when there are no messages. */
      lastSeq: number;
      /** @description `seq` of the message that the conversation ends with; 0 when it shows none. The same as `lastSeq` without branches. */
      headSeq: number;
      /** @description Number of the current version: 1 at first, one more after each edit. */
      version: number;
      /** @description Where the conversation was forked from; null when it is no fork. */
      forkedFrom: components['schemas']['ForkOrigin'] | null;
      /**
       * Format: uuid
       * @description Id of the agent configuration that the conversation uses, or null.
       */
      agentConfigId: string | null;
      /** @description Version of the agent configuration that is pinned, or null. */
      agentConfigVersion: number | null;
      /** @description Alias of the agent configuration that is followed, or null. */
      agentConfigAlias: string | null;
      /**
       * Format: date-time
       * @description Time of creation (RFC 3339, UTC).
       */
      createdAt: string;
      /**
       * Format: date-time
       * @description Time of the last edit or message.
       */
      updatedAt: string;
      /**
       * Format: date-time
       * @description Time of the deletion; null when it is not deleted.
       */
      deletedAt: string | null;
      /** @description Only with `include=lastMessage`: the message that the conversation ends with; null when it shows none. */
      lastMessage?: components['schemas']['MessagePreview'] | null;
      /** @description Only with `include=unread`: `seq` of the last message that the user has seen; 0 when none. */
      readUpTo?: number;
      /** @description Only with `include=unread`: Number of messages that arrived since, of all roles and branches. */
      unread?: number;
    };
    ListedConversationPage: {
      /** @description `cursor` of the next page; null on the last page. */
      nextCursor: string | null;
      /** @description Only with `count=true`: the number of items on all pages. */
      total?: number;
      /** @description The items of this page. Each has all its required members, unless `fields` trims it. */
      data: components['schemas']['ListedConversation'][];
    };
    MakeConversation: {
      /** @description Title, at most 500 characters. */
      title?: string | null;
      /** @description The application's JSON object, at most 64 KiB. An edit replaces all of it; null keeps it. */
      metadata?: {
        [key: string]: unknown;
      } | null;
      /** @description Labels to filter lists by. An edit replaces all of them. */
      tags?: string[] | null;
      /**
       * Format: uuid
       * @description Id of the agent configuration that the conversation uses: one of the user or a shared one. Null for none.
       */
      agentConfigId?: string | null;
      /** @description Version of the agent configuration. Without a version or an alias, the newest is used. */
      agentConfigVersion?: number | null;
      /** @description Alias of the agent configuration to follow. Not together with a version. */
      agentConfigAlias?: string | null;
    };
    UpdateConversation: {
      /** @description Title, at most 500 characters. */
      title?: string | null;
      /** @description The application's JSON object, at most 64 KiB. An edit replaces all of it; null keeps it. */
      metadata?: {
        [key: string]: unknown;
      } | null;
      /** @description Labels to filter lists by. An edit replaces all of them. */
      tags?: string[] | null;
      /**
       * Format: uuid
       * @description Id of the agent configuration that the conversation uses: one of the user or a shared one. Null for none.
       */
      agentConfigId?: string | null;
      /** @description Version of the agent configuration. Without a version or an alias, the newest is used. */
      agentConfigVersion?: number | null;
      /** @description Alias of the agent configuration to follow. Not together with a version. */
      agentConfigAlias?: string | null;
      /**
       * @description `archived` takes the conversation out of daily use; it can still be read and written to.
       * @enum {string|null}
       */
      status?: 'active' | 'archived' | null;
    };
    Derived: {
      /** @description What was made from the conversation: `conversation` (a fork), `memory`, `task` or `event`. */
      kind: string;
      /** @description Number of them. */
      count: number;
      /** @description The first 100. */
      ids: string[];
    };
    Purged: {
      /**
       * Format: uuid
       * @description Id of the purged conversation.
       */
      conversationId: string;
      /** @description What was made from the conversation and still exists, by kind. */
      derived: components['schemas']['Derived'][];
    };
    Forgetting: {
      /**
       * Format: uuid
       * @description Id of the job that deletes the rest. Read it at `/v1/jobs/{id}`.
       */
      jobId: string;
    };
    ForkConversation: {
      /** @description Title, at most 500 characters. */
      title?: string | null;
      /** @description The application's JSON object, at most 64 KiB. An edit replaces all of it; null keeps it. */
      metadata?: {
        [key: string]: unknown;
      } | null;
      /** @description `seq` of the last message to copy, with those that it follows. Without it, all messages that the conversation shows are copied. */
      seq?: number | null;
    };
    ConversationFilter: {
      /** @description `id`: a value, several of which one holds, or operators. */
      id?:
        | string
        | string[]
        | {
            /**
             * Format: uuid
             * @description `id` is this value.
             */
            eq?: string;
            /**
             * Format: uuid
             * @description `id` is another value, or null.
             */
            ne?: string;
            /** @description `id` is one of these values. */
            in?: string[];
          }
        | null;
      /** @description `key`: a value, several of which one holds, or operators. Null: it has none. */
      key?:
        | string
        | string[]
        | {
            /** @description `key` is this value. */
            eq?: string;
            /** @description `key` is another value, or null. */
            ne?: string;
            /** @description `key` is one of these values. */
            in?: string[];
            /** @description `key` contains this text, in capitals or not. */
            contains?: string;
            /** @description `key` is not null (`true`) or is null (`false`). */
            exists?: boolean;
          }
        | null;
      /** @description `title`: a value, several of which one holds, or operators. Null: it has none. */
      title?:
        | string
        | string[]
        | {
            /** @description `title` is this value. */
            eq?: string;
            /** @description `title` is another value, or null. */
            ne?: string;
            /** @description `title` is one of these values. */
            in?: string[];
            /** @description `title` contains this text, in capitals or not. */
            contains?: string;
            /** @description `title` is not null (`true`) or is null (`false`). */
            exists?: boolean;
          }
        | null;
      /** @description `status`: a value, several of which one holds, or operators. */
      status?:
        | ('active' | 'archived')
        | ('active' | 'archived')[]
        | {
            /**
             * @description `status` is this value.
             * @enum {string}
             */
            eq?: 'active' | 'archived';
            /**
             * @description `status` is another value, or null.
             * @enum {string}
             */
            ne?: 'active' | 'archived';
            /** @description `status` is one of these values. */
            in?: ('active' | 'archived')[];
          }
        | null;
      /** @description `tags`: a value, several of which all hold, or operators. */
      tags?:
        | string
        | string[]
        | {
            /** @description `tags` contain exactly this text. */
            contains?: string | string[];
          }
        | null;
      /** @description `metadata` contains the keys and values of this JSON object, at any depth. */
      metadata?: {
        [key: string]: unknown;
      } | null;
      /** @description `lastSeq`: a value, several of which one holds, or operators. */
      lastSeq?:
        | number
        | number[]
        | {
            /** @description `lastSeq` is this value. */
            eq?: number;
            /** @description `lastSeq` is another value, or null. */
            ne?: number;
            /** @description `lastSeq` is one of these values. */
            in?: number[];
            /** @description `lastSeq` is less than this value. */
            lt?: number;
            /** @description `lastSeq` is at most this value. */
            lte?: number;
            /** @description `lastSeq` is greater than this value. */
            gt?: number;
            /** @description `lastSeq` is at least this value. */
            gte?: number;
          }
        | null;
      /** @description `forkedFromId`: a value, several of which one holds, or operators. Null: it has none. */
      forkedFromId?:
        | string
        | string[]
        | {
            /** @description `forkedFromId` is this value. */
            eq?: string;
            /** @description `forkedFromId` is another value, or null. */
            ne?: string;
            /** @description `forkedFromId` is one of these values. */
            in?: string[];
            /** @description `forkedFromId` is not null (`true`) or is null (`false`). */
            exists?: boolean;
          }
        | null;
      /** @description `agentConfigId`: a value, several of which one holds, or operators. Null: it has none. */
      agentConfigId?:
        | string
        | string[]
        | {
            /**
             * Format: uuid
             * @description `agentConfigId` is this value.
             */
            eq?: string;
            /**
             * Format: uuid
             * @description `agentConfigId` is another value, or null.
             */
            ne?: string;
            /** @description `agentConfigId` is one of these values. */
            in?: string[];
            /** @description `agentConfigId` is not null (`true`) or is null (`false`). */
            exists?: boolean;
          }
        | null;
      /** @description `createdAt`: a value, several of which one holds, or operators. */
      createdAt?:
        | string
        | string[]
        | {
            /** @description `createdAt` is this value. */
            eq?: string;
            /** @description `createdAt` is another value, or null. */
            ne?: string;
            /** @description `createdAt` is one of these values. */
            in?: string[];
            /** @description `createdAt` is less than this value. */
            lt?: string;
            /** @description `createdAt` is at most this value. */
            lte?: string;
            /** @description `createdAt` is greater than this value. */
            gt?: string;
            /** @description `createdAt` is at least this value. */
            gte?: string;
          }
        | null;
      /** @description `updatedAt`: a value, several of which one holds, or operators. */
      updatedAt?:
        | string
        | string[]
        | {
            /** @description `updatedAt` is this value. */
            eq?: string;
            /** @description `updatedAt` is another value, or null. */
            ne?: string;
            /** @description `updatedAt` is one of these values. */
            in?: string[];
            /** @description `updatedAt` is less than this value. */
            lt?: string;
            /** @description `updatedAt` is at most this value. */
            lte?: string;
            /** @description `updatedAt` is greater than this value. */
            gt?: string;
            /** @description `updatedAt` is at least this value. */
            gte?: string;
          }
        | null;
      /** @description `deletedAt`: a value, several of which one holds, or operators. Null: it has none. */
      deletedAt?:
        | string
        | string[]
        | {
            /** @description `deletedAt` is this value. */
            eq?: string;
            /** @description `deletedAt` is another value, or null. */
            ne?: string;
            /** @description `deletedAt` is one of these values. */
            in?: string[];
            /** @description `deletedAt` is less than this value. */
            lt?: string;
            /** @description `deletedAt` is at most this value. */
            lte?: string;
            /** @description `deletedAt` is greater than this value. */
            gt?: string;
            /** @description `deletedAt` is at least this value. */
            gte?: string;
            /** @description `deletedAt` is not null (`true`) or is null (`false`). */
            exists?: boolean;
          }
        | null;
      /** @description Values in `metadata` by their keys, with dots between the keys of nested objects: `{"place.city": "Oslo", "score": {"gte": 5}}`. */
      metadataValues?: {
        [key: string]:
          | string
          | number
          | boolean
          | (string | number | boolean)[]
          | {
              /** @description It is this value. */
              eq?: string | number | boolean;
              /** @description It is another value, or missing. */
              ne?: string | number | boolean;
              /** @description It is one of these values. */
              in?: (string | number | boolean)[];
              /** @description It is of the same type and less: numbers by value, texts by code point. */
              lt?: string | number;
              /** @description It is of the same type, and less or equal. */
              lte?: string | number;
              /** @description It is of the same type, and greater. */
              gt?: string | number;
              /** @description It is of the same type, and greater or equal. */
              gte?: string | number;
              /** @description It is there and not null (`true`), or is missing or null (`false`). */
              exists?: boolean;
            };
      } | null;
      /** @description At least one of these filters holds. A filter has at most 50 conditions and filters inside, on 5 levels. */
      or?: components['schemas']['ConversationFilter'][] | null;
      /** @description This filter does not hold. */
      not?: components['schemas']['ConversationFilter'] | null;
    };
    DeleteConversations: {
      /**
       * @description Only counts what would be deleted, and deletes nothing.
       * @default false
       */
      dryRun?: boolean | null;
      /** @description Which conversations to delete, by the fields of the list. All members must hold; at least one is needed. */
      filter: components['schemas']['ConversationFilter'] &
        components['schemas']['ConversationFilter'];
      /**
       * @description Deletes them for good, with their messages. Otherwise they can be restored.
       * @default false
       */
      purge?: boolean | null;
      /**
       * @description Only with `purge`: `forget` also deletes what was made from them (forks, memories, tasks, events).
       * @default keep
       * @enum {string|null}
       */
      derived?: 'keep' | 'forget' | null;
    };
    DeletionPreview: {
      /** @description Number of items that would be deleted now. */
      count: number;
      /** @description Ids of the first 20, in the order of creation. */
      ids: string[];
    };
    DeletionJob: {
      /**
       * Format: uuid
       * @description Id of the job that deletes them. Read its progress at `/v1/jobs/{id}`.
       */
      jobId: string;
    };
    GiveFeedback: {
      /**
       * @description Whether the message was good.
       * @enum {string}
       */
      rating: 'up' | 'down';
      /** @description Why, in the user's own words. */
      comment?: string | null;
    };
    Feedback: {
      /**
       * @description Whether the message was good.
       * @enum {string}
       */
      rating: 'up' | 'down';
      /** @description Why, in the user's own words. */
      comment: string | null;
      /**
       * Format: date-time
       * @description When it was given.
       */
      at: string;
    };
    ImportedFeedback: {
      /**
       * @description Whether the message was good.
       * @enum {string}
       */
      rating: 'up' | 'down';
      /** @description Why, in the user's own words. */
      comment?: string | null;
      /**
       * Format: date-time
       * @description When it was given. Without it, the time of the message.
       */
      at?: string | null;
    };
    ImportMessage: {
      /**
       * @description Who wrote the message.
       * @enum {string}
       */
      role: 'user' | 'assistant' | 'system' | 'tool';
      /** @description A text, or a list of parts: text, image, file, tool call, tool result, reasoning, or any other type. Parts are returned exactly as sent. Null is kept as no parts. */
      content:
        | (
            | string
            | ({
                /** @description Kind of the part, such as `text` or `tool_call`. Parts of Gemini and Bedrock have none, and neither has what stands beside the content of OpenAI chat, such as `{"refusal": "…"}`. */
                type: string;
              } & {
                [key: string]: unknown;
              })[]
          )
        | null;
      /** @description The application's own JSON object of at most 64 KiB, returned exactly as sent. */
      metadata?: {
        [key: string]: unknown;
      } | null;
      /** @description The application's own name of the message, unique in the conversation. The same key with the same content again is the same message (200), with another content 409 `message.key_taken`; a message in progress takes the content. */
      key?: string | null;
      /**
       * @description `in_progress`: the message grows by `PATCH` until it is finished, and models do not get it before. `interrupted`: it ends too early. `failed`: models do not get it. All but `in_progress` never change.
       * @default complete
       * @enum {string|null}
       */
      status?: 'complete' | 'in_progress' | 'interrupted' | 'failed' | null;
      /**
       * @description Seconds for which the writer of a message in progress may write nothing. Then the message is `interrupted`.
       * @default 60
       */
      leaseSeconds?: number | null;
      /**
       * Format: date-time
       * @description When the message was written, with up to six digits of a second; further digits are cut. Needs the scope `import`. Without it, the time of storing; in an import, the time of the message before, and for the first one `createdAt` of the conversation, or now. `seq` has the order of arrival, whatever the times are.
       */
      createdAt?: string | null;
      /** @description What the user thinks of the message. */
      feedback?: components['schemas']['ImportedFeedback'] | null;
      /** @description `seq` of the message that this one follows, which comes before it: a branch begins here. Null: it follows none. Without it, the message before. */
      parentSeq?: number | null;
    };
    ImportConversation: {
      /** @description Title, at most 500 characters. */
      title?: string | null;
      /** @description The application's JSON object, at most 64 KiB. An edit replaces all of it; null keeps it. */
      metadata?: {
        [key: string]: unknown;
      } | null;
      /** @description Labels to filter lists by. An edit replaces all of them. */
      tags?: string[] | null;
      /** @description Id of the conversation at its source. Importing the same key again adds the messages that are new. */
      importKey: string;
      /**
       * Format: date-time
       * @description Time of creation. Without it, the time of the first message.
       */
      createdAt?: string | null;
      /**
       * Format: date-time
       * @description Time of the last change. Without it, the time of the last message; never before `createdAt`.
       */
      updatedAt?: string | null;
      /**
       * @description `active`, or `archived`.
       * @default active
       * @enum {string|null}
       */
      status?: 'active' | 'archived' | null;
      /**
       * @description `seq` of the first of the messages, to send a long conversation in several requests. Those before must be there; otherwise 409 `conversation.head_moved`.
       * @default 1
       */
      firstSeq?: number | null;
      /** @description `seq` of the message that the conversation ends with; 0: it shows none. Send it with the last of the messages. Without it, the last message. A head that was moved here stays. */
      headSeq?: number | null;
      /** @description `seq` of the last message that the user has seen. Send it with the last of the messages. Taken when messages are added; a mark never goes back. */
      readUpTo?: number | null;
      /**
       * @description True: a conversation that was deleted here is brought back. Otherwise it stays deleted: one that can be restored is answered as it is, and one that is gone is 410 `conversation.deleted_import`.
       * @default false
       */
      again?: boolean | null;
      /** @description The messages in order, at most 20,000; with branches, each after the one that it follows. Messages as this API answers them are accepted, too; their ids and counts are made anew. */
      messages: components['schemas']['ImportMessage'][];
    };
    ImportResult: {
      /** @description False when a conversation with this `importKey` existed already, even a deleted one. A deleted one is not changed without `again`. */
      imported: boolean;
      /** @description Number of messages that were stored. */
      added: number;
      /** @description How many of them begin a branch. */
      branches: number;
      /** @description `seq` of the first message that is another one here than in the request; nothing was stored then. Null when there is none. */
      differsAt: number | null;
      /** @description Number of the messages of the request that were removed or redacted here. They stay so. */
      erased: number;
      /** @description The imported conversation, or the existing one. */
      conversation: components['schemas']['Conversation'];
    };
    ImportBatch: {
      /** @description The conversations, with at most 20,000 messages together. */
      conversations: components['schemas']['ImportConversation'][];
    };
    ProblemField: {
      /** @description JSON Pointer into the body, `?name` of the query or `:name` of the path. */
      pointer: string;
      /** @description What is allowed there. */
      message: string;
    };
    Problem: {
      /** @description URN of the kind of problem: a name, and no address. The header `Link` has the page about it. */
      type: string;
      /** @description The kind of problem in words. */
      title: string;
      /** @description The HTTP status. */
      status: number;
      /** @description What was wrong with this request, and what to do. */
      detail?: string;
      /**
       * @description The kind of problem, for programs. A code keeps its meaning and its status.
       * @enum {string}
       */
      code:
        | 'access.forbidden'
        | 'access.read_only'
        | 'access.scope_missing'
        | 'access.unauthenticated'
        | 'access.user_changed'
        | 'access.user_not_active'
        | 'access.user_not_found'
        | 'access.user_required'
        | 'account.login_failed'
        | 'account.login_missing'
        | 'account.missing'
        | 'account.no_mail'
        | 'account.registration_closed'
        | 'account.secret_invalid'
        | 'account.session_ended'
        | 'account.session_not_found'
        | 'account.username_too_early'
        | 'account.weak_password'
        | 'agent_config.alias_not_found'
        | 'agent_config.ambiguous'
        | 'agent_config.in_use'
        | 'agent_config.invalid_content'
        | 'agent_config.invalid_percentages'
        | 'agent_config.name_taken'
        | 'agent_config.no_earlier_targets'
        | 'agent_config.not_found'
        | 'agent_config.not_overridable'
        | 'agent_config.read_only'
        | 'agent_config.unknown_version'
        | 'agent_config.version_not_found'
        | 'api_key.ambiguous'
        | 'api_key.expiry_in_past'
        | 'api_key.invalid_scope'
        | 'api_key.not_found'
        | 'api_key.not_live'
        | 'audit.owner_not_found'
        | 'bulk_deletion.no_condition'
        | 'checkpoint.owner_not_found'
        | 'checkpoint.too_large'
        | 'checkpoint.value_changed'
        | 'checkpoint.values_missing'
        | 'completion.ended'
        | 'completion.model_busy'
        | 'completion.model_failed'
        | 'completion.model_limited'
        | 'completion.model_refused'
        | 'completion.model_timeout'
        | 'completion.model_unavailable'
        | 'completion.too_long'
        | 'completion.unknown_model'
        | 'context.budget_too_small'
        | 'context.erased'
        | 'context.manifest_not_found'
        | 'context.not_reproducible'
        | 'context.outdated'
        | 'conversation.agent_config_id_required'
        | 'conversation.agent_config_not_found'
        | 'conversation.deleted_import'
        | 'conversation.exists'
        | 'conversation.head_moved'
        | 'conversation.key_exists'
        | 'conversation.message_not_found'
        | 'conversation.not_found'
        | 'conversation.seq_out_of_range'
        | 'conversation.unknown_message'
        | 'event.conversation_not_found'
        | 'event.deleted_import'
        | 'event.invalid_times'
        | 'event.not_found'
        | 'idempotency.erased'
        | 'idempotency.in_flight'
        | 'idempotency.invalid_key'
        | 'idempotency.key_reused'
        | 'job.not_failed'
        | 'job.not_found'
        | 'job.superseded'
        | 'job.too_old'
        | 'mcp.origin_refused'
        | 'mcp_server.agent_config_not_found'
        | 'mcp_server.changed'
        | 'mcp_server.command_refused'
        | 'mcp_server.invalid'
        | 'mcp_server.name_taken'
        | 'mcp_server.not_found'
        | 'mcp_server.secrets_needed'
        | 'mcp_server.too_many'
        | 'mcp_server.url_refused'
        | 'memory.block_changed'
        | 'memory.block_not_found'
        | 'memory.contended'
        | 'memory.conversation_not_found'
        | 'memory.deleted_import'
        | 'memory.duplicate'
        | 'memory.erased'
        | 'memory.indexing'
        | 'memory.invalid_span'
        | 'memory.not_found'
        | 'memory.refused'
        | 'memory.sealed'
        | 'memory.similar'
        | 'memory.source_not_found'
        | 'memory.superseded_not_found'
        | 'memory.too_many_blocks'
        | 'memory.version_not_found'
        | 'message.finished'
        | 'message.key_taken'
        | 'message.not_found'
        | 'message.removed'
        | 'message.sealed'
        | 'message.too_many_in_progress'
        | 'message.unknown_part'
        | 'message.version_mismatch'
        | 'model_call.not_failed'
        | 'model_call.not_found'
        | 'model_call.queue_full'
        | 'model_key.not_found'
        | 'openai.item_not_alone'
        | 'openai.item_not_found'
        | 'quota.reached'
        | 'request.headers_too_large'
        | 'request.invalid_body'
        | 'request.invalid_query'
        | 'request.malformed'
        | 'request.method_not_allowed'
        | 'request.misdirected'
        | 'request.precondition_failed'
        | 'request.rate_limited'
        | 'request.refused'
        | 'request.route_not_found'
        | 'request.timeout'
        | 'request.too_costly'
        | 'request.too_large'
        | 'request.too_many_streams'
        | 'request.too_much_at_once'
        | 'request.unsupported_media_type'
        | 'request.upgrade_required'
        | 'request.uri_too_long'
        | 'server.busy'
        | 'server.internal'
        | 'server.overloaded'
        | 'server.storage_full'
        | 'server.timeout'
        | 'server.unavailable'
        | 'store.owner_not_found'
        | 'stream.no_watch'
        | 'stream.watch_open'
        | 'summary.invalid_range'
        | 'summary.leaves_gap'
        | 'summary.not_found'
        | 'summary.refused'
        | 'task.conversation_not_found'
        | 'task.deleted_import'
        | 'task.not_found'
        | 'turn.busy'
        | 'turn.input_too_large'
        | 'turn.no_model'
        | 'turn.not_configured'
        | 'turn.not_found'
        | 'turn.not_waiting'
        | 'turn.queue_full'
        | 'turn.unknown_provider'
        | 'user.email_taken'
        | 'user.external_id_reserved'
        | 'user.external_id_taken'
        | 'user.merge_collides'
        | 'user.merged'
        | 'user.not_found'
        | 'user.not_mergeable'
        | 'user.not_undoable'
        | 'user.settings_refused'
        | 'user.username_taken'
        | 'vault.key_missing'
        | 'vault.not_configured'
        | 'vault.owner_not_found'
        | 'vault.unreadable'
        | 'webhook.changed'
        | 'webhook.delivery_not_found'
        | 'webhook.disabled'
        | 'webhook.event_refused'
        | 'webhook.not_found'
        | 'webhook.too_many'
        | 'webhook.url_refused';
      /** @description The path that was requested. */
      instance: string;
      /** @description The request's id in the server's log. */
      requestId: string;
      /** @description Each wrong field; at most 20. */
      errors?: components['schemas']['ProblemField'][];
    };
    ImportOutcome: {
      /** @description What an import of this conversation alone answers; null when it was refused. */
      result: components['schemas']['ImportResult'] | null;
      /** @description Why it was refused, as an import of it alone answers: pointers begin at the conversation. Null when it was not. */
      problem: components['schemas']['Problem'] | null;
    };
    ImportBatchResult: {
      /** @description One for each conversation of the request, in the same order. */
      data: components['schemas']['ImportOutcome'][];
    };
    RedactMessage: {
      /** @description Takes the place of the metadata, of which nothing is kept. Left out, it stays. */
      metadata?: {
        [key: string]: unknown;
      } | null;
      /** @description Why, for those who read it later. */
      reason?: string | null;
      /**
       * @description What becomes of memories and summaries that were made from the message: `keep` keeps them and marks summaries as stale, `forget` deletes them for good.
       * @default keep
       * @enum {string|null}
       */
      derived?: 'keep' | 'forget' | null;
      /** @description What the message says from now on: a text, or parts. */
      content:
        | string
        | ({
            /** @description Kind of the part, such as `text` or `tool_call`. Parts of Gemini and Bedrock have none, and neither has what stands beside the content of OpenAI chat, such as `{"refusal": "…"}`. */
            type: string;
          } & {
            [key: string]: unknown;
          })[];
    };
    RedactedPart: {
      /** @description Place of the part in `content` as it is read without `format`, from 0. A text is one part. */
      index: number;
      /** @description Takes the place of what the part says. Left out, the part is removed. A call of a tool stays with its id and name, and a result with its id, so that they remain a pair. */
      with?: string | null;
    };
    RedactParts: {
      /** @description Takes the place of the metadata, of which nothing is kept. Left out, it stays. */
      metadata?: {
        [key: string]: unknown;
      } | null;
      /** @description Why, for those who read it later. */
      reason?: string | null;
      /**
       * @description What becomes of memories and summaries that were made from the message: `keep` keeps them and marks summaries as stale, `forget` deletes them for good.
       * @default keep
       * @enum {string|null}
       */
      derived?: 'keep' | 'forget' | null;
      /** @description The parts to erase, at most 1,000; the others stay. Of two for the same index the last one counts. */
      parts: components['schemas']['RedactedPart'][];
      /**
       * Format: date-time
       * @description `erased.at` of the message as you know it, null when it has none. Otherwise 409 `message.version_mismatch`, because its parts may stand elsewhere now.
       */
      expectedErasedAt?: string | null;
    };
    NewMessage: {
      /**
       * @description Who wrote the message.
       * @enum {string}
       */
      role: 'user' | 'assistant' | 'system' | 'tool';
      /** @description A text, or a list of parts: text, image, file, tool call, tool result, reasoning, or any other type. Parts are returned exactly as sent. Null is kept as no parts. */
      content:
        | (
            | string
            | ({
                /** @description Kind of the part, such as `text` or `tool_call`. Parts of Gemini and Bedrock have none, and neither has what stands beside the content of OpenAI chat, such as `{"refusal": "…"}`. */
                type: string;
              } & {
                [key: string]: unknown;
              })[]
          )
        | null;
      /** @description The application's own JSON object of at most 64 KiB, returned exactly as sent. */
      metadata?: {
        [key: string]: unknown;
      } | null;
      /** @description The application's own name of the message, unique in the conversation. The same key with the same content again is the same message (200), with another content 409 `message.key_taken`; a message in progress takes the content. */
      key?: string | null;
      /**
       * @description `in_progress`: the message grows by `PATCH` until it is finished, and models do not get it before. `interrupted`: it ends too early. `failed`: models do not get it. All but `in_progress` never change.
       * @default complete
       * @enum {string|null}
       */
      status?: 'complete' | 'in_progress' | 'interrupted' | 'failed' | null;
      /**
       * @description Seconds for which the writer of a message in progress may write nothing. Then the message is `interrupted`.
       * @default 60
       */
      leaseSeconds?: number | null;
      /**
       * Format: date-time
       * @description When the message was written, with up to six digits of a second; further digits are cut. Needs the scope `import`. Without it, the time of storing; in an import, the time of the message before, and for the first one `createdAt` of the conversation, or now. `seq` has the order of arrival, whatever the times are.
       */
      createdAt?: string | null;
    };
    AppendMessages: {
      /** @description The messages in order, at most 1,000. All are appended, or none. */
      messages: components['schemas']['NewMessage'][];
      /** @description Appends only when the last message has this `seq` (0: no messages); otherwise 409 `conversation.head_moved`. */
      expectedSeq?: number | null;
      /** @description Id of the message that the first one follows, or `key:` and its key, as it is; null for none. The messages begin a branch then, and become what the conversation shows. Without it they follow the head. */
      parentId?: string | null;
      /** @description Appends only when the conversation ends with the message of this `seq` (0: it shows none); otherwise 409 `conversation.head_moved`. */
      expectedHead?: number | null;
      /**
       * @description False: the conversation goes on to end with the message that it ends with now.
       * @default true
       */
      moveHead?: boolean | null;
      /**
       * @description Dialect of the messages: one that is not of it is refused. By default it is told from the shape of each message.
       * @enum {string|null}
       */
      format?:
        | 'openai'
        | 'openai-responses'
        | 'anthropic'
        | 'gemini'
        | 'bedrock'
        | 'ai-sdk'
        | 'langchain'
        | null;
    };
    Erasure: {
      /**
       * @description `removed`: the message is empty. `redacted`: its content was replaced.
       * @enum {string}
       */
      how: 'removed' | 'redacted';
      /**
       * Format: date-time
       * @description When it was erased.
       */
      at: string;
      /** @description Who erased it: the kind and id of a credential. */
      by: string;
      /** @description Why, as the client said it. */
      reason: string | null;
    };
    Message: {
      /**
       * Format: uuid
       * @description Unique id (UUIDv7).
       */
      id: string;
      /**
       * Format: uuid
       * @description Id of the conversation.
       */
      conversationId: string;
      /** @description Number in the conversation: 1, 2, 3, ... without gaps. */
      seq: number;
      /**
       * @description Who wrote the message.
       * @enum {string}
       */
      role: 'user' | 'assistant' | 'system' | 'tool';
      /** @description A text, or a list of parts: text, image, file, tool call, tool result, reasoning, or any other type. Parts are returned exactly as sent. */
      content:
        | string
        | ({
            /** @description Kind of the part, such as `text` or `tool_call`. Parts of Gemini and Bedrock have none, and neither has what stands beside the content of OpenAI chat, such as `{"refusal": "…"}`. */
            type?: string;
          } & {
            [key: string]: unknown;
          })[];
      /** @description The application's own JSON object, exactly as it was sent. */
      metadata: {
        [key: string]: unknown;
      };
      /** @description Number of tokens by the o200k_base tokeniser. */
      tokenCount: number;
      /** @description `seq` of the message that this one follows: the one before, unless a branch begins here. Null: it follows none. */
      parentSeq: number | null;
      /** @description Number of messages that follow the same message, this one included. Left out when it is the only one, and with `all=true`. */
      branches?: number;
      /**
       * Format: date-time
       * @description Time of creation (RFC 3339, UTC).
       */
      createdAt: string;
      /** @description The application's own name of the message. Only when it has one. */
      key?: string;
      /**
       * @description `in_progress`: it may grow. `interrupted`: it ended too early. `failed`: models do not get it. Left out when it is complete.
       * @enum {string}
       */
      status?: 'in_progress' | 'interrupted' | 'failed';
      /** @description Of a message in progress: the version for the next write. */
      version?: number;
      /**
       * Format: date-time
       * @description Of a message in progress: it is interrupted when nothing is written until then.
       */
      leaseExpiresAt?: string;
      /** @description Only when what the message said was erased. */
      erased?: components['schemas']['Erasure'];
      /** @description What the user thinks of the message. Only when feedback was given. */
      feedback?: components['schemas']['Feedback'];
    };
    RemovedMessage: {
      /**
       * Format: uuid
       * @description Id of the removed message.
       */
      messageId: string;
      /** @description What was made from the message or a copy of it and still exists, by kind. */
      derived: components['schemas']['Derived'][];
    };
    MessageList: {
      /** @description The appended messages, in the order they were sent. */
      data: components['schemas']['Message'][];
    };
    MessagePage: {
      /** @description `cursor` of the next page; null on the last page. */
      nextCursor: string | null;
      /** @description Only with `count=true`: the number of items on all pages. */
      total?: number;
      /** @description The items of this page. Each has all its required members, unless `fields` trims it. */
      data: components['schemas']['Message'][];
    };
    UnconvertedPart: {
      /** @description `seq` of the message. */
      seq: number;
      /**
       * @description Kind of the part.
       * @enum {string}
       */
      kind:
        | 'text'
        | 'image'
        | 'audio'
        | 'video'
        | 'file'
        | 'tool-call'
        | 'tool-result'
        | 'server-tool-call'
        | 'server-tool-result'
        | 'reasoning'
        | 'source'
        | 'refusal'
        | 'other';
      /**
       * @description Why: the dialect has no place for it, reasoning without a signature of its provider, cut off, or empty.
       * @enum {string}
       */
      reason: 'not_accepted' | 'unsigned' | 'unfinished' | 'empty';
    };
    ConvertedPage: {
      /** @description `cursor` of the next page; null on the last page. */
      nextCursor: string | null;
      /** @description Only with `count=true`: the number of items on all pages. */
      total?: number;
      /** @description The messages of the page in the dialect, oldest first. */
      data: {
        [key: string]: unknown;
      }[];
      /** @description System texts at the beginning, where the dialect has a place of their own. */
      system?: {
        [key: string]: unknown;
      }[];
      /** @description Parts of these messages that have no place in the dialect. */
      omitted: components['schemas']['UnconvertedPart'][];
    };
    MoveHead: {
      /** @description Id of the message that the conversation ends with, or `key:` and its key, as it is; null for none. */
      messageId: null | string;
      /**
       * @description Goes on to the newest message that follows this one, on whichever branch.
       * @default false
       */
      toNewest?: boolean | null;
      /** @description Moves only when the conversation ends with the message of this `seq` (0: it shows none); otherwise 409 `conversation.head_moved`. */
      expectedHead?: number | null;
    };
    MarkRead: {
      /** @description `seq` of the last message that the user has seen. */
      upTo: number;
    };
    ReadMark: {
      /** @description `seq` of the last message that the user has seen; 0 when none. */
      readUpTo: number;
      /** @description Number of messages that arrived since, of all roles and branches. */
      unread: number;
    };
    GrowMessage: {
      /** @description The version that the message has now, 0 after its append. Each write counts it up. Otherwise 409 `message.version_mismatch`; a write that was sent before is answered as it was then. */
      expectedVersion: number;
      /** @description A text, or parts, to add at the end. A text goes on with the text before it, or becomes a text part. */
      append?:
        | (
            | string
            | ({
                /** @description Kind of the part, such as `text` or `tool_call`. Parts of Gemini and Bedrock have none, and neither has what stands beside the content of OpenAI chat, such as `{"refusal": "…"}`. */
                type: string;
              } & {
                [key: string]: unknown;
              })[]
          )
        | null;
      /** @description Takes the place of all that the message says so far. */
      content?:
        | (
            | string
            | ({
                /** @description Kind of the part, such as `text` or `tool_call`. Parts of Gemini and Bedrock have none, and neither has what stands beside the content of OpenAI chat, such as `{"refusal": "…"}`. */
                type: string;
              } & {
                [key: string]: unknown;
              })[]
          )
        | null;
      /** @description Takes the place of the metadata. */
      metadata?: {
        [key: string]: unknown;
      } | null;
      /**
       * @description Any other status finishes the message: it never changes from then on. `interrupted`: it ends too early. `failed`: models do not get it.
       * @default in_progress
       * @enum {string|null}
       */
      status?: 'complete' | 'in_progress' | 'interrupted' | 'failed' | null;
      /**
       * @description Seconds for which the writer of a message in progress may write nothing. Then the message is `interrupted`.
       * @default 60
       */
      leaseSeconds?: number | null;
    };
    WrittenMessage: {
      /**
       * Format: uuid
       * @description Unique id (UUIDv7).
       */
      id: string;
      /**
       * Format: uuid
       * @description Id of the conversation.
       */
      conversationId: string;
      /** @description Number in the conversation. */
      seq: number;
      /**
       * @description What it is now.
       * @enum {string}
       */
      status: 'complete' | 'in_progress' | 'interrupted' | 'failed';
      /** @description The version to send with the next write. Null when the message is finished. */
      version: number | null;
      /**
       * Format: date-time
       * @description The message is interrupted when nothing is written until then.
       */
      leaseExpiresAt: string | null;
    };
    MemoriesWanted: {
      /** @description Most memories to include. */
      limit?: number | null;
    };
    BuildContext: {
      /** @description Most tokens (o200k_base) that the context may have. What does not fit is left out and counted in `omitted`. By default the budget of the agent configuration, otherwise 8,000. */
      budgetTokens?: number | null;
      /**
       * @description Provider whose message format the answer has.
       * @default openai
       * @enum {string|null}
       */
      format?: 'openai' | 'openai-responses' | 'anthropic' | 'gemini' | 'ai-sdk' | null;
      /**
       * @description Most messages of the conversation to include.
       * @default 10000
       */
      maxMessages?: number | null;
      /** @description What the next call is about. Memories are chosen by it. */
      query?: string | null;
      /** @description IANA name of the time zone of dates in the query, or in the user's last message without one. Without it, `settings.timeZone` of the user, if that is such a name, else UTC. */
      timeZone?: string | null;
      /** @description How memories are included: those that match first, then the most important of the newest, in at most an eighth of the budget. */
      memories?: components['schemas']['MemoriesWanted'] | null;
      /** @description What to include besides the recent messages. Everything without it. */
      include?:
        ('system' | 'pinned' | 'summaries' | 'memories' | 'blocks' | 'agentConfig')[] | null;
      /**
       * @description Shortens the user's last message when it is long, as all others are. Without it a last message over the budget is 422 with the tokens needed.
       * @default false
       */
      shortenLast?: boolean | null;
      /**
       * @description Lists in `omitted.explained` each message and part that is not in the context.
       * @default false
       */
      explain?: boolean | null;
    };
    RepeatContext: {
      /**
       * Format: uuid
       * @description Id of a context built before. It is built again, byte for byte.
       */
      manifestId: string;
    };
    ManifestMessage: {
      /** @description `seq` of the message. */
      seq: number;
      /**
       * Format: uuid
       * @description Unique id (UUIDv7).
       */
      id: string;
    };
    ManifestSummary: {
      /**
       * Format: uuid
       * @description Unique id (UUIDv7).
       */
      id: string;
      /** @description `seq` of the first message that is summarised. */
      fromSeq: number;
      /** @description `seq` of the last message that is summarised. */
      toSeq: number;
    };
    ManifestSource: {
      /**
       * @description Part of the context that it is in.
       * @enum {string}
       */
      part: 'system' | 'pinned' | 'summaries' | 'memories' | 'blocks' | 'agentConfig';
      /** @description Id and version. */
      ref: string;
    };
    ContextManifest: {
      /**
       * Format: uuid
       * @description Id of the conversation.
       */
      conversationId: string;
      /**
       * @description Format of the messages.
       * @enum {string}
       */
      format: 'openai' | 'openai-responses' | 'anthropic' | 'gemini' | 'ai-sdk';
      /** @description The token budget. */
      budgetTokens: number;
      /** @description `seq` of the message that the conversation ended with when the context was built; 0: it showed none. */
      lastSeq: number;
      /** @description The messages in the context. */
      messages: components['schemas']['ManifestMessage'][];
      /** @description The summaries in the context. */
      summaries: components['schemas']['ManifestSummary'][];
      /** @description Memories, memory blocks and the agent configuration in the context, each with its version. */
      sources: components['schemas']['ManifestSource'][];
      /** @description SHA-256 of `system` and `messages` as they were sent, in hexadecimal. */
      contentSha256: string;
    };
    Breakpoint: {
      /**
       * @description The list that `index` counts in.
       * @enum {string}
       */
      in: 'system' | 'messages';
      /** @description Index of the last item to cache, from 0. */
      index: number;
    };
    OmittedParts: {
      /**
       * @description Kind of the parts.
       * @enum {string}
       */
      kind:
        | 'text'
        | 'image'
        | 'audio'
        | 'video'
        | 'file'
        | 'tool-call'
        | 'tool-result'
        | 'server-tool-call'
        | 'server-tool-result'
        | 'reasoning'
        | 'source'
        | 'refusal'
        | 'other';
      /**
       * @description Why: the format has no place for it, reasoning without a signature of this provider, cut off, empty, shortened, too large, or a tool call or result without the other.
       * @enum {string}
       */
      reason:
        | 'not_accepted'
        | 'unsigned'
        | 'unfinished'
        | 'empty'
        | 'shortened'
        | 'too_large'
        | 'unpaired';
      /** @description How many parts. */
      count: number;
    };
    OmittedRange: {
      /** @description `seq` of the first message. */
      fromSeq: number;
      /** @description `seq` of the last message. */
      toSeq: number;
      /**
       * @description Why: no room in the budget, covered by a summary, nothing that can be sent, removed for good, or unfinished.
       * @enum {string}
       */
      reason: 'no_room' | 'summarised' | 'nothing_to_send' | 'removed' | 'unfinished';
    };
    OmittedPart: {
      /** @description `seq` of the message. */
      seq: number;
      /**
       * @description Kind of the part.
       * @enum {string}
       */
      kind:
        | 'text'
        | 'image'
        | 'audio'
        | 'video'
        | 'file'
        | 'tool-call'
        | 'tool-result'
        | 'server-tool-call'
        | 'server-tool-result'
        | 'reasoning'
        | 'source'
        | 'refusal'
        | 'other';
      /**
       * @description Why, as in `parts` of `omitted`.
       * @enum {string}
       */
      reason:
        | 'not_accepted'
        | 'unsigned'
        | 'unfinished'
        | 'empty'
        | 'shortened'
        | 'too_large'
        | 'unpaired';
    };
    Explained: {
      /** @description Messages that are not in the context. */
      messages: components['schemas']['OmittedRange'][];
      /** @description Parts of the messages in the context that are left out or shortened. */
      parts: components['schemas']['OmittedPart'][];
    };
    Omitted: {
      /** @description Messages of the conversation that are not in the context. */
      messages: number;
      /** @description How many of the omitted messages a summary in the context covers. */
      summarised: number;
      /** @description Pinned messages, system messages and summaries that belong in the context and did not fit the budget. */
      unfitting: number;
      /** @description Tool calls without a result and results without a call. Providers refuse them. */
      unpairedToolParts: number;
      /** @description Parts of the messages in the context that are left out or shortened. */
      parts: components['schemas']['OmittedParts'][];
      /** @description Messages near the window that were removed for good, at most 100. */
      removed?: components['schemas']['ManifestMessage'][];
      /** @description Messages near the window that are in progress or failed, at most 100. */
      unfinished?: components['schemas']['ManifestMessage'][];
      /** @description Each message and part that is not in the context. Only with `explain`. */
      explained?: components['schemas']['Explained'];
      /** @description JSON Pointers of the user's overrides that the agent configuration does not allow. Absent when there are none. */
      overrides?: string[];
    };
    Context: {
      /** @description Blocks for the system prompt. Only in the formats of Anthropic and Gemini. */
      system?: {
        [key: string]: unknown;
      }[];
      /** @description Messages for the next model call, in the provider's order and format. */
      messages: {
        [key: string]: unknown;
      }[];
      /** @description Tokens of the whole context; never more than the budget. */
      tokens: number;
      /** @description Encoding by which tokens are counted. For providers that publish none it is an estimate. */
      tokenEncoding: string;
      /**
       * Format: uuid
       * @description Id under which this context can be built again.
       */
      manifestId: string;
      /** @description What the context was built from. */
      manifest: components['schemas']['ContextManifest'];
      /** @description SHA-256 of the beginning that stays the same, byte for byte, until the conversation is compacted. In hexadecimal. */
      prefixSha256: string;
      /** @description Where to set the cache marks of the provider's prompt cache. */
      cacheBreakpoints: components['schemas']['Breakpoint'][];
      /** @description What is not in the context. */
      omitted: components['schemas']['Omitted'];
    };
    CreateSummary: {
      /**
       * @description `seq` of the first message that is summarised.
       * @default 1
       */
      fromSeq?: number | null;
      /** @description `seq` of the last message that is summarised. In a conversation with branches, the messages that it follows are summarised, from `fromSeq` on. */
      toSeq: number;
      /** @description The summary itself. */
      content: string;
      /**
       * @description True compacts the conversation: contexts contain this summary in place of all messages up to `toSeq`. False only uses the summary when messages of its range are left out.
       * @default false
       */
      compact?: boolean | null;
    };
    WrittenByModel: {
      /** @description The provider. */
      provider: string;
      /** @description The model. */
      model: string;
      /**
       * Format: uuid
       * @description Turn after which it was written.
       */
      turnId: string;
    };
    Summary: {
      /**
       * Format: uuid
       * @description Unique id (UUIDv7).
       */
      id: string;
      /**
       * Format: uuid
       * @description Id of the conversation.
       */
      conversationId: string;
      /** @description `seq` of the first message that is summarised. */
      fromSeq: number;
      /** @description `seq` of the last message that is summarised. */
      toSeq: number;
      /** @description The summary itself. */
      content: string;
      /** @description Tokens (o200k_base) in a context, including the line that introduces the summary. */
      tokenCount: number;
      /** @description Whether contexts contain the summary in place of the messages up to `toSeq`. */
      compact: boolean;
      /** @description True after a message of its range was removed or redacted: it may still say what that said. */
      stale: boolean;
      /** @description The model that wrote it; null for a summary of the application. */
      source: components['schemas']['WrittenByModel'] | null;
      /**
       * Format: date-time
       * @description Time of creation (RFC 3339, UTC).
       */
      createdAt: string;
    };
    SummaryPage: {
      /** @description `cursor` of the next page; null on the last page. */
      nextCursor: string | null;
      /** @description Only with `count=true`: the number of items on all pages. */
      total?: number;
      /** @description The items of this page. Each has all its required members, unless `fields` trims it. */
      data: components['schemas']['Summary'][];
    };
    MemoryFilter: {
      /** @description `id`: a value, several of which one holds, or operators. */
      id?:
        | string
        | string[]
        | {
            /**
             * Format: uuid
             * @description `id` is this value.
             */
            eq?: string;
            /**
             * Format: uuid
             * @description `id` is another value, or null.
             */
            ne?: string;
            /** @description `id` is one of these values. */
            in?: string[];
          }
        | null;
      /** @description `kind`: a value, several of which one holds, or operators. */
      kind?:
        | ('fact' | 'preference' | 'episode' | 'summary' | 'instruction')
        | ('fact' | 'preference' | 'episode' | 'summary' | 'instruction')[]
        | {
            /**
             * @description `kind` is this value.
             * @enum {string}
             */
            eq?: 'fact' | 'preference' | 'episode' | 'summary' | 'instruction';
            /**
             * @description `kind` is another value, or null.
             * @enum {string}
             */
            ne?: 'fact' | 'preference' | 'episode' | 'summary' | 'instruction';
            /** @description `kind` is one of these values. */
            in?: ('fact' | 'preference' | 'episode' | 'summary' | 'instruction')[];
          }
        | null;
      /** @description `tags`: a value, several of which all hold, or operators. */
      tags?:
        | string
        | string[]
        | {
            /** @description `tags` contain exactly this text. */
            contains?: string | string[];
          }
        | null;
      /** @description `importance`: a value, several of which one holds, or operators. */
      importance?:
        | number
        | number[]
        | {
            /** @description `importance` is this value. */
            eq?: number;
            /** @description `importance` is another value, or null. */
            ne?: number;
            /** @description `importance` is one of these values. */
            in?: number[];
            /** @description `importance` is less than this value. */
            lt?: number;
            /** @description `importance` is at most this value. */
            lte?: number;
            /** @description `importance` is greater than this value. */
            gt?: number;
            /** @description `importance` is at least this value. */
            gte?: number;
          }
        | null;
      /** @description `metadata` contains the keys and values of this JSON object, at any depth. */
      metadata?: {
        [key: string]: unknown;
      } | null;
      /** @description `agentId`: a value, several of which one holds, or operators. Null: it has none. */
      agentId?:
        | string
        | string[]
        | {
            /** @description `agentId` is this value. */
            eq?: string;
            /** @description `agentId` is another value, or null. */
            ne?: string;
            /** @description `agentId` is one of these values. */
            in?: string[];
            /** @description `agentId` contains this text, in capitals or not. */
            contains?: string;
            /** @description `agentId` is not null (`true`) or is null (`false`). */
            exists?: boolean;
          }
        | null;
      /** @description `conversationId`: a value, several of which one holds, or operators. Null: it has none. */
      conversationId?:
        | string
        | string[]
        | {
            /** @description `conversationId` is this value. */
            eq?: string;
            /** @description `conversationId` is another value, or null. */
            ne?: string;
            /** @description `conversationId` is one of these values. */
            in?: string[];
            /** @description `conversationId` is not null (`true`) or is null (`false`). */
            exists?: boolean;
          }
        | null;
      /** @description `validFrom`: a value, several of which one holds, or operators. Null: it has none. */
      validFrom?:
        | string
        | string[]
        | {
            /** @description `validFrom` is this value. */
            eq?: string;
            /** @description `validFrom` is another value, or null. */
            ne?: string;
            /** @description `validFrom` is one of these values. */
            in?: string[];
            /** @description `validFrom` is less than this value. */
            lt?: string;
            /** @description `validFrom` is at most this value. */
            lte?: string;
            /** @description `validFrom` is greater than this value. */
            gt?: string;
            /** @description `validFrom` is at least this value. */
            gte?: string;
            /** @description `validFrom` is not null (`true`) or is null (`false`). */
            exists?: boolean;
          }
        | null;
      /** @description `validTo`: a value, several of which one holds, or operators. Null: it has none. */
      validTo?:
        | string
        | string[]
        | {
            /** @description `validTo` is this value. */
            eq?: string;
            /** @description `validTo` is another value, or null. */
            ne?: string;
            /** @description `validTo` is one of these values. */
            in?: string[];
            /** @description `validTo` is less than this value. */
            lt?: string;
            /** @description `validTo` is at most this value. */
            lte?: string;
            /** @description `validTo` is greater than this value. */
            gt?: string;
            /** @description `validTo` is at least this value. */
            gte?: string;
            /** @description `validTo` is not null (`true`) or is null (`false`). */
            exists?: boolean;
          }
        | null;
      /** @description `expiresAt`: a value, several of which one holds, or operators. Null: it has none. */
      expiresAt?:
        | string
        | string[]
        | {
            /** @description `expiresAt` is this value. */
            eq?: string;
            /** @description `expiresAt` is another value, or null. */
            ne?: string;
            /** @description `expiresAt` is one of these values. */
            in?: string[];
            /** @description `expiresAt` is less than this value. */
            lt?: string;
            /** @description `expiresAt` is at most this value. */
            lte?: string;
            /** @description `expiresAt` is greater than this value. */
            gt?: string;
            /** @description `expiresAt` is at least this value. */
            gte?: string;
            /** @description `expiresAt` is not null (`true`) or is null (`false`). */
            exists?: boolean;
          }
        | null;
      /** @description `strength`: a value, several of which one holds, or operators. */
      strength?:
        | number
        | number[]
        | {
            /** @description `strength` is this value. */
            eq?: number;
            /** @description `strength` is another value, or null. */
            ne?: number;
            /** @description `strength` is one of these values. */
            in?: number[];
            /** @description `strength` is less than this value. */
            lt?: number;
            /** @description `strength` is at most this value. */
            lte?: number;
            /** @description `strength` is greater than this value. */
            gt?: number;
            /** @description `strength` is at least this value. */
            gte?: number;
          }
        | null;
      /** @description `revision`: a value, several of which one holds, or operators. */
      revision?:
        | number
        | number[]
        | {
            /** @description `revision` is this value. */
            eq?: number;
            /** @description `revision` is another value, or null. */
            ne?: number;
            /** @description `revision` is one of these values. */
            in?: number[];
            /** @description `revision` is less than this value. */
            lt?: number;
            /** @description `revision` is at most this value. */
            lte?: number;
            /** @description `revision` is greater than this value. */
            gt?: number;
            /** @description `revision` is at least this value. */
            gte?: number;
          }
        | null;
      /** @description `createdAt`: a value, several of which one holds, or operators. */
      createdAt?:
        | string
        | string[]
        | {
            /** @description `createdAt` is this value. */
            eq?: string;
            /** @description `createdAt` is another value, or null. */
            ne?: string;
            /** @description `createdAt` is one of these values. */
            in?: string[];
            /** @description `createdAt` is less than this value. */
            lt?: string;
            /** @description `createdAt` is at most this value. */
            lte?: string;
            /** @description `createdAt` is greater than this value. */
            gt?: string;
            /** @description `createdAt` is at least this value. */
            gte?: string;
          }
        | null;
      /** @description `updatedAt`: a value, several of which one holds, or operators. */
      updatedAt?:
        | string
        | string[]
        | {
            /** @description `updatedAt` is this value. */
            eq?: string;
            /** @description `updatedAt` is another value, or null. */
            ne?: string;
            /** @description `updatedAt` is one of these values. */
            in?: string[];
            /** @description `updatedAt` is less than this value. */
            lt?: string;
            /** @description `updatedAt` is at most this value. */
            lte?: string;
            /** @description `updatedAt` is greater than this value. */
            gt?: string;
            /** @description `updatedAt` is at least this value. */
            gte?: string;
          }
        | null;
      /** @description Values in `metadata` by their keys, with dots between the keys of nested objects: `{"place.city": "Oslo", "score": {"gte": 5}}`. */
      metadataValues?: {
        [key: string]:
          | string
          | number
          | boolean
          | (string | number | boolean)[]
          | {
              /** @description It is this value. */
              eq?: string | number | boolean;
              /** @description It is another value, or missing. */
              ne?: string | number | boolean;
              /** @description It is one of these values. */
              in?: (string | number | boolean)[];
              /** @description It is of the same type and less: numbers by value, texts by code point. */
              lt?: string | number;
              /** @description It is of the same type, and less or equal. */
              lte?: string | number;
              /** @description It is of the same type, and greater. */
              gt?: string | number;
              /** @description It is of the same type, and greater or equal. */
              gte?: string | number;
              /** @description It is there and not null (`true`), or is missing or null (`false`). */
              exists?: boolean;
            };
      } | null;
      /** @description What was true, happened or was written at or after this time. */
      from?: string | null;
      /** @description What was true, happened or was written before this time. */
      to?: string | null;
      /** @description Memories of at least this importance, from 0 to 1. */
      minImportance?: number | null;
      /** @description At least one of these filters holds. A filter has at most 50 conditions and filters inside, on 5 levels. */
      or?: components['schemas']['MemoryFilter'][] | null;
      /** @description This filter does not hold. */
      not?: components['schemas']['MemoryFilter'] | null;
    };
    SearchMemories: {
      /** @description What to look for, in plain words. A `"phrase"` must occur, and a word or phrase behind `-` must not, as in the search of messages. In a question that ends with a question mark a phrase only ranks, unless `match` is `all`. */
      query: string;
      /**
       * @description `any`: a hit has some of the words. `all`: it has all of them, or all of an alternative that `or` divides from others, as in the search of messages.
       * @default any
       * @enum {string|null}
       */
      match?: 'any' | 'all' | null;
      /**
       * @description Takes the last word as the beginning of a word that must occur, to search while somebody types. PostgreSQL scans for it.
       * @default false
       */
      prefix?: boolean | null;
      /**
       * @description Most hits.
       * @default 10
       */
      limit?: number | null;
      /**
       * @description What to search: memories, messages, or both.
       * @default [
       *       "memories"
       *     ]
       */
      in?: ('memories' | 'messages') | ('memories' | 'messages')[] | null;
      /** @description What every hit meets. All members of a filter must hold; an empty one holds for everything. For messages the conditions count that a message can have (`id`, `conversationId`, `metadata`, `metadataValues`, `createdAt`, `from`, `to`); others are left out. */
      filter?: components['schemas']['MemoryFilter'] | null;
      /** @description A time, or the `revision` of a write: the memory as it was then, less what was erased since. */
      asOf?: string | number | null;
      /**
       * @description Adds `parts` to each hit: how its score is made up.
       * @default false
       */
      explain?: boolean | null;
      /**
       * @description Number of memories or messages to add from directly before and after each hit.
       * @default 0
       */
      neighbours?: number | null;
      /** @description IANA name of the time zone of dates in the query, such as "on Monday" or "8 May", and in the filter. Without it, dates in the query are those of `settings.timeZone` of the user, if that is such a name, and others are UTC. */
      timeZone?: string | null;
    };
    NewMemory: {
      /**
       * @description What kind of knowledge it is.
       * @default fact
       * @enum {string|null}
       */
      kind?: 'fact' | 'preference' | 'episode' | 'summary' | 'instruction' | null;
      /** @description Labels to filter by. */
      tags?: string[] | null;
      /**
       * @description How important it is, from 0 to 1. It raises the rank in searches and contexts.
       * @default 0.5
       */
      importance?: number | null;
      /** @description The application's own JSON object of at most 64 KiB. */
      metadata?: {
        [key: string]: unknown;
      } | null;
      /** @description The only agent it is for, by the application's name for the agent. All agents without it. */
      agentId?: string | null;
      /** @description The only conversation that it is for: its id, or `key:` and its key. All conversations without it. */
      conversationId?: string | null;
      /** @description Time from which it is true; for an episode, the time at which it happened. A date is midnight in UTC. */
      validFrom?: (string | null) | null;
      /** @description Time until which it is true, exclusive. A date is midnight in UTC. */
      validTo?: (string | null) | null;
      /**
       * Format: date-time
       * @description Time at which it is deleted and its content erased.
       */
      expiresAt?: string | null;
      /** @description Ids of the messages that it was learnt from. */
      sourceMessageIds?: string[] | null;
      /** @description Why it changes, for the history. */
      reason?: string | null;
      /** @description What is known, as one statement. At most 65,536 bytes. */
      content: string;
      /** @description Ids of memories that it takes the place of. They stay, and are true until its `validFrom`, or until now without one. */
      supersedes?: string[] | null;
      /**
       * @description What to do when a memory says nearly the same, and not the same: `keep` stores this one, `strengthen` raises the strength of the nearest one in place of it, `refuse` answers 409.
       * @default keep
       * @enum {string|null}
       */
      onSimilar?: 'keep' | 'strengthen' | 'refuse' | null;
    };
    NewMemories: {
      /** @description The memories, at most 1,000. All are stored, or none. */
      memories: components['schemas']['NewMemory'][];
    };
    Memory: {
      /**
       * Format: uuid
       * @description Unique id (UUIDv7).
       */
      id: string;
      /**
       * @description What kind of knowledge it is.
       * @enum {string}
       */
      kind: 'fact' | 'preference' | 'episode' | 'summary' | 'instruction';
      /** @description What is known. */
      content: string;
      /** @description Labels to filter by. */
      tags: string[];
      /** @description How important it is, from 0 to 1. */
      importance: number;
      /** @description The application's own JSON object, exactly as it was sent. */
      metadata: {
        [key: string]: unknown;
      };
      /** @description The only agent that it is for; null for all agents. */
      agentId: string | null;
      /**
       * Format: uuid
       * @description Id of the only conversation that it is for; null for all conversations.
       */
      conversationId: string | null;
      /**
       * Format: date-time
       * @description Time from which it is true, or null.
       */
      validFrom: string | null;
      /**
       * Format: date-time
       * @description Time until which it is true, exclusive, or null.
       */
      validTo: string | null;
      /**
       * Format: date-time
       * @description Time at which it is deleted and erased, or null.
       */
      expiresAt: string | null;
      /** @description Ids of the memories that it has superseded, also of removed ones. */
      supersedes: string[];
      /**
       * Format: uuid
       * @description Id of the memory that has superseded it, or null. It was true until `validTo`.
       */
      supersededBy: string | null;
      /** @description Ids of messages that this or an earlier version was learnt from, also of purged messages. */
      sourceMessageIds: string[];
      /** @description Those of the source messages that have been purged. */
      removedSourceMessageIds: string[];
      /** @description How often it was stored: the same content again raises it, and makes no second memory. */
      strength: number;
      /** @description Number of the current version: 1 at first, one more after each edit. */
      version: number;
      /** @description Number of the last write among all writes to the user's memory. `asOf` takes it. */
      revision: number;
      /**
       * Format: date-time
       * @description Time of creation (RFC 3339, UTC).
       */
      createdAt: string;
      /**
       * Format: date-time
       * @description Time at which this version was written.
       */
      updatedAt: string;
    };
    MemoryHit: {
      /** @description The memory that was found. Absent when the hit is a message. */
      memory?: components['schemas']['Memory'];
      /** @description The message that was found. Absent when the hit is a memory. */
      message?: components['schemas']['Message'];
      /** @description Rank: higher is better. Comparable within one answer only. */
      score: number;
      /**
       * @description What the hit was found by: its words, its vector, or both.
       * @enum {string}
       */
      matchedBy: 'lexical' | 'vector' | 'both';
      /** @description Only with `explain`: what each signal added to the score. */
      parts?: {
        [key: string]: number;
      };
      /** @description Only with `neighbours`: what stands directly before the hit. */
      before?: (components['schemas']['Memory'] | components['schemas']['Message'])[];
      /** @description Only with `neighbours`: what stands directly after the hit. */
      after?: (components['schemas']['Memory'] | components['schemas']['Message'])[];
    };
    MemoryHits: {
      /** @description The hits, best first. */
      data: components['schemas']['MemoryHit'][];
      /**
       * @description `index`: an index in the server's memory. `database`: the user has too much text for that; the database ranks the texts with the rarest words, and adds no neighbours.
       * @enum {string}
       */
      searchedBy: 'index' | 'database';
      /** @description False when something was left out: hits or neighbours beyond `MAX_PAGE_BYTES`, or texts that could not be searched. With `database` also texts older than the newest `SEARCH_SCAN_MB`, and those beyond the 300 most likely. */
      complete: boolean;
    };
    MemoryStats: {
      /** @description Number of memories. */
      memories: number;
      /** @description Number of the last write to the user's memory; 0 when there was none. */
      revision: number;
      /** @description Embedding model of the vectors; null when the search uses words alone. */
      model: string | null;
      /** @description Memories that have a vector. */
      embedded: number;
      /** @description Memories that do not have a vector yet. The search finds them by their words. */
      pending: number;
    };
    MessageHit: {
      /** @description The message that was found. */
      message: components['schemas']['Message'];
      /** @description Rank: higher is better. A word counts more than its other forms. Comparable within one answer only. */
      score: number;
      /** @description Whether the conversation shows the message: false for one of another branch. Such hits come last. */
      onPath: boolean;
      /** @description Only with `explain`: what each signal added to the score. */
      parts?: {
        [key: string]: number;
      };
    };
    MessageHits: {
      /**
       * @description `index`: an index in the server's memory. `database`: the user has too much text for that; the database ranks the texts with the rarest words, and adds no neighbours.
       * @enum {string}
       */
      searchedBy: 'index' | 'database';
      /** @description False when something was left out: hits or neighbours beyond `MAX_PAGE_BYTES`, or texts that could not be searched. With `database` also texts older than the newest `SEARCH_SCAN_MB`, and those beyond the 300 most likely. */
      complete: boolean;
      /** @description The hits, best first. */
      data: components['schemas']['MessageHit'][];
    };
    ListedMemoryFilter: {
      /** @description `id`: a value, several of which one holds, or operators. */
      id?:
        | string
        | string[]
        | {
            /**
             * Format: uuid
             * @description `id` is this value.
             */
            eq?: string;
            /**
             * Format: uuid
             * @description `id` is another value, or null.
             */
            ne?: string;
            /** @description `id` is one of these values. */
            in?: string[];
          }
        | null;
      /** @description `kind`: a value, several of which one holds, or operators. */
      kind?:
        | ('fact' | 'preference' | 'episode' | 'summary' | 'instruction')
        | ('fact' | 'preference' | 'episode' | 'summary' | 'instruction')[]
        | {
            /**
             * @description `kind` is this value.
             * @enum {string}
             */
            eq?: 'fact' | 'preference' | 'episode' | 'summary' | 'instruction';
            /**
             * @description `kind` is another value, or null.
             * @enum {string}
             */
            ne?: 'fact' | 'preference' | 'episode' | 'summary' | 'instruction';
            /** @description `kind` is one of these values. */
            in?: ('fact' | 'preference' | 'episode' | 'summary' | 'instruction')[];
          }
        | null;
      /** @description `tags`: a value, several of which all hold, or operators. */
      tags?:
        | string
        | string[]
        | {
            /** @description `tags` contain exactly this text. */
            contains?: string | string[];
          }
        | null;
      /** @description `importance`: a value, several of which one holds, or operators. */
      importance?:
        | number
        | number[]
        | {
            /** @description `importance` is this value. */
            eq?: number;
            /** @description `importance` is another value, or null. */
            ne?: number;
            /** @description `importance` is one of these values. */
            in?: number[];
            /** @description `importance` is less than this value. */
            lt?: number;
            /** @description `importance` is at most this value. */
            lte?: number;
            /** @description `importance` is greater than this value. */
            gt?: number;
            /** @description `importance` is at least this value. */
            gte?: number;
          }
        | null;
      /** @description `metadata` contains the keys and values of this JSON object, at any depth. */
      metadata?: {
        [key: string]: unknown;
      } | null;
      /** @description `agentId`: a value, several of which one holds, or operators. Null: it has none. */
      agentId?:
        | string
        | string[]
        | {
            /** @description `agentId` is this value. */
            eq?: string;
            /** @description `agentId` is another value, or null. */
            ne?: string;
            /** @description `agentId` is one of these values. */
            in?: string[];
            /** @description `agentId` contains this text, in capitals or not. */
            contains?: string;
            /** @description `agentId` is not null (`true`) or is null (`false`). */
            exists?: boolean;
          }
        | null;
      /** @description `conversationId`: a value, several of which one holds, or operators. Null: it has none. */
      conversationId?:
        | string
        | string[]
        | {
            /** @description `conversationId` is this value. */
            eq?: string;
            /** @description `conversationId` is another value, or null. */
            ne?: string;
            /** @description `conversationId` is one of these values. */
            in?: string[];
            /** @description `conversationId` is not null (`true`) or is null (`false`). */
            exists?: boolean;
          }
        | null;
      /** @description `validFrom`: a value, several of which one holds, or operators. Null: it has none. */
      validFrom?:
        | string
        | string[]
        | {
            /** @description `validFrom` is this value. */
            eq?: string;
            /** @description `validFrom` is another value, or null. */
            ne?: string;
            /** @description `validFrom` is one of these values. */
            in?: string[];
            /** @description `validFrom` is less than this value. */
            lt?: string;
            /** @description `validFrom` is at most this value. */
            lte?: string;
            /** @description `validFrom` is greater than this value. */
            gt?: string;
            /** @description `validFrom` is at least this value. */
            gte?: string;
            /** @description `validFrom` is not null (`true`) or is null (`false`). */
            exists?: boolean;
          }
        | null;
      /** @description `validTo`: a value, several of which one holds, or operators. Null: it has none. */
      validTo?:
        | string
        | string[]
        | {
            /** @description `validTo` is this value. */
            eq?: string;
            /** @description `validTo` is another value, or null. */
            ne?: string;
            /** @description `validTo` is one of these values. */
            in?: string[];
            /** @description `validTo` is less than this value. */
            lt?: string;
            /** @description `validTo` is at most this value. */
            lte?: string;
            /** @description `validTo` is greater than this value. */
            gt?: string;
            /** @description `validTo` is at least this value. */
            gte?: string;
            /** @description `validTo` is not null (`true`) or is null (`false`). */
            exists?: boolean;
          }
        | null;
      /** @description `expiresAt`: a value, several of which one holds, or operators. Null: it has none. */
      expiresAt?:
        | string
        | string[]
        | {
            /** @description `expiresAt` is this value. */
            eq?: string;
            /** @description `expiresAt` is another value, or null. */
            ne?: string;
            /** @description `expiresAt` is one of these values. */
            in?: string[];
            /** @description `expiresAt` is less than this value. */
            lt?: string;
            /** @description `expiresAt` is at most this value. */
            lte?: string;
            /** @description `expiresAt` is greater than this value. */
            gt?: string;
            /** @description `expiresAt` is at least this value. */
            gte?: string;
            /** @description `expiresAt` is not null (`true`) or is null (`false`). */
            exists?: boolean;
          }
        | null;
      /** @description `strength`: a value, several of which one holds, or operators. */
      strength?:
        | number
        | number[]
        | {
            /** @description `strength` is this value. */
            eq?: number;
            /** @description `strength` is another value, or null. */
            ne?: number;
            /** @description `strength` is one of these values. */
            in?: number[];
            /** @description `strength` is less than this value. */
            lt?: number;
            /** @description `strength` is at most this value. */
            lte?: number;
            /** @description `strength` is greater than this value. */
            gt?: number;
            /** @description `strength` is at least this value. */
            gte?: number;
          }
        | null;
      /** @description `revision`: a value, several of which one holds, or operators. */
      revision?:
        | number
        | number[]
        | {
            /** @description `revision` is this value. */
            eq?: number;
            /** @description `revision` is another value, or null. */
            ne?: number;
            /** @description `revision` is one of these values. */
            in?: number[];
            /** @description `revision` is less than this value. */
            lt?: number;
            /** @description `revision` is at most this value. */
            lte?: number;
            /** @description `revision` is greater than this value. */
            gt?: number;
            /** @description `revision` is at least this value. */
            gte?: number;
          }
        | null;
      /** @description `createdAt`: a value, several of which one holds, or operators. */
      createdAt?:
        | string
        | string[]
        | {
            /** @description `createdAt` is this value. */
            eq?: string;
            /** @description `createdAt` is another value, or null. */
            ne?: string;
            /** @description `createdAt` is one of these values. */
            in?: string[];
            /** @description `createdAt` is less than this value. */
            lt?: string;
            /** @description `createdAt` is at most this value. */
            lte?: string;
            /** @description `createdAt` is greater than this value. */
            gt?: string;
            /** @description `createdAt` is at least this value. */
            gte?: string;
          }
        | null;
      /** @description `updatedAt`: a value, several of which one holds, or operators. */
      updatedAt?:
        | string
        | string[]
        | {
            /** @description `updatedAt` is this value. */
            eq?: string;
            /** @description `updatedAt` is another value, or null. */
            ne?: string;
            /** @description `updatedAt` is one of these values. */
            in?: string[];
            /** @description `updatedAt` is less than this value. */
            lt?: string;
            /** @description `updatedAt` is at most this value. */
            lte?: string;
            /** @description `updatedAt` is greater than this value. */
            gt?: string;
            /** @description `updatedAt` is at least this value. */
            gte?: string;
          }
        | null;
      /** @description Values in `metadata` by their keys, with dots between the keys of nested objects: `{"place.city": "Oslo", "score": {"gte": 5}}`. */
      metadataValues?: {
        [key: string]:
          | string
          | number
          | boolean
          | (string | number | boolean)[]
          | {
              /** @description It is this value. */
              eq?: string | number | boolean;
              /** @description It is another value, or missing. */
              ne?: string | number | boolean;
              /** @description It is one of these values. */
              in?: (string | number | boolean)[];
              /** @description It is of the same type and less: numbers by value, texts by code point. */
              lt?: string | number;
              /** @description It is of the same type, and less or equal. */
              lte?: string | number;
              /** @description It is of the same type, and greater. */
              gt?: string | number;
              /** @description It is of the same type, and greater or equal. */
              gte?: string | number;
              /** @description It is there and not null (`true`), or is missing or null (`false`). */
              exists?: boolean;
            };
      } | null;
      /** @description At least one of these filters holds. A filter has at most 50 conditions and filters inside, on 5 levels. */
      or?: components['schemas']['ListedMemoryFilter'][] | null;
      /** @description This filter does not hold. */
      not?: components['schemas']['ListedMemoryFilter'] | null;
    };
    ForgetMemories: {
      /**
       * @description Only counts what would be deleted, and deletes nothing.
       * @default false
       */
      dryRun?: boolean | null;
      /** @description Which memories to forget, by the fields of the list. All members must hold; at least one is needed. */
      filter: components['schemas']['ListedMemoryFilter'] &
        components['schemas']['ListedMemoryFilter'];
      /**
       * @description Deletes the history, too.
       * @default false
       */
      purge?: boolean | null;
      /** @description Why they are forgotten, for the history. */
      reason?: string | null;
    };
    RollbackTo: {
      /** @description Why, for the history. */
      reason?: string | null;
      /** @description A time, or the `revision` of a write: the memory as it was then, less what was erased since. */
      asOf: string | number;
    };
    RollbackConversation: {
      /** @description Why, for the history. */
      reason?: string | null;
      /** @description The conversation: its id, or `key:` and its key. Memories that its messages are the source of are retracted. */
      conversationId: string;
    };
    RollbackMemory: {
      /** @description Why, for the history. */
      reason?: string | null;
      /** @description The version to restore. */
      version: number;
    };
    MemoryDifference: {
      /**
       * Format: uuid
       * @description Unique id (UUIDv7).
       */
      id: string;
      /**
       * @description What happened to the memory between the two moments.
       * @enum {string}
       */
      change: 'created' | 'updated' | 'removed';
      /** @description The memory at `from`; null when it did not exist. */
      before: components['schemas']['Memory'] | null;
      /** @description The memory at `to`; null when it no longer existed. */
      after: components['schemas']['Memory'] | null;
    };
    MemoryDiff: {
      /** @description Memories that differ, sorted by id. */
      data: components['schemas']['MemoryDifference'][];
      /**
       * Format: uuid
       * @description `after` of the next page; null on the last page.
       */
      next: string | null;
    };
    Rollback: {
      /** @description Number of this write. A rollback to the number before undoes it. */
      revision: number;
      /** @description Memories that have their earlier version again. */
      restored: number;
      /** @description Memories that did not exist at that moment, and are deleted. */
      retracted: number;
    };
    MemoryVersion: {
      /** @description Number of the current version: 1 at first, one more after each edit. */
      version: number;
      /** @description Number of the write among all writes to the user's memory. `asOf` takes it. */
      revision: number;
      /**
       * @description What the write did.
       * @enum {string}
       */
      action: 'create' | 'update' | 'strengthen' | 'forget' | 'expire' | 'retract' | 'rollback';
      /** @description Who wrote: `user:` and the id of the key, `service`, or `system`. */
      actor: string;
      /** @description The reason that was given, or null. */
      reason: string | null;
      /**
       * Format: date-time
       * @description Time of the write.
       */
      recordedAt: string;
      /**
       * Format: date-time
       * @description Time of the next version; null for the current one.
       */
      supersededAt: string | null;
      /** @description The memory in this version; null when it was deleted or has been erased. */
      memory: components['schemas']['Memory'] | null;
    };
    MemoryHistory: {
      /** @description Versions, newest first. */
      data: components['schemas']['MemoryVersion'][];
      /** @description `beforeVersion` of the next page; null on the last page. */
      next: number | null;
    };
    SimilarMemory: {
      /**
       * Format: uuid
       * @description Unique id (UUIDv7).
       */
      id: string;
      /** @description Share of the pairs of neighbouring characters that both texts have; never 1, as texts that differ are not the same. */
      similarity: number;
    };
    CreatedMemory: {
      /**
       * Format: uuid
       * @description Unique id (UUIDv7).
       */
      id: string;
      /**
       * @description What kind of knowledge it is.
       * @enum {string}
       */
      kind: 'fact' | 'preference' | 'episode' | 'summary' | 'instruction';
      /** @description What is known. */
      content: string;
      /** @description Labels to filter by. */
      tags: string[];
      /** @description How important it is, from 0 to 1. */
      importance: number;
      /** @description The application's own JSON object, exactly as it was sent. */
      metadata: {
        [key: string]: unknown;
      };
      /** @description The only agent that it is for; null for all agents. */
      agentId: string | null;
      /**
       * Format: uuid
       * @description Id of the only conversation that it is for; null for all conversations.
       */
      conversationId: string | null;
      /**
       * Format: date-time
       * @description Time from which it is true, or null.
       */
      validFrom: string | null;
      /**
       * Format: date-time
       * @description Time until which it is true, exclusive, or null.
       */
      validTo: string | null;
      /**
       * Format: date-time
       * @description Time at which it is deleted and erased, or null.
       */
      expiresAt: string | null;
      /** @description Ids of the memories that it has superseded, also of removed ones. */
      supersedes: string[];
      /**
       * Format: uuid
       * @description Id of the memory that has superseded it, or null. It was true until `validTo`.
       */
      supersededBy: string | null;
      /** @description Ids of messages that this or an earlier version was learnt from, also of purged messages. */
      sourceMessageIds: string[];
      /** @description Those of the source messages that have been purged. */
      removedSourceMessageIds: string[];
      /** @description How often it was stored: the same content again raises it, and makes no second memory. */
      strength: number;
      /** @description Number of the current version: 1 at first, one more after each edit. */
      version: number;
      /** @description Number of the last write among all writes to the user's memory. `asOf` takes it. */
      revision: number;
      /**
       * Format: date-time
       * @description Time of creation (RFC 3339, UTC).
       */
      createdAt: string;
      /**
       * Format: date-time
       * @description Time at which this version was written.
       */
      updatedAt: string;
      /** @description Current memories of the same kind, agent and conversation that say nearly the same as what was sent, nearest first. Left out when there is none. A text of over 500 characters is near to none. */
      similar?: components['schemas']['SimilarMemory'][];
    };
    Memories: {
      /** @description One memory for each that was sent, in the same order. */
      data: components['schemas']['CreatedMemory'][];
    };
    MemoryPage: {
      /** @description `cursor` of the next page; null on the last page. */
      nextCursor: string | null;
      /** @description Only with `count=true`: the number of items on all pages. */
      total?: number;
      /** @description The items of this page. Each has all its required members, unless `fields` trims it. */
      data: components['schemas']['Memory'][];
    };
    UpdateMemory: {
      /**
       * @description What kind of knowledge it is.
       * @default fact
       * @enum {string|null}
       */
      kind?: 'fact' | 'preference' | 'episode' | 'summary' | 'instruction' | null;
      /** @description Labels to filter by. */
      tags?: string[] | null;
      /**
       * @description How important it is, from 0 to 1. It raises the rank in searches and contexts.
       * @default 0.5
       */
      importance?: number | null;
      /** @description The application's own JSON object of at most 64 KiB. */
      metadata?: {
        [key: string]: unknown;
      } | null;
      /** @description The only agent it is for, by the application's name for the agent. All agents without it. */
      agentId?: string | null;
      /** @description The only conversation that it is for: its id, or `key:` and its key. All conversations without it. */
      conversationId?: string | null;
      /** @description Time from which it is true; for an episode, the time at which it happened. A date is midnight in UTC. */
      validFrom?: (string | null) | null;
      /** @description Time until which it is true, exclusive. A date is midnight in UTC. */
      validTo?: (string | null) | null;
      /**
       * Format: date-time
       * @description Time at which it is deleted and its content erased.
       */
      expiresAt?: string | null;
      /** @description Ids of the messages that it was learnt from. */
      sourceMessageIds?: string[] | null;
      /** @description Why it changes, for the history. */
      reason?: string | null;
      /** @description What is known, as one statement. */
      content?: string | null;
    };
    Block: {
      /** @description Name of the block. */
      label: string;
      /** @description The only agent that the block is for; null for all agents. */
      agentId: string | null;
      /** @description The text of the block. */
      content: string;
      /** @description SHA-256 of the content, in hexadecimal. */
      sha256: string;
      /** @description Number of the current version: 1 at first, one more after each edit. */
      version: number;
      /** @description Number of the last write among all writes to the user's memory. `asOf` takes it. */
      revision: number;
      /**
       * Format: date-time
       * @description Time of creation (RFC 3339, UTC).
       */
      createdAt: string;
      /**
       * Format: date-time
       * @description Time of the last change (RFC 3339, UTC).
       */
      updatedAt: string;
    };
    Blocks: {
      /** @description All blocks, sorted by label. */
      data: components['schemas']['Block'][];
    };
    PutBlock: {
      /** @description The whole text of the block. */
      content: string;
      /** @description The version that the block must have (0: no block), or 409 `memory.block_changed`. */
      expectedVersion?: number | null;
      /** @description The SHA-256 (hexadecimal) that the content must have, or 409 `memory.block_changed`. */
      expectedSha256?: string | null;
      /** @description Why it changes, for the history. */
      reason?: string | null;
    };
    TurnModel: {
      /** @description Name of a configured provider. */
      provider: string;
      /** @description The provider's name of the model. */
      name: string;
    };
    TurnTool: {
      /** @description Name of the tool. */
      name: string;
      /** @description What the tool does, for the model. */
      description?: string | null;
      /** @description JSON Schema of the tool's input. */
      parameters?: {
        [key: string]: unknown;
      } | null;
      /** @description Whether the model must keep to the schema, where the provider can promise it. */
      strict?: boolean | null;
    };
    TurnReplyCache: {
      /** @description Seconds for which the reply is kept, and given to turns that ask exactly the same; 0 does neither. Without it `REPLY_CACHE_TTL`. */
      ttlSeconds?: number | null;
      /**
       * @description `near` also finds the reply to a question that differs only in how it is written: white space, quotes, brackets, hyphens, marks between sentences, or the capital of a word such as What. Everything else of the context is the same. Turns with `near` find replies to turns with `near` only.
       * @default exact
       * @enum {string|null}
       */
      match?: 'exact' | 'near' | null;
    };
    CreateTurn: {
      /** @description The message to answer, in our form or in that of any dialect. */
      message?: components['schemas']['NewMessage'] | null;
      /** @description Several messages, in order, each as `message`, which is the last when both are there. Without any the model answers what the conversation ends with. */
      messages?: components['schemas']['NewMessage'][] | null;
      /**
       * @description Dialect of the messages, as of an append.
       * @enum {string|null}
       */
      format?:
        | 'openai'
        | 'openai-responses'
        | 'anthropic'
        | 'gemini'
        | 'bedrock'
        | 'ai-sdk'
        | 'langchain'
        | null;
      /** @description Message that the first new one follows: its id, or `key:` and its key. To answer again, send the message that the reply follows, and no message. */
      parentId?: string | null;
      /** @description As of an append: `seq` of the message that the conversation ends with. */
      expectedHead?: number | null;
      /** @description The model. Without it that of the agent configuration. */
      model?: components['schemas']['TurnModel'] | null;
      /** @description Parameters of the model, over those of the agent configuration. */
      parameters?: {
        [key: string]: unknown;
      } | null;
      /**
       * Format: uuid
       * @description An agent configuration, in place of that of the conversation.
       */
      agentConfigId?: string | null;
      /** @description Its version. */
      agentConfigVersion?: number | null;
      /** @description Its alias. */
      agentConfigAlias?: string | null;
      /** @description Tools that the model may call, in place of those of the agent configuration. The turn waits for their results. */
      tools?: components['schemas']['TurnTool'][] | null;
      /** @description `auto`, `none`, `required`, or the name of a tool as `tool:` and the name. Without it the model decides. */
      toolChoice?: string | null;
      /** @description How the context is built, as the body of `POST …/context`. Its `format` is not used. */
      context?: components['schemas']['BuildContext'] | null;
      /** @description Whether the reply may be one that a model gave before to the same model, parameters, tools and context of the user. A turn without a message always asks the model. */
      replyCache?: components['schemas']['TurnReplyCache'] | null;
      /**
       * @description What happens while another turn holds the conversation: `reject` is 409, `queue` waits for it, and `interrupt` ends it and whatever waits. The messages of a turn that waits come into the conversation when it begins.
       * @default reject
       * @enum {string|null}
       */
      whenBusy?: 'reject' | 'queue' | 'interrupt' | null;
      /**
       * @description True for a turn that nobody waits for: it waits for a place at its provider behind other turns, however long. Its stream and its state are as of any other.
       * @default false
       */
      background?: boolean | null;
      /**
       * @description What happens when the process dies before the model said anything: `interrupt` ends the turn, `retry` calls the model again, which may cost twice.
       * @default interrupt
       * @enum {string|null}
       */
      onCrash?: 'interrupt' | 'retry' | null;
    };
    ToolRound: {
      /**
       * Format: uuid
       * @description Id of the reply in which the model called tools.
       */
      replyId: string;
      /** @description `seq` of that message. */
      replySeq: number;
      /**
       * Format: uuid
       * @description Id of the message with the results.
       */
      resultsId: string;
      /** @description `seq` of that message. */
      resultsSeq: number;
      /**
       * Format: uuid
       * @description Id of the context that the model got for the reply.
       */
      manifestId: string | null;
    };
    TurnUsage: {
      /** @description Tokens of the context. */
      inputTokens: number | null;
      /** @description Tokens of the context that the provider had cached. */
      cachedInputTokens: number | null;
      /** @description Tokens of the reply. */
      outputTokens: number | null;
      /** @description Tokens of the reply that are reasoning. */
      reasoningTokens: number | null;
    };
    TurnReplyCacheUse: {
      /** @description Whether the reply is one of before. */
      hit: boolean;
      /** @description Of a hit: seconds since the model gave it. */
      ageSeconds: number | null;
      /** @description Of a hit: tokens of the call that was saved. */
      savedTokens: number | null;
      /** @description Of a hit: US dollars of that call; null without a price. */
      savedCostUsd: number | null;
    };
    TurnError: {
      /** @description A code, such as `model.timeout`. */
      code: string;
      /** @description What happened, for people. */
      message: string;
    };
    Turn: {
      /**
       * Format: uuid
       * @description Unique id (UUIDv7).
       */
      id: string;
      /**
       * Format: uuid
       * @description Id of the conversation.
       */
      conversationId: string;
      /**
       * @description `completed`, `failed`, `cancelled` and `interrupted` are final. `waiting_for_tools`: send the results of the calls.
       * @enum {string}
       */
      state:
        | 'queued'
        | 'running'
        | 'waiting_for_tools'
        | 'completed'
        | 'failed'
        | 'cancelled'
        | 'interrupted';
      /** @description Of a turn that waits for others: how many turns come before it. */
      queuePosition: number | null;
      /**
       * Format: uuid
       * @description Id of the message that the model writes; null while the turn waits for others.
       */
      replyId: string | null;
      /** @description `seq` of that message. */
      replySeq: number | null;
      /** @description Rounds of tools that the service has run, since the turn began or the application gave results. */
      rounds: components['schemas']['ToolRound'][];
      /**
       * Format: uuid
       * @description Id of the context that the model got: read it with `GET …/context/:manifestId`.
       */
      manifestId: string | null;
      /** @description The provider. */
      provider: string | null;
      /** @description The model. */
      model: string | null;
      /** @description Why the model ended its reply: `stop`, `length`, `tool-calls`, … */
      finishReason: string | null;
      /** @description Tokens of all calls of the turn, as the provider counts. */
      usage: components['schemas']['TurnUsage'] | null;
      /** @description US dollars by `MODEL_PRICES`; null without a price. */
      costUsd: number | null;
      /** @description What the cache of replies did; null when it was not asked. */
      replyCache: components['schemas']['TurnReplyCacheUse'] | null;
      /** @description Why there is no whole reply. */
      error: components['schemas']['TurnError'] | null;
      /**
       * Format: date-time
       * @description Time of creation (RFC 3339, UTC).
       */
      createdAt: string;
      /**
       * Format: date-time
       * @description When it was begun.
       */
      startedAt: string | null;
      /**
       * Format: date-time
       * @description When the model said its first word.
       */
      firstOutputAt: string | null;
      /**
       * Format: date-time
       * @description When it ended.
       */
      finishedAt: string | null;
    };
    TurnList: {
      /** @description The turns, newest first. */
      data: components['schemas']['Turn'][];
    };
    ToolResults: {
      /** @description Messages with the results, in our form or in that of any dialect. */
      messages: components['schemas']['NewMessage'][];
    };
    ModelKey: {
      /** @description Name of the provider. */
      provider: string;
      /**
       * Format: date-time
       * @description When the key was stored.
       */
      updatedAt: string;
    };
    ModelKeyList: {
      /** @description The providers, by name. */
      data: components['schemas']['ModelKey'][];
    };
    SaveModelKey: {
      /** @description The key. No answer ever shows it. */
      apiKey: string;
    };
    LookUpReply: {
      /** @description All that the model is asked with, as you send it: model, messages, tools and parameters. The same object finds the reply, in whatever order its keys are. */
      question: {
        [key: string]: unknown;
      };
      /** @description Older replies are not found. Without it, age does not matter. */
      maxAgeSeconds?: number | null;
    };
    LookedUpReply: {
      /** @description Whether there is a reply. */
      hit: boolean;
      /** @description The reply as it was kept; null without one. */
      reply: {
        [key: string]: unknown;
      } | null;
      /** @description Seconds since it was kept. */
      ageSeconds: number | null;
    };
    KeepReply: {
      /** @description All that the model is asked with, as you send it: model, messages, tools and parameters. The same object finds the reply, in whatever order its keys are. */
      question: {
        [key: string]: unknown;
      };
      /** @description What the model answered, as the look-up is to give it. At most 131,072 bytes of JSON. */
      reply: {
        [key: string]: unknown;
      };
      /**
       * @description Seconds for which it is kept, unless the cache is full before.
       * @default 86400
       */
      ttlSeconds?: number | null;
    };
    CreateModelCall: {
      /** @description All messages that the model gets, in order, each in our form or in that of any dialect. They are in no conversation. */
      messages: components['schemas']['NewMessage'][];
      /**
       * @description Dialect of the messages, as of an append.
       * @enum {string|null}
       */
      format?:
        | 'openai'
        | 'openai-responses'
        | 'anthropic'
        | 'gemini'
        | 'bedrock'
        | 'ai-sdk'
        | 'langchain'
        | null;
      /** @description A system text before the messages, in place of that of the agent configuration. */
      system?: string | null;
      /** @description The model. Without it that of the agent configuration. */
      model?: components['schemas']['TurnModel'] | null;
      /** @description Parameters of the model, over those of the agent configuration. */
      parameters?: {
        [key: string]: unknown;
      } | null;
      /**
       * Format: uuid
       * @description An agent configuration: its model, parameters, system prompt and tools are those of now, also when the call waits.
       */
      agentConfigId?: string | null;
      /** @description Its version. */
      agentConfigVersion?: number | null;
      /** @description Its alias. */
      agentConfigAlias?: string | null;
      /** @description Tools that the model may call, in place of those of the agent configuration. The application runs them. */
      tools?: components['schemas']['TurnTool'][] | null;
      /** @description `auto`, `none`, `required`, or the name of a tool as `tool:` and the name. Without it the model decides. */
      toolChoice?: string | null;
      /**
       * @description Calls of a higher priority run first. A user has a share of the places at most.
       * @default normal
       * @enum {string|null}
       */
      priority?: 'high' | 'normal' | 'low' | null;
      /**
       * @description What happens when the process dies while the call runs: `fail` ends the call, `retry` calls the model again, three times at most, which may cost again.
       * @default fail
       * @enum {string|null}
       */
      onCrash?: 'fail' | 'retry' | null;
    };
    ModelReplyToolCall: {
      /** @description Id of the call, for its result. */
      toolCallId: string;
      /** @description Name of the tool. */
      toolName: string;
      /** @description The arguments: an object, or a text that is not the JSON of one. */
      input: {
        [key: string]: unknown;
      };
    };
    ModelReply: {
      /** @description The texts of the reply, joined. */
      text: string;
      /** @description All parts of the reply, as the content of a message: send them back as they are. */
      parts: {
        [key: string]: unknown;
      }[];
      /** @description The tools that the model calls. The application runs them. */
      toolCalls: components['schemas']['ModelReplyToolCall'][];
    };
    ModelCall: {
      /**
       * Format: uuid
       * @description Unique id (UUIDv7).
       */
      id: string;
      /**
       * @description `completed`, `failed` and `cancelled` are final. One that has failed can be tried again.
       * @enum {string}
       */
      state: 'queued' | 'running' | 'completed' | 'failed' | 'cancelled';
      /**
       * @description Higher ones run first.
       * @enum {string}
       */
      priority: 'high' | 'normal' | 'low';
      /** @description The provider. */
      provider: string;
      /** @description The model. */
      model: string;
      /** @description Why the model ended its reply: `stop`, `length`, `tool-calls`, … */
      finishReason: string | null;
      /** @description Tokens of the call, as the provider counts. */
      usage: components['schemas']['TurnUsage'] | null;
      /** @description US dollars by `MODEL_PRICES`; null without a price. */
      costUsd: number | null;
      /** @description Why there is no whole reply. */
      error: components['schemas']['TurnError'] | null;
      /** @description Runs that began, since the call was made or tried again. */
      attempts: number;
      /**
       * Format: date-time
       * @description Time of creation (RFC 3339, UTC).
       */
      createdAt: string;
      /**
       * Format: date-time
       * @description When it first began to run.
       */
      startedAt: string | null;
      /**
       * Format: date-time
       * @description When it ended.
       */
      finishedAt: string | null;
      /** @description Of a call that waits: how many waiting calls of the user at the provider come before it. */
      queuePosition: number | null;
      /** @description What the model said. A call that failed or was cancelled may have a beginning. */
      reply: components['schemas']['ModelReply'] | null;
    };
    ListedModelCall: {
      /**
       * Format: uuid
       * @description Unique id (UUIDv7).
       */
      id: string;
      /**
       * @description `completed`, `failed` and `cancelled` are final. One that has failed can be tried again.
       * @enum {string}
       */
      state: 'queued' | 'running' | 'completed' | 'failed' | 'cancelled';
      /**
       * @description Higher ones run first.
       * @enum {string}
       */
      priority: 'high' | 'normal' | 'low';
      /** @description The provider. */
      provider: string;
      /** @description The model. */
      model: string;
      /** @description Why the model ended its reply: `stop`, `length`, `tool-calls`, … */
      finishReason: string | null;
      /** @description Tokens of the call, as the provider counts. */
      usage: components['schemas']['TurnUsage'] | null;
      /** @description US dollars by `MODEL_PRICES`; null without a price. */
      costUsd: number | null;
      /** @description Why there is no whole reply. */
      error: components['schemas']['TurnError'] | null;
      /** @description Runs that began, since the call was made or tried again. */
      attempts: number;
      /**
       * Format: date-time
       * @description Time of creation (RFC 3339, UTC).
       */
      createdAt: string;
      /**
       * Format: date-time
       * @description When it first began to run.
       */
      startedAt: string | null;
      /**
       * Format: date-time
       * @description When it ended.
       */
      finishedAt: string | null;
    };
    ListedModelCallPage: {
      /** @description `cursor` of the next page; null on the last page. */
      nextCursor: string | null;
      /** @description Only with `count=true`: the number of items on all pages. */
      total?: number;
      /** @description The items of this page. Each has all its required members, unless `fields` trims it. */
      data: components['schemas']['ListedModelCall'][];
    };
    CalledFunction: {
      /** @description Name of the function. */
      name: string;
      /** @description Its input as JSON text. */
      arguments: string;
    };
    CompletionCall: {
      /** @description Id, which the result names. */
      id: string;
      /**
       * @description Kind of the tool.
       * @enum {string}
       */
      type: 'function';
      /** @description What is called. */
      function: components['schemas']['CalledFunction'];
    };
    CompletionMessage: {
      /**
       * @description Who says it.
       * @enum {string}
       */
      role: 'assistant';
      /** @description The words; null without any. */
      content: string | null;
      /** @description Always null. */
      refusal: string | null;
      /** @description What the model thought, when it tells. */
      reasoning_content?: string;
      /** @description Calls whose results the model waits for. */
      tool_calls?: components['schemas']['CompletionCall'][];
    };
    CompletionChoice: {
      /** @description Always 0. */
      index: number;
      /** @description The answer. */
      message: components['schemas']['CompletionMessage'];
      /** @description Always null. */
      logprobs: Record<string, never> | null;
      /**
       * @description Why the model ended.
       * @enum {string}
       */
      finish_reason: 'stop' | 'length' | 'tool_calls' | 'content_filter';
    };
    CompletionUsage: {
      /** @description Tokens of the context. */
      prompt_tokens: number;
      /** @description Tokens of the answer. */
      completion_tokens: number;
      /** @description Both. */
      total_tokens: number;
      /** @description Tokens that the provider had cached. */
      prompt_tokens_details: {
        /** @description Tokens. */
        cached_tokens?: number;
      };
      /** @description Tokens of thoughts. */
      completion_tokens_details: {
        /** @description Tokens. */
        reasoning_tokens?: number;
      };
    };
    CompletionPlace: {
      /**
       * Format: uuid
       * @description Id of the conversation.
       */
      conversationId: string;
      /**
       * Format: uuid
       * @description Id of the turn.
       */
      turnId: string;
      /**
       * Format: uuid
       * @description Id of the message.
       */
      messageId: string;
    };
    Completion: {
      /** @description Made of the id of the message. */
      id: string;
      /**
       * @description Kind of the object.
       * @enum {string}
       */
      object: 'chat.completion';
      /** @description Seconds since 1970. */
      created: number;
      /** @description The model as the request names it. */
      model: string;
      /** @description One answer. */
      choices: components['schemas']['CompletionChoice'][];
      /** @description What this answer took. Left out when the provider does not tell. */
      usage?: components['schemas']['CompletionUsage'];
      /** @description Where the answer is stored. */
      threadkeep: components['schemas']['CompletionPlace'];
    };
    CompletionMetadata: {
      /** @description The conversation: its id, or `key:` and its key. One that is named by a key is made when there is none. */
      conversation: string;
      /** @description Of a service key: the user to act for, in place of the header `Threadkeep-User`. Of the two, one is enough. */
      user?: string | null;
      /**
       * @description `all`: the messages are the whole history, of which only what is new is stored. `new`: all of them are new, and follow what the conversation ends with.
       * @default all
       * @enum {string|null}
       */
      history?: 'all' | 'new' | null;
    };
    StreamOptions: {
      /**
       * @description Gives the usage in a last chunk, which has no choices.
       * @default false
       */
      include_usage?: boolean | null;
      /** @description Taken, and without effect. */
      include_obfuscation?: boolean | null;
    };
    CompletionFunction: {
      /** @description Name of the tool. */
      name: string;
      /** @description What the tool does, for the model. */
      description?: string | null;
      /** @description JSON Schema of the tool's input. */
      parameters?: {
        [key: string]: unknown;
      } | null;
      /** @description Whether the model must keep to the schema, where the provider can promise it. */
      strict?: boolean | null;
    };
    CompletionTool: {
      /**
       * @description Kind of the tool.
       * @enum {string}
       */
      type: 'function';
      /** @description The function that the model may call. */
      function: components['schemas']['CompletionFunction'];
    };
    CreateCompletion: {
      /** @description A model as `provider/name`, or by its name alone when one provider is configured. `agent` is the agent configuration of the conversation, `agent:<id>` another one, which `@` and an alias or a version may follow. */
      model: string;
      /** @description Messages of chat completions. System and developer messages at the beginning are instructions of this call only; the others are those of the conversation. */
      messages: (
        | {
            /**
             * @description Who says it.
             * @enum {unknown}
             */
            role: 'user' | 'assistant' | 'system' | 'developer' | 'tool';
            /** @description A text, or a list of parts: text, image, file, tool call, tool result, reasoning, or any other type. Parts are returned exactly as sent. */
            content:
              | string
              | ({
                  /** @description Kind of the part, such as `text` or `tool_call`. Parts of Gemini and Bedrock have none, and neither has what stands beside the content of OpenAI chat, such as `{"refusal": "…"}`. */
                  type: string;
                } & {
                  [key: string]: unknown;
                })[];
          }
        | (
            | {
                [key: string]: unknown;
              }
            | unknown
          )
      )[];
      /** @description Names the conversation, and the user. */
      metadata: components['schemas']['CompletionMetadata'];
      /**
       * @description Answers with chunks as Server-Sent Events.
       * @default false
       */
      stream?: boolean | null;
      /** @description What the stream has besides the answer. */
      stream_options?: components['schemas']['StreamOptions'] | null;
      /** @description Sampling temperature. */
      temperature?: number | null;
      /** @description Nucleus sampling. */
      top_p?: number | null;
      /** @description The former name of `max_completion_tokens`. */
      max_tokens?: number | null;
      /** @description Tokens of the answer, at most. */
      max_completion_tokens?: number | null;
      /** @description A text at which the model ends, or several. */
      stop?: (string | string[] | null) | null;
      /** @description For answers that repeat, where the model can. */
      seed?: number | null;
      /** @description Penalty of what was said before. */
      presence_penalty?: number | null;
      /** @description Penalty of what was said often. */
      frequency_penalty?: number | null;
      /** @description Functions that the model may call, in place of the tools of the agent configuration. */
      tools?: components['schemas']['CompletionTool'][] | null;
      /** @description `auto`, `none`, `required`, or one function. */
      tool_choice?:
        | (
            | ('auto' | 'none' | 'required')
            | {
                /**
                 * @description Kind of the tool.
                 * @enum {unknown}
                 */
                type: 'function';
                /** @description What the model must call. */
                function: {
                  /** @description Name of the function. */
                  name: string;
                };
              }
            | null
          )
        | null;
      /** @description Whether the model may make several calls at once. */
      parallel_tool_calls?: boolean | null;
      /** @description How long a model thinks, by its own words. */
      reasoning_effort?: string | null;
      /** @description How much a model says, by its own words. */
      verbosity?: string | null;
      /** @description Form of the answer: `text`, `json_object` or `json_schema`. */
      response_format?: {
        [key: string]: unknown;
      } | null;
      /** @description One answer is given. */
      n?: number | null;
      /** @description Taken, and without effect: name the user in `metadata`. */
      user?: string | null;
      /** @description Taken, and without effect: the conversation stores the answer. */
      store?: boolean | null;
      /** @description Passed on to an OpenAI-compatible provider. */
      logit_bias?: {
        [key: string]: unknown;
      } | null;
      /** @description Passed on to an OpenAI-compatible provider. */
      service_tier?: string | null;
      /** @description Passed on to an OpenAI-compatible provider. */
      prompt_cache_key?: string | null;
      /** @description Passed on to an OpenAI-compatible provider. */
      safety_identifier?: string | null;
    };
    McpMessage: {
      /**
       * @description Version of JSON-RPC.
       * @enum {string}
       */
      jsonrpc: '2.0';
      /** @description Id of the request, which its answer repeats. Without it, a notification. */
      id?: number | string;
      /** @description What is asked for. */
      method: string;
      /** @description What the method takes. */
      params?: {
        [key: string]: unknown;
      };
    };
    ResourceMetadata: {
      /** @description Address that tokens are for. */
      resource: string;
      /** @description The issuers that give tokens. */
      authorization_servers: string[];
      /** @description How a token is sent. */
      bearer_methods_supported: string[];
      /** @description Name to show. */
      resource_name: string;
      /** @description Address of the documentation. */
      resource_documentation: string;
    };
    Mem0Ping: {
      /**
       * @description The key is valid.
       * @enum {string}
       */
      status: 'ok';
      /** @description Always null: there are no organisations. */
      org_id: string | null;
      /** @description Always null: there are no projects. */
      project_id: string | null;
      /** @description Always null. */
      user_email: string | null;
    };
    Mem0Entity: {
      /**
       * Format: uuid
       * @description Unique id (UUIDv7).
       */
      id: string;
      /** @description The `user_id`. */
      name: string;
      /**
       * @description What it is.
       * @enum {string}
       */
      type: 'user';
      /** @description Number of memories. */
      total_memories: number;
      /**
       * Format: date-time
       * @description Time of creation (RFC 3339, UTC).
       */
      created_at: string;
      /**
       * Format: date-time
       * @description Time of the last edit.
       */
      updated_at: string;
    };
    Mem0Entities: {
      /** @description Number of entities. */
      count: number;
      /** @description Always null: there is one page. */
      next: string | null;
      /** @description Always null. */
      previous: string | null;
      /** @description The user whom the request acts for. */
      results: components['schemas']['Mem0Entity'][];
    };
    Mem0Message: {
      /**
       * @description Who says it. What `system` says becomes no memory.
       * @enum {string}
       */
      role: 'user' | 'assistant' | 'system';
      /** @description What is said. At most 65,536 bytes. */
      content: string;
    };
    AddMem0Memories: {
      /** @description The messages, at most 1,000. Each becomes a memory as it is, or none does. */
      messages: components['schemas']['Mem0Message'][];
      /** @description Of a service key: the user to act for, in place of the header `Threadkeep-User`. A key of a user may name that user. */
      user_id?: string | null;
      /** @description The only agent that the memories are for. */
      agent_id?: string | null;
      /** @description The only run that the memories are for. It is a conversation with this key, which is made when there is none. */
      run_id?: string | null;
      /** @description The app that the memories are of. It is kept in their metadata. */
      app_id?: string | null;
      /** @description The application's own JSON object of at most 64 KiB, without a key `mem0`. */
      metadata?: {
        [key: string]: unknown;
      } | null;
      /**
       * @description Taken, and without effect: no model extracts anything, and the answer says so.
       * @default true
       */
      infer?: boolean | null;
      /** @description Time from which it is true, in seconds since 1970. */
      timestamp?: number | null;
      /**
       * Format: date
       * @description The last day, in UTC, before the memories are deleted and erased.
       */
      expiration_date?: string | null;
      /** @description Taken, and without effect. */
      async_mode?: boolean | null;
      /**
       * @description Taken, and without effect.
       * @enum {string|null}
       */
      output_format?: 'v1.0' | 'v1.1' | null;
      /**
       * @description Taken, and without effect.
       * @enum {string|null}
       */
      version?: 'v1' | 'v2' | 'v3' | null;
    };
    AddedMem0Memory: {
      /**
       * Format: uuid
       * @description Unique id (UUIDv7).
       */
      id: string;
      /** @description What is known. */
      memory: string;
      /** @description The application's own id of the user, or the UUID of a user without one. */
      user_id: string;
      /** @description The agent that it is of; null without one. */
      agent_id: string | null;
      /** @description The app that it is of; null without one. */
      app_id: string | null;
      /** @description The run that it is of; null without one. */
      run_id: string | null;
      /** @description The application's own JSON object. */
      metadata: {
        [key: string]: unknown;
      };
      /** @description The tags of the memory. */
      categories: string[];
      /**
       * Format: date-time
       * @description Time of creation (RFC 3339, UTC).
       */
      created_at: string;
      /**
       * Format: date-time
       * @description Time at which it was last written.
       */
      updated_at: string;
      /**
       * Format: date
       * @description The last day, in UTC, before it is deleted and erased; null without one.
       */
      expiration_date: string | null;
      /**
       * @description `NOOP` when it was known already: then its `id` is that of the known one.
       * @enum {string}
       */
      event: 'ADD' | 'NOOP';
    };
    AddedMem0Memories: {
      /**
       * @description Always the same: nothing is left to be done.
       * @enum {string}
       */
      status: 'SUCCEEDED';
      /** @description Says that the messages are stored as they are. */
      message: string;
      /** @description A memory for each message, in order. */
      results: components['schemas']['AddedMem0Memory'][];
    };
    ListMem0Memories: {
      /** @description Filters of mem0: `user_id`, `agent_id`, `app_id`, `run_id`, `created_at`, `updated_at`, `categories` and `metadata`, with values or operators, and lists of filters in `AND`, `OR` and `NOT`. `user_id` names the user as the header `Threadkeep-User` does, and stands at the top or in `AND`. */
      filters?:
        | ({
            /** @description The agent. */
            agent_id?:
              | string
              | string[]
              | {
                  [key: string]: unknown;
                }
              | null;
            /** @description The app. */
            app_id?:
              | string
              | string[]
              | {
                  [key: string]: unknown;
                }
              | null;
            /** @description The run. */
            run_id?:
              | string
              | string[]
              | {
                  [key: string]: unknown;
                }
              | null;
            /** @description Operators with times or dates. */
            created_at?: {
              [key: string]: unknown;
            };
            /** @description Operators with times or dates. */
            updated_at?: {
              [key: string]: unknown;
            };
            /** @description Values that the metadata has, at any depth. */
            metadata?: {
              [key: string]: unknown;
            };
          } & {
            [key: string]: unknown;
          })
        | null;
      /** @description Taken, and without effect. */
      latest_only?: boolean | null;
    };
    Mem0Memory: {
      /**
       * Format: uuid
       * @description Unique id (UUIDv7).
       */
      id: string;
      /** @description What is known. */
      memory: string;
      /** @description The application's own id of the user, or the UUID of a user without one. */
      user_id: string;
      /** @description The agent that it is of; null without one. */
      agent_id: string | null;
      /** @description The app that it is of; null without one. */
      app_id: string | null;
      /** @description The run that it is of; null without one. */
      run_id: string | null;
      /** @description The application's own JSON object. */
      metadata: {
        [key: string]: unknown;
      };
      /** @description The tags of the memory. */
      categories: string[];
      /**
       * Format: date-time
       * @description Time of creation (RFC 3339, UTC).
       */
      created_at: string;
      /**
       * Format: date-time
       * @description Time at which it was last written.
       */
      updated_at: string;
      /**
       * Format: date
       * @description The last day, in UTC, before it is deleted and erased; null without one.
       */
      expiration_date: string | null;
    };
    Mem0Page: {
      /** @description Memories of all pages. */
      count: number;
      /** @description Path of the next page; null on the last one. */
      next: string | null;
      /** @description Path of the page before; null on the first one. */
      previous: string | null;
      /** @description The memories, last changed first. */
      results: components['schemas']['Mem0Memory'][];
    };
    SearchMem0Memories: {
      /** @description Filters of mem0: `user_id`, `agent_id`, `app_id`, `run_id`, `created_at`, `updated_at`, `categories` and `metadata`, with values or operators, and lists of filters in `AND`, `OR` and `NOT`. `user_id` names the user as the header `Threadkeep-User` does, and stands at the top or in `AND`. */
      filters?:
        | ({
            /** @description The agent. */
            agent_id?:
              | string
              | string[]
              | {
                  [key: string]: unknown;
                }
              | null;
            /** @description The app. */
            app_id?:
              | string
              | string[]
              | {
                  [key: string]: unknown;
                }
              | null;
            /** @description The run. */
            run_id?:
              | string
              | string[]
              | {
                  [key: string]: unknown;
                }
              | null;
            /** @description Operators with times or dates. */
            created_at?: {
              [key: string]: unknown;
            };
            /** @description Operators with times or dates. */
            updated_at?: {
              [key: string]: unknown;
            };
            /** @description Values that the metadata has, at any depth. */
            metadata?: {
              [key: string]: unknown;
            };
          } & {
            [key: string]: unknown;
          })
        | null;
      /** @description Taken, and without effect. */
      latest_only?: boolean | null;
      /** @description What to look for, in plain words. */
      query: string;
      /**
       * @description Most hits.
       * @default 10
       */
      top_k?: number | null;
      /** @description Taken, and without effect: scores are comparable within one answer only. */
      threshold?: number | null;
      /** @description Taken, and without effect. */
      rerank?: boolean | null;
      /** @description Taken, and without effect. */
      keyword_search?: boolean | null;
      /**
       * @description Taken, and without effect.
       * @enum {string|null}
       */
      output_format?: 'v1.0' | 'v1.1' | null;
    };
    FoundMem0Memory: {
      /**
       * Format: uuid
       * @description Unique id (UUIDv7).
       */
      id: string;
      /** @description What is known. */
      memory: string;
      /** @description The application's own id of the user, or the UUID of a user without one. */
      user_id: string;
      /** @description The agent that it is of; null without one. */
      agent_id: string | null;
      /** @description The app that it is of; null without one. */
      app_id: string | null;
      /** @description The run that it is of; null without one. */
      run_id: string | null;
      /** @description The application's own JSON object. */
      metadata: {
        [key: string]: unknown;
      };
      /** @description The tags of the memory. */
      categories: string[];
      /**
       * Format: date-time
       * @description Time of creation (RFC 3339, UTC).
       */
      created_at: string;
      /**
       * Format: date-time
       * @description Time at which it was last written.
       */
      updated_at: string;
      /**
       * Format: date
       * @description The last day, in UTC, before it is deleted and erased; null without one.
       */
      expiration_date: string | null;
      /** @description Rank: higher is better. Comparable within one answer only. */
      score: number;
    };
    Mem0Hits: {
      /** @description The memories, best first. */
      results: components['schemas']['FoundMem0Memory'][];
    };
    DeletedMem0Memories: {
      /** @description What was done. */
      message: string;
      /** @description Memories that are deleted. */
      deleted: number;
      /** @description True when there are more: a request deletes 1,000. Send it again then. */
      has_more: boolean;
    };
    UpdateMem0Memory: {
      /** @description What is known. */
      text?: string | null;
      /** @description The application's own JSON object of at most 64 KiB, without a key `mem0`. */
      metadata?: {
        [key: string]: unknown;
      } | null;
      /** @description Time from which it is true, in seconds since 1970. */
      timestamp?: number | null;
      /**
       * Format: date
       * @description The last day, in UTC, before it is deleted and erased. Null: it stays.
       */
      expiration_date?: string | null;
    };
    Mem0MessageOnly: {
      /** @description What was done. */
      message: string;
    };
    Mem0Version: {
      /** @description The id of the memory, and the number of the version. */
      id: string;
      /**
       * Format: uuid
       * @description Unique id (UUIDv7).
       */
      memory_id: string;
      /** @description What was known before; null without, and when erased. */
      old_memory: string | null;
      /** @description What is known since; null without, and when erased. */
      new_memory: string | null;
      /**
       * @description What happened. `NOOP`: it was added again.
       * @enum {string}
       */
      event: 'ADD' | 'UPDATE' | 'DELETE' | 'NOOP';
      /** @description The `user_id`. */
      user_id: string;
      /**
       * Format: date-time
       * @description Time of creation (RFC 3339, UTC).
       */
      created_at: string;
      /**
       * Format: date-time
       * @description The same time.
       */
      updated_at: string;
    };
    Mem0Results: {
      /** @description The memories, last changed first. */
      results: components['schemas']['Mem0Memory'][];
    };
    SearchSelfHostedMem0: {
      /** @description Filters of mem0: `user_id`, `agent_id`, `app_id`, `run_id`, `created_at`, `updated_at`, `categories` and `metadata`, with values or operators, and lists of filters in `AND`, `OR` and `NOT`. `user_id` names the user as the header `Threadkeep-User` does, and stands at the top or in `AND`. */
      filters?:
        | ({
            /** @description The agent. */
            agent_id?:
              | string
              | string[]
              | {
                  [key: string]: unknown;
                }
              | null;
            /** @description The app. */
            app_id?:
              | string
              | string[]
              | {
                  [key: string]: unknown;
                }
              | null;
            /** @description The run. */
            run_id?:
              | string
              | string[]
              | {
                  [key: string]: unknown;
                }
              | null;
            /** @description Operators with times or dates. */
            created_at?: {
              [key: string]: unknown;
            };
            /** @description Operators with times or dates. */
            updated_at?: {
              [key: string]: unknown;
            };
            /** @description Values that the metadata has, at any depth. */
            metadata?: {
              [key: string]: unknown;
            };
          } & {
            [key: string]: unknown;
          })
        | null;
      /** @description Taken, and without effect. */
      latest_only?: boolean | null;
      /** @description What to look for, in plain words. */
      query: string;
      /**
       * @description Most hits.
       * @default 10
       */
      top_k?: number | null;
      /** @description Taken, and without effect: scores are comparable within one answer only. */
      threshold?: number | null;
      /** @description Taken, and without effect. */
      rerank?: boolean | null;
      /** @description Taken, and without effect. */
      keyword_search?: boolean | null;
      /**
       * @description Taken, and without effect.
       * @enum {string|null}
       */
      output_format?: 'v1.0' | 'v1.1' | null;
      /** @description The user: of a service key in place of the header `Threadkeep-User`. */
      user_id?: string | null;
      /** @description Finds only memories of this agent. */
      agent_id?: string | null;
      /** @description Finds only memories of this run. */
      run_id?: string | null;
      /** @description Finds only memories of this app. */
      app_id?: string | null;
    };
    CreateOpenAiConversation: {
      /** @description The first items, at most 1,000. */
      items?:
        | (
            | ({
                /**
                 * @description Kind of the item.
                 * @enum {string}
                 */
                type?: 'message';
                /**
                 * @description Who says it.
                 * @enum {string}
                 */
                role: 'user' | 'assistant' | 'system' | 'developer';
                /** @description A text, or parts such as `input_text`, `output_text` and `input_image`. */
                content:
                  | string
                  | ({
                      /**
                       * @description Kind of the part.
                       * @enum {string}
                       */
                      type:
                        | 'input_text'
                        | 'output_text'
                        | 'refusal'
                        | 'input_image'
                        | 'input_file'
                        | 'input_audio'
                        | 'computer_screenshot'
                        | 'summary_text'
                        | 'reasoning_text';
                    } & {
                      [key: string]: unknown;
                    })[];
              } & {
                [key: string]: unknown;
              })
            | ({
                /**
                 * @description Kind of the item.
                 * @enum {string}
                 */
                type: 'reasoning';
                /** @description Parts of type `summary_text`. */
                summary: {
                  [key: string]: unknown;
                }[];
              } & {
                [key: string]: unknown;
              })
            | ({
                /**
                 * @description Kind of the item.
                 * @enum {string}
                 */
                type:
                  | 'function_call'
                  | 'function_call_output'
                  | 'custom_tool_call'
                  | 'custom_tool_call_output'
                  | 'file_search_call'
                  | 'web_search_call'
                  | 'image_generation_call'
                  | 'code_interpreter_call'
                  | 'computer_call'
                  | 'computer_call_output'
                  | 'local_shell_call'
                  | 'local_shell_call_output'
                  | 'shell_call'
                  | 'shell_call_output'
                  | 'apply_patch_call'
                  | 'apply_patch_call_output'
                  | 'tool_search_call'
                  | 'tool_search_output'
                  | 'mcp_list_tools'
                  | 'mcp_call'
                  | 'mcp_approval_request'
                  | 'mcp_approval_response'
                  | 'program'
                  | 'program_output'
                  | 'compaction'
                  | 'additional_tools';
              } & {
                [key: string]: unknown;
              })
          )[]
        | null;
      /** @description Up to 16 texts of at most 512 characters, by names of at most 64. They are the metadata of the conversation. */
      metadata?: {
        [key: string]: string;
      } | null;
    };
    OpenAiConversation: {
      /** @description The id: `conv_` and the UUID of the conversation without its dashes. */
      id: string;
      /**
       * @description What this is.
       * @enum {string}
       */
      object: 'conversation';
      /** @description Time of creation, in seconds since 1970. */
      created_at: number;
      /** @description The metadata of the conversation, which may be any JSON object. */
      metadata: {
        [key: string]: unknown;
      };
    };
    UpdateOpenAiConversation: {
      /** @description The new metadata, which replaces all of it. Null empties it. */
      metadata: {
        [key: string]: string;
      } | null;
    };
    DeletedOpenAiConversation: {
      /** @description The id of the conversation. */
      id: string;
      /** @description Always true. */
      deleted: boolean;
      /**
       * @description What this is.
       * @enum {string}
       */
      object: 'conversation.deleted';
    };
    CreateItems: {
      /** @description Items of the Conversations API in order, at most 1,000: messages, calls of tools and their results, reasoning and the others. All are added, or none. */
      items: (
        | ({
            /**
             * @description Kind of the item.
             * @enum {string}
             */
            type?: 'message';
            /**
             * @description Who says it.
             * @enum {string}
             */
            role: 'user' | 'assistant' | 'system' | 'developer';
            /** @description A text, or parts such as `input_text`, `output_text` and `input_image`. */
            content:
              | string
              | ({
                  /**
                   * @description Kind of the part.
                   * @enum {string}
                   */
                  type:
                    | 'input_text'
                    | 'output_text'
                    | 'refusal'
                    | 'input_image'
                    | 'input_file'
                    | 'input_audio'
                    | 'computer_screenshot'
                    | 'summary_text'
                    | 'reasoning_text';
                } & {
                  [key: string]: unknown;
                })[];
          } & {
            [key: string]: unknown;
          })
        | ({
            /**
             * @description Kind of the item.
             * @enum {string}
             */
            type: 'reasoning';
            /** @description Parts of type `summary_text`. */
            summary: {
              [key: string]: unknown;
            }[];
          } & {
            [key: string]: unknown;
          })
        | ({
            /**
             * @description Kind of the item.
             * @enum {string}
             */
            type:
              | 'function_call'
              | 'function_call_output'
              | 'custom_tool_call'
              | 'custom_tool_call_output'
              | 'file_search_call'
              | 'web_search_call'
              | 'image_generation_call'
              | 'code_interpreter_call'
              | 'computer_call'
              | 'computer_call_output'
              | 'local_shell_call'
              | 'local_shell_call_output'
              | 'shell_call'
              | 'shell_call_output'
              | 'apply_patch_call'
              | 'apply_patch_call_output'
              | 'tool_search_call'
              | 'tool_search_output'
              | 'mcp_list_tools'
              | 'mcp_call'
              | 'mcp_approval_request'
              | 'mcp_approval_response'
              | 'program'
              | 'program_output'
              | 'compaction'
              | 'additional_tools';
          } & {
            [key: string]: unknown;
          })
      )[];
    };
    ItemList: {
      /**
       * @description What this is.
       * @enum {string}
       */
      object: 'list';
      /** @description The items. Each has an `id` and a `type`. */
      data: ({
        /** @description The id of the item. */
        id: string;
        /** @description Kind of the item. */
        type: string;
      } & {
        [key: string]: unknown;
      })[];
      /** @description Id of the first item; null without any. */
      first_id: string | null;
      /** @description Id of the last item, for `after` of the next page; null without any. */
      last_id: string | null;
      /** @description Whether there are items behind the last one. */
      has_more: boolean;
    };
    CreateEvent: {
      /** @description Details, at most 10,000 characters. */
      description?: string | null;
      /** @description Conversation that it came up in: its id, or `key:` and its key. Null for none. */
      conversationId?: string | null;
      /** @description The application's JSON object, at most 64 KiB. An edit replaces all of it; null keeps it. */
      metadata?: {
        [key: string]: unknown;
      } | null;
      /** @description Place, at most 500 characters. */
      location?: string | null;
      /** @description End, in the same form as `start`. Without it, an all-day event lasts one day and any other event has no length. The end of an all-day event is the day after its last. */
      end?: string | null;
      /** @description IANA name of the time zone of days and of times without an offset. UTC for days without it. */
      timeZone?: string | null;
      /** @description What happens. */
      title: string;
      /** @description Start: a time with an offset, a day for an all-day event, or a local time and `timeZone`. */
      start: string;
    };
    Event: {
      /**
       * Format: uuid
       * @description Unique id (UUIDv7).
       */
      id: string;
      /** @description What happens. */
      title: string;
      /** @description Details, or null. */
      description: string | null;
      /** @description Place, or null. */
      location: string | null;
      /** @description Start, as it was sent. */
      start: string;
      /** @description End, as it was sent, or null. */
      end: string | null;
      /** @description IANA name of the time zone, or null. */
      timeZone: string | null;
      /** @description Whether `start` and `end` are days. */
      allDay: boolean;
      /**
       * Format: date-time
       * @description `start` as a time in UTC.
       */
      startsAt: string;
      /**
       * Format: date-time
       * @description `end` as a time in UTC.
       */
      endsAt: string;
      /**
       * Format: uuid
       * @description Id of the conversation that it came up in, or null.
       */
      conversationId: string | null;
      /** @description The application's own JSON object, exactly as it was sent. */
      metadata: {
        [key: string]: unknown;
      };
      /** @description Number of the current version: 1 at first, one more after each edit. */
      version: number;
      /**
       * Format: date-time
       * @description Time of creation (RFC 3339, UTC).
       */
      createdAt: string;
      /**
       * Format: date-time
       * @description Time of the last change (RFC 3339, UTC).
       */
      updatedAt: string;
      /**
       * Format: date-time
       * @description Time of the deletion; null when it is not deleted.
       */
      deletedAt: string | null;
    };
    EventPage: {
      /** @description `cursor` of the next page; null on the last page. */
      nextCursor: string | null;
      /** @description Only with `count=true`: the number of items on all pages. */
      total?: number;
      /** @description The items of this page. Each has all its required members, unless `fields` trims it. */
      data: components['schemas']['Event'][];
    };
    UpdateEvent: {
      /** @description Details, at most 10,000 characters. */
      description?: string | null;
      /** @description Conversation that it came up in: its id, or `key:` and its key. Null for none. */
      conversationId?: string | null;
      /** @description The application's JSON object, at most 64 KiB. An edit replaces all of it; null keeps it. */
      metadata?: {
        [key: string]: unknown;
      } | null;
      /** @description Place, at most 500 characters. */
      location?: string | null;
      /** @description End, in the same form as `start`. Without it, an all-day event lasts one day and any other event has no length. The end of an all-day event is the day after its last. */
      end?: string | null;
      /** @description IANA name of the time zone of days and of times without an offset. UTC for days without it. */
      timeZone?: string | null;
      /** @description What happens. */
      title?: string | null;
      /** @description Start, in one of the forms of the creation. */
      start?: string | null;
    };
    CreateTask: {
      /** @description Details, at most 10,000 characters. */
      description?: string | null;
      /** @description Conversation that it came up in: its id, or `key:` and its key. Null for none. */
      conversationId?: string | null;
      /** @description The application's JSON object, at most 64 KiB. An edit replaces all of it; null keeps it. */
      metadata?: {
        [key: string]: unknown;
      } | null;
      /**
       * @description `completed` also sets `completedAt`.
       * @default todo
       * @enum {string|null}
       */
      status?: 'todo' | 'in_progress' | 'completed' | null;
      /**
       * @description How urgent it is.
       * @default medium
       * @enum {string|null}
       */
      priority?: 'low' | 'medium' | 'high' | null;
      /**
       * Format: date-time
       * @description Time by which it must be done (RFC 3339 with a time zone).
       */
      dueAt?: string | null;
      /** @description What is to be done. */
      title: string;
    };
    Task: {
      /**
       * Format: uuid
       * @description Unique id (UUIDv7).
       */
      id: string;
      /** @description What is to be done. */
      title: string;
      /** @description Details, or null. */
      description: string | null;
      /**
       * @description How far it is.
       * @enum {string}
       */
      status: 'todo' | 'in_progress' | 'completed';
      /**
       * @description How urgent it is.
       * @enum {string}
       */
      priority: 'low' | 'medium' | 'high';
      /**
       * Format: date-time
       * @description Time by which it must be done, or null.
       */
      dueAt: string | null;
      /**
       * Format: date-time
       * @description Time at which the status became `completed`, or null.
       */
      completedAt: string | null;
      /**
       * Format: uuid
       * @description Id of the conversation that it came up in, or null.
       */
      conversationId: string | null;
      /** @description The application's own JSON object, exactly as it was sent. */
      metadata: {
        [key: string]: unknown;
      };
      /** @description Number of the current version: 1 at first, one more after each edit. */
      version: number;
      /**
       * Format: date-time
       * @description Time of creation (RFC 3339, UTC).
       */
      createdAt: string;
      /**
       * Format: date-time
       * @description Time of the last change (RFC 3339, UTC).
       */
      updatedAt: string;
      /**
       * Format: date-time
       * @description Time of the deletion; null when it is not deleted.
       */
      deletedAt: string | null;
    };
    TaskPage: {
      /** @description `cursor` of the next page; null on the last page. */
      nextCursor: string | null;
      /** @description Only with `count=true`: the number of items on all pages. */
      total?: number;
      /** @description The items of this page. Each has all its required members, unless `fields` trims it. */
      data: components['schemas']['Task'][];
    };
    UpdateTask: {
      /** @description Details, at most 10,000 characters. */
      description?: string | null;
      /** @description Conversation that it came up in: its id, or `key:` and its key. Null for none. */
      conversationId?: string | null;
      /** @description The application's JSON object, at most 64 KiB. An edit replaces all of it; null keeps it. */
      metadata?: {
        [key: string]: unknown;
      } | null;
      /**
       * @description `completed` also sets `completedAt`.
       * @default todo
       * @enum {string|null}
       */
      status?: 'todo' | 'in_progress' | 'completed' | null;
      /**
       * @description How urgent it is.
       * @default medium
       * @enum {string|null}
       */
      priority?: 'low' | 'medium' | 'high' | null;
      /**
       * Format: date-time
       * @description Time by which it must be done (RFC 3339 with a time zone).
       */
      dueAt?: string | null;
      /** @description What is to be done. */
      title?: string | null;
    };
    Packed: {
      /** @description The format of the bytes, for the client alone. */
      type: string;
      /** @description Bytes as base64, which the service does not read. */
      data: string;
    };
    NewChannelValue: {
      /** @description The format of the bytes, for the client alone. */
      type: string;
      /** @description Bytes as base64, which the service does not read. */
      data: string;
      /** @description The channel of the graph. */
      channel: string;
      /** @description Its version. A version keeps its value. The type `empty` is no value. */
      version: string;
    };
    PutCheckpoint: {
      /** @description The application's name of the thread. */
      threadId: string;
      /** @description Empty for the graph itself; the path of a graph inside of it. At most 768 bytes. */
      namespace: string;
      /** @description Id of the checkpoint. Later ones are greater, as texts. */
      checkpointId: string;
      /** @description Id of the checkpoint before. */
      parentId?: string | null;
      /** @description The checkpoint without the values of its channels. */
      checkpoint: components['schemas']['Packed'];
      /** @description Its metadata. */
      metadata: components['schemas']['Packed'];
      /** @description What of the metadata a search can filter by. */
      labels?: {
        [key: string]: unknown;
      } | null;
      /** @description The version of each channel, at most 1,000. */
      channels: {
        [key: string]: string;
      };
      /** @description Values of the channels that are new since the checkpoint before. */
      values?: components['schemas']['NewChannelValue'][] | null;
      /** @description Checkpoints of the thread that stay: older ones are deleted. All without it. */
      keep?: number | null;
    };
    NewWrite: {
      /** @description The format of the bytes, for the client alone. */
      type: string;
      /** @description Bytes as base64, which the service does not read. */
      data: string;
      /** @description The channel of the graph. */
      channel: string;
      /** @description Its place among the writes of the task. Of one place the first write stays; one below 0 is replaced. */
      position: number;
    };
    PutWrites: {
      /** @description The application's name of the thread. */
      threadId: string;
      /** @description Empty for the graph itself; the path of a graph inside of it. At most 768 bytes. */
      namespace: string;
      /** @description Id of the checkpoint. Later ones are greater, as texts. */
      checkpointId: string;
      /** @description Id of the task. */
      taskId: string;
      /** @description Path of the task, by which writes are sorted. */
      taskPath?: string | null;
      /** @description What the task has written. */
      writes: components['schemas']['NewWrite'][];
    };
    CheckpointPlace: {
      /** @description The application's name of the thread. */
      threadId: string;
      /** @description Empty for the graph itself; the path of a graph inside of it. At most 768 bytes. */
      namespace: string;
      /** @description Id of the checkpoint. Later ones are greater, as texts. */
      checkpointId: string;
    };
    SearchCheckpoints: {
      /** @description The application's name of the thread. */
      threadId?: string | null;
      /** @description Empty for the graph itself; the path of a graph inside of it. At most 768 bytes. */
      namespace?: string | null;
      /** @description Id of the checkpoint. Later ones are greater, as texts. */
      checkpointId?: string | null;
      /** @description Only checkpoints with a smaller id. */
      before?: string | null;
      /** @description Values that the labels have. */
      filter?: {
        [key: string]: unknown;
      } | null;
      /** @description The last checkpoint of the page before. */
      after?: components['schemas']['CheckpointPlace'] | null;
      /**
       * @description Most checkpoints. There are fewer where they would be more than 8 MiB.
       * @default 20
       */
      limit?: number | null;
    };
    StoredPacked: {
      /** @description The format of the bytes, for the client alone. */
      type: string;
      /** @description Bytes as base64, which the service does not read. */
      data: string;
    };
    ChannelValue: {
      /** @description The format of the bytes, for the client alone. */
      type: string;
      /** @description Bytes as base64, which the service does not read. */
      data: string;
      /** @description The channel of the graph. */
      channel: string;
    };
    PendingWrite: {
      /** @description The format of the bytes, for the client alone. */
      type: string;
      /** @description Bytes as base64, which the service does not read. */
      data: string;
      /** @description Id of the task. */
      taskId: string;
      /** @description The channel of the graph. */
      channel: string;
    };
    Checkpoint: {
      /** @description The application's name of the thread. */
      threadId: string;
      /** @description Empty for the graph itself; the path of a graph inside of it. At most 768 bytes. */
      namespace: string;
      /** @description Id of the checkpoint. Later ones are greater, as texts. */
      checkpointId: string;
      /** @description Id of the checkpoint before; null for the first. It may have been deleted. */
      parentId: string | null;
      /** @description The checkpoint as it was sent. */
      checkpoint: components['schemas']['StoredPacked'];
      /** @description Its metadata as they were sent. */
      metadata: components['schemas']['StoredPacked'];
      /** @description What its channels hold. */
      values: components['schemas']['ChannelValue'][];
      /** @description What tasks have written after it, by path and id of the task. */
      writes: components['schemas']['PendingWrite'][];
    };
    CheckpointPage: {
      /** @description Newest first. */
      data: components['schemas']['Checkpoint'][];
      /** @description Whether there are others after the last one. */
      hasMore: boolean;
    };
    StoreEntry: {
      /**
       * Format: uuid
       * @description Unique id (UUIDv7).
       */
      id: string;
      /** @description The labels of its namespace. */
      namespace: string[];
      /** @description Its key in the namespace. */
      key: string;
      /** @description The value. */
      value:
        | {
            [key: string]: unknown;
          }
        | unknown[]
        | string
        | number
        | boolean;
      /**
       * Format: date-time
       * @description Time of creation (RFC 3339, UTC).
       */
      createdAt: string;
      /**
       * Format: date-time
       * @description Time of the last change (RFC 3339, UTC).
       */
      updatedAt: string;
      /**
       * Format: date-time
       * @description Time at which it expires; null when it does not.
       */
      expiresAt: string | null;
    };
    StoreHit: {
      /**
       * Format: uuid
       * @description Unique id (UUIDv7).
       */
      id: string;
      /** @description The labels of its namespace. */
      namespace: string[];
      /** @description Its key in the namespace. */
      key: string;
      /** @description The value. */
      value:
        | {
            [key: string]: unknown;
          }
        | unknown[]
        | string
        | number
        | boolean;
      /**
       * Format: date-time
       * @description Time of creation (RFC 3339, UTC).
       */
      createdAt: string;
      /**
       * Format: date-time
       * @description Time of the last change (RFC 3339, UTC).
       */
      updatedAt: string;
      /**
       * Format: date-time
       * @description Time at which it expires; null when it does not.
       */
      expiresAt: string | null;
      /** @description How well the words fit, within one answer; null where none stands. */
      score: number | null;
    };
    StorePlace: {
      /** @description The namespace: its labels from the outermost. */
      namespace: string[];
      /** @description The key in the namespace. */
      key: string;
    };
    SearchItems: {
      /** @description The labels that a namespace begins with. None: all namespaces. */
      prefix: string[];
      /** @description Values that fields of the value have, or operators: `$eq`, `$ne`, `$gt`, `$gte`, `$lt`, `$lte`, `$in`, `$nin`. At most 20 conditions. */
      filter?: {
        [key: string]: unknown;
      } | null;
      /** @description Words to look for. Items in which some stand come first, best first; the others follow, last changed first. */
      query?: string | null;
      /**
       * @description Most items.
       * @default 10
       */
      limit?: number | null;
      /**
       * @description Items to leave out at the beginning.
       * @default 0
       */
      offset?: number | null;
    };
    ListNamespaces: {
      /** @description Labels that it begins with; `*` is any label. */
      prefix?: string[] | null;
      /** @description Labels that it ends with; `*` is any label. */
      suffix?: string[] | null;
      /** @description Labels after which namespaces are cut. Each is listed once. */
      maxDepth?: number | null;
      /**
       * @description Most namespaces.
       * @default 100
       */
      limit?: number | null;
      /**
       * @description Namespaces to leave out at the beginning.
       * @default 0
       */
      offset?: number | null;
    };
    PutEntry: {
      /** @description The namespace: its labels from the outermost, without `.` and `:`. The first is not `langgraph`. */
      namespace: string[];
      /** @description The key in the namespace. */
      key: string;
      /** @description The value, in place of an earlier one. At most 65,536 bytes as JSON. */
      value:
        | {
            [key: string]: unknown;
          }
        | unknown[]
        | string
        | number
        | boolean;
      /** @description Paths in the value that a search by words looks at, such as `title` and `chapters[*].text`. None for an empty list, and all of the value without it. */
      index?: string[] | null;
      /** @description Minutes after which the item expires. Without it, it stays. */
      ttlMinutes?: number | null;
    };
    StoreBatch: {
      /** @description Items to read by their keys. */
      get?: components['schemas']['StorePlace'][] | null;
      /** @description Searches. Their limits and the keys of `get` are at most 128 together. */
      search?: components['schemas']['SearchItems'][] | null;
      /** @description Lists of namespaces. */
      namespaces?: components['schemas']['ListNamespaces'][] | null;
      /** @description Items to delete. One that is put as well is put. Not beside `get`, `search` and `namespaces`. */
      delete?: components['schemas']['StorePlace'][] | null;
      /** @description Items to write. Of two with the same key the last stays. */
      put?: components['schemas']['PutEntry'][] | null;
      /**
       * @description Whether the time to live of the items that are read begins again.
       * @default false
       */
      refreshTtl?: boolean | null;
    };
    StoreAnswer: {
      /** @description The items of `get`, in its order; null where there is none. */
      get: (components['schemas']['StoreEntry'] | null)[];
      /** @description The items of each search. */
      search: components['schemas']['StoreHit'][][];
      /** @description The namespaces of each list, in the order of their labels. */
      namespaces: string[][][];
    };
    ReadStore: {
      /** @description Items to read by their keys. */
      get?: components['schemas']['StorePlace'][] | null;
      /** @description Searches. Their limits and the keys of `get` are at most 128 together. */
      search?: components['schemas']['SearchItems'][] | null;
      /** @description Lists of namespaces. */
      namespaces?: components['schemas']['ListNamespaces'][] | null;
    };
    Webhook: {
      /**
       * Format: uuid
       * @description Unique id (UUIDv7).
       */
      id: string;
      /** @description Where events are posted to. */
      url: string;
      /** @description The types of events that it is told of. */
      events: (
        | 'message.created'
        | 'message.changed'
        | 'message.erased'
        | 'conversation.created'
        | 'conversation.changed'
        | 'conversation.deleted'
        | 'conversation.restored'
        | 'memory.created'
        | 'memory.changed'
        | 'memory.forgotten'
        | 'turn.finished'
        | 'user.created'
        | 'user.changed'
        | 'user.deleted'
      )[];
      /** @description What the webhook is for, or null. */
      description: string | null;
      /** @description Whether it is told of events. */
      enabled: boolean;
      /**
       * @description Why the service has disabled it: `gone` after an answer 410, `failing` after three days of failures, `behind` when more than 10,000 deliveries wait. Null otherwise.
       * @enum {string|null}
       */
      disabledBecause: 'gone' | 'failing' | 'behind' | null;
      /**
       * Format: date-time
       * @description Time of the first of the failures since the last success, or null.
       */
      failingSince: string | null;
      /**
       * Format: date-time
       * @description Time until which deliveries are signed with the secret before, too, or null.
       */
      previousSecretExpiresAt: string | null;
      /** @description Number of the current version: 1 at first, one more after each edit. */
      version: number;
      /**
       * Format: date-time
       * @description Time of creation (RFC 3339, UTC).
       */
      createdAt: string;
      /**
       * Format: date-time
       * @description Time of the last change (RFC 3339, UTC).
       */
      updatedAt: string;
    };
    WebhookPage: {
      /** @description `cursor` of the next page; null on the last page. */
      nextCursor: string | null;
      /** @description Only with `count=true`: the number of items on all pages. */
      total?: number;
      /** @description The items of this page. Each has all its required members, unless `fields` trims it. */
      data: components['schemas']['Webhook'][];
    };
    CreateWebhook: {
      /** @description Where events are posted to; a public https address, unless the operator allows others. */
      url: string;
      /** @description The types of events to be told of. Those of `user.` are for the service only. */
      events: (
        | 'message.created'
        | 'message.changed'
        | 'message.erased'
        | 'conversation.created'
        | 'conversation.changed'
        | 'conversation.deleted'
        | 'conversation.restored'
        | 'memory.created'
        | 'memory.changed'
        | 'memory.forgotten'
        | 'turn.finished'
        | 'user.created'
        | 'user.changed'
        | 'user.deleted'
      )[];
      /** @description What the webhook is for. */
      description?: string | null;
    };
    WebhookWithSecret: {
      /**
       * Format: uuid
       * @description Unique id (UUIDv7).
       */
      id: string;
      /** @description Where events are posted to. */
      url: string;
      /** @description The types of events that it is told of. */
      events: (
        | 'message.created'
        | 'message.changed'
        | 'message.erased'
        | 'conversation.created'
        | 'conversation.changed'
        | 'conversation.deleted'
        | 'conversation.restored'
        | 'memory.created'
        | 'memory.changed'
        | 'memory.forgotten'
        | 'turn.finished'
        | 'user.created'
        | 'user.changed'
        | 'user.deleted'
      )[];
      /** @description What the webhook is for, or null. */
      description: string | null;
      /** @description Whether it is told of events. */
      enabled: boolean;
      /**
       * @description Why the service has disabled it: `gone` after an answer 410, `failing` after three days of failures, `behind` when more than 10,000 deliveries wait. Null otherwise.
       * @enum {string|null}
       */
      disabledBecause: 'gone' | 'failing' | 'behind' | null;
      /**
       * Format: date-time
       * @description Time of the first of the failures since the last success, or null.
       */
      failingSince: string | null;
      /**
       * Format: date-time
       * @description Time until which deliveries are signed with the secret before, too, or null.
       */
      previousSecretExpiresAt: string | null;
      /** @description Number of the current version: 1 at first, one more after each edit. */
      version: number;
      /**
       * Format: date-time
       * @description Time of creation (RFC 3339, UTC).
       */
      createdAt: string;
      /**
       * Format: date-time
       * @description Time of the last change (RFC 3339, UTC).
       */
      updatedAt: string;
      /** @description The secret that verifies deliveries, in this answer only; a retry with the same `Idempotency-Key` gets null. */
      secret: string | null;
    };
    UpdateWebhook: {
      /** @description Where events are posted to; a public https address, unless the operator allows others. */
      url?: string | null;
      /** @description The types of events to be told of. Those of `user.` are for the service only. */
      events?:
        | (
            | 'message.created'
            | 'message.changed'
            | 'message.erased'
            | 'conversation.created'
            | 'conversation.changed'
            | 'conversation.deleted'
            | 'conversation.restored'
            | 'memory.created'
            | 'memory.changed'
            | 'memory.forgotten'
            | 'turn.finished'
            | 'user.created'
            | 'user.changed'
            | 'user.deleted'
          )[]
        | null;
      /** @description What the webhook is for. */
      description?: string | null;
      /** @description Whether it is told of events. Those of the time while it is not are not kept. */
      enabled?: boolean | null;
    };
    RotateSecret: {
      /**
       * @description Seconds for which deliveries are signed with both secrets; 0 ends the old one at once.
       * @default 86400
       */
      overlapSeconds?: number | null;
    };
    WebhookDelivery: {
      /**
       * Format: uuid
       * @description Id of the delivery: its header `webhook-id`, the same in every attempt.
       */
      id: string;
      /** @description Type of the event. */
      type: string;
      /** @description Ids of what it tells of. */
      data: {
        [key: string]: unknown;
      };
      /**
       * @description `pending` until an attempt succeeds or no more are made.
       * @enum {string}
       */
      state: 'pending' | 'delivered' | 'failed';
      /** @description Attempts so far. */
      attempts: number;
      /**
       * Format: date-time
       * @description Time from which the next attempt is made; null when no more are made.
       */
      nextAttemptAt: string | null;
      /** @description Status of the last answer; null without one. */
      lastStatus: number | null;
      /** @description Why the last attempt failed, or null. */
      lastError: string | null;
      /**
       * Format: date-time
       * @description Time of the event.
       */
      createdAt: string;
      /**
       * Format: date-time
       * @description Time from which no more attempts are made, or null.
       */
      finishedAt: string | null;
    };
    WebhookDeliveryPage: {
      /** @description `cursor` of the next page; null on the last page. */
      nextCursor: string | null;
      /** @description Only with `count=true`: the number of items on all pages. */
      total?: number;
      /** @description The items of this page. Each has all its required members, unless `fields` trims it. */
      data: components['schemas']['WebhookDelivery'][];
    };
  };
  responses: never;
  parameters: never;
  requestBodies: never;
  headers: never;
  pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
