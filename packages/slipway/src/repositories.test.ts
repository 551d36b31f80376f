import { expect, it } from 'vitest';
import { imageRepositories } from './repositories.ts';

it.each([
  { remote: 'git@github.com:Acme/Widgets.git', base: 'ghcr.io/acme/widgets-base' },
  { remote: 'https://github.com/acme/widgets', base: 'ghcr.io/acme/widgets-base' },
  { remote: 'ssh://git@github.com:22/acme/widgets.git', base: 'ghcr.io/acme/widgets-base' },
  { remote: 'https://gitlab.com/acme/ml/widgets.git/', base: 'registry.gitlab.com/acme/ml/widgets/base' },
  { remote: 'https://github.com/acme/-odd-', base: 'registry.example.org/my-app-base' },
  { remote: 'https://git.example.com/acme/widgets.git', base: 'registry.example.org/my-app-base' },
  { remote: '../widgets.git', base: 'registry.example.org/my-app-base' },
  { remote: null, base: 'registry.example.org/my-app-base' },
])('images of $remote go to $base', ({ remote, base }) => {
  const repositories = imageRepositories(remote, 'My_App');
  expect(repositories.base.value).toBe(base);
  expect(repositories.base.unread === undefined).toBe(!base.startsWith('registry.example.org'));
});
