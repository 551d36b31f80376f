import { writeFileSync } from 'node:fs';
import { throwawayWorkspace } from './throwaway-workspace.ts';
const w = await throwawayWorkspace({ quick: true });
for (const args of [['run-many','-t','build-image'],['run','runtime-image:publish']]) {
  const r = await w.nx(...args); if (r.exitCode!==0) console.log(r.stdout+r.stderr);
}
writeFileSync('/tmp/rev-c/ws', w.root+'\n'+`${w.registry}/${w.repositories.runtime}:cpu-v0.1.0\n`);
