/** Pure: the registry's configuration. */
export function registryConfig(at: { data: string; port: number }): Record<string, unknown> {
  return {
    version: '0.1',
    // The access log (Apache's combined form, one line a request) is what tests read; the rest only when it is wrong.
    log: { level: 'error', formatter: 'json', accesslog: { disabled: false } },
    storage: {
      filesystem: { rootdirectory: at.data },
      delete: { enabled: true },
      maintenance: { uploadpurging: { enabled: true, age: '24h', interval: '24h', dryrun: false } },
    },
    http: { addr: `127.0.0.1:${at.port}` },
  };
}
