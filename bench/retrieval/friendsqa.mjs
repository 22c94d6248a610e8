// Turns the published files of FriendsQA into the conversations that README.md describes.
//   node bench/retrieval/friendsqa.mjs friendsqa_dev.json friendsqa_tst.json > friendsqa.jsonl
// The scenes of a season become one conversation, so that a question is asked of some 30 scenes.
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';

const DAYS_BETWEEN_SCENES = 3;
/** A note describes the scene. It has no speaker. */
const NOTE = '#NOTE#';
/** The only category: as LoCoMo's questions about one fact. */
const CATEGORY = 4;

function toConversation(conversation, scenes) {
  const turns = scenes.flatMap(turnsOf);
  return {
    conversation,
    speakers: [...new Set(turns.flatMap(({ speaker }) => speaker ?? []))],
    turns,
    questions: scenes.flatMap(questionsOf),
  };
}

function turnsOf(scene, sceneNumber) {
  return utterancesOf(scene).map(({ uid, speakers: [speaker], utterance }, minute) => ({
    id: turnId(scene, uid),
    speaker: speaker === NOTE ? null : speaker,
    date: dateOf(sceneNumber, minute),
    text: joinTokens(utterance),
  }));
}

function questionsOf(scene) {
  const known = new Set(utterancesOf(scene).map(({ uid }) => turnId(scene, uid)));
  return scene.paragraphs[0].qas
    .map(({ id, question, answers }) => ({
      id,
      category: CATEGORY,
      question: joinTokens(question),
      evidence: [...new Set(answers.map(({ utterance_id }) => turnId(scene, utterance_id)))].filter(
        (turn) => known.has(turn),
      ),
    }))
    .filter(({ evidence }) => evidence.length > 0);
}

/** The colon belongs to the published name. */
const utterancesOf = ({ paragraphs: [{ 'utterances:': utterances }] }) => utterances;
const turnId = ({ title }, utterance) => `${title}:${utterance}`;

/** FriendsQA has no dates: the scenes are some days apart, their turns a minute. */
const dateOf = (scene, minute) =>
  new Date(Date.UTC(1997, 0, 5 + DAYS_BETWEEN_SCENES * scene, 15, minute)).toISOString();

/** Removes the spaces that FriendsQA has before "n't", "'s" and punctuation. */
function joinTokens(text) {
  return text
    .replace(/ (n['’]t|['’](?:s|m|re|ve|ll|d|em)\b)/gi, '$1')
    .replace(/ ([.,!?;:…])/g, '$1')
    .replace(/\( /g, '(')
    .replace(/ \)/g, ')')
    .trim();
}

for (const file of process.argv.slice(2)) {
  const scenes = JSON.parse(readFileSync(file, 'utf8')).data.sort((a, b) =>
    a.title < b.title ? -1 : 1,
  );
  const seasonOf = ({ title }) => title.split('_')[0];
  for (const season of new Set(scenes.map(seasonOf))) {
    const itsScenes = scenes.filter((scene) => seasonOf(scene) === season);
    console.log(JSON.stringify(toConversation(`${basename(file, '.json')} ${season}`, itsScenes)));
  }
}
