import { expect, it } from 'vitest';
import { pipSettings } from './machine-secrets.ts';

it.each([
  [
    '[[index]]\nurl = "https://a.example/simple"\ndefault = true\n[[index]]\nurl = "https://b.example/simple"\n',
    '[global]\nindex-url = https://a.example/simple\nextra-index-url = https://b.example/simple\n',
  ],
  [
    'index-url = "https://a.example/simple"\nextra-index-url = ["https://b.example", "https://c.example"]\nfind-links = ["/wheels"]\n',
    '[global]\nindex-url = https://a.example/simple\nextra-index-url = https://b.example https://c.example\nfind-links = /wheels\n',
  ],
  ['[[index]]\nurl = "https://a.example/simple"\nexplicit = true\n', undefined],
  ['cache-dir = "/tmp/uv"\n', undefined],
])('says to pip what uv is told by %j', (uv, pip) => {
  expect(pipSettings(uv)).toBe(pip);
});
