/** As Kong takes it (kong/tools/http.lua, `validate_header_name`). */
export const isKongHeader = (name: string): boolean => /^[A-Za-z0-9_-]+$/.test(name)

/** As Kong takes it outside of expressions (kong/db/schema/typedefs.lua, `typedefs.path`). */
export const isKongPath = (path: string): boolean =>
  /^\/[\w.~/%:@!$&'()*+,;=-]*$/.test(path) && !path.includes('//') && !/%(?![0-9A-Fa-f]{2})/.test(path)

/** Whether a prefix is that of every path. */
export const isRoot = (prefix: string): boolean => /^\/*$/.test(prefix)
