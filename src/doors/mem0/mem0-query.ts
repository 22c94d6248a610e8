// Query strings of mem0.
import { integer, oneOf, QueryShape, text, withDescription } from '../../platform/input/index.js';
import { MAX_NAME_CHARACTERS, MAX_PAGES, MAX_USER_CHARACTERS, PAGE_SIZE } from './mem0-limits.js';

export const pageQuery = new QueryShape({
  page: withDescription(integer(1, MAX_PAGES, 1), 'Number of the page, from 1 on.'),
  page_size: withDescription(
    integer(1, PAGE_SIZE.max, PAGE_SIZE.default),
    'Items of a page, at most.',
  ),
});

export const removeQuery = new QueryShape({
  delete_linked: withDescription(
    oneOf(['false'], undefined),
    'Taken, and without effect: memories that this one has superseded stay.',
  ),
});

const named = (does: string, of: string) =>
  withDescription(text(MAX_NAME_CHARACTERS, false), `${does} only memories of this ${of}.`);

export const listQuery = new QueryShape({
  user_id: withDescription(
    text(MAX_USER_CHARACTERS, false),
    'The user: of a service key in place of the header `Threadkeep-User`.',
  ),
  agent_id: named('Lists', 'agent'),
  app_id: named('Lists', 'app'),
  run_id: named('Lists', 'run'),
  top_k: withDescription(integer(1, PAGE_SIZE.max, PAGE_SIZE.default), 'Most memories.'),
});

export const namesQuery = new QueryShape({
  user_id: withDescription(
    text(MAX_USER_CHARACTERS, false),
    'The user: of a service key in place of the header `Threadkeep-User`. Alone it deletes all memories of the user.',
  ),
  agent_id: named('Deletes', 'agent'),
  app_id: named('Deletes', 'app'),
  run_id: named('Deletes', 'run'),
});
