import { maskLogins, type Problem } from '@slipway/contract';

/** Why a remote could not be read or written, from what git printed. */
export function remoteProblem(
  printed: string,
  { remote, branch }: { remote: string; branch: string },
): Problem {
  const said = maskLogins(printed);
  const reason = lastLines(said);
  if (/couldn't find remote ref/i.test(said)) {
    return {
      code: 'repository-missing',
      message: `${remote} has no branch ${branch}`,
      remedy: `git push ${remote} ${branch}, or name the branch that releases are made from: [release] branch in slipway.toml`,
    };
  }
  // Hosts say "protected" of branches and tags alike; a hook may say anything, git only that it declined.
  if (/hook declined|protected|GH0\d\d|not allowed to push|cannot lock ref.*deny|deny updating/i.test(said)) {
    return {
      code: 'push-refused',
      message: `${remote} refused the push of ${branch} and the tag:\n  | ${reason}`,
      remedy: `allow whoever calls to push to ${branch} and to make tags v*, in the rules of that repository`,
    };
  }
  const denied =
    /permission.* denied|permission to |authentication failed|could not read (username|password)|access denied|not authorized|invalid credentials|\b40[13]\b|read-only|insufficient permission|write access|repository not found|prompts disabled/i;
  if (denied.test(said)) {
    return {
      code: 'remote-denied',
      message: `${remote} may not be read or written:\n  | ${reason}`,
      remedy: `log in as someone who may push there; git push --dry-run ${remote} HEAD:${branch} tries it`,
    };
  }
  if (/\[(remote )?rejected\]/.test(said)) {
    return {
      code: 'push-refused',
      message: `${remote} did not take the push of ${branch} and the tag:\n  | ${reason}`,
      remedy: `read the lines above; git ls-remote ${remote} shows which branches and tags are in the way`,
    };
  }
  return {
    code: 'remote-unreachable',
    message: `${remote} does not answer:\n  | ${reason}`,
    remedy: `try git ls-remote ${remote}, then start the same command again; nothing was changed`,
  };
}

/** Whether a push failed because somebody else was pushing, so that another one may do. */
export function lostRace(printed: string): boolean {
  return /stale info|fetch first|cannot lock ref|incorrect old value|reference already exists/i.test(printed);
}

/** What a person can use of it: neither the porcelain's lines nor the advice on the local branch. */
function lastLines(said: string): string {
  const lines = said.split('\n').map((line) => line.trimEnd());
  const telling = lines.filter((line) => line.trim() !== '' && !/^(To |Done$|hint:)/.test(line));
  return telling.slice(-8).join('\n  | ');
}
