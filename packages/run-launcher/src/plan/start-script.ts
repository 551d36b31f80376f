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
export function startScript(plan: Pick<RunPlan, 'secrets' | 'ssh' | 'updates'>): string | null {
  const parts = [
    ...(Object.keys(plan.secrets).length > 0 ? [takeSecrets(Object.keys(plan.secrets))] : []),
    ...(plan.ssh === null ? [] : [copyKey(plan.ssh)]),
    ...(plan.updates.length > 0 ? [updateCode(plan.updates)] : []),
  ];
  return parts.length === 0 ? null : ['set -eu', ...parts, 'exec "$@"'].join('\n');
}

/**
 * A training that lacks a secret may go on for hours without saving anything: it is not started. Each file goes as soon as
 * it was read: what is not there any more cannot be read by anybody else.
 */
function takeSecrets(names: readonly string[]): string {
  return `for slipway_name in ${names.join(' ')}; do
  slipway_file=${handover.secrets}/$slipway_name
  if [ ! -f "$slipway_file" ] || [ ! -r "$slipway_file" ]; then
    echo "slipway: the secret $slipway_name did not reach the container, or user $(id -u) may not read it: nothing was started" >&2
    exit 1
  fi
  slipway_value=$(cat "$slipway_file")
  export "$slipway_name=$slipway_value"
  rm -f "$slipway_file"
done`;
}

function copyKey({ key, knownHosts }: NonNullable<RunPlan['ssh']>): string {
  const hosts = knownHosts === null ? '' : ` -o UserKnownHostsFile=${knownHosts}`;
  return `slipway_keys=$(mktemp -d)
(umask 077; cat ${key} > "$slipway_keys/id")
export GIT_SSH_COMMAND="ssh -i $slipway_keys/id -o IdentitiesOnly=yes -o BatchMode=yes -o StrictHostKeyChecking=yes${hosts}"`;
}

function updateCode(updates: RunPlan['updates']): string {
  const calls = updates.map(
    ({ path, url, ref, commit }) => `update ${[path, url, ref, commit].map(quoteForShell).join(' ')}`,
  );
  // A server need not give out a commit by its id: then its branch or tag is fetched, which must still hold it.
  return `update() {
  echo "--- Updating Code: $1 to $3 at $4 ---"
  in_tree() { git -c "safe.directory=$slipway_path" -C "$slipway_path" "$@"; }
  slipway_path=$1
  [ -e "$slipway_path/.git" ] || git init --quiet "$slipway_path"
  in_tree cat-file -e "$4^{commit}" 2> /dev/null || in_tree fetch --quiet --depth=1 "$2" "$4" || in_tree fetch --quiet "$2" "$3"
  in_tree checkout --quiet --force --detach "$4"
}
${calls.join('\n')}
echo '--- Starting Training ---'`;
}

/** A word as a POSIX shell reads it back, whatever it holds. */
export function quoteForShell(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
