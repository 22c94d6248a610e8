// Words that tell nothing about the subject of a text. They are looked up without apostrophes:
// "don't" is "dont".
const LIST = `
a about above after again against all also am an and any are arent as at be because been before
being below between both but by can cant could couldnt d did didnt do does doesnt doing dont down
during each few for from further had hadnt has hasnt have havent having he hed her here hers herself
hes him himself his how i id if ill im in into is isnt it its itself ive just let lets ll m me more
most my myself of off on once only or other our ours ourselves out over own re s same she shed shes
should shouldnt so some such t than that thats the their theirs them themselves then there theres
these they theyd theyll theyre theyve this those through to too under until up us ve very was wasnt
we wed well were werent weve what whats when where which while who whom whose why will with wont
would wouldnt you youd youll your youre yours yourself yourselves youve
`;

export const STOP_WORDS: ReadonlySet<string> = new Set(LIST.trim().split(/\s+/));
