/** Whether a user in a container is root there; null is an image that names nobody. */
export const isRoot = (user: string | null): boolean => user === null || /^(?:root|0+)?(?::.*)?$/.test(user);

/**
 * The user that a container is started as: the one asked for, else the image's own. Null: root, in an image that has no
 * other user, so that nothing need be said.
 */
export function planUser(asked: string | null, own: string | null): string | null {
  if (asked === null) return isRoot(own) ? null : own;
  if (!isRoot(asked)) return asked;
  return isRoot(own) ? null : '0';
}

/**
 * `1000:1000` as numbers, the group 0 where none is given, as engines have it.
 * @returns null for a name, which only the image knows the number of.
 */
export function userIds(user: string | null): { uid: number; gid: number } | null {
  if (isRoot(user)) return { uid: 0, gid: 0 };
  const [, uid, gid = '0'] = /^(\d+)(?::(\d+))?$/.exec(user ?? '') ?? [];
  return uid === undefined ? null : { uid: Number(uid), gid: Number(gid) };
}
