import { type Definition, Failure, nearest, type Problem, parseSource } from '@slipway/contract';
import { asFailure, resolveRemoteRef } from '@slipway/effects';
import { isOverSsh } from '../definition/git-url.ts';
import type { RunDefinition } from '../definition/run-definition.ts';
import type { RunPlan } from '../plan/run-plan.ts';

/** A source tree of the image that can be brought in anew, and where from; null: nobody says. */
export interface UpdatableTree {
  name: string;
  path: string;
  source: { url: string; ref: string } | null;
}

/**
 * The commit of each update that was asked for, as its ref stands now.
 * @param trees what the image carries; the first one is the application.
 * @throws Failure with everything that cannot be resolved.
 */
export async function resolveUpdates(
  wanted: RunDefinition['update'],
  trees: readonly UpdatableTree[],
  keys: { sshKey: string | null; knownHosts: string | null },
): Promise<RunPlan['updates']> {
  const problems: Problem[] = [];
  const resolved = await Promise.all(
    wanted.map(async (update) => {
      try {
        const { name, path, url, ref } = placeUpdate(update, trees);
        const { sshKey, knownHosts } = keys;
        // Without a key the container cannot ask either, which a check says: whether the commit is there does not matter.
        if (/^[0-9a-f]{40}$/.test(ref) && isOverSsh(url) && sshKey === null) {
          return [{ name, path, url, ref, commit: ref }];
        }
        const commit = await resolveRemoteRef({
          url,
          ref,
          sshKey: sshKey ?? undefined,
          knownHosts: knownHosts ?? undefined,
        });
        return [{ name, path, url, ref, commit }];
      } catch (error) {
        problems.push(...asFailure(error).problems);
        return [];
      }
    }),
  );
  if (problems.length > 0) throw new Failure(problems);
  return resolved.flat();
}

/**
 * Where an update goes and where it comes from.
 * @throws Failure `usage` when no tree has the name, `source-unavailable` when nobody says where it comes from.
 */
export function placeUpdate(
  { name, source, ref }: RunDefinition['update'][number],
  trees: readonly UpdatableTree[],
): { name: string; path: string; url: string; ref: string } {
  const tree = name === 'application' ? trees[0] : trees.find((each) => each.name === name);
  const names = ['application', ...trees.map((each) => each.name)];
  if (tree === undefined) {
    const near = nearest(name, names);
    throw new Failure({
      code: 'usage',
      message: `--update ${name}: the image carries no tree of that name`,
      remedy: near ? `--update ${near}` : `it can be one of ${names.join(', ')}`,
    });
  }
  const written = source === null ? null : readSource(source);
  const from = written ?? (tree.source && { ...tree.source, ref: ref ?? tree.source.ref });
  if (from !== null) return { name: tree.name, path: tree.path, ...from };
  throw new Failure({
    code: 'source-unavailable',
    message: `--update ${name}: nobody says which repository ${tree.path} comes from`,
    remedy: `say it: --update ${name}=URL#REF, or source of the application in run.toml`,
  });
}

/** The updates that can be placed in what is known of an image that was not found. */
export function placeable(
  wanted: RunDefinition['update'],
  trees: readonly UpdatableTree[],
): RunDefinition['update'] {
  return wanted.filter((update) => {
    try {
      placeUpdate(update, trees);
      return true;
    } catch {
      return false;
    }
  });
}

/** The trees of an image: by run.toml or what is known of the application, else by the workspace's definition. */
export function updatableTrees(
  definition: RunDefinition,
  application: string,
  workspace: Definition['application'] | null,
): UpdatableTree[] {
  const own = definition.application;
  const defined = workspace?.name === application ? workspace : null;
  const companions = new Map<string, UpdatableTree>();
  for (const { name, path, source } of defined?.companions ?? []) {
    companions.set(name, { name, path, source: source.kind === 'git' ? source : null });
  }
  for (const { name, path, source } of own.companions) {
    companions.set(name, { name, path, source: source === null ? null : readSource(source) });
  }
  const source = own.source === null ? null : readSource(own.source);
  const definedSource = defined?.source.kind === 'git' ? defined.source : null;
  return [
    ...(own.path === null ? [] : [{ name: application, path: own.path, source: source ?? definedSource }]),
    ...companions.values(),
  ];
}

/** `URL#REF`; a path or URL that a definition would not take, such as that of a test server, is taken as it is. */
function readSource(text: string): { url: string; ref: string } {
  const parsed = parseSource(text);
  if (parsed?.kind === 'git') return { url: parsed.url, ref: parsed.ref };
  const hash = text.lastIndexOf('#');
  return hash === -1 ? { url: text, ref: 'main' } : { url: text.slice(0, hash), ref: text.slice(hash + 1) };
}
