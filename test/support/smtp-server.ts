// An SMTP server on loopback that keeps the letters it takes, and can refuse them.
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { SMTPServer } from 'smtp-server';

export interface KeptLetter {
  from: string;
  to: string[];
  text: string;
}

export interface TestSmtpServer {
  url: string;
  /** Settings of a service with accounts that sends its letters here, by jobs. */
  environment: Record<string, string>;
  letters: KeptLetter[];
  /** Refuses as many of the next letters. */
  refuse: (count: number) => void;
  close: () => Promise<void>;
}

export async function startSmtpServer(): Promise<TestSmtpServer> {
  const letters: KeptLetter[] = [];
  let refused = 0;
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        if (refused-- > 0) return done(new Error('try again later'));
        const { mailFrom, rcptTo } = session.envelope;
        letters.push({
          from: mailFrom ? mailFrom.address : '',
          to: rcptTo.map(({ address }) => address),
          text: Buffer.concat(chunks).toString(),
        });
        done();
      });
    },
  });
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  const { port } = server.server.address() as AddressInfo;
  const url = `smtp://127.0.0.1:${port}`;
  return {
    url,
    environment: {
      REGISTRATION: 'open',
      MAIL: 'smtp',
      SMTP_URL: url,
      MAIL_FROM: 'us@mail.example',
      JOB_CONCURRENCY: '2',
    },
    letters,
    refuse: (count) => (refused = count),
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}
