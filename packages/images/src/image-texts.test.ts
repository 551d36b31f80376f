import { readDefinition } from '@slipway/effects';
import { expect, it } from 'vitest';
import { annotationsOf, applicationTexts, baseTexts } from './image-texts.ts';

const definition = readDefinition(new URL('../../../', import.meta.url).pathname);
const named = (name: string) => {
  const found = definition.architectures.find((each) => each.name === name);
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
};
const texts = (text: string) =>
  applicationTexts({ definition, pyproject: { file: '', text } }, named('cpu'), 'Runtime image', 'v0.1.0');

it('says of an image what the application says of itself', () => {
  const text = [
    '[project]\nname = "Digits.Train"\ndescription = """Digits,\n by hand."""\nlicense = "MIT"',
    '[project.urls]\n"Home Page" = "https://example.org"\nhomepage = "https://example.org/digits"',
    'Source-Code = "https://git.example.org/digits"\ndocs = "https://docs.example.org"\n',
  ].join('\n');
  expect(texts(text)).toEqual({
    'org.opencontainers.image.title': 'Digits.Train for cpu',
    'org.opencontainers.image.description': 'Digits, by hand.',
    'org.opencontainers.image.version': 'v0.1.0',
    'org.opencontainers.image.licenses': 'MIT',
    'org.opencontainers.image.url': 'https://example.org/digits',
    'org.opencontainers.image.source': 'https://git.example.org/digits',
    'org.opencontainers.image.documentation': 'https://docs.example.org',
  });
});

it('describes an application that does not do so itself', () => {
  expect(texts('[project]\nname = "a"\n')).toEqual({
    'org.opencontainers.image.title': 'a for cpu',
    'org.opencontainers.image.description': 'Runtime image of a for cpu',
    'org.opencontainers.image.version': 'v0.1.0',
  });
});

it('says of a base what it holds, and nothing of the application', () => {
  expect(baseTexts({ definition }, named('ampere'))).toEqual({
    'org.opencontainers.image.title': 'frontierkodiak/linnaeus-base:ampere-cu126',
    'org.opencontainers.image.description':
      'Base image for ampere: Python 3.12 or newer, CUDA 12.6, torch 2.7.1, flash-attention 2.7.4.post1 and every locked dependency',
  });
});

it('annotates a manifest with these texts alone', () => {
  const title = { 'org.opencontainers.image.title': 'a' };
  expect(annotationsOf({ ...title, 'io.slipway.kind': 'runtime' })).toEqual(title);
});
