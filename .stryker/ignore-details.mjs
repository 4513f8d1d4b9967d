/**
 * Leaves out the words of `detail`, the sentence an error has for the app's developers: which words they are is no
 * behaviour. That there is a detail is still mutated, and so is every code, field and event name.
 */
const isDetail = (path) =>
  (path.isStringLiteral() || path.isTemplateLiteral()) &&
  ((path.parentPath.isObjectProperty() && path.parentPath.node.key.name === 'detail') ||
    (path.parentPath.isVariableDeclarator() && path.parentPath.node.id.name === 'detail'))

export const strykerPlugins = [
  {
    kind: 'Ignore',
    name: 'details',
    value: { shouldIgnore: (path) => (isDetail(path) ? 'the words of a detail' : undefined) },
  },
]
