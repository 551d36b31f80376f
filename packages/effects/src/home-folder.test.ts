import { userInfo } from 'node:os';
import { afterEach, expect, it, vi } from 'vitest';
import { homeFolder } from './home-folder.ts';

afterEach(() => vi.unstubAllEnvs());

it('is what HOME says, or else what the system knows', () => {
  vi.stubEnv('HOME', '/home/ann');
  expect(homeFolder()).toBe('/home/ann');
  vi.stubEnv('HOME', '');
  expect(homeFolder()).toBe(userInfo().homedir);
});
