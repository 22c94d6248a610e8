// What people and applications write every day. None of it may be refused.
import { describe, expect, it } from '@jest/globals';
import { of, random } from '../../../test/support/fake-tokens.js';
import { findingsIn } from './findings.js';

const BOTH = new Set(['secrets', 'pii'] as const);
const SECRETS = new Set(['secrets'] as const);

const base64 = (length: number): string =>
  Buffer.from(random(length * 2), 'hex').toString('base64');

/** Talk of passwords, keys, PINs, numbers and telephones, by language. */
const BY_LANGUAGE: Record<string, string[]> = {
  English: [
    'my password is hard to remember',
    'I forgot the password of my router and had to reset it twice in 2023.',
    'Password rules: 12 characters, one digit, one capital letter.',
    'The product key is a code of 25 characters that stands on the box; you type it once.',
    'She keeps her PIN in her head and her keys under the mat.',
    'An API key is like a library card: it says who asks.',
    'Call me on +44 20 7946 0958 after 6 pm, or write to ann@example.org.',
    'The secret of his success: 4 hours of practice a day.',
    'passcode: 6-digit code',
    'Connect with postgres://user:password@localhost/db, or https://user:password@example.com.',
  ],
  German: [
    'Mein Passwort ist schwer zu merken',
    'Das Passwort muss mindestens 8 Zeichen und 1 Ziffer haben.',
    'Die PIN wurde 3 Mal falsch eingegeben.',
    'Der Schlüssel liegt bei Frau Müller, Hauptstraße 12, 10115 Berlin.',
    'Rufen Sie mich unter 030 1234567 an.',
    'Passwort vergessen? Bitte auf den Link klicken.',
  ],
  French: [
    'mon mot de passe est difficile à retenir',
    'Le mot de passe doit contenir au moins 8 caractères.',
    'Le code postal est 75011, le digicode change chaque mois.',
    'Elle a changé de mot de passe en mars 2024.',
    'Appelez le 01 23 45 67 89 avant midi.',
    'La clé du succès : 20 minutes de lecture par jour.',
  ],
  Spanish: [
    'mi contraseña es difícil de recordar',
    'La contraseña debe tener entre 8 y 20 caracteres.',
    'Olvidé la contraseña del correo en 2022.',
    'El código postal es 28013 y el teléfono 912 345 678.',
    'La clave está en dormir 8 horas.',
    '¿Contraseña? No la uso desde hace años.',
  ],
  Italian: [
    'la mia password è difficile da ricordare',
    'La password deve avere almeno 8 caratteri.',
    'Ha cambiato la password nel 2021.',
    'Il codice fiscale non è un segreto, ma quasi.',
    'La chiave è sotto il vaso, come sempre.',
  ],
  Portuguese: [
    'a minha senha é difícil de lembrar',
    'A senha deve ter pelo menos 8 caracteres.',
    'Esqueci a senha do banco em 2020.',
    'O telefone é (11) 91234-5678 e o CEP 01310-100.',
    'A palavra-passe foi alterada ontem.',
  ],
  Dutch: [
    'mijn wachtwoord is moeilijk te onthouden',
    'Het wachtwoord moet 8 tekens lang zijn.',
    'Ik ben mijn wachtwoord 2 keer vergeten.',
    'De postcode is 1012 AB en het nummer 020 123 4567.',
    'De sleutel ligt bij de buren op nummer 14.',
  ],
  Polish: [
    'moje hasło jest trudne do zapamiętania',
    'Hasło musi mieć co najmniej 8 znaków.',
    'Zmieniłam hasło w 2023 roku.',
    'Kod pocztowy to 00-950, telefon 22 123 45 67.',
    'Klucz do sukcesu to 8 godzin snu.',
  ],
  Czech: [
    'moje heslo je těžké si zapamatovat',
    'Heslo musí mít alespoň 8 znaků.',
    'Zapomněla heslo už 3krát.',
    'PSČ je 110 00, telefon 222 123 456.',
  ],
  Swedish: [
    'mitt lösenord är svårt att komma ihåg',
    'Lösenordet måste ha minst 8 tecken.',
    'Hon bytte lösenord 2022.',
    'Postnumret är 111 22 och telefonen 08-123 456 78.',
  ],
  Danish: [
    'min adgangskode er svær at huske',
    'Adgangskoden skal have mindst 8 tegn.',
    'Hun skiftede adgangskode i 2021.',
    'Nøglen hænger på krog nummer 4.',
  ],
  Finnish: [
    'salasanani on vaikea muistaa',
    'Salasanassa on oltava vähintään 8 merkkiä.',
    'Hän vaihtoi salasanan vuonna 2020.',
    'Avain on naapurilla numerossa 12.',
  ],
  Turkish: [
    'şifremi hatırlamak zor',
    'Şifre en az 8 karakter olmalıdır.',
    'Parola 2023 yılında değişti.',
    'Telefonum 0212 123 45 67, posta kodu 34433.',
  ],
  Russian: [
    'мой пароль трудно запомнить',
    'Пароль должен быть не короче 8 символов и содержать 1 цифру.',
    'Она сменила пароль в 2022 году.',
    'Индекс 101000, телефон 8 (495) 123-45-67.',
    'Ключ от квартиры 25 лежит у соседки.',
  ],
  Ukrainian: [
    'мій пароль важко запам’ятати',
    'Пароль має містити щонайменше 8 символів.',
    'Вона змінила пароль у 2021 році.',
    'Ключ у сусідки з квартири 12.',
  ],
  Greek: [
    'ο κωδικός μου είναι δύσκολος',
    'Ο κωδικός πρέπει να έχει τουλάχιστον 8 χαρακτήρες.',
    'Άλλαξε τον κωδικό το 2020.',
    'Το τηλέφωνο είναι 210 1234567.',
  ],
  Arabic: [
    'كلمة المرور صعبة التذكر',
    'يجب أن تتكون كلمة المرور من 8 أحرف على الأقل.',
    'غيرت كلمة المرور في عام 2022.',
    'المفتاح عند الجارة في الشقة 12.',
  ],
  Hebrew: [
    'קשה לזכור את הסיסמה שלי',
    'הסיסמה חייבת להכיל לפחות 8 תווים.',
    'היא החליפה סיסמה בשנת 2021.',
    'המפתח אצל השכנה בדירה 12.',
  ],
  Hindi: [
    'मेरा पासवर्ड याद रखना कठिन है',
    'पासवर्ड में कम से कम 8 अक्षर होने चाहिए।',
    'उसने 2022 में पासवर्ड बदला।',
    'चाबी 12 नंबर वाले पड़ोसी के पास है।',
  ],
  Chinese: [
    '我的密码很难记',
    '密码长度必须为8到20个字符。',
    '她在2022年换了密码。',
    '电话是010-12345678，邮编100000。',
    '钥匙在12号邻居家。',
  ],
  Japanese: [
    '私のパスワードは覚えにくい',
    'パスワードは8文字以上で入力してください。',
    '2022年にパスワードを変えました。',
    '電話は03-1234-5678、郵便番号は100-0001です。',
  ],
  Korean: [
    '내 비밀번호는 외우기 어렵다',
    '비밀번호는 8자 이상이어야 합니다.',
    '2022년에 비밀번호를 바꿨다.',
    '전화는 02-123-4567, 우편번호는 03187입니다.',
  ],
  Vietnamese: [
    'mật khẩu của tôi rất khó nhớ',
    'Mật khẩu phải có ít nhất 8 ký tự.',
    'Cô ấy đổi mật khẩu năm 2022.',
    'Số điện thoại là 024 1234 5678.',
  ],
  Indonesian: [
    'kata sandi saya sulit diingat',
    'Kata sandi harus terdiri dari minimal 8 karakter.',
    'Dia mengganti kata sandi pada 2022.',
    'Kunci ada di tetangga nomor 12.',
  ],
};

