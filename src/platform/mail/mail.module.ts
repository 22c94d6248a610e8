// Sends mails, by the way that the operator has set.
import { Global, Module } from '@nestjs/common';
import { Config } from '../config/config.js';
import { ConsoleMail, Mail, NoMail, SmtpMail } from './mail.js';

function wayOut({ identity }: Config): Mail {
  const { mail } = identity.accounts;
  if (mail.kind === 'smtp') return new SmtpMail(mail);
  return mail.kind === 'console' ? new ConsoleMail() : new NoMail();
}

@Global()
@Module({
  providers: [{ provide: Mail, useFactory: wayOut, inject: [Config] }],
  exports: [Mail],
})
export class MailModule {}
