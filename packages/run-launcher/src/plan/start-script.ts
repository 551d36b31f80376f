import { quoteForShell } from '@slipway/contract';
import type { RunPlan } from './run-plan.ts';

/** Where the container finds what is handed over to it when it starts. */
export const handover = {
  secrets: '/run/slipway/secrets',
  key: '/run/slipway/ssh/id_rsa',
  knownHosts: '/run/slipway/ssh/known_hosts',
} as const;

/**
 * What a container does before its own command: takes its secrets, copies the SSH key with the owner and mode that ssh
 * insists on, and brings in the planned commits. Null where there is nothing to do. Its own variables have a prefix: the
 * command may have been given one of any name.
 */
export function startScript(plan: Pick<RunPlan, 'secrets' | 'ssh' | 'updates' | 'mounts'>): string | null {
  const parts = [
    ...(Object.keys(plan.secrets).length > 0 ? [takeSecrets(Object.keys(plan.secrets))] : []),
    ...(plan.ssh === null ? [] : [copyKey(plan.ssh)]),
    ...(plan.updates.length > 0 ? [updateCode(plan.updates, plan.mounts)] : []),
  ];
  if (parts.length === 0) return null;
  // What is started takes the place of this shell, and the trap goes with it.
  const trap = `trap 'echo "${notStarted}$slipway_step" >&2' EXIT`;
  return ['set -eu', trap, ...parts, 'slipway_step="starting $1"', 'exec "$@"'].join('\n');
}

/** How the last line of a start script that failed begins; behind it stands what it was at. */
export const notStarted = 'slipway: nothing was started, since this failed: ';

/**
 * A training that lacks a secret may go on for hours without saving anything: it is not started. Each file goes as soon as
 * it was read: what is not there any more cannot be read by anybody else. A shell drops all line breaks at the end of what a
 * program prints, of which one alone is no part of the value.
 */
function takeSecrets(names: readonly string[]): string {
  return `for slipway_name in ${names.join(' ')}; do
  slipway_step="taking the secret $slipway_name"
  slipway_file=${handover.secrets}/$slipway_name
  if [ ! -f "$slipway_file" ] || [ ! -r "$slipway_file" ]; then
    echo "slipway: the secret $slipway_name did not reach the container, or user $(id -u) may not read it" >&2
    exit 1
  fi
  slipway_value=$(cat "$slipway_file" && echo x)
  slipway_value=\${slipway_value%x}
  slipway_value=\${slipway_value%"
"}
  export "$slipway_name=$slipway_value"
  rm -f "$slipway_file"
done`;
}

function copyKey({ key, knownHosts }: NonNullable<RunPlan['ssh']>): string {
  const hosts = knownHosts === null ? '' : ` -o UserKnownHostsFile=${knownHosts}`;
  return `slipway_step='copying the SSH key'
slipway_keys=$(mktemp -d)
(umask 077; cat ${key} > "$slipway_keys/id")
export GIT_SSH_COMMAND="ssh -i $slipway_keys/id -o IdentitiesOnly=yes -o BatchMode=yes -o StrictHostKeyChecking=yes${hosts}"`;
}

function updateCode(updates: RunPlan['updates'], mounts: RunPlan['mounts']): string {
  const calls = updates.map(({ path, url, ref, commit }) => {
    // What is mounted below a tree, and another tree there, are none of its files.
    const others = [...mounts.map(({ target }) => target), ...updates.map((each) => each.path)];
    const kept = others.flatMap((each) =>
      each.startsWith(`${path}/`) ? `:(exclude,literal)${each.slice(path.length + 1)}` : [],
    );
    return `update ${[path, url, ref, commit, '.', ...kept].map(quoteForShell).join(' ')}`;
  });
  // Files of the image that the commit does not have are removed only when git knows them: in a tree that is no checkout,
  // all of them, apart from repositories below it and what .gitignore names, the image's or the commit's, as one that was
  // built there is. git add ends at a repository that has no commit.
  // A server need not give out a commit by its id: then its branch or tag is fetched, which must still hold it.
  return `update() {
  echo "--- Updating Code: $1 to $3 at $4 ---"
  slipway_step="bringing $4 into $1"
  in_tree() { git -c "safe.directory=$slipway_path" -C "$slipway_path" "$@"; }
  slipway_path=$1 slipway_url=$2 slipway_ref=$3 slipway_commit=$4
  shift 4
  [ -e "$slipway_path/.git" ] || git init --quiet "$slipway_path"
  in_tree cat-file -e "$slipway_commit^{commit}" 2> /dev/null || in_tree fetch --quiet --depth=1 "$slipway_url" "$slipway_commit" || in_tree fetch --quiet "$slipway_url" "$slipway_ref"
  if ! in_tree rev-parse --quiet --verify HEAD > /dev/null; then
    mkdir -p "$slipway_path/.git/info"
    in_tree -c core.quotePath=false ls-files --others --exclude-standard -- "$@" | sed -n 's,[][*?\\\\],\\\\&,g; s,^.*/$,/&,p' >> "$slipway_path/.git/info/exclude"
    in_tree add --intent-to-add -- "$@"
    in_tree checkout --quiet "$slipway_commit" -- ':(glob)**/.gitignore' 2> /dev/null || :
    in_tree ls-files --cached --ignored --exclude-standard -z | in_tree update-index -z --force-remove --stdin
  fi
  in_tree checkout --quiet --force --detach "$slipway_commit"
}
${calls.join('\n')}
echo '--- Starting Training ---'`;
}
