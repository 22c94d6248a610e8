import { describe, expect, it } from '@jest/globals';
import { Speakers } from './speakers.js';

function naming(question: string, ...names: string[]) {
  const speakers = new Speakers();
  const numbers = names.map((name) => speakers.add(name));
  const { named, rest } = speakers.findNamed(question);
  return { rest, named: names.filter((_, i) => named.has(numbers[i]!)) };
}

describe('Speakers.findNamed', () => {
  it.each([
    ['What does Ada like?', 'What does like?', ['Ada Lovelace']],
    ['what did ada lovelace say', 'what did say', ['Ada Lovelace']],
    ["When is Ada's birthday?", 'When is birthday?', ['Ada Lovelace']],
    ["Is that James' dog or Ada’s?", 'Is that dog or ?', ['Ada Lovelace', 'James']],
    ['What does Adam like?', 'What does Adam like?', []],
    ['Who likes the jamestown band?', 'Who likes the jamestown band?', []],
  ])('the names are taken out of %j, which leaves %j and names %j', (question, rest, named) => {
    expect(naming(question, 'Ada Lovelace', 'James')).toEqual({ rest, named });
  });

  it('a first name names all speakers who share it', () => {
    expect(naming('Where does Ada live?', 'Ada Lovelace', 'Ada Yonath').named).toHaveLength(2);
  });

  it('a name that is an ordinary word needs a capital letter', () => {
    expect(naming('When will it rain in may?', 'Will', 'May').named).toEqual([]);
    expect(naming('Where did Will meet May?', 'Will', 'May').named).toEqual(['Will', 'May']);
  });

  it('I names the user and you names the assistant', () => {
    expect(naming('What did I tell about my dog?', 'user', 'assistant').named).toEqual(['user']);
    expect(naming('Which book did you recommend?', 'user', 'assistant').named).toEqual([
      'assistant',
    ]);
    expect(naming('Which book did you recommend?', 'user', 'assistant').rest).toBe(
      'Which book did you recommend?',
    );
    expect(naming('What did I say?', 'Ada').named).toEqual([]);
  });

  it('a speaker is dropped with the last text', () => {
    const speakers = new Speakers();
    const ada = speakers.add('Ada');
    speakers.add('Ada');
    speakers.drop(ada);
    expect(speakers.findNamed('Ada?').named.size).toBe(1);
    speakers.drop(ada);
    expect(speakers.findNamed('Ada?')).toEqual({ named: new Set(), rest: 'Ada?', names: [] });
    expect(
      JSON.stringify(speakers) +
        JSON.stringify([...(speakers as unknown as { numbers: Map<string, number> }).numbers]),
    ).not.toContain('Ada');
    expect(speakers.add('Bob')).toBe(ada);
  });
});
