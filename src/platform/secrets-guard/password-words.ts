// Words for passwords in languages other than English. Latin words match with and without accents,
// because folding removes accents from ASCII letters.

const WORDS = [
  'kennwort|zugangscode|passwort', // German
  'mots? de passe|mdp|code secret', // French
  'contrase[nñ]a|clave (?:de acceso|secreta)', // Spanish
  "password|parola d['’]ordine|palavra[ -]passe|senha", // Italian, Portuguese
  'wachtwoord|toegangscode', // Dutch
  'has[lł](?:o|em|a)|hesl(?:o|em|a)', // Polish, Czech, Slovak
  'l[oö]senord(?:et)?|passord(?:et)?|adgangskoden?|kodeord(?:et)?', // Swedish, Norwegian, Danish
  'salasana(?:ni|si|nsa)?', // Finnish
  '(?:parola|[sş]ifre)(?:m|n|s[iı]|n[iı]z)?|parol[aă]', // Turkish, Romanian
  'jelsz[oó](?:m)?|lozinka', // Hungarian, Croatian
  'm[aậ]t kh[aẩ]u|kata sandi', // Vietnamese, Indonesian
].join('|');

const OTHER_WORDS = [
  'парол(?:ь|я|ем|ю|а)', // Russian, Ukrainian, Bulgarian
  'κωδικ[οό]ς(?: πρ[οό]σβασης)?|συνθηματικ[οό]', // Greek
  'كلم[ةه] (?:ال)?(?:مرور|سر)', // Arabic
  'סיסמ(?:ה|א|תי|ת)', // Hebrew
  'पासवर्ड|कूटशब्द', // Hindi
  '密码|密碼|口令|パスワード|暗証番号|비밀번호|패스워드|암호', // Chinese, Japanese, Korean
].join('|');

const FOR =
  'f[uü]r|fuer|von|vom|zum|zur|du|des?|del|della|di|da|do|per|pour|para|van|voor|k|ke|na|till?|' +
  'f[oö]r|от|для|від|на|к|για|του|ל|של|ل|untuk|cho|for';
const IS =
  'is|ist|war|lautet|est|es|era|[eèé]|jest|to|je|[aä]r|var|er|on|l[aà]|adalah|ialah|' +
  'это|είναι|هو|هي|הוא|היא|है';
const OPENING = '[ \\t"\'`*«»„“”‘’「『《]{0,6}';
const VALUE = '([^\\s"\'`,;=«»„“”「」][^\\s"\'`,;«»“”」』》]{5,99})';
/** The purpose of a password: a preposition and at most 40 characters. */
const PURPOSE = `(?: (?:${FOR}) [^\\n]{1,40}?)?`;
const SAYS = `(?:[ \\t]{0,3}[:=：][ \\t]{0,3}| [-–—] ?| (?:${IS})(?: ?:)? )`;

/** Words of the Latin alphabet. */
export const LATIN_PASSWORD = new RegExp(
  `(?<![a-z])(?:${WORDS})${PURPOSE}${SAYS}${OPENING}${VALUE}`,
  'i',
);

/**
 * Words of other alphabets. The value must be ASCII, because some of these languages use no spaces.
 */
export const OTHER_PASSWORD = new RegExp(
  `(?:${OTHER_WORDS})${PURPOSE}(?:${SAYS}|是|為|为|は|:|는|은|가|이|[ \\t])` +
    `${OPENING}([!-~]{6,99})`,
  'i',
);

/** Four digits after PIN in capitals. An Indian postal code has the same name, but six digits. */
export const PIN = new RegExp(
  '(?<![A-Za-z0-9])PIN(?:[ -]?(?:[Cc]ode|[Nn]umber|[Nn]ummer|[Kk]od))?' +
    '(?: ?[:=] ?| (?:is|ist|est|es|è|é|jest|to|je|är|er|on)(?: ?:)? )' +
    '["\'*`]{0,3}\\d{4}(?![\\w-]|[.,]\\d)',
);