/** What has the look of a secret. */
const BY_LOOK: Record<string, string[]> = {
  'ids and digests': [
    'see 7d444840-9dc0-11d1-b245-5ffdce74fad2 for the order',
    '01HZX3K8N5Q7R9T2V4W6Y8Z0AB is a ULID',
    '507f1f77bcf86cd799439011 is an object id',
    of('fixed in ', random(40)),
    of('merge ', random(7), '..', random(7)),
    of('sha256:', random(64)),
    of('md5 ', random(32)),
    `etag W/"${random(27, 'base64url')}"`,
    'V1StGXR8_Z5jdHi6B-myT is the nano id of the page',
    `sha384-${base64(48)}`,
    `docker.io/library/redis@sha256:${random(64)}`,
    'trace 4bf92f3577b34da6a3ce929d0e0e4736, span 00f067aa0ba902b7',
    'arn:aws:iam::123456789012:role/reader',
    'account_id = 123456789012',
  ],
  images: [
    `data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAA${base64(300)}`,
    `data:image/jpeg;base64,/9j/4AAQSkZJRgABAQAAAQABAAD${base64(300)}`,
    `<img src="data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7">`,
    `data:font/woff2;base64,d09GMgABAAAAA${base64(200)}`,
  ],
  addresses: [
    'https://example.com/reset?token=expired&next=/home',
    'https://docs.example.com/v2/keys/create-a-secret-key#step-2',
    'https://maps.example/@52.5200066,13.404954,15z',
    'ssh://git@git.example.com:2222/team/repo.git',
    'http://[2001:db8::1]:8080/@fs/main.ts',
    'mailto:ann@example.com?subject=Your%20password',
    'postgres://localhost:5432/shop',
    'redis://cache:6379/0',
    'https://www.youtube.com/watch?v=dQw4w9WgXcQ',
    'magnet:?xt=urn:btih:c12fe1c06bba254a9dc9f519b335aa7c1367a88a',
  ],
  code: [
    'const password = await prompt("Password: ");',
    'password: process.env.DB_PASSWORD ?? ""',
    'if (!bcrypt.compareSync(password, user.passwordHash)) throw new Unauthorized();',
    'secret_key = os.environ["SECRET_KEY_2"]',
    'api_key=config.get("service.api_key1")',
    'export GITHUB_TOKEN=$(gh auth token)',
    'Authorization: Bearer <token>',
    'Authorization: Bearer ${accessToken}',
    'curl -H "X-Api-Key: $API_KEY" https://api.example.com/v1/items',
    'password: { type: "string", minLength: 12 }',
    'git rebase --onto main feature~3 feature',
    'npm i @secretlint/core@12.0.0 --save-exact',
    'SELECT password_hash FROM users WHERE id = $1',
    '<input type="password" name="password1" autocomplete="new-password">',
    'kubectl create secret generic db --from-file=./password.txt',
    'tokens: 128000, max_tokens: 4096, top_k: 40',
  ],
  documentation: [
    'A JWT has three parts with dots between: header.payload.signature',
    'The header eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9 says HS256.',
    'Tokens of GitHub begin with ghp_, gho_, ghu_, ghs_ or ghr_ and have 36 characters after it.',
    'Keys of Stripe for tests begin with sk_test_, and those for money with sk_live_.',
    'AKIA is how the ids of access keys begin; ASIA, those for a while.',
    'An Anthropic key looks like sk-ant-api03-... and is shown once.',
    'glpat- is the prefix of a personal access token of GitLab.',
    '-----BEGIN CERTIFICATE----- begins a certificate, and that is public.',
    'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIG9uZSBwdWJsaWMga2V5 ann@laptop',
    'Product key: XXXXX-XXXXX-XXXXX-XXXXX-XXXXX',
    'Set api_key: <your-api-key> in the settings.',
    'password: ******** (hidden)',
  ],
  numbers: [
    'Order 302-1234567-7654321 came on 2024-05-17.',
    'ISBN 978-0-13-468599-1',
    'The part number is 4003994155486 and the EAN 4006381333931.',
    'IP 192.168.100.200, MAC 00:1B:44:11:3A:B7',
    'Version 12.0.0-rc.1+build.20240517',
    'at 1716000000000 the clock stood still',
    'pi is 3.14159265358979323846264338327950288',
    'Flight LH1234, seat 14C, booking ABC123',
    'Tracking number RR123456785DE',
    '52.5200, 13.4050; -33.8688, 151.2093',
  ],
};

/** Only the guard of secrets lets them pass. */
const PERSONAL = [
  'IBAN DE89 3704 0044 0532 0130 00, BIC COBADEFFXXX',
  'GB29NWBK60161331926819',
  'My card 4111 1111 1111 1111 expired',
  'her number is 536-22-8145',
];

describe('honest texts', () => {
  const all = [...Object.values(BY_LANGUAGE), ...Object.values(BY_LOOK)].flat();

  it('are many, of more than twenty languages', () => {
    expect(new Set(all).size).toBeGreaterThanOrEqual(150);
    expect(Object.keys(BY_LANGUAGE).length).toBeGreaterThanOrEqual(20);
  });

  describe.each(Object.entries({ ...BY_LANGUAGE, ...BY_LOOK }))('%s', (_, texts) => {
    it.each(texts)('pass: %s', (text) => {
      expect(findingsIn(text, BOTH)).toEqual([]);
    });
  });

  it('pass together', () => {
    expect(findingsIn(all.join('\n'), BOTH)).toEqual([]);
  });

  it.each(PERSONAL)('pass where only secrets are looked for: %s', (text) => {
    expect(findingsIn(text, SECRETS)).toEqual([]);
  });
});
