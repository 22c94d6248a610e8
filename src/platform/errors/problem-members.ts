// Members that the problems of a route have besides the usual ones, for clients of another API.
import { SetMetadata } from '@nestjs/common';

export type ProblemMembers = (
  problem: Readonly<Record<string, unknown>>,
) => Readonly<Record<string, unknown>>;

export const PROBLEM_MEMBERS = Symbol('problem members');

/** Adds members to each problem that the routes answer, also to those before their handlers. */
export const AddsToProblems = (members: ProblemMembers) => SetMetadata(PROBLEM_MEMBERS, members);
