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

const PATHS = /^\/(metrics|health\/[a-z]+)(\?|$)/;

@Injectable()
export class MetricsPort implements OnApplicationBootstrap, OnApplicationShutdown {
  private server: Server | undefined;

  constructor(
    private readonly config: Config,
    private readonly host: HttpAdapterHost,
  ) {}

  /** @throws Error when the port is taken */
  async onApplicationBootstrap(): Promise<void> {
    const { metricsPort } = this.config.door;
    if (metricsPort === undefined) return;
    const instance = this.host.httpAdapter.getInstance<FastifyInstance>();
    this.server = createServer({ requestTimeout: 10_000 }, (request, response) => {
      if (PATHS.test(request.url ?? '')) instance.routing(request, response);
      else response.writeHead(404, { connection: 'close' }).end();
    });
    this.server.listen(metricsPort, this.config.host);
    await once(this.server, 'listening');
  }

  onApplicationShutdown(): void {
    this.server?.close();
    this.server?.closeAllConnections();
  }
}
