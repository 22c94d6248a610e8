// Holds the tracer of the process, which is loaded only when an operator asks for traces.
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { TracingSettings } from '../../config/tracing-settings.js';
import type { Tracer } from './span.js';

@Injectable()
export class Tracing implements OnApplicationShutdown {
  /** @param tracer undefined when there are no traces */
  constructor(readonly tracer: Tracer | undefined) {}

  /** Loads OpenTelemetry when there are settings, and nothing otherwise. */
  static async load(settings: TracingSettings | undefined): Promise<Tracing> {
    if (!settings) return new Tracing(undefined);
    const { OpenTelemetryTracer } = await import('./open-telemetry.js');
    return new Tracing(new OpenTelemetryTracer(settings));
  }

  /** The last requests and jobs have ended by now. */
  async onApplicationShutdown(): Promise<void> {
    await this.tracer?.close();
  }
}
