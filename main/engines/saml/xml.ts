import { AppError } from '#preload/contract/error.ts'

/** A part of an XML document. Names are local; attributes are by their name as written, namespaces resolved. */
export type XmlElement = {
  readonly name: string
  readonly namespace: string
  readonly attributes: Readonly<Record<string, string>>
  readonly children: readonly XmlElement[]
  /** Its own text, without that of its children. */
  readonly text: string
}

type Open = {
  readonly tag: string
  readonly element: {
    name: string
    namespace: string
    attributes: Record<string, string>
    children: Open['element'][]
    text: string
  }
  readonly prefixes: ReadonlyMap<string, string>
}

const maxDepth = 40
const maxElements = 5_000

const token =
  /<\/([^\s<>/]+)\s*>|<([A-Za-z_][^\s<>/="']*)((?:\s+[^\s<>/="']+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>|([^<]+)/y
const attribute = /([^\s=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g

/**
 * Reads the XML that SAML messages are written in, and refuses all else XML has: DTDs and with them entities (XXE,
 * billion laughs), processing instructions, CDATA and comments (which split texts so that two readers see two names),
 * undeclared prefixes, more than 40 levels or 5,000 elements. Throws `unauthenticated`.
 *
 * It does not replace the reader under the signature check; it only decides what that one gets to see.
 */
export function parseXml(source: string): XmlElement {
  const text = source.replace(/^\ufeff?\s*<\?xml\s[^<>?]*\?>/, '').trim()
  if (/<!(DOCTYPE|ENTITY)/i.test(text)) throw unreadable('declares a document type or entities')
  if (/<[!?]/.test(text)) throw unreadable('has comments, CDATA or instructions in it')
  const open: Open[] = []
  let root: XmlElement | null = null
  let count = 0
  token.lastIndex = 0
  while (token.lastIndex < text.length) {
    const [, end, start, attributes = '', selfClosing, characters] = token.exec(text) ?? []
    if (characters !== undefined) {
      const parent = open.at(-1)
      if (parent !== undefined) parent.element.text += unescaped(characters)
      else if (characters.trim() !== '') throw unreadable('is not well-formed')
    } else if (start !== undefined) {
      if (root !== null || ++count > maxElements || open.length >= maxDepth)
        throw unreadable('is too large or too deep')
      const begun = begin(start, attributes, open.at(-1))
      open.at(-1)?.element.children.push(begun.element)
      if (selfClosing !== '/') open.push(begun)
      else if (open.length === 0) root = begun.element
    } else {
      const ended = open.pop()
      if (end === undefined || ended?.tag !== end) throw unreadable('is not well-formed')
      if (open.length === 0) root = ended.element
    }
  }
  if (root === null || open.length > 0) throw unreadable('is not well-formed')
  return root
}

function begin(tag: string, source: string, parent: Open | undefined): Open {
  const attributes: Record<string, string> = {}
  const prefixes = new Map(parent?.prefixes ?? [['xml', 'http://www.w3.org/XML/1998/namespace']])
  for (const [, name = '', double, single] of source.matchAll(attribute)) {
    if (Object.hasOwn(attributes, name) || name === '__proto__') throw unreadable('is not well-formed')
    const value = unescaped(double ?? single ?? '')
    attributes[name] = value
    if (name === 'xmlns') prefixes.set('', value)
    else if (name.startsWith('xmlns:')) prefixes.set(name.slice(6), value)
  }
  const [first = '', second] = tag.split(':')
  const [prefix, name] = second === undefined ? ['', first] : [first, second]
  const namespace = prefixes.get(prefix)
  if (namespace === undefined && prefix !== '') throw unreadable('is not well-formed')
  return { tag, prefixes, element: { name, namespace: namespace ?? '', attributes, children: [], text: '' } }
}

const named: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

function unescaped(text: string): string {
  return text.replace(/&([^;&]{0,10};?)/g, (_whole, reference: string) => {
    const body = reference.endsWith(';') ? reference.slice(0, -1) : ''
    const code = /^#x[0-9a-f]+$/i.test(body)
      ? Number.parseInt(body.slice(2), 16)
      : /^#\d+$/.test(body)
        ? Number(body.slice(1))
        : null
    const known =
      code === null
        ? Object.hasOwn(named, body)
          ? named[body]
          : undefined
        : code <= 0x10ffff
          ? String.fromCodePoint(code)
          : undefined
    if (known === undefined) throw unreadable('uses entities')
    return known
  })
}

/** All of them, at any depth, the element itself included. */
export function everyElement(element: XmlElement): readonly XmlElement[] {
  return [element, ...element.children.flatMap(everyElement)]
}

export const childrenOf = (element: XmlElement, namespace: string, name: string): readonly XmlElement[] =>
  element.children.filter((child) => child.name === name && child.namespace === namespace)

/** Base for every refusal of a SAML message. */
export const unreadable = (why: string): AppError =>
  new AppError('unauthenticated', `The SAML response of the identity provider ${why}.`, {
    hint: 'Begin again; if it stays so, tell the owner of the identity provider.',
  })
