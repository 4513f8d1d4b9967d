/** What somebody typed, as it came. */
export interface TypedAnswer {
  code: unknown
  /** True, or a form's `on`. */
  remember?: unknown
}
