import { expect, test } from 'vitest';
import { hasLogin, maskLogins } from './syntax/url-logins.ts';

test.each([
  ['https://ann:s3cret@h/x', 'https://***@h/x'],
  ['https://s3cret@h/x', 'https://***@h/x'],
  ['git+https://ann:s3@cret@h/x', 'git+https://***@h/x'],
  ['ssh://ann:s3cret@h/x', 'ssh://***@h/x'],
  ['https://h/x.git?private_token=s3cret#main', 'https://h/x.git?private_token=***#main'],
  ["cannot reach 'https://h/?a=1&api_key=s3cret/'", "cannot reach 'https://h/?a=1&api_key=***'"],
  ['https://h/x?X-Amz-Signature=s3cret&a=b', 'https://h/x?X-Amz-Signature=***&a=b'],
  ['https://h/x?sig=s3cret', 'https://h/x?sig=***'],
])('the log-in of %s is masked', (text, masked) => {
  expect(maskLogins(text)).toBe(masked);
  expect(hasLogin(text)).toBe(true);
});

test.each(['u:s3cret@h:x#main', 'application=u:s3cret@10.0.0.1:x'])('that of %s to git, too', (text) => {
  expect(maskLogins(text)).toMatch(/^(?:application=)?\*{3}@(?:h|10\.0\.0\.1):x/);
});

test.each([
  'ssh://git@host:22/a.git#main',
  'git@github.com:a/b.git#main',
  'https://host:8443/a.git#v1@2',
  'app:v1@sha256:abc',
  'npm:left-pad@1.3.0: deprecated',
  'https://h/x?sort_key=name&page=2',
])('%s has none', (text) => {
  expect(maskLogins(text)).toBe(text);
  expect(hasLogin(text)).toBe(false);
});
