/** What text looks like; each gives the text as it is where there is no colour. */
export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  green(text: string): string;
}

const ESCAPE = '\u001b[';

/** @param isOn - false for what is no terminal, and for people who set NO_COLOR */
export function createStyle(isOn: boolean): Style {
  const paint =
    (on: number, off: number) =>
    (text: string): string =>
      isOn ? `${ESCAPE}${String(on)}m${text}${ESCAPE}${String(off)}m` : text;
  return { bold: paint(1, 22), dim: paint(2, 22), red: paint(31, 39), green: paint(32, 39) };
}
