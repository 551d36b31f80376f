import { program } from '@slipway/run-launcher/program';
import { watchOutput } from '@slipway/run-launcher/watch-output';
import type { Command } from 'commander';

watchOutput();

try {
  const slipway = program().description(
    'Adopts a Python repository, tells what images hold, starts training runs and keeps a record of each.',
  );
  addInit(slipway);
  addInspect(slipway);
  await slipway.parseAsync();
} catch (error) {
  // Loaded here, since what goes well need not wait for it.
  const { report } = await import('@slipway/run-launcher/report');
  process.exitCode = report(error);
}

function addInit(slipway: Command): void {
  slipway
    .command('init')
    .description(
      'Write what a Python repository needs to have its images built, read from its pyproject.toml.',
    )
    .option('--architectures <names>', 'GPU families to write, with commas: turing,ampere,cpu')
    .option('--dry-run', 'show what would be written, and write nothing')
    .option('--force', 'change files that are there without asking; the differences are shown')
    .addHelpText('after', '\nExit codes: 0 done, 1 refused or failed, 2 a wrong call')
    .action(async (flags: { architectures?: string; dryRun?: boolean; force?: boolean }) => {
      const { init } = await import('./init.ts');
      const done = await init(process.cwd(), {
        architectures: flags.architectures?.split(',').map((name) => name.trim()),
        dryRun: flags.dryRun ?? false,
        force: flags.force ?? false,
      });
      process.exitCode = done ? 0 : 1;
    });
}

function addInspect(slipway: Command): void {
  slipway
    .command('inspect')
    .description('Tell what registries know of images, whoever made them; no layer is fetched.')
    .argument('<image...>', 'references by tag or digest; repositories of the workspace may lie elsewhere')
    .option('--json', 'print a list of all facts, and nothing else')
    .option('--key <file>', 'public key by which every image must be signed')
    .option('--identity <name>', "whom the certificate of every image's signature must name; with --issuer")
    .option('--issuer <url>', 'who must have vouched for that identity; cosign checks both')
    .addHelpText(
      'after',
      '\nExit codes: 0 told, 1 an image is missing or not signed as it must be, or its registry fails, 2 a wrong call',
    )
    .action(async (images: string[], flags: import('./inspect.ts').InspectFlags) => {
      const { inspect } = await import('./inspect.ts');
      process.exitCode = (await inspect(process.cwd(), images, flags)) ? 0 : 1;
    });
}
