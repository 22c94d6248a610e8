import { applyDecorators } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';

/** Declares that a read with `If-None-Match` may answer that the client has the current state. */
export const ApiNotModified = () => ApiResponse({ status: 304, description: 'Not modified' });

export const ApiProblems = () => applyDecorators();
