import { contextBridge, ipcRenderer } from 'electron'

/**
 * The bridge of the desktop host: hands frames between the page and a message port to the main process. It knows no
 * operation and never changes; everything is decided at the router.
 */
contextBridge.exposeInMainWorld('framework0', {
  connect(onFrame: (frame: unknown) => void): (frame: unknown) => void {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = ({ data }) => onFrame(data)
    ipcRenderer.postMessage('framework0:connect', null, [port2])
    return (frame) => port1.postMessage(frame)
  },
})
