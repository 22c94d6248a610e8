// A second port for operators: it serves metrics and health by the same routes.
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import {
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { Config } from '../config/config.js';
import { explainListen } from '../http/listen-error.js';

const PATHS = /^\/(metrics|health\/[a-z]+)(\?|$)/;

@Injectable()
export class MetricsPort implements OnApplicationBootstrap, OnApplicationShutdown {
  private server: Server | undefined;

  constructor(
    private readonly config: Config,
    private readonly host: HttpAdapterHost,
  ) {}

  /** @throws ListenError when the port is taken */
  async onApplicationBootstrap(): Promise<void> {
    const { metricsPort } = this.config.door;
    if (metricsPort === undefined) return;
    const instance = this.host.httpAdapter.getInstance<FastifyInstance>();
    this.server = createServer({ requestTimeout: 10_000 }, (request, response) => {
      if (PATHS.test(request.url ?? '')) instance.routing(request, response);
      else response.writeHead(404, { connection: 'close' }).end();
    });
    const { host } = this.config;
    this.server.listen(metricsPort, host);
    await once(this.server, 'listening').catch((error: unknown) => {
      throw explainListen(error, { variable: 'METRICS_PORT', port: metricsPort, host });
    });
  }

  onApplicationShutdown(): void {
    this.server?.close();
    this.server?.closeAllConnections();
  }
}
