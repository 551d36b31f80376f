import { planCommand } from '../commands/plan.ts';
import { call, type RunOptions } from './call.ts';

/** `nx run run-launcher:plan` */
export default (options: RunOptions): Promise<{ success: boolean }> =>
  call(options, async (args, flags) => {
    await planCommand(args, flags);
    return 0;
  });
