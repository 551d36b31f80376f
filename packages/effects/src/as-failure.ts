import { Failure, type Problem } from '@slipway/contract';

/** What went wrong, as problems: an expected failure as it is, an error of the system by its code, a bug as `bug`. */
export function asFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  return new Failure(systemProblem(error as NodeJS.ErrnoException), { cause: error });
}

function systemProblem(error: NodeJS.ErrnoException): Problem {
  if (error.syscall === 'uv_cwd') {
    return {
      code: 'folder-missing',
      message: 'the folder that this was called in does not exist any more',
      remedy: 'change into a folder that exists, and call it there: cd ~',
    };
  }
  const where = error.path === undefined ? {} : { where: { file: error.path } };
  if (error.code === 'ENOSPC' || error.code === 'EDQUOT') {
    return {
      code: 'disk-full',
      ...where,
      message: error.message,
      remedy: 'free some space, then start the same command again',
    };
  }
  if (error.code === 'EACCES' || error.code === 'EPERM' || error.code === 'EROFS') {
    return {
      code: 'not-allowed',
      ...where,
      message: error.message,
      remedy: 'make it readable and writable for the user who calls',
    };
  }
  return {
    code: 'bug',
    message: String(error?.stack ?? error),
    remedy: 'this should not happen: please report it with the lines above',
  };
}
