#!/usr/bin/env node
/*
 * framework0-verify — checks an evidence package of an audit log, without the application that wrote it, without a
 * network, and without anything but Node.js (20 or newer).
 *
 *   npx framework0-verify package.zip [--key <verifier key>]
 *
 * Exit code 0: everything holds. 1: something does not, and each failure is named. 2: it could not be run.
 *
 * THE PACKAGE is a ZIP (files stored or deflated) that holds
 *
 *   manifest.json      Canonical JSON (RFC 8785):
 *                        format 'framework0-evidence', v 1, tool, log (its origin), filter (what was asked for),
 *                        selection: 'complete' (every entry of the log), 'range' (every entry from first to last) or
 *                        'selection' (single entries: what was left out between them cannot be told),
 *                        first, last, entries, pruned (counts), checkpoint { size, root, at },
 *                        files: [{ name, size, sha256 }] of every other file.
 *   entries.jsonl      One entry a line, ascending: the exact text that was logged, canonical JSON. `sequence` counts
 *                        from 1. `v: 2` is the present form; `v: 1` an older one, held together by a chain besides.
 *                        Where retention removed the text: {"leafHash":…,"pruned":true,"sequence":…}.
 *   proof.jsonl        {"end":…,"hash":…,"start":…}: roots of those parts of the tree that hold none of the entries,
 *                        from left to right. With the entries they give the root of the whole log.
 *   checkpoints/N.txt  Signed heads of the log over its first N entries (C2SP tlog-checkpoint, a signed note).
 *   consistency.jsonl  {"from":…,"path":[…],"to":…}: older heads are beginnings of the newest (RFC 6962 2.1.2).
 *   keys.json          { log: [verifierKey], devices: [] }.
 *   personal.jsonl     Who pseudonyms are: envelopes that were opened for this package. A statement of whoever exported
 *                        it, not proven by the log; empty for people who were erased.
 *   anchors/*          What others gave for checkpoints (RFC 3161 tokens …). Listed, not checked here.
 *
 * THE LOG is a Merkle tree (RFC 6962 section 2.1): a leaf is SHA-256(0x00 ‖ text of the entry), a node
 * SHA-256(0x01 ‖ left ‖ right). Whoever signed the root of N entries cannot change, drop, add or reorder any of them.
 *
 * WHAT IS TRUSTED is the public key of the log. Get it from somebody you trust, not from the package, and give it with
 * --key; without it the package is only shown to agree with the key that it brings along.
 */

import { createHash, createPublicKey, verify as verifySignature } from 'node:crypto'
import { open } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { createInflateRaw } from 'node:zlib'

// ----------------------------------------------------------------------------------------------------------------
// Limits, so that no file can make this program fill a memory or a disk (it writes nothing at all).

const mostFiles = 10_000
const mostBytes = 16 * 2 ** 30 // of one file, unpacked
const mostRatio = 200 // unpacked to packed; text as ours is packs 5 to 20 times
const mostLine = 16 * 2 ** 20
const mostSmall = 64 * 2 ** 20 // of a file that is read whole

const failures = []
const fail = (kind, text) => {
  if (failures.length < 1_000) failures.push(`${kind}: ${text}`)
}

/** What ends the check: nothing after it would say anything. */
class Unusable extends Error {}

// ----------------------------------------------------------------------------------------------------------------
// ZIP (APPNOTE 6.3). Only what the package needs; everything else is refused.

async function openZip(path) {
  const file = await open(path, 'r')
  const { size } = await file.stat()
  const read = async (at, length) => {
    if (at < 0 || length < 0 || at + length > size) throw new Unusable('The ZIP points outside of itself.')
    const bytes = Buffer.alloc(length)
    const { bytesRead } = await file.read(bytes, 0, length, at)
    if (bytesRead !== length) throw new Unusable('The ZIP ends too early.')
    return bytes
  }
  const tailAt = Math.max(0, size - 65_557)
  const tail = await read(tailAt, size - tailAt)
  const end = tail.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]))
  if (end < 0 || end + 22 > tail.length) throw new Unusable('This is not a ZIP, or it was cut off.')
  const count = tail.readUInt16LE(end + 10)
  const directorySize = tail.readUInt32LE(end + 12)
  const directoryAt = tail.readUInt32LE(end + 16)
  if (count === 0xffff || directoryAt === 0xffffffff) throw new Unusable('A ZIP of 4 GiB or more is not supported.')
  if (count > mostFiles) throw new Unusable(`The ZIP holds ${count} files; at most ${mostFiles} are accepted.`)
  const files = readDirectory(await read(directoryAt, directorySize), count)
  await locate(files, read, directoryAt)
  return { files, file, close: () => file.close() }
}

