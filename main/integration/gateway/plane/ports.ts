import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { AppError } from '#preload/contract/error.ts'
import type { ListenerConfig, PlaneConfig } from './config.ts'
import type { OpenFailure } from './messages.ts'
import { portOwner } from './port-owner.ts'
import { WorkerFailure } from './worker-handle.ts'

/** Ports that listeners with port 0 were given, by name; they keep them as long as they stay. */
export type GivenPorts = ReadonlyMap<string, number>

/** The configuration with a port for each listener. */
export async function withPorts(
  config: PlaneConfig,
  given: GivenPorts,
): Promise<{ config: PlaneConfig; given: GivenPorts }> {
  const ports = new Map<string, number>()
  for (const { name, host, port } of config.listeners)
    if (port === 0) ports.set(name, given.get(name) ?? (await freePort(host)))
  const listeners = config.listeners.map((each) => ({ ...each, port: ports.get(each.name) ?? each.port }))
  return { config: { ...config, listeners }, given: ports }
}

const looksAtTaken = 3
const betweenLooksMs = 100

/** Which of these addresses cannot be opened, without opening one in a worker. */
export async function takenOf(
  addresses: ReadonlyMap<string, Pick<ListenerConfig, 'host' | 'port'>>,
): Promise<OpenFailure[]> {
  const looked = await Promise.all([...addresses].map(([key, { host, port }]) => failureOf(key, host, port)))
  return looked.filter((each) => each !== null)
}

async function failureOf(key: string, host: string, port: number): Promise<OpenFailure | null> {
  for (let look = 1; ; look++) {
    const error = await tryToListen(host, port)
    if (error === null) return null
    // One of our own that was closed a moment ago is still held by its workers.
    if (error.code !== 'EADDRINUSE' || look === looksAtTaken)
      return { key, code: error.code ?? '', message: error.message, address: `${host}:${port}` }
    await sleep(betweenLooksMs)
  }
}

function tryToListen(host: string, port: number): Promise<NodeJS.ErrnoException | null> {
  const server = createServer()
  return new Promise((resolve) => {
    server.once('error', resolve)
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(null)))
  })
}

function freePort(host: string): Promise<number> {
  const server = createServer()
  return new Promise((resolve, reject) => {
    server.once('error', () => reject(cannotBind(host)))
    server.listen({ host, port: 0, exclusive: true }, () => {
      const address = server.address()
      server.close(() =>
        address !== null && typeof address !== 'string' ? resolve(address.port) : reject(cannotBind(host)),
      )
    })
  })
}

const cannotBind = (host: string): AppError =>
  new AppError('invalid', `The gateway cannot listen on ${host}.`, {
    hint: 'Use an address of this machine, such as 127.0.0.1.',
  })

/** Why an address is not open although it is wanted, for whoever looks. */
export async function whyShut(failure: OpenFailure): Promise<string> {
  const told = await listenFailure(new WorkerFailure(failure))
  return `${told instanceof Error ? told.message : failure.message} It is tried again every few seconds.`
}

/** Why an address could not be opened, as a sentence that says who holds it. */
export async function listenFailure(error: unknown): Promise<unknown> {
  if (!(error instanceof WorkerFailure)) return error
  const { code, address } = error
  const port = Number(address.split(':').at(-1))
  if (code === 'EADDRINUSE') {
    const owner = await portOwner(port)
    return new AppError('conflict', `${address} is taken by ${owner ?? 'another program'}.`, {
      hint: 'Stop it, or give the listener another port. What was in force before still is.',
      cause: error,
    })
  }
  if (code === 'EACCES')
    return new AppError('invalid', `This user may not listen on ${address}.`, {
      hint: 'Ports below 1024 need a privilege; use a higher one. What was in force before still is.',
      cause: error,
    })
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return cannotBind(address)
  return new AppError('invalid', `The gateway cannot take this configuration (${code || 'unknown reason'}).`, {
    hint: 'Check certificates and addresses. What was in force before still is.',
    cause: error,
  })
}
