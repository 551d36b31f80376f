import getPort from 'get-port';

/** A TCP port of this machine that nothing listens on now. */
export const freePort = (): Promise<number> => getPort();
