import { describe, expect, it } from '@jest/globals';
import { TextIndex } from './text-index.js';

/** Tells whether a question finds the first text before the second. */
function isFirst(question: string, text: string, other: string): boolean {
  const index = new TextIndex();
  for (const each of [text, other, 'Ein Satz ohne Bezug', 'Another one'])
    index.put({ ref: each, text: each, speaker: null, group: '', at: 0 });
  return index.search(question, { limit: 1 })[0]?.ref === text;
}

describe('forms of words in scripts other than Latin', () => {
  it.each([
    ['Russian: a vowel that other cases drop', 'отец', 'У отца машина', 'У сестры машина'],
    ['Russian: a vowel that other cases add', 'деньги', 'Взял денег', 'Взял книгу'],
    ['Ukrainian: a vowel that changes', 'Львів', 'Живе у Львові', 'Живе у Києві'],
    ['Bulgarian: an article', 'градовете', 'Градът е стар', 'Мостът е стар'],
    ['Arabic: two spellings of a hamza', 'مسؤول', 'المسئول خالد', 'المدير خالد'],
    ['Persian: parts with an invisible joiner', 'خانه', 'خانه‌ی ما', 'ماشین ما'],
    ['Persian: endings', 'کتاب‌هایم', 'كتاب نو', 'قلم نو'],
    ['Hebrew: letters for "when" and "the"', 'הילדים', 'כשהילד ישן', 'הכלב ישן'],
    ['Hebrew: a letter at the end of a word', 'חלום', 'חלומות טובים', 'דגים טובים'],
    ['Hebrew: a first letter as of a preposition', 'שולחן', 'השולחן גדול', 'הספר גדול'],
    ['Hindi: a dot below', 'ज़मीन', 'जमीन खरीदी', 'चाय खरीदी'],
    ['Hindi: two signs for a nasal vowel', 'आँख', 'उसकी आंखें', 'उसकी बहन'],
    ['Bengali: endings', 'বই', 'বইগুলো আছে', 'চা আছে'],
    ['Tamil: a doubled consonant', 'வீடு', 'வீட்டில் பூனை', 'கடையில் பூனை'],
    ['Georgian: endings', 'სახლი', 'კატა სახლში', 'კატა ბაღში'],
    ['Armenian: endings', 'տուն', 'տունը մեծ է', 'այգին մեծ է'],
    ['Japanese: two ways to write a sound', 'りんごは好き？', 'リンゴを食べる', 'ごはんを食べる'],
    ['Korean: particles', '집에서', '집은 강 옆', '에서는 강 옆'],
    ['Chinese: a word of one character', '狗叫什么？', '养了大狗', '叫什么好'],
  ])('%s', (_, question, text, other) => {
    expect(isFirst(question, text, other)).toBe(true);
  });
});
