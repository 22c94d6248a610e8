// What the problems of a route have besides the usual, for clients of another API.
import { SetMetadata } from '@nestjs/common';
import type { AppError } from './app-error.js';

export interface ProblemAdditions {
  /** Members of the document. */
  members: (problem: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>;
  /** Response headers by lower-case name. */
  headers: (error: AppError) => Readonly<Record<string, string>>;
}

export const PROBLEM_ADDITIONS = Symbol('problem additions');

/** Adds to each problem that the routes answer, also to those before their handlers. */
export const AddsToProblems = (additions: ProblemAdditions) =>
  SetMetadata(PROBLEM_ADDITIONS, additions);
