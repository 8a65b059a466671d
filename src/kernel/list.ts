/** What a text lists with commas between, without the blanks around it. */
export function listIn(text: string): string[] {
  return text.split(',').flatMap((each) => each.trim() || [])
}
