import { get } from 'node:http'
import { AppError } from '#preload/contract/error.ts'
import { socketPath } from './instance.ts'

/** A fresh link from the instance that has a data folder open. @throws AppError when none is, or it is the desktop. */
export const askForLink = (folder: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const request = get({ socketPath: socketPath(folder), path: '/link' }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        text += chunk
      })
      response.on('end', () => {
        if (response.statusCode === 200 && text.startsWith('http')) return resolve(text)
        reject(
          new AppError('unsupported', 'The desktop application has this data folder open; it has no link.', {
            hint: 'Use its window.',
          }),
        )
      })
    })
    request.on('error', () =>
      reject(
        new AppError('unreachable', 'No application is running with this data folder.', {
          hint: 'Start it: npm start',
        }),
      ),
    )
  })
