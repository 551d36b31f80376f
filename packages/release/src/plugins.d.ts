// These libraries bring no types. What is declared here is what we call.
declare module '@semantic-release/commit-analyzer' {
  export function analyzeCommits(
    config: object,
    context: object,
  ): Promise<'major' | 'minor' | 'patch' | null>;
}
declare module '@semantic-release/release-notes-generator' {
  export function generateNotes(config: object, context: object): Promise<string>;
}
declare module 'conventional-changelog-conventionalcommits' {
  export default function createPreset(config?: object): { parser: object; writer: object };
}
