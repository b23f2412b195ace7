/**
 * Owners that have been proved absent, so that a thousand pods of a deleted ReplicaSet ask for it once (`absentOwnerCache` and
 * `pkg/controller/garbagecollector/uid_cache.go`). Uids are part of the key, so one that is made anew under the same name is another.
 */

/** `NewReferenceCache(500)`. */
const LIMIT = 500;

/** An owner's coordinates; no namespace for what has none. */
export const absentKey = (
  { apiVersion, kind, name, uid }: { apiVersion: string; kind: string; name: string; uid: string },
  namespace: string | undefined,
): string => `${apiVersion}/${kind}/${namespace ?? ""}/${name}/${uid}`;

/** Keeps the 500 used last. */
export class AbsentOwners {
  private readonly keys = new Set<string>();

  add(key: string): void {
    this.keys.delete(key);
    this.keys.add(key);
    if (this.keys.size <= LIMIT) return;
    for (const oldest of this.keys) {
      this.keys.delete(oldest);
      return;
    }
  }

  has(key: string): boolean {
    if (!this.keys.has(key)) return false;
    this.add(key);
    return true;
  }
}
