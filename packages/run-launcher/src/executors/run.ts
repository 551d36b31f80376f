import { runCommand } from '../commands/run.ts';
import { call, type RunOptions } from './call.ts';
import { refuseOthers } from './refuse-others.ts';

/** `nx run run-launcher:run --architecture=cpu --cfg=configs/quick.yaml` */
export default (options: RunOptions): Promise<{ success: boolean }> =>
  call(options, async (args, flags) => {
    refuseOthers(['run'], flags);
    return await runCommand(args, flags);
  });
