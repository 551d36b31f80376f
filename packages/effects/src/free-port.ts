/** A TCP port of this machine that nothing listens on now. */
export async function freePort(): Promise<number> {
  // Loaded here: few runs need one, and every command would wait for it.
  const { default: getPort } = await import('get-port');
  return await getPort();
}