function readDirectory(bytes, count) {
  const files = new Map()
  const seen = new Set()
  for (let at = 0, n = 0; n < count; n++) {
    if (at + 46 > bytes.length || bytes.readUInt32LE(at) !== 0x02014b50)
      throw new Unusable('The directory of the ZIP is damaged.')
    const nameLength = bytes.readUInt16LE(at + 28)
    const one = {
      name: bytes.toString('utf8', at + 46, at + 46 + nameLength),
      flags: bytes.readUInt16LE(at + 8),
      method: bytes.readUInt16LE(at + 10),
      packed: bytes.readUInt32LE(at + 20),
      size: bytes.readUInt32LE(at + 24),
      at: bytes.readUInt32LE(at + 42),
    }
    at += 46 + nameLength + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32)
    refuse(one)
    if (seen.has(one.name.toLowerCase())) throw new Unusable(`The ZIP holds two files ${one.name}.`)
    seen.add(one.name.toLowerCase())
    files.set(one.name, one)
  }
  return files
}

function refuse({ name, flags, method, packed, size }) {
  if (!/^[A-Za-z0-9._-]+(\/[A-Za-z0-9._-]+)*$/.test(name) || name.split('/').some((part) => /^\.+$/.test(part)))
    throw new Unusable(`The ZIP holds a file with an unsafe name: ${JSON.stringify(name.slice(0, 200))}.`)
  if (flags & 1) throw new Unusable(`${name} is encrypted.`)
  if (method !== 0 && method !== 8) throw new Unusable(`${name} is packed in a way that is not supported (${method}).`)
  if (packed === 0xffffffff || size === 0xffffffff || size > mostBytes) throw new Unusable(`${name} is too large.`)
  if (method === 0 && packed !== size) throw new Unusable(`${name} says two sizes.`)
  if (size > packed * mostRatio + 65_536)
    throw new Unusable(`${name} would unpack to ${Math.round(size / Math.max(1, packed))} times its size: a ZIP bomb.`)
}

/** Finds where the bytes of each file are; none may share them with another. */
async function locate(files, read, directoryAt) {
  const parts = []
  for (const one of files.values()) {
    const header = await read(one.at, 30)
    if (header.readUInt32LE(0) !== 0x04034b50) throw new Unusable(`${one.name} is not where the ZIP says.`)
    const nameLength = header.readUInt16LE(26)
    const name = (await read(one.at + 30, nameLength)).toString('utf8')
    if (name !== one.name)
      throw new Unusable(`${one.name} has another name inside: ${JSON.stringify(name.slice(0, 200))}.`)
    one.data = one.at + 30 + nameLength + header.readUInt16LE(28)
    parts.push([one.at, one.data + one.packed, one.name])
  }
  parts.sort((a, b) => a[0] - b[0])
  parts.forEach(([, end, name], at) => {
    if (end > (parts[at + 1]?.[0] ?? directoryAt)) throw new Unusable(`${name} overlaps what follows it: a ZIP bomb.`)
  })
}

async function* rawBytes(file, from, to) {
  for (let at = from; at < to; ) {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(Math.min(65_536, to - at)), 0, null, at)
    if (bytesRead === 0) throw new Unusable('The ZIP ends too early.')
    yield buffer.subarray(0, bytesRead)
    at += bytesRead
  }
}

