import { describe, expect, it } from '@jest/globals';
import { listLatinForms } from '../../platform/text/latin-forms.js';
import { TextIndex } from './text-index.js';

/** The texts that a question finds, the best first. */
function find(question: string, texts: string[]): string[] {
  const index = new TextIndex();
  for (const text of texts) index.put({ ref: text, text, speaker: null, group: '', at: 0 });
  return index.search(question, { limit: 5 }).map(({ ref }) => ref);
}

describe('forms of words in Latin letters', () => {
  it.each([
    ['Spanish', 'lápices', 'El lápiz azul'],
    ['Portuguese', 'limões', 'Um limão no quintal'],
    ['French', 'journal', 'Il lit les journaux'],
    ['Italian', 'amiche', 'Una vecchia amica'],
    ['Dutch', 'huizen', 'Het huis van opa'],
    ['Swedish', 'cyklarna', 'Hennes cykel'],
    ['Danish', 'bøgerne', 'Bogen om Grønland'],
    ['Finnish', 'talossa', 'Heidän talo'],
    ['Finnish', 'auto', 'Autossani nukkuu'],
    ['Hungarian', 'ház', 'A házban él'],
    ['Hungarian', 'kulcsaim', 'A kulcs a fiókban'],
    ['Turkish', 'evlerinden', 'Yeni ev'],
    ['Turkish', 'kitap', 'Kitabını unuttu'],
    ['Romanian', 'fetele', 'Fata cea mare'],
    ['Polish', 'gołąb', 'Gołębie na balkonie'],
    ['Indonesian', 'beli', 'Dia membeli sepeda'],
    ['German', 'Versicherung', 'Haftpflichtversicherung gekündigt'],
    ['German', 'Kündigung der Haftpflichtversicherung', 'Versicherung bezahlt'],
  ])('%s: %s is found in "%s"', (_, question, text) => {
    expect(find(question, [text, 'nothing of the kind', 'qqq www'])[0]).toBe(text);
  });

  it('a compound is found by its last part, after the part itself', () => {
    const [whole, part] = ['Die Autoversicherung läuft aus', 'Die Versicherung läuft aus'];
    expect(find('Versicherung', [whole, part, 'Die Bescherung'])).toEqual([part, whole]);
  });

  it('short words weigh less, except in English', () => {
    expect(find('er bogen', ['er va', 'bogen va'])[0]).toBe('bogen va');
  });

  it('a word has a few hundred forms at most', () => {
    for (const word of ['a', 'kat', 'larin', 'x'.repeat(64), 'larinden', 'sta'.repeat(13)])
      expect(listLatinForms(word).length).toBeLessThan(400);
  });
});
