import { fileURLToPath } from 'node:url';
import { writeJson } from './files.ts';
import type { Places } from './places.ts';

/** `<root>/.slipway/machine.json`: what the product's packages are told about this machine. */
export interface Machine {
  engine: {
    docker: string;
    host: string;
    config?: string;
    /** The command that brings the engine up again when it does not answer. */
    up: string[];
  };
  /** Foreign image to what stands in for it, by digest. */
  substitutes: Record<string, string>;
  /** Where our own repositories go instead. */
  repositories: Record<string, string>;
  registryLog: string;
}

export function writeMachineFile(place: Places, machine: Machine): void {
  writeJson(place.machine, machine);
}

export function upCommand(place: Places): string[] {
  return [process.execPath, fileURLToPath(new URL('main.ts', import.meta.url)), 'up', '--root', place.root];
}
