import { doctorCommand } from '../commands/doctor.ts';
import { call, type RunOptions } from './call.ts';

/** `nx run run-launcher:doctor` */
export default (options: RunOptions): Promise<{ success: boolean }> =>
  call(options, (_args, flags) => doctorCommand(flags));
