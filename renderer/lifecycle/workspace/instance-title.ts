/** `vm:1234 9870`, as a process names itself to the server, for people: `vm, process 1234`. */
export function instanceTitle(name: string): string {
  const [, host, pid] = /^(.+):(\d+) \w+$/.exec(name) ?? []
  return host === undefined || pid === undefined ? name : `${host}, process ${pid}`
}
