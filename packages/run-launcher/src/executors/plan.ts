import { planCommand } from '../commands/plan.ts';
import { call, type RunOptions } from './call.ts';
import { refuseOthers } from './refuse-others.ts';

/** `nx run run-launcher:plan` */
export default (options: RunOptions): Promise<{ success: boolean }> =>
  call(options, async (args, flags) => {
    refuseOthers(['plan'], flags);
    await planCommand(args, flags);
    return 0;
  });
