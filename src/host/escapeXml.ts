/** Text as it stands in XML, in an attribute or between elements. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>'"\n\r\t]/g, (character) => `&#${character.charCodeAt(0)};`);
}
