import { Failure, type Problem } from '@slipway/contract';
import { type Engine, engineAnswers } from '@slipway/effects';
import type { BuildCall } from './plan.ts';

/**
 * Why a call of the builder failed, told from what it said, with what to do next.
 * @param said the failed step with its last lines, or what the builder itself said last.
 * @param log file with everything that it printed.
 */
export async function explainFailure(
  call: BuildCall,
  engine: Engine,
  said: string,
  log: string,
): Promise<Failure> {
  const product = call.push ?? call.load?.[0] ?? `the stage ${call.target}`;
  if (!(await engineAnswers(engine))) {
    return new Failure({
      code: 'engine-lost',
      message: `the engine stopped answering while ${product} was being built`,
      remedy: 'start the engine (npx nx run sandbox:up for the private one), then the same command again',
    });
  }
  const known = kinds.find(({ pattern }) => pattern.test(said));
  return new Failure(
    known?.problem({ engine, said, product }) ??
      explainRefusal(said, product) ?? {
        code: 'build-failed',
        where: { file: call.dockerfile.path },
        message: `building ${product} failed:\n${quote(said)}`,
        remedy: `read the whole log in ${log}`,
      },
  );
}

interface Told {
  engine: Engine;
  said: string;
  product: string;
}

/** Failures that have a remedy of their own; the texts are those of BuildKit, containerd and uv. */
const kinds: { pattern: RegExp; problem: (told: Told) => Problem }[] = [
  {
    pattern: /no space left on device/i,
    problem: ({ engine, product }) => ({
      code: 'disk-full',
      message: `the engine's disk (${engine.dataRoot}) ran full while ${product} was being built`,
      remedy: 'free some space, for example with docker builder prune, then start the same command again',
    }),
  },
  {
    pattern: /Hash mismatch for `/i,
    problem: ({ said, product }) => {
      const [, name = 'a package'] = /Hash mismatch for `([^`]+)`/i.exec(said) ?? [];
      return {
        code: 'hash-mismatch',
        message: `${name} does not have the hash that the lock states; nothing of ${product} was pushed:\n${quote(said)}`,
        remedy:
          'do not use it before you know why; if the package was published anew, lock again: npx nx run base-images:lock --upgrade',
      };
    },
  },
  {
    pattern: /No solution found when resolving/i,
    problem: ({ said }) => ({
      code: 'lock-unsolvable',
      message: `no versions satisfy everything that pyproject.toml and the architecture ask for:\n${quote(said)}`,
      remedy:
        "change what contradicts the other in pyproject.toml or in the architecture's torch, then lock again",
    }),
  },
];

/** A registry's refusal of a push, or of something that a build stands on. */
interface Refused {
  registry: string;
  /** What was being done when it came, as a phrase that follows `while`. */
  doing: string;
  pushing: boolean;
  refusal: string;
}

/** Refusals that have a remedy of their own; the texts are those of BuildKit and containerd. */
const refusals: { pattern: RegExp; problem: (refused: Refused) => Problem }[] = [
  {
    pattern:
      /40[13] (?:Unauthorized|Forbidden)|\bunauthorized:|\bdenied:|access denied|failed to authorize|authorization failed|authentication required|no basic auth credentials/i,
    problem: ({ registry, doing, pushing, refusal }) => ({
      code: 'registry-denied',
      message: `${registry} refused access while ${doing}:\n${quote(refusal)}`,
      remedy: `log in with an account that may ${pushing ? 'write' : 'read'} there: docker login ${registry}`,
    }),
  },
  {
    pattern: /429 Too Many Requests|toomanyrequests/i,
    problem: ({ registry, doing, refusal }) => ({
      code: 'registry-answer',
      message: `${registry} throttled while ${doing}:\n${quote(refusal)}`,
      remedy: `log in for a higher limit (docker login ${registry}), or wait a while, then start the same command again: what was built is kept, and no tag was moved`,
    }),
  },
  {
    // A status, or one of the other codes of the OCI distribution specification.
    pattern:
      /unexpected status[^\n]*: 5\d\d |failed to push \S+: (?:unknown|unsupported|[a-z ]+ (?:invalid|unknown|unverified))\b/i,
    problem: ({ registry, doing, refusal }) => ({
      code: 'registry-answer',
      message: `${registry} failed while ${doing}:\n${quote(refusal)}`,
      remedy: `start the same command again: what was built is kept, and no tag was moved; if it persists, look at the log of ${registry}`,
    }),
  },
  {
    pattern:
      /\bEOF\b|connection re(?:set|fused)|timeout|timed out|broken pipe|use of closed network connection|server closed idle connection|no such host|no route to host|unreachable/i,
    problem: ({ registry, doing, refusal }) => ({
      code: 'registry-unreachable',
      message: `the connection to ${registry} broke while ${doing}:\n${quote(refusal)}`,
      remedy: `check that ${registry} is running and reachable from the engine, then start the same command again: what was built is kept, and no tag was moved`,
    }),
  },
];

/** What a registry refused, where the builder says that one did; a step of the Dockerfile may print what it likes. */
function explainRefusal(said: string, product: string): Problem | undefined {
  const lines = said.trimEnd().split('\n');
  if (/did not complete successfully: /.test(lines.at(-1) ?? '')) return undefined;
  const at = lines.findLastIndex((line) => /failed to push |https?:\/\/[^\s/]+\/v2\//.test(line));
  if (at === -1) return undefined;
  // An answer's own text may go on for some lines.
  const refusal = lines.slice(at).join('\n');
  const [, pushed, asked] = /failed to push ([^\s/]+)\/|https?:\/\/([^\s/]+)\/v2\//.exec(refusal) ?? [];
  const pushing = /failed to push /.test(refusal);
  return refusals
    .find(({ pattern }) => pattern.test(refusal))
    ?.problem({
      registry: pushed ?? asked ?? 'the registry',
      doing: `${product} was being ${pushing ? 'pushed' : 'built'}`,
      pushing,
      refusal,
    });
}

const quote = (said: string): string => said.replace(/^/gm, '  | ');
