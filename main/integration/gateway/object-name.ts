/** What an object, or a reference to one, is called. */
export type Named = { readonly name: string; readonly namespace?: string | undefined }

/** `namespace/name`, without the namespace `default`. */
export const keyOf = ({ name, namespace }: Named): string =>
  namespace === undefined || namespace === 'default' ? name : `${namespace}/${name}`

/** The key of what a reference means that stands in an object of this namespace. */
export const within = (ref: Named, namespace: string | undefined): string =>
  keyOf({ name: ref.name, namespace: ref.namespace ?? namespace })
