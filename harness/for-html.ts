const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text from outside as HTML text or attribute value: never markup. */
export const forHtml = (text: unknown): string => String(text).replace(/[&<>"']/g, (sign) => entities[sign] ?? sign);
