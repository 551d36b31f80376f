import type { Architecture } from '@slipway/contract';
import { expect, it } from 'vitest';
import { deprecationNotes } from './deprecated.ts';

const architecture = (name: string, deprecated: string | null) => ({ name, deprecated }) as Architecture;

it('says of each deprecated architecture why nobody should start with it', () => {
  expect(
    deprecationNotes([architecture('cpu', null), architecture('turing', 'no flash-attention there')]),
  ).toEqual(['warning: turing is deprecated: no flash-attention there']);
});