/** The bytes of a file, unpacked, never more than it says it has. */
async function* bytesOf(zip, name) {
  const one = zip.files.get(name)
  if (!one) throw new Unusable(`${name} is missing.`)
  if (one.size === 0) return
  const raw = Readable.from(rawBytes(zip.file, one.data, one.data + one.packed), { objectMode: false })
  const stream = one.method === 8 ? raw.pipe(createInflateRaw()) : raw
  raw.on('error', (error) => stream.destroy(error))
  let size = 0
  try {
    for await (const chunk of stream) {
      size += chunk.length
      if (size > one.size) throw new Unusable(`${name} unpacks to more than it says: a ZIP bomb.`)
      yield chunk
    }
  } catch (error) {
    if (error instanceof Unusable) throw error
    throw new Unusable(`${name} cannot be unpacked: ${error.message}.`)
  } finally {
    raw.destroy()
    stream.destroy()
  }
}

async function* linesOf(zip, name) {
  let rest = Buffer.alloc(0)
  for await (const chunk of bytesOf(zip, name)) {
    let bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10)) {
      yield bytes.toString('utf8', 0, end)
      bytes = bytes.subarray(end + 1)
    }
    if (bytes.length > mostLine) throw new Unusable(`A line of ${name} is too long.`)
    rest = bytes
  }
  if (rest.length > 0) yield rest.toString('utf8')
}

async function textOf(zip, name) {
  if ((zip.files.get(name)?.size ?? 0) > mostSmall) throw new Unusable(`${name} is too large.`)
  const chunks = []
  for await (const chunk of bytesOf(zip, name)) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}

function jsonOf(text, name) {
  try {
    return JSON.parse(text)
  } catch {
    throw new Unusable(`${name} holds something that is no JSON.`)
  }
}

// ----------------------------------------------------------------------------------------------------------------
// Canonical JSON (RFC 8785) and hashes (RFC 6962).

