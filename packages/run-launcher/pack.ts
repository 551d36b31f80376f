import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { program } from './src/program.ts';

const product = import.meta.dirname;

/**
 * Lays out the launcher as one package that needs no other: neither Nx nor the packages that build images.
 * `npm pack` in the folder makes the tarball.
 * @param folder where it goes; default: a new one below the system's temporary folder. @returns the folder.
 */
export async function layOutPackage(folder = mkdtempSync(join(tmpdir(), 'slipway-pack-'))): Promise<string> {
  const { version, license } = JSON.parse(readFileSync(join(product, 'package.json'), 'utf8')) as Record<
    string,
    string
  >;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'bin'), { recursive: true });
  cpSync(join(product, 'bin/slipway.cjs'), join(folder, 'bin/slipway.cjs'));
  cpSync(join(product, '../../LICENSE'), join(folder, 'LICENSE'));
  const { metafile } = await build({
    entryPoints: [join(product, 'src/main.ts')],
    outfile: join(folder, 'dist/main.cjs'),
    bundle: true,
    // One file of the older kind of modules; a command in it is evaluated when it is called.
    format: 'cjs',
    define: { 'import.meta.dirname': '__dirname' },
    platform: 'node',
    target: 'node22',
    minify: true,
    // Modules before the older kind: of some libraries that kind cannot be bundled.
    mainFields: ['module', 'main'],
    plugins: [leaveUnusedOut, englishOnly, globalProcess],
    legalComments: 'none',
    metafile: true,
    logLevel: 'error',
  });
  writeFileSync(join(folder, 'THIRD-PARTY-LICENSES.txt'), licencesOf(Object.keys(metafile.inputs)));
  const description = {
    // Not the name of the package that it is bundled from, which is packed for workspaces.
    name: '@slipway/launcher',
    version,
    description: program().description(),
    license,
    type: 'module',
    // execa 10 wants it.
    engines: { node: '>=22.14' },
    bin: { slipway: 'bin/slipway.cjs' },
    files: ['bin', 'dist', 'LICENSE', 'THIRD-PARTY-LICENSES.txt'],
  };
  writeFileSync(join(folder, 'README.md'), readme(description));
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(description, null, 2)}\n`);
  return folder;
}

/** What a person reads who finds the package alone, with what the commands say of themselves. */
function readme({
  name,
  version,
  description,
  engines,
}: {
  name: string;
  version?: string;
  description: string;
  engines: { node: string };
}): string {
  const calls = {
    doctor: 'slipway doctor',
    run: 'slipway run --image registry.example.org/team/app:v1.0.0 --output results',
    logs: 'slipway logs --follow last',
  };
  const { commands } = program();
  const about = (called: string) => commands.find((each) => each.name() === called)?.description();
  return `# ${name}

${description}

It needs Node ${engines.node}, and Docker Engine or Podman on the same machine; no other package, and nothing of what builds the images.

## Install

\`\`\`sh
npm install --global ./${name.replace('@', '').replace('/', '-')}-${version}.tgz
\`\`\`

## Use

\`\`\`sh
${Object.entries(calls)
  .map(([called, line]) => `# ${about(called)}\n${line}`)
  .join('\n\n')}
\`\`\`

\`slipway --help\` lists all commands, and \`slipway run --help\` the options of a run. Records are kept below \`.slipway/runs\` of the folder that it is called in.
`;
}

/** Of our own packages, a file that nobody uses anything of is left out with everything that it imports. */
const leaveUnusedOut: Plugin = {
  name: 'leave-unused-out',
  setup({ onResolve, resolve: find }) {
    const ours = resolve(product, '..');
    onResolve(
      { filter: /^(?:@slipway\/|\.\.?\/)/ },
      async ({ path, importer, resolveDir, kind, pluginData }) => {
        if (pluginData === 'found' || !importer.startsWith(ours)) return undefined;
        const found = await find(path, { importer, resolveDir, kind, pluginData: 'found' });
        return { ...found, sideEffects: false };
      },
    );
  },
};

/** zod brings its messages in fifty languages, half of the whole package. */
const englishOnly: Plugin = {
  name: 'english-only',
  setup({ onResolve }) {
    onResolve({ filter: /\/locales\/index\.js$/ }, ({ path, resolveDir }) => ({
      path: resolve(resolveDir, path, '../en.js'),
    }));
  },
};

/** `import` of node:process opens stdin, stdout and stderr, 5 ms of every start; the global is the same object. */
const globalProcess: Plugin = {
  name: 'global-process',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(?:node:)?process$/ }, ({ path }) => ({ path, namespace: 'global-process' }));
    onLoad({ filter: /./, namespace: 'global-process' }, () => ({ contents: 'module.exports = process;' }));
  },
};

/** The licences of the libraries that were bundled, found by the files that came from them. */
function licencesOf(inputs: readonly string[]): string {
  const folders = inputs.flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path)?.[0] ?? []);
  return [...new Set(folders)]
    .toSorted()
    .map((at) => {
      const { name, version, license } = JSON.parse(readFileSync(join(at, 'package.json'), 'utf8')) as Record<
        string,
        string
      >;
      const file = readdirSync(at).find((each) => /^licen[cs]e/i.test(each));
      const text = file === undefined ? '' : `\n\n${readFileSync(join(at, file), 'utf8').trim()}`;
      return `${name} ${version} (${license})${text}\n`;
    })
    .join(`\n${'-'.repeat(80)}\n\n`);
}

if (import.meta.main) console.log(await layOutPackage(process.argv[2]));
