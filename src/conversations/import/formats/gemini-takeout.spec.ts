import { describe, expect, it } from '@jest/globals';
import { readAll, readConversation } from '../../../../test/support/read-source.js';
import { htmlToText } from './html-text.js';

const activity = {
  header: 'Gemini Apps',
  title: 'Prompted Why is the sea salty?',
  time: '2025-05-01T08:00:00.000Z',
  products: ['Gemini Apps'],
  safeHtmlItem: [{ html: '<p>Rivers &amp; rocks.</p><ul><li>salt</li></ul>' }],
};

describe('the Gemini Takeout import format', () => {
  it('makes each activity a conversation of a question and its answer', () => {
    const { body, name } = readConversation([activity]);
    expect(name).toBe('Why is the sea salty?');
    expect(body).toMatchObject({
      importKey: expect.stringMatching(/^gemini-takeout:sha256:/),
      title: 'Why is the sea salty?',
      createdAt: activity.time,
      messages: [
        { role: 'user', content: 'Why is the sea salty?', createdAt: activity.time },
        { role: 'assistant', content: 'Rivers & rocks.\n\n- salt', createdAt: activity.time },
      ],
    });
  });

  it('keeps a question without an answer, and leaves out what is neither', () => {
    const asked = { ...activity, safeHtmlItem: undefined };
    expect(readConversation(asked).body.messages).toHaveLength(1);
    expect(readAll({ ...asked, title: 'Used an extension' })).toEqual([]);
  });

  it('keeps a title in a language of which the verb is not known', () => {
    const { body } = readConversation({ ...activity, title: 'Kysyit: miksi?' });
    expect(body.messages).toMatchObject([{ content: 'Kysyit: miksi?' }, {}]);
  });
});

describe('htmlToText', () => {
  it.each([
    ['a<br>b<br/>c', 'a\nb\nc'],
    ['<h2>T</h2><p>a <b>b</b></p>\n\n\n<p>c</p>', 'T\n\na b\n\nc'],
    ['&lt;i&gt; &#65;&#x42; &unknown; &#0;', '<i> AB &unknown; \ufffd'],
    ['1 < 2', '1 < 2'],
    ['', ''],
  ])('reads %j', (html, text) => {
    expect(htmlToText(html)).toBe(text);
  });
});
