// Runs interceptors that need no Observable without one: an Observable chain costs a GET some 7 %
// of its processor time.
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { InterceptorsConsumer } from '@nestjs/core/internal';
import { isObservable, map, type Observable } from 'rxjs';

/**
 * An interceptor that only acts before the handler, and on its result. Without `runDirectly`,
 * Nest's chain runs it like any other interceptor.
 */
export abstract class DirectInterceptor implements NestInterceptor {
  /** Runs before pipes and handler. An error that it throws is the answer. */
  enter?(context: ExecutionContext): void;
  /** @returns the result to send instead */
  leave?(result: unknown, context: ExecutionContext): unknown;

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    this.enter?.(context);
    return next
      .handle()
      .pipe(map((result: unknown) => (this.leave ? this.leave(result, context) : result)));
  }
}

interface Split {
  direct: DirectInterceptor[];
  chained: NestInterceptor[];
}

interface Interceptable {
  intercept: (
    this: InterceptorsConsumer,
    ...parameters: Parameters<InterceptorsConsumer['intercept']>
  ) => Promise<unknown>;
}

const prototype: Interceptable = InterceptorsConsumer.prototype;
/** Nest's own implementation. */
const { intercept } = prototype;

/** Keyed by a route's list of interceptors, which Nest makes once. */
const splits = new WeakMap<NestInterceptor[], Split>();

/**
 * Makes Nest run each DirectInterceptor around the chain, and build the chain from the others only.
 * Direct interceptors are global, so they come first either way.
 */
export function runDirectly(): void {
  prototype.intercept = async function interceptDirectly(
    interceptors,
    args,
    instance,
    callback,
    next,
    type,
  ) {
    const { direct, chained } = splitOf(interceptors);
    if (direct.length === 0) {
      return intercept.call(this, interceptors, args, instance, callback, next, type);
    }
    const context = this.createContext(args, instance, callback);
    if (type) context.setType(type);
    for (const each of direct) each.enter?.(context);
    const leave = (result: unknown) =>
      direct.reduceRight((left, each) => (each.leave ? each.leave(left, context) : left), result);
    const result: unknown =
      chained.length === 0
        ? await next()
        : await intercept.call(this, chained, args, instance, callback, next, type);
    return isObservable(result) ? result.pipe(map(leave)) : leave(result);
  };
}

function splitOf(interceptors: NestInterceptor[]): Split {
  let split = splits.get(interceptors);
  if (!split) {
    split = {
      direct: interceptors.filter((each) => each instanceof DirectInterceptor),
      chained: interceptors.filter((each) => !(each instanceof DirectInterceptor)),
    };
    splits.set(interceptors, split);
  }
  return split;
}
