import { homedir, userInfo } from 'node:os';

/** The caller's home folder; that of the password database where HOME is empty, as other programs take it. */
export const homeFolder = (): string => homedir() || userInfo().homedir;
