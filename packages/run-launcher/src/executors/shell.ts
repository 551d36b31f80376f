import { shellCommand } from '../commands/shell.ts';
import { call, type RunOptions } from './call.ts';

/** `nx run run-launcher:shell --architecture=cpu` */
export default (options: RunOptions): Promise<{ success: boolean }> => call(options, shellCommand);