function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  return `{${Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`)
    .join(',')}}`
}

const isHash = (text) => typeof text === 'string' && /^[0-9a-f]{64}$/.test(text)
const sha256 = (...parts) => {
  const digest = createHash('sha256')
  for (const part of parts) digest.update(part)
  return digest.digest()
}
const leafHash = (text) => sha256('\0', text)
const nodeHash = (left, right) => sha256('\x01', left, right)
/** The largest power of two smaller than n. */
const split = (n) => {
  let k = 1
  while (k * 2 < n) k *= 2
  return k
}

// ----------------------------------------------------------------------------------------------------------------
// Signed notes (C2SP signed-note, Ed25519).

/** The key in `name+id+base64`, or null. */
function parseKey(text) {
  const [, name, id, base64] = /^(.+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(text) ?? []
  const bytes = Buffer.from(base64 ?? '', 'base64')
  if (!name || bytes.length !== 33 || bytes[0] !== 1) return null
  const expected = sha256(`${name}\n`, bytes).subarray(0, 4).toString('hex')
  if (id !== expected) return null
  const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), bytes.subarray(1)])
  return { name, id, text, key: createPublicKey({ key: spki, format: 'der', type: 'spki' }) }
}

/** A checkpoint, taken apart; null when it is none. */
function parseCheckpoint(note) {
  const end = note.lastIndexOf('\n\n')
  if (end < 0) return null
  const text = note.slice(0, end + 1)
  const [origin, size, root, ...rest] = text.split('\n')
  const rootBytes = Buffer.from(root ?? '', 'base64')
  if (!origin || !/^\d{1,15}$/.test(size ?? '') || rootBytes.length !== 32) return null
  const at = rest.find((line) => line.startsWith('at '))?.slice(3) ?? 'at an unknown time'
  const signatures = note.slice(end + 2).split('\n')
  return { origin, size: Number(size), root: rootBytes.toString('hex'), at, text, signatures }
}

/** The key that signed it, among those trusted; null when none did. */
function signer({ text, signatures }, keys) {
  for (const line of signatures) {
    const [, name, base64] = /^\u2014 (\S+) (\S+)$/.exec(line) ?? []
    const bytes = Buffer.from(base64 ?? '', 'base64')
    const key = keys.find((one) => one.name === name && one.id === bytes.subarray(0, 4).toString('hex'))
    if (key && bytes.length === 68 && verifySignature(null, Buffer.from(text), key.key, bytes.subarray(4))) return key
  }
  return null
}

// ----------------------------------------------------------------------------------------------------------------
// The checks, one after the other.

/** Every file is the one that the manifest names, and there is no other. */
async function checkFiles(zip, manifest) {
  const named = new Set(['manifest.json'])
  for (const { name, size, sha256: expected } of manifest.files) {
    if (typeof name !== 'string' || !zip.files.has(name)) {
      fail('missing file', `${String(name).slice(0, 200)} is named in the manifest and is not there.`)
      continue
    }
    named.add(name)
    const digest = createHash('sha256')
    let bytes = 0
    for await (const chunk of bytesOf(zip, name)) {
      digest.update(chunk)
      bytes += chunk.length
    }
    if (bytes !== size || digest.digest('hex') !== expected)
      fail('changed file', `${name} is not what the manifest says.`)
  }
  for (const name of zip.files.keys())
    if (!named.has(name)) fail('unknown file', `${name} is not named in the manifest.`)
}

/** The signed heads, by size. */
async function checkHeads(zip, manifest, keys) {
  const heads = new Map()
  for (const name of zip.files.keys()) {
    if (!name.startsWith('checkpoints/')) continue
    const head = parseCheckpoint(await textOf(zip, name))
    if (!head) fail('signature', `${name} is no checkpoint.`)
    else if (head.origin !== manifest.log) fail('fork', `${name} is of another log: ${head.origin}.`)
    else if (!signer(head, keys)) fail('signature', `${name} is not signed by the key of the log.`)
    else if (`checkpoints/${head.size}.txt` !== name) fail('signature', `${name} is over ${head.size} entries.`)
    else heads.set(head.size, head)
  }
  const { size, root } = manifest.checkpoint ?? {}
  const head = heads.get(size)
  if (!head) fail('signature', `No signed checkpoint over ${size} entries is in the package.`)
  else if (head.root !== root) fail('edit', 'The manifest names another root than the checkpoint.')
  return heads
}

/** A stream of lines that can be looked at before it is taken. */
async function ahead(lines, parse) {
  const next = async () => {
    const { value, done } = await lines.next()
    return done ? null : parse(value)
  }
  let first = await next()
  return {
    peek: () => first,
    take: async () => {
      const taken = first
      first = await next()
      return taken
    },
  }
}

/** An entry of entries.jsonl: its place, its hash and what it says. */
function parseEntry(line) {
  const entry = jsonOf(line, 'entries.jsonl')
  const { sequence } = entry
  if (!Number.isSafeInteger(sequence) || sequence < 1) throw new Unusable('An entry has no sequence.')
  if (entry.pruned === true && entry.v === undefined) {
    if (!isHash(entry.leafHash)) throw new Unusable(`Entry ${sequence} was pruned and has no hash.`)
    return { sequence, hash: Buffer.from(entry.leafHash, 'hex'), entry: null }
  }
  if (canonical(entry) !== line) fail('edit', `Entry ${sequence} is not in canonical form.`)
  return { sequence, hash: leafHash(line), entry }
}

function parseNode(line) {
  const node = jsonOf(line, 'proof.jsonl')
  if (!isHash(node.hash)) throw new Unusable('The proof holds something that is no hash.')
  return { start: node.start, end: node.end, hash: Buffer.from(node.hash, 'hex') }
}

/**
 * The root of the log from its entries and the parts between them. Both come in order, so that a log of any length is
 * checked at constant memory.
 */
async function checkTree(zip, manifest, heads) {
  const size = manifest.checkpoint.size
  const nodes = await ahead(linesOf(zip, 'proof.jsonl'), parseNode)
  const told = { entries: 0, pruned: 0, first: null, last: null, gaps: 0 }
  const chain = createChain()
  const entries = await ahead(linesOf(zip, 'entries.jsonl'), (line) => {
    const one = parseEntry(line)
    if (told.last !== null && one.sequence <= told.last)
      fail('reorder', `Entry ${one.sequence} comes after ${told.last}.`)
    if (told.last !== null && one.sequence > told.last + 1) {
      told.gaps++
      if (manifest.selection !== 'selection')
        fail('gap', `Entries ${told.last + 1} to ${one.sequence - 1} are missing.`)
    }
    told.first ??= one.sequence
    told.last = one.sequence
    told.entries++
    if (!one.entry) told.pruned++
    chain(one)
    return one
  })
  let whole = true

  const rootOf = async (start, end) => {
    const next = entries.peek()
    if (!next || next.sequence - 1 >= end) {
      const node = nodes.peek()
      if (!node || node.start !== start || node.end !== end) {
        whole = false
        return Buffer.alloc(32)
      }
      await nodes.take()
      return node.hash
    }
    if (end - start === 1) return (await entries.take()).hash
    const middle = start + split(end - start)
    const left = await rootOf(start, middle)
    return nodeHash(left, await rootOf(middle, end))
  }

  const root = size > 0 ? (await rootOf(0, size)).toString('hex') : sha256('').toString('hex')
  if (entries.peek()) fail('truncation', `Entry ${entries.peek().sequence} lies beyond the ${size} that were signed.`)
  if (!whole)
    fail('gap', 'Parts of the tree are missing from the proof: entries were dropped, or the proof is of others.')
  else if (root !== heads.get(size)?.root)
    fail(
      'edit',
      `The entries do not give the root that was signed over ${size} entries: at least one was changed, dropped or moved.`,
    )
  checkClaims(manifest, told)
  return told
}

/** What the manifest says about the entries is so. */
function checkClaims(manifest, told) {
  for (const name of ['entries', 'pruned', 'first', 'last'])
    if (manifest[name] !== told[name])
      fail('manifest', `It says ${name} ${manifest[name]}, and the package has ${told[name]}.`)
  if (manifest.selection === 'complete' && (told.first !== 1 || told.last !== manifest.checkpoint.size))
    fail('truncation', `The package says that it is complete, and has entries ${told.first} to ${told.last} only.`)
}

/** The chain of the first form (v 1), as far as it is in the package without a gap. */
function createChain() {
  let previous = null
  return ({ sequence, entry }) => {
    if (entry?.v !== 1) {
      previous = null
      return
    }
    const { v: _, hash, previousHash, ...body } = entry
    if (previous && previous.sequence === sequence - 1 && previous.hash !== previousHash)
      fail('reorder', `Entry ${sequence} does not follow the entry before it in the older chain.`)
    if (sha256(canonical({ ...body, previousHash })).toString('hex') !== hash)
      fail('edit', `Entry ${sequence} does not have the hash of the older chain.`)
    previous = { sequence, hash }
  }
}

/** Older checkpoints are beginnings of the newest (RFC 6962 section 2.1.2, as RFC 9162 section 2.1.4.2 verifies it). */
async function checkConsistency(zip, heads, newest) {
  const open = new Set([...heads.keys()].filter((size) => size < newest))
  for await (const line of linesOf(zip, 'consistency.jsonl')) {
    const { from, to, path } = jsonOf(line, 'consistency.jsonl')
    const [older, newer] = [heads.get(from), heads.get(to)]
    if (!older || !newer || !Array.isArray(path) || !path.every(isHash)) continue
    if (isConsistent(older, newer, path)) open.delete(from)
  }
  for (const size of open)
    fail(
      'fork',
      `The checkpoint over ${size} entries is not proven to be the beginning of the newest: there may be two pasts.`,
    )
}

function isConsistent(from, to, path) {
  if (from.size < 1 || from.size >= to.size) return false
  const power = (from.size & (from.size - 1)) === 0 || Number.isInteger(Math.log2(from.size))
  const [first, ...rest] = power ? [from.root, ...path] : path
  if (first === undefined) return false
  let [node, last] = [from.size - 1, to.size - 1]
  while (node % 2 === 1) [node, last] = [Math.floor(node / 2), Math.floor(last / 2)]
  let older = Buffer.from(first, 'hex')
  let newer = older
  for (const hex of rest) {
    const sibling = Buffer.from(hex, 'hex')
    if (last === 0) return false
    if (node % 2 === 1 || node === last) {
      older = nodeHash(sibling, older)
      newer = nodeHash(sibling, newer)
      while (node % 2 === 0 && node !== 0) [node, last] = [node / 2, Math.floor(last / 2)]
    } else newer = nodeHash(newer, sibling)
    ;[node, last] = [Math.floor(node / 2), Math.floor(last / 2)]
  }
  return last === 0 && older.toString('hex') === from.root && newer.toString('hex') === to.root
}

/** The keys that count: the one that was given, or those that the package brings along. */
async function trustedKeys(zip, given) {
  const brought = jsonOf(await textOf(zip, 'keys.json'), 'keys.json').log ?? []
  const keys = brought.flatMap((verifierKey) => parseKey(String(verifierKey)) ?? [])
  if (keys.length < brought.length) fail('key', 'keys.json holds a key whose name does not fit it.')
  if (!given) return keys
  if (!keys.some(({ text }) => text === given.text)) fail('key', 'The package was not signed by the key that you gave.')
  return [given]
}

async function check(path, given) {
  const zip = await openZip(path)
  try {
    const text = await textOf(zip, 'manifest.json')
    const manifest = jsonOf(text, 'manifest.json')
    if (manifest.format !== 'framework0-evidence' || manifest.v !== 1 || !Array.isArray(manifest.files))
      throw new Unusable('This is not an evidence package that this version can read.')
    if (canonical(manifest) !== text.trimEnd()) fail('manifest', 'It is not in canonical form.')
    await checkFiles(zip, manifest)
    const keys = await trustedKeys(zip, given)
    const heads = await checkHeads(zip, manifest, keys)
    const size = manifest.checkpoint?.size
    if (!Number.isSafeInteger(size) || size < 0) throw new Unusable('The manifest names no checkpoint.')
    const told = await checkTree(zip, manifest, heads)
    await checkConsistency(zip, heads, size)
    return { manifest, keys, heads, told, anchors: [...zip.files.keys()].filter((name) => name.startsWith('anchors/')) }
  } finally {
    await zip.close()
  }
}

// ----------------------------------------------------------------------------------------------------------------
// What is told.

const scopes = {
  complete: () => 'every entry of the log',
  range: ({ first, last }) => `every entry from ${first} to ${last}`,
  selection: ({ filter }) => `single entries (${JSON.stringify(filter)}); whether others match cannot be told`,
}

function tell({ manifest, keys, heads, told, anchors }, given) {
  const head = heads.get(manifest.checkpoint.size)
  const lines = [
    `Log:         ${manifest.log}`,
    `Written by:  ${manifest.tool}`,
    `Holds:       ${told.entries} entries (${told.pruned} pruned): ${scopes[manifest.selection]?.(manifest) ?? 'unknown'}`,
    `Checkpoint:  ${manifest.checkpoint.size} entries, root ${head?.root ?? '—'}, ${head?.at ?? '—'}`,
    `Checkpoints: ${heads.size}`,
    `Anchors:     ${anchors.length > 0 ? `${anchors.length}, not checked here` : 'none'}`,
    ...keys.map(({ text }) => `Key:         ${text}${given ? ' (given)' : ' (brought along: compare it)'}`),
  ]
  console.log(lines.join('\n'))
}

async function main(args) {
  const at = args.indexOf('--key')
  const keyText = at >= 0 ? args[at + 1] : undefined
  const [path, ...more] = args.filter((_, n) => at < 0 || (n !== at && n !== at + 1))
  const given = keyText === undefined ? null : parseKey(keyText)
  if (!path || more.length > 0 || (at >= 0 && !given)) {
    console.error('Usage: framework0-verify package.zip [--key <verifier key>]')
    return 2
  }
  try {
    tell(await check(path, given), given)
  } catch (error) {
    if (error?.code === 'ENOENT') {
      console.error(`There is no file ${path}.`)
      return 2
    }
    fail('unusable', error instanceof Unusable ? error.message : `It cannot be read: ${error?.message}.`)
  }
  for (const failure of failures) console.log(`FAILED  ${failure}`)
  console.log(failures.length === 0 ? 'VERIFIED' : `NOT VERIFIED: ${failures.length} failures`)
  return failures.length === 0 ? 0 : 1
}

process.exitCode = await main(process.argv.slice(2))
