const { spawn } = require('node:child_process');

/**
 * Goes on in another Node, and ends as that does. Ctrl-C and Ctrl-\ reach both from the terminal; other signals are often sent to
 * this process alone, and are for the one that it started.
 * @param {string} node
 * @param {string[]} args
 */
module.exports = function startWith(node, args) {
  const child = spawn(node, args, { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGQUIT']) process.on(signal, () => {});
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', ({ message }) => {
    console.error(`${node} cannot be started: ${message}`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 1;
    if (signal === null) return;
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
};
