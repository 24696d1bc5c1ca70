import { createElement } from '../element.ts';

/** How much of the end of a long name is always seen, in characters: names of one prefix differ there. */
const END_LENGTH = 22;

/** Below this a name is not cut. */
const SHORT_LENGTH = 28;

/**
 * Shows a name that is cut in its middle where there is no room: its beginning gives way first. Text from right to left is
 * laid out so, and keeps its beginning, too.
 */
export function createName(name: string): HTMLElement {
  const element = createElement('span', { class: 'name', attributes: { dir: 'auto', title: name } });
  if (name.length <= SHORT_LENGTH) {
    element.append(createElement('span', { class: 'start', text: name }));
    return element;
  }
  const characters = Array.from(name);
  const cut = characters.length - END_LENGTH;
  element.append(
    createElement('span', { class: 'start', text: characters.slice(0, cut).join('') }),
    createElement('span', { class: 'end' }, createElement('span', { text: characters.slice(cut).join('') })),
  );
  return element;
}
