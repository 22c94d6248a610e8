// Runs interceptors that need no Observable without one: an Observable chain costs a GET some 7 %
// of its processor time.
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { InterceptorsConsumer } from '@nestjs/core/internal';
import { isObservable, map, type Observable } from 'rxjs';

/**
 * An interceptor that only does something before the handler, and something with its result.
 * It is a Nest interceptor like any other: where `runDirectly` was not called, the chain runs it.
 */
export abstract class DirectInterceptor implements NestInterceptor {
  /** Runs before pipes and handler. What it throws is the answer. */
  enter?(context: ExecutionContext): void;
  /** @returns what is sent in place of the result */
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
/** Nest's own. */
const { intercept } = prototype;

/** By the list of a route's interceptors, which Nest makes once. */
const splits = new WeakMap<NestInterceptor[], Split>();

/**
 * Lets Nest run every DirectInterceptor before the chain and leave it after the chain, and build
 * the chain from the others only. Direct ones are global, so that they are first in either case.
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

/** Undoes `runDirectly`. */
export function runInChain(): void {
  prototype.intercept = intercept;
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
