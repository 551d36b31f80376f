import { shellCommand } from '../commands/shell.ts';
import { call, type RunOptions } from './call.ts';
import { refuseOthers } from './refuse-others.ts';

/** `nx run run-launcher:shell --architecture=cpu` */
export default (options: RunOptions): Promise<{ success: boolean }> =>
  call(options, async (args, flags) => {
    refuseOthers(['shell'], flags, args);
    return await shellCommand(flags);
  });
