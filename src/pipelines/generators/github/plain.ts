/** A text of the document: what looks like an expression there is only text. */
export const plain = (text: string): string => text.replaceAll('${{', "${{ '${{' }}")
