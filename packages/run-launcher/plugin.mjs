// Nx loads this file with whatever Node it runs on; the plugin itself is TypeScript, which Node runs from 22.18 on.
if (!process.features.typescript) {
  throw new Error(
    `Node ${process.version} cannot run TypeScript. Start Nx with npx from the workspace, where the right Node comes ` +
      'with npm install, or install Node >= 24.',
  );
}
const { createNodesV2 } = await import('./src/plugin.ts');

export { createNodesV2, createNodesV2 as createNodes };
