import { normalizePythonName } from '@slipway/contract';
import type { Written } from './written.ts';

/** What is said of repositories that nobody named. */
const unread = 'Where images go is not known: name repositories that you may push to.';

/**
 * Repositories of images beside the one of the sources: on ghcr.io for GitHub, in GitLab's own registry for GitLab.
 * @param remote URL of the git remote, without a log-in; null: there is none.
 * @param name the application's, for a remote that says nothing.
 */
export function imageRepositories(
  remote: string | null,
  name: string,
): Record<'base' | 'runtime' | 'dev', Written<string>> {
  const [, host = '', path = ''] =
    /^(?:[a-z+]+:\/\/)?(?:[^@/]+@)?([^/:]+)(?::\d+(?=\/))?[:/]+(.+?)(?:\.git)?\/*$/i.exec(remote ?? '') ?? [];
  const own = path.toLowerCase();
  if (/^github\.com$/i.test(host) && isPath(own))
    return each((kind) => ({ value: `ghcr.io/${own}-${kind}` }));
  if (/^gitlab\.com$/i.test(host) && isPath(own)) {
    return each((kind) => ({ value: `registry.gitlab.com/${own}/${kind}` }));
  }
  const unknown = `registry.example.org/${normalizePythonName(name)}`;
  return each((kind) => ({ value: `${unknown}-${kind}`, ...(kind === 'base' && { unread }) }));
}

/** Source: https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests */
function isPath(path: string): boolean {
  return /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)+$/.test(path);
}

function each<T>(make: (kind: 'base' | 'runtime' | 'dev') => T): Record<'base' | 'runtime' | 'dev', T> {
  return { base: make('base'), runtime: make('runtime'), dev: make('dev') };
}
