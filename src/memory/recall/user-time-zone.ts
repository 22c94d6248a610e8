// The time zone of dates in a question: that of the request, else that of the user's settings.
import { Injectable } from '@nestjs/common';
import { isTimeZone } from '../../platform/input/index.js';
import { findDates } from '../search/date-words.js';
import { MAX_QUESTION_LENGTH } from '../search/question.js';
import { UserTimeZoneRepository } from './user-time-zone.repository.js';

@Injectable()
export class UserTimeZone {
  constructor(private readonly settings: UserTimeZoneRepository) {}

  /**
   * Reads the settings only for a question that has dates. A zone there that is not known is ignored:
   * settings are free.
   * @param named the time zone of the request
   * @returns undefined for UTC
   */
  async of(question: string, named: string | undefined): Promise<string | undefined> {
    if (named !== undefined) return named;
    if (findDates(question.slice(0, MAX_QUESTION_LENGTH)).length === 0) return undefined;
    const zone = await this.settings.find();
    return zone !== null && isTimeZone(zone) ? zone : undefined;
  }
}
