/** The new version is not to be kept, and why. */
export class RollBack extends Error {
  readonly by: string | null
  constructor(reason: string, by: string | null = null) {
    super(reason)
    this.by = by
  }
}
