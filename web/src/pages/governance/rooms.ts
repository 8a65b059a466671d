/** The rooms of governance: their place in the address, and what each is about. */
export const ROOMS = [
  { room: 'policies', name: 'Policies', about: 'what holds for a tier, and trying what would' },
  {
    room: 'waivers',
    name: 'Waivers',
    about: 'failed checks that somebody let pass, and until when',
  },
  { room: 'audit', name: 'Audit log', about: 'what was done, by whom, sealed and verified' },
  { room: 'evidence', name: 'Evidence', about: 'controls, traceability and bundles for auditors' },
  { room: 'records', name: 'Records', about: 'checks that ran elsewhere, signed by their keys' },
  { room: 'access', name: 'Access', about: 'who may do what, and the reviews of it' },
  { room: 'runbooks', name: 'Runbooks', about: 'which are fresh, and whose way back is drilled' },
  { room: 'incidents', name: 'Incidents', about: 'harm to users, and the reviews that are owed' },
  {
    room: 'connections',
    name: 'Connections',
    about: 'what other tools deliver, and what was refused',
  },
  { room: 'settings', name: 'Settings', about: 'how this server is set up' },
] as const

export type Room = (typeof ROOMS)[number]['room']

export const roomNamed = (name: string) => ROOMS.find(({ room }) => room === name)
