import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { toNearForm, toNearQuestion, toSameForm } from './near-form.js';

describe('toSameForm', () => {
  it.each([
    ['Ada likes tea.', 'Ada likes tea'],
    ['喜欢茶。', '喜欢茶'],
    ['  Born\n1990-05-01 ', 'Born 1990-05-01'],
    ['a\u00a0b', 'a b'],
    ['caf\u00e9', 'cafe\u0301'],
  ])('is equal for texts that are the same: %j = %j', (one, other) => {
    expect(toSameForm(one)).toBe(toSameForm(other));
  });

  it.each([
    ['Dose is 5 mg', 'Dose is .5 mg'],
    ['Ada likes tea', 'ADA likes tea'],
    ['Ada likes tea', 'Ada likes tea!'],
    ['Ada likes tea', 'Ada likes the tea'],
    ['I’m a sailor', "I'm a sailor"],
    ['Ｆｕｌｌ', 'Full'],
    ['x²', 'x2'],
    ['resume', 'résumé'],
    ['Wait..', 'Wait'],
    ['.', '。'],
    ['Uses C++', 'Uses C'],
    ['polish', 'Polish'],
    ['🎉', '🎂'],
  ])('differs for texts that differ: %j, %j', (one, other) => {
    expect(toSameForm(one)).not.toBe(toSameForm(other));
  });

  /** Every change of one character, in texts of the kinds that people remember. */
  it('differs for every change but white space and one final stop', () => {
    const TEXTS = [
      'Dose is 5 mg',
      'Owes 1,500.50 EUR since 2024-03-01',
      'It is -5 °C at 07:30',
      'Runs v2.1.3 of getUserName() on host-1',
      'Mag keinen Käse',
      '他不喜欢茶',
    ];
    const CHARACTERS = [...'.,-+!?\'"()/:5aA²½é％。\u200b\u0301🎉'];
    let pairs = 0;
    for (const text of TEXTS)
      for (const [at] of [...text].entries())
        for (const added of CHARACTERS) {
          const letters = [...text];
          letters.splice(at, 0, added);
          expect([toSameForm(letters.join('')) === toSameForm(text), added]).toEqual([
            false,
            added,
          ]);
          pairs++;
        }
    expect(pairs).toBeGreaterThan(1_000);
  });

  it('of a text of any characters is found in one pass, and is not empty', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (text) => {
        fc.pre(text.trim() !== '');
        expect(toSameForm(text)).not.toBe('');
        expect(toSameForm(` ${text}\n`)).toBe(toSameForm(text));
      }),
      { numRuns: 500 },
    );
  });
});

describe('toNearForm', () => {
  it.each([
    ['Ada likes green tea', 'ada likes  GREEN tea!!'],
    ['Ada likes “green” tea (a lot)', "Ada likes 'green' tea, a lot..."],
    ['Dose is 5 mg', 'dose is: 5mg.'],
    ['It costs 5 EUR, or 6', 'it costs 5 EUR or 6!'],
    ["Doesn't eat ice cream", 'Doesn’t eat ice-cream'],
    ['Ｆｕｌｌ width', 'full width'],
    ['Flies 👩\u200d🚀', 'flies 👩🚀\ufe0f'],
    ['喜欢 茶', '喜欢茶。'],
    ['Lives in Oslo', 'lives\nin Oslo;'],
  ])('is equal for texts that are near: %j, %j', (one, other) => {
    expect(toNearForm(one)).toBe(toNearForm(other));
  });

  it.each([
    ['Dose is 5 mg', 'Dose is .5 mg'],
    ['Dose is 5 mg', 'Dose is - 5 mg'],
    ['Dose is 5 mg', 'Dose is . 5 mg'],
    ['Dose is 5 mg', 'Dose is -5 mg'],
    ['Dose is 5 mg', 'Dose is 5 g'],
    ['Needs 5 mW', 'Needs 5 MW'],
    ['Owes 1.5', 'Owes 15'],
    ['Owes 1 5', 'Owes 15'],
    ['Owes 1, 5', 'Owes 15'],
    ['Owes 1,500', 'Owes 1.500'],
    ['Owes (5)', 'Owes 5'],
    ['Grew 5%', 'Grew 5'],
    ["Is 5' tall", 'Is 5" tall'],
    ['Has 10⁵', 'Has 105'],
    ['Sold 5½', 'Sold 51/2'],
    ['From 1-2', 'From 12'],
    ['At 07:30', 'At 0730'],
    ['Flat 2-1', 'Flat 2/1'],
    ['Likes tea', 'Does not like tea'],
    ['Is married', 'Is married?'],
    ['Uses C', 'Uses C++'],
    ['Mail is john.smith@example.com', 'Mail is john_smith@example.com'],
    ['Mail is john.smith@example.com', 'Mail is johnsmith@example.com'],
    ['Set MY_KEY', 'Set MY KEY'],
    ['resume', 'résumé'],
    ['🎉', '🎂'],
    ['main-2', 'main_2'],
    ['main-2', 'main 2'],
    ['x != y', 'x = y'],
  ])('differs for texts that say something else: %j, %j', (one, other) => {
    expect(toNearForm(one)).not.toBe(toNearForm(other));
  });

  it('is the form of the same text for a long one, so that it is near to no other', () => {
    const long = 'Likes tea! '.repeat(200);
    expect(toNearForm(long)).toBe(toSameForm(long));
    expect(toNearForm(long.slice(0, 490))).not.toBe(toNearForm(long));
  });

  it('of any text is not empty, and equal for texts that are the same', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (text) => {
        fc.pre(text.trim() !== '');
        expect(toNearForm(text)).not.toBe('');
        expect(toNearForm(` ${text}\n`)).toBe(toNearForm(text));
      }),
      { numRuns: 500 },
    );
  });
});

describe('toNearQuestion', () => {
  it.each([
    ['What is the capital of France?', 'what is the  capital of France ?'],
    ['Is it “open” now?', "is it 'open' now?"],
    ['How long is 5 km?', 'how long is 5km?'],
  ])('is equal for questions that are near: %j, %j', (one, other) => {
    expect(toNearQuestion(one)).toBe(toNearQuestion(other));
  });

  it.each([
    ['Turkey recipes?', 'turkey recipes?'],
    ['What does WHO say?', 'What does who say?'],
    ['Tell me about IT', 'Tell me about it'],
    ['Is March long?', 'Is march long?'],
    ['Can I?', "Can't I?"],
    ['Is it 5 mW?', 'Is it 5 MW?'],
  ])('differs for questions after something else: %j, %j', (one, other) => {
    expect(toNearQuestion(one)).not.toBe(toNearQuestion(other));
  });
});
