/** Every capability, followed by its operations. */
export function operationChoices(operations: readonly string[]): readonly string[] {
  const groups = Map.groupBy(operations, (operation) => operation.split('.')[0] ?? operation)
  return [...groups].flatMap(([capability, members]) => [capability, ...members])
}
