import { keepPreviousData, queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import type { GatewayFormat, GatewayStatus } from '#preload/integration/gateway.ts'
import { api } from '#renderer/rpc/client.ts'
import { useVerdicts } from '#renderer/rpc/verdicts.ts'
import { useWatch } from '#renderer/rpc/watch.ts'

const root = ['gateway'] as const
/** The gateway's windows are a second long. */
const liveEveryMs = 1_000
const logEveryMs = 2_000
const logEntries = 200

export const fileList = queryOptions({
  queryKey: [...root, 'files'],
  queryFn: ({ signal }) => api.gateway.files({}, { signal }),
})

export const fileCheck = (text: string, name: string | null) =>
  queryOptions({
    queryKey: ['gateway-check', name, text],
    queryFn: ({ signal }) => api.gateway.check({ text, name }, { signal }),
    placeholderData: keepPreviousData,
    gcTime: 10_000,
  })

export const fileExport = (name: string, format: GatewayFormat) =>
  queryOptions({
    queryKey: [...root, 'export', name, format],
    queryFn: ({ signal }) => api.gateway.export({ name, format }, { signal }),
    gcTime: 0,
  })

export const certificateList = queryOptions({
  queryKey: [...root, 'certificates'],
  queryFn: ({ signal }) => api.gateway.certificates({}, { signal }),
})

export const metricsListener = queryOptions({
  queryKey: [...root, 'metrics-listener'],
  queryFn: ({ signal }) => api.gateway.metricsListener({}, { signal }),
})

export const envoys = queryOptions({
  queryKey: [...root, 'envoys'],
  queryFn: ({ signal }) => api.gateway.envoys({}, { signal }),
  refetchInterval: logEveryMs,
})

export const kongs = queryOptions({
  queryKey: [...root, 'kongs'],
  queryFn: ({ signal }) => api.gateway.kongs({}, { signal }),
  refetchInterval: logEveryMs,
})

export const gatewayStatus = queryOptions({
  queryKey: [...root, 'status'],
  queryFn: ({ signal }) => api.gateway.status({}, { signal }),
  refetchInterval: liveEveryMs,
})

export const routeList = queryOptions({
  queryKey: [...root, 'routes'],
  queryFn: ({ signal }) => api.gateway.routes({}, { signal }),
  refetchInterval: liveEveryMs,
})

export const accessLog = queryOptions({
  queryKey: [...root, 'log'],
  queryFn: ({ signal }) => api.gateway.accessLog({ limit: logEntries }, { signal }),
  refetchInterval: logEveryMs,
})

const guarded = [
  'gateway.saveFile',
  'gateway.removeFile',
  'gateway.saveCertificate',
  'gateway.removeCertificate',
  'gateway.setMetricsListener',
  'gateway.setEnvoyPort',
  'gateway.connectKong',
  'gateway.removeKong',
] as const

/** Why this person may not do something on this screen; undefined where they may. */
export const useForbidden = () => useVerdicts(guarded)

const closedOf = ({ gateway }: GatewayStatus): string =>
  (gateway?.listeners ?? []).flatMap(({ name, refusal }) => (refusal === null ? [] : [`${name} ${refusal}`])).join('\n')

/** Keeps everything about the gateway current while mounted. */
export function useGatewayLive(): void {
  const client = useQueryClient()
  useWatch(
    (signal) => api.gateway.watch({}, { signal }),
    () => void client.invalidateQueries({ queryKey: root }),
  )
  // A port is taken, or free again, without anybody changing anything: the files then stand otherwise.
  const { data: closed = '' } = useQuery({ ...gatewayStatus, select: closedOf })
  const known = useRef(closed)
  useEffect(() => {
    if (known.current === closed) return
    known.current = closed
    void client.invalidateQueries({ queryKey: fileList.queryKey })
  }, [closed, client])
}

/** A change; what is shown is asked again before it counts as done. */
export function useGatewayChange<Input, Result>(change: (input: Input) => Promise<Result>) {
  const client = useQueryClient()
  return useMutation({ mutationFn: change, onSettled: () => client.invalidateQueries({ queryKey: root }) })
}
