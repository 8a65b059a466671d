/** Whether a host, as an address has it, is this very machine: nobody else writes on that line. */
export const isLoopback = (hostname: string): boolean =>
  /^(localhost|\[::1\]|127(\.\d{1,3}){3})$/.test(hostname)
