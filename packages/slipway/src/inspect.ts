import { type Definition, formatProblem, type MachineSettings, requireReference } from '@slipway/contract';
import { openRegistry, withMachine } from '@slipway/effects';
import { inspectImages, openVerifier, placedImage, printInspections } from '@slipway/images';
import { findWorkspace, openWorkspace } from '@slipway/run-launcher';

export interface InspectFlags {
  json?: boolean;
  key?: string;
  identity?: string;
  issuer?: string;
}

/**
 * `slipway inspect`: prints what registries tell of images. Standard output has nothing else; what is wrong is on the
 * other one. Within a workspace its repositories are looked for where the machine's settings send them.
 * @param folder where it was called.
 * @returns false: an image is missing, or not signed as it must be.
 * @throws Failure of the registries, `public-key-unreadable`, `usage`, `command-missing`.
 */
export async function inspect(
  folder: string,
  images: readonly string[],
  { json = false, ...against }: InspectFlags,
): Promise<boolean> {
  for (const image of images) requireReference(image);
  const root = findWorkspace(folder);
  const definition = openWorkspace(root);
  const look = async (machine: MachineSettings) => {
    const dockerConfig = machine.engine?.config;
    const verifier = openVerifier(folder, against, dockerConfig);
    const references = images.map((image) => placed(image, definition, machine));
    return inspectImages(openRegistry({ dockerConfig }), references, verifier);
  };
  const { found, problems } = await withMachine(root, (line) => console.error(line), look);
  if (found.length > 0 || json) console.log(printInspections(found, json));
  for (const problem of problems) console.error(formatProblem(problem));
  return problems.length === 0;
}

function placed(image: string, definition: Definition | null, machine: MachineSettings): string {
  return definition === null ? image : placedImage(image, definition, machine);
}
