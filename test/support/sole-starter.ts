/** A process that takes a folder alone whenever it is told to, and says whether it got it. */
import { holdAlone } from '#engine/sole.ts'

const [platform = process.platform] = process.argv.slice(2)

process.on('message', (folder: string) => {
  holdAlone(folder, platform as NodeJS.Platform).then(
    (letGo) => process.send?.(letGo !== undefined),
    (error: unknown) => process.send?.(String(error)),
  )
})
process.on('disconnect', () => process.exit())
process.send?.('ready')
