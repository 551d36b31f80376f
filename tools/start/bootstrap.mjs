// The two commands of the README start here, on whatever Node >= 20 the machine has: install what package-lock.json
// names, then go on in TypeScript with the Node that came with it.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');
const [script = 'start', ...rest] = process.argv.slice(2);

if (Number(process.versions.node.split('.')[0]) < 20) {
  console.error(`Node ${process.version} is too old: install Node >= 20, then run npm ${script} again.`);
  process.exit(1);
}
install();
run(script, rest);

/** Installs once for each state of package-lock.json. */
function install() {
  const stamp = join(root, 'node_modules/.slipway-installed');
  const wanted = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  const done = () => existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted;
  if (done()) return;
  console.error(
    'installing the packages that package-lock.json names (about 460 MB on disk, Node 24 among them) ...',
  );
  const before = Date.now();
  const args = ['install', '--no-audit', '--no-fund', '--loglevel=error'];
  const { status } = spawnSync('npm', args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) {
    console.error(
      'npm install failed: check that the npm registry can be reached, then run the same command again.',
    );
    process.exit(1);
  }
  writeFileSync(stamp, wanted);
  console.error(`installed in ${((Date.now() - before) / 1000).toFixed(0)} s`);
}

/** Runs a script of this folder and ends as it ends; signals are its business. */
function run(name, args) {
  const node = join(root, 'node_modules/.bin/node');
  const env = {
    ...process.env,
    PATH: `${join(root, 'node_modules/.bin')}${delimiter}${process.env.PATH}`,
    // These commands leave no process behind, and their output is read by people.
    NX_DAEMON: 'false',
    NX_TUI: 'false',
  };
  const child = spawn(
    existsSync(node) ? node : process.execPath,
    [join(root, `tools/start/${name}.ts`), ...args],
    {
      cwd: root,
      stdio: 'inherit',
      env,
    },
  );
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 143)));
}
