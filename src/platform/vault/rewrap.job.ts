// Rewraps data keys after the current key has changed.
import { Injectable, Logger } from '@nestjs/common';
import { JobHandler, type JobRun } from '../jobs/index.js';
import { KeyRotation } from './key-rotation.js';

@Injectable()
export class RewrapDataKeys extends JobHandler {
  override readonly name = 'vault.rewrap';
  override readonly system = 'rewrap the data keys of all users with the current key';
  override readonly every = 300;
  override readonly checkpointed = true;
  private readonly logger = new Logger('Vault');

  constructor(private readonly rotation: KeyRotation) {
    super();
  }

  override async run(_: object, job: JobRun): Promise<void> {
    const { current, behind } = await this.rotation.status();
    if (current === null || behind === 0) return;
    job.report(0, behind);
    const done = await this.rotation.rewrap(
      (write) => job.step(write),
      (rewrapped) => job.report(rewrapped, behind),
    );
    const left = (await this.rotation.status()).behind;
    if (left > 0)
      this.logger.warn({
        msg: 'data keys could not be rewrapped: their keys are not configured here, or they are damaged',
        left,
      });
    else this.logger.log({ msg: 'data keys were rewrapped', done, keyId: current });
  }
}
