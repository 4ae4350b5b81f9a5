/** Files that programs for looking at folders leave behind: nobody's evidence, so they are neither sealed nor read. */

/** Of file browsers and editors. No evidence is called so. `file`: a path, or the last part of one. */
export const isStray = (file: string): boolean =>
  /^(\.DS_Store|Thumbs\.db|desktop\.ini|\.directory|\._.+|\..+\.sw[a-p]|.+~|\.#.+)$/.test(file.slice(file.lastIndexOf('/') + 1));
