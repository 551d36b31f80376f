import { runCommand } from '../commands/run.ts';
import { call, type RunOptions } from './call.ts';

/** `nx run run-launcher:run --architecture=cpu --cfg=configs/quick.yaml` */
export default (options: RunOptions): Promise<{ success: boolean }> => call(options, runCommand);
