/** What a layer holds, as the catalogue tells layers apart: by colour, and by name. */
export const layerKinds = [
  { kind: 'system', label: 'operating system', stages: /^(?:os|system|python|foreign)$/ },
  { kind: 'cuda', label: 'CUDA libraries', stages: /^cuda/ },
  { kind: 'torch', label: 'torch', stages: /^torch/ },
  { kind: 'flash', label: 'flash-attention', stages: /^flash-attention/ },
  { kind: 'dependencies', label: 'other dependencies', stages: /^(?:dependencies|locks)/ },
  { kind: 'application', label: 'application', stages: /^application/ },
  { kind: 'version', label: 'version', stages: /^(?:version|release)$/ },
  { kind: 'other', label: 'not known', stages: /^/ },
] as const;

export type LayerKind = (typeof layerKinds)[number]['kind'];

/** The kind of a layer by the stage that it came from. */
export function layerKind(stage: string): (typeof layerKinds)[number] {
  return layerKinds.find(({ stages }) => stages.test(stage)) ?? layerKinds[layerKinds.length - 1] ?? never();
}

function never(): never {
  throw new Error('the last kind fits everything');
}
