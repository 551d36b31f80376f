import type { ExecutorContext } from '@nx/devkit';
import { Failure, formatProblem } from '@slipway/contract';
import { openRegistry, readDefinition, withMachine } from '@slipway/effects';
import { command } from '../command.ts';
import { inspectImages, printInspections } from '../inspect-images.ts';
import { type ImageSelection, placedImage, type SelectedImages, selectImages } from '../inspect-select.ts';
import { openVerifier, type VerifierOptions } from '../inspect-signatures.ts';

interface InspectOptions extends ImageSelection, VerifierOptions {
  /** Any image; absent: those of the kind. */
  image?: string;
  json?: boolean;
}

/**
 * `nx run runtime-image:inspect --image=REF`: what a registry tells of an image, without pulling it. Images that are not
 * there fail it when they were named, or when no other is.
 */
export default function inspect(
  options: InspectOptions,
  { root }: ExecutorContext,
): Promise<{ success: boolean }> {
  return command(root, async ({ say }) => {
    const definition = readDefinition(root);
    const { found, problems, absent } = await withMachine(root, say, async (machine) => {
      const dockerConfig = machine.engine?.config;
      const registry = openRegistry({ dockerConfig });
      const verifier = openVerifier(root, options, dockerConfig);
      const selected: SelectedImages =
        options.image === undefined
          ? await selectImages(options, definition, machine, registry)
          : { references: [placedImage(options.image, definition, machine)], absent: [] };
      if (selected.references.length === 0) throw new Failure(selected.absent);
      const inspected = await inspectImages(registry, selected.references, verifier);
      return { ...inspected, absent: selected.absent };
    });
    if (found.length > 0) console.log(printInspections(found, options.json ?? false));
    const named = options.architectures !== undefined;
    const wrong = named ? [...problems, ...absent] : problems;
    // Beside the document, not in it.
    if (!named) for (const { message } of absent) console.error(`not there: ${message}`);
    for (const problem of wrong) console.error(formatProblem(problem));
    return wrong.length === 0;
  });
}
