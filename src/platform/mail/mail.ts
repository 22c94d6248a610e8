// Where mails go. Another way out, such as the API of a provider, extends `Mail`.
import { Injectable, Logger } from '@nestjs/common';
import type { Transporter } from 'nodemailer';
import type { MailSettings } from '../config/account-settings.js';

export interface Letter {
  readonly to: string;
  readonly subject: string;
  /** Plain text. */
  readonly text: string;
}

export abstract class Mail {
  /** False when there is no way out: nothing is sent then. */
  abstract readonly isConfigured: boolean;

  /** @throws Error when the letter was not taken; sending it again later may help */
  abstract send(letter: Letter): Promise<void>;
}

@Injectable()
export class NoMail extends Mail {
  override readonly isConfigured = false;

  override send(): Promise<void> {
    return Promise.reject(new Error('no mail is sent: MAIL is none'));
  }
}

/** For development: writes the letters to the log, with the secrets in them. */
@Injectable()
export class ConsoleMail extends Mail {
  override readonly isConfigured = true;
  private readonly logger = new Logger('Mail');

  override send(letter: Letter): Promise<void> {
    this.logger.log({ msg: 'mail', ...letter });
    return Promise.resolve();
  }
}

/** One address and nothing else: no name, comment, list, quotes or control characters. */
const ONE_ADDRESS = /^[^\s"(),:;<>@[\\\]\p{C}\p{DI}]{1,64}@[^\s"(),:;<>@[\\\]\p{C}\p{DI}]{1,255}$/u;

/** Milliseconds for each step of a delivery. */
const TIMEOUT_MS = 10_000;

export class SmtpMail extends Mail {
  override readonly isConfigured = true;
  private transport: Promise<Transporter> | undefined;

  constructor(private readonly settings: MailSettings) {
    super();
  }

  override async send({ to, subject, text }: Letter): Promise<void> {
    if (!ONE_ADDRESS.test(to)) throw new Error('the mail was not sent: that is not one address');
    this.transport ??= this.open();
    const transport = await this.transport;
    // As an object, it is not read as a list of addresses with names.
    const letter = { to: { name: '', address: to }, from: this.settings.from, subject, text };
    await transport.sendMail(letter).catch((error: unknown) => {
      // The server's own words may repeat the letter, with its secret.
      const { code, responseCode } = error as { code?: string; responseCode?: number };
      throw new Error(`the mail was not taken: ${code ?? 'no code'} ${responseCode ?? ''}`.trim());
    });
  }

  /** Loads the library at the first letter, because most processes send none. */
  private async open(): Promise<Transporter> {
    const { createTransport } = await import('nodemailer');
    return createTransport({
      url: this.settings.smtpUrl!,
      connectionTimeout: TIMEOUT_MS,
      greetingTimeout: TIMEOUT_MS,
      socketTimeout: TIMEOUT_MS,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
  }
}
