// A closed loop over raw keep-alive sockets: each client sends its next request when the last is answered. It reads no more
// of an answer than its status and length, so that on a small machine the server is the limit and not the load.
import net from 'node:net';

const HEAD_END = '\r\n\r\n';
/** Seconds that requests under way may take after the end. */
const PATIENCE = 2;

/** One answer after another on one connection. */
class AnswerReader {
  head = null;
  missing = 0;
  status = 0;

  /** @returns true when `chunk` completes the answer. */
  take(chunk) {
    if (this.missing > 0) return this.count(chunk.length);
    const bytes = this.head ? Buffer.concat([this.head, chunk]) : chunk;
    const end = bytes.indexOf(HEAD_END);
    if (end === -1) {
      this.head = bytes;
      return false;
    }
    this.head = null;
    const text = bytes.latin1Slice(0, end);
    this.status = Number(text.slice(9, 12));
    this.missing = lengthOf(text);
    return this.count(bytes.length - end - HEAD_END.length);
  }

  count(bytes) {
    this.missing -= bytes;
    return this.missing <= 0;
  }
}

function lengthOf(head) {
  const length = /\r\ncontent-length: *(\d+)/i.exec(head);
  if (!length) throw new Error(`an answer without content-length: ${head.slice(0, 200)}`);
  return Number(length[1]);
}

class Client {
  sentAt = 0;
  reader = new AnswerReader();

  constructor(run) {
    this.run = run;
    this.over = new Promise((resolve) => (this.finish = resolve));
    this.open();
  }

  open() {
    this.socket = net.connect({ host: '127.0.0.1', port: this.run.port, noDelay: true });
    this.socket.on('connect', () => this.send());
    this.socket.on('data', (chunk) => this.receive(chunk));
    this.socket.on('error', (error) => this.run.note(error.message));
    this.socket.on('close', () => this.closed());
  }

  send() {
    if (this.run.stopping) return this.socket.destroy();
    this.sentAt = performance.now();
    this.socket.write(this.run.next(), 'latin1');
  }

  receive(chunk) {
    if (!this.reader.take(chunk)) return;
    this.run.answered(this.reader.status, performance.now() - this.sentAt, chunk);
    this.send();
  }

  closed() {
    if (this.run.stopping) return this.finish();
    this.run.failed('closed');
    this.reader = new AnswerReader();
    setTimeout(() => this.open(), 20);
  }
}

class Run {
  measuring = false;
  stopping = false;
  latencies = [];
  errors = 0;
  firstError = null;

  constructor(port, next) {
    this.port = port;
    this.next = next;
  }

  answered(status, milliseconds, chunk) {
    if (status < 200 || status > 299)
      return this.failed(
        `${status} ${chunk.toString('utf8').split(HEAD_END).at(-1).slice(0, 300)}`,
      );
    if (this.measuring) this.latencies.push(milliseconds);
  }

  failed(reason) {
    this.note(reason);
    if (this.measuring) this.errors++;
  }

  note(reason) {
    this.firstError ??= reason;
  }
}

const sleep = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

/**
 * `beforeStart` is awaited while the load goes on; `atStart` and `atEnd` are called at the very moments between which answers
 * count.
 * @returns {Promise<object>} requests a second, latencies in milliseconds, and what this process spent on one request.
 */
export async function measure({
  port,
  next,
  clients,
  seconds,
  warmup,
  beforeStart,
  atStart,
  atEnd,
}) {
  const run = new Run(port, next);
  const all = Array.from({ length: clients }, () => new Client(run));
  await sleep(warmup);
  await beforeStart?.();
  run.measuring = true;
  const startedAt = performance.now();
  const cpuBefore = process.cpuUsage();
  atStart?.();
  await sleep(seconds);
  run.measuring = false;
  const elapsed = (performance.now() - startedAt) / 1000;
  atEnd?.();
  const cpu = process.cpuUsage(cpuBefore);
  run.stopping = true;
  await Promise.race([Promise.all(all.map(({ over }) => over)), sleep(PATIENCE)]);
  for (const { socket } of all) socket.destroy();
  return {
    ...summary(run, elapsed),
    generatorCpu: (cpu.user + cpu.system) / Math.max(1, run.latencies.length),
  };
}

function summary({ latencies, errors, firstError }, elapsed) {
  latencies.sort((a, b) => a - b);
  const percentile = (share) =>
    latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? NaN;
  return {
    ok: latencies.length,
    errors,
    firstError,
    rate: latencies.length / elapsed,
    p50: percentile(0.5),
    p95: percentile(0.95),
    p99: percentile(0.99),
  };
}
