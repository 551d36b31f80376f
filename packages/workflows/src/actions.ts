/**
 * The actions that workflows call, each by the commit of a release, with the release's name for the reader and for
 * tools that raise it. A tag can be moved by whoever owns the action, a commit can not.
 *
 * Sources: https://github.com/<owner>/<name>/releases. All of them run on Node 24; cosign-installer is
 * shell, which checks the program that it fetches against the hash that it carries.
 */
export const actions = {
  checkout: 'actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd # v6.0.2',
  setupNode: 'actions/setup-node@6044e13b5dc448c55e2357c09f80417699197238 # v6.2.0',
  setupBuildx: 'docker/setup-buildx-action@4d04d5d9486b7bd6fa91e7baf45bbb4f8b9deedd # v4.0.0',
  login: 'docker/login-action@4907a6ddec9925e35a0a9e82d7399ccc52663121 # v4.1.0',
  cosign: 'sigstore/cosign-installer@6f9f17788090df1f26f669e9d70d6ae9567deba6 # v4.1.2',
  appToken: 'actions/create-github-app-token@bcd2ba49218906704ab6c1aa796996da409d3eb1 # v3.2.0',
} as const;
