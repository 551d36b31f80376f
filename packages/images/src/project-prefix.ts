/**
 * What stands before a line about a project: its name, unless the task is the project's own, which Nx names itself: before
 * each line where output streams, else above it all.
 */
export function projectPrefix(project: string): string {
  return process.env.NX_TASK_TARGET_PROJECT === project ? '' : `${project}: `;
}
